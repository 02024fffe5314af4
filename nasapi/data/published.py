"""Tables held against published values: what the benchmarks that read one know of it, before it is kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nasapi.data.tables import tables_in
from nasapi.errors import CorruptData, with_article
from nasapi.reference import Anchor
from nasapi.safety.fences import Fence

if TYPE_CHECKING:
    from nasapi.benchmark import Benchmark
    from nasapi.data.registry import TableSource


def require_published(table: TableSource, draft: Path, given: Path) -> None:
    """Raise CorruptData where a benchmark that reads the table gives a network another value than was published.

    `draft` is the table that was made of the file `given`, in a folder with no other. A benchmark that is not
    installed, or that cannot be made of this table alone, says nothing; nor does one about a network that has no value.
    """
    from nasapi.plugins import load_benchmark

    for name in table.benchmarks:
        with tables_in(draft.parent):
            with Fence() as fence:
                benchmark = load_benchmark(name)
            if fence.error is not None:
                continue
            for anchor in benchmark.reference.anchors:
                with Fence() as fence:
                    found = anchored_value(benchmark, anchor)
                if fence.error is None and differs(found, anchor):
                    raise CorruptData(
                        f"{str(given)!r} would give network {anchor.architecture!r} "
                        f"{with_article(anchor.metric)} of {found:.8g} "
                        f"on {benchmark.id}; {anchor.value:.8g} was published, by {anchor.source}. Are its columns and "
                        "rows those that their names say?"
                    )


def anchored_value(benchmark: Benchmark, anchor: Anchor) -> float:
    """What a benchmark gives for the network, metric and level of an anchor; NaN where it has no value."""
    code = np.asarray(benchmark.problem.space.parse(anchor.architecture))[None]
    return float(benchmark.objective.evaluate(code, anchor.fidelity)[anchor.metric][0])


def differs(found: float, anchor: Anchor) -> bool:
    """Whether a number is not that of an anchor to within its tolerance; NaN is no number."""
    return abs(found - anchor.value) > anchor.tolerance * (1 + 1e-9)
