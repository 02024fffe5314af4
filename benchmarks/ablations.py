"""What each paper's own part is worth, kept as a result: `nasapi reproduce ablations` for all parts and tables.

    python benchmarks/ablations.py [PART ...] [--into FOLDER]

Runs lie in build/ablations, or in the folder given; those that are there are not made again. The result is of the parts
that are named, all of them by default.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from claims.kept import RESULTS, ROOT, keep, made_here
from nasapi_report.stats.intervals import Estimate
from nasapi_reproduce.ablations import PARTS, TABLES, Effect, effects, sentences
from nasapi_reproduce.published import TRIALS

from nasapi.errors import UnknownId, near
from nasapi.files.replacing import write_whole

SEEDS = 30
NEEDS = ("nb101-30k",)
WHAT = (
    f"Mean accuracy in percent of the incumbent after {TRIALS} trials with and without a part, each with its 95 % "
    "interval, the mean difference of runs with one seed, and p of the exact sign-flip test that it is 0, corrected by "
    "Holm over the whole table."
)


def main() -> None:
    """Make the runs that are missing, and keep what all of them say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help='by their names, as "AG-Net: coupling"')
    parser.add_argument("--into", type=Path, help="where the result and its runs are written")
    given = parser.parse_args()
    names = [part.name for part in PARTS]
    for name in given.parts:
        if name not in names:
            raise UnknownId(f"There is no part {name!r}. {near(name, names)}")
    place = (given.into or ROOT / "build") / "ablations"
    place.mkdir(parents=True, exist_ok=True)
    spent = place / "spent"
    before = float(spent.read_text(encoding="utf-8")) if spent.is_file() else 0.0
    start = time.process_time()

    def note(*_: object) -> None:
        write_whole(spent, f"{before + time.process_time() - start:.3f}")

    parts = [part for part in PARTS if part.name in given.parts or not given.parts]
    found, left_out = effects(parts, TABLES, SEEDS, place, progress=note, backend="inline")
    seconds = before + time.process_time() - start
    made = made_here("python benchmarks/ablations.py", seeds=f"0 to {SEEDS - 1}", cpu_seconds=seconds)
    told = {"effects": table(found), "sentences": said(found, left_out)}
    result = {"what": WHAT, **made, "quick": False, "needs": list(NEEDS), "found": told}
    keep("ablations", result, given.into or RESULTS)
    print(f"{len(found)} effects: {seconds:.0f} CPU s")


def table(found: Sequence[Effect]) -> dict[str, Any]:
    """A row for each part and table."""
    numbers = ("with", "without", "difference")
    return {
        "columns": ["part", "table", *numbers, "p"],
        "digits": dict.fromkeys(numbers, 3),
        "rows": [
            [
                effect.part,
                f"`{effect.benchmark}`",
                *map(_plain, (effect.whole, effect.without, effect.difference)),
                _p(effect.p),
            ]
            for effect in found
        ],
    }


def said(found: Sequence[Effect], left_out: Sequence[str]) -> dict[str, Any]:
    """A sentence for each part, and one for each part and table that cannot be had."""
    return {"columns": ["what it says"], "rows": [[sentence] for sentence in (*sentences(found), *left_out)]}


def _plain(estimate: Estimate) -> list[float]:
    return [round(each, 6) for each in (estimate.value, estimate.low, estimate.high)]


def _p(p: float) -> str:
    return "<0.001" if p < 0.001 else f"{p:.3f}"


if __name__ == "__main__":
    main()
