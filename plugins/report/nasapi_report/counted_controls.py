"""Permutation controls that were counted: which strategies find a table's best network where nothing can be learnt.

`nasapi control --store FILE` counts them; those of the tables and strategies of this project come with the package.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import attrs
from attrs import frozen

from nasapi.files import write_whole
from nasapi.safety.grammar import Record, listed, number, read_json_file, text, whole
from nasapi_report.stats.paired import ALPHA, holm

SHIPPED = Path(__file__).parent / "controls.json"
"""What was counted with `nasapi control --every`."""
_ROW = Record(
    {
        "benchmark": text(500),
        "strategy": text(2000),
        "trials": whole(1),
        "seeds": listed(whole(), 2, 100_000),
        "real": whole(),
        "permuted": whole(),
        "chance": number(),
    }
)
_FILE = Record({"controls": listed(_ROW, 0, 100_000)})


@frozen
class Counted:
    """In how many runs one strategy asked for a table's best network, on the table and on permuted ones."""

    benchmark: str
    """The spec without its budget, which is `trials`."""
    strategy: str
    trials: int
    seeds: tuple[int, ...]
    real: int = 0
    permuted: int = 0
    chance: float = 0.0
    """The share of runs in which as many different uniform draws meet it."""

    @property
    def key(self) -> tuple[Any, ...]:
        """What was run, without what was found."""
        return self.benchmark, self.strategy, self.trials, self.seeds

    @property
    def p(self) -> float:
        """Of the exact binomial test that permuted runs find it no more often than chance, not corrected."""
        from scipy.special import bdtrc

        if self.permuted == 0:
            return 1.0
        return float(bdtrc(self.permuted - 1, len(self.seeds), self.chance))


def read_controls(path: Path) -> list[Counted]:
    """What a file holds, nothing where there is none; raises CorruptData for a file that is something else."""
    if not path.exists():
        return []
    found = read_json_file(path, _FILE, f"The file of controls {str(path)!r}")
    return [Counted(**row) for row in found["controls"]]


def write_controls(path: Path, rows: Sequence[Counted]) -> None:
    """Replace the file by these rows, a line each."""
    lines = ",\n".join(json.dumps(attrs.asdict(row)) for row in rows)
    write_whole(path, f'{{"controls": [\n{lines}\n]}}\n', what="The file of controls")


@cache
def without_learning() -> dict[tuple[str, str], Counted]:
    """The shipped controls in which permuted runs find the best network more often than chance, by id and strategy.

    Corrected by Holm over all that were counted.
    """
    rows = read_controls(SHIPPED)
    adjusted = holm([row.p for row in rows]).tolist() if rows else []
    return {(row.benchmark, row.strategy): row for row, p in zip(rows, adjusted, strict=True) if p < ALPHA}


def control_sentence(row: Counted) -> str:
    """What follows for a win of this strategy on this table, as a sentence."""
    runs = f"{row.permuted} of {len(row.seeds)} runs"
    return (
        f"{row.strategy} asks for the best network of {row.benchmark} within {row.trials} trials in {runs} "
        f"also where values were permuted among the networks and nothing can be learnt, uniform draws in "
        f"{100 * row.chance:.2g}%: what it wins here is where it looks, not what it learns (nasapi control)."
    )
