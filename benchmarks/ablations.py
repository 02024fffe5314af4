"""What each paper's own part is worth, kept as a result: `nasapi reproduce ablations` for all parts and tables.

    python benchmarks/ablations.py [--into FOLDER]

Runs lie in build/ablations, or in the folder given; those that are there are not made again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from claims.kept import RESULTS, ROOT, keep, made_here
from claims.program import end, reader
from claims.spent import SpentSeconds
from nasapi_report.stats.intervals import Estimate
from nasapi_report.words import probability_cell
from nasapi_reproduce.ablations import PARTS, TABLES, Effect, effects, sentences
from nasapi_reproduce.published import TRIALS

SEEDS = 30
NEEDS = ("nb101-30k",)
WHAT = (
    f"Mean accuracy in percent of the incumbent after {TRIALS} trials with and without a part, each with its 95 % "
    "interval, the mean difference of runs with one seed, and p of the exact sign-flip test that it is 0, corrected by "
    "Holm over the whole table."
)


def main() -> None:
    """Make the runs that are missing, and keep what all of them say."""
    given = reader(__doc__, None).parse_args()
    place = (given.into or ROOT / "build") / "ablations"
    place.mkdir(parents=True, exist_ok=True)
    meter = SpentSeconds(place / "spent")
    found, left_out = effects(PARTS, TABLES, SEEDS, place, progress=meter.note, backend="inline")
    seconds = meter.total
    made = made_here("python benchmarks/ablations.py", seeds=f"0 to {SEEDS - 1}", cpu_seconds=seconds)
    document = {"effects": table(found), "sentences": sentence_rows(found, left_out)}
    result = {"what": WHAT, **made, "quick": False, "needs": list(NEEDS), "found": document}
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
                probability_cell(effect.p),
            ]
            for effect in found
        ],
    }


def sentence_rows(found: Sequence[Effect], left_out: Sequence[str]) -> dict[str, Any]:
    """A sentence for each part, and one for each part and table that cannot be had."""
    return {"columns": ["what it says"], "rows": [[sentence] for sentence in (*sentences(found), *left_out)]}


def _plain(estimate: Estimate) -> list[float]:
    return [round(each, 6) for each in (estimate.value, estimate.low, estimate.high)]


if __name__ == "__main__":
    end(main)
