"""The permutation control on the tables of all spaces, kept as a result and beside the report, which quotes it.

    python benchmarks/controls.py [BENCHMARK ...] [--into FOLDER]

Pairs of table and strategy that plugins/report/nasapi_report/controls.json holds are not run again, so an interrupted
control goes on where it stopped; remove the file to begin anew, as after a strategy has changed.
"""

from __future__ import annotations

import time
from typing import Any

from claims.kept import keep, made_here, read
from claims.program import end, reader
from nasapi_report.counted_controls import SHIPPED, read_controls
from nasapi_report.words import probability_cell
from nasapi_reproduce.control import Control, control, corrected

GRAPHS = ("arxiv", "citeseer", "computers", "cora", "cs", "photo", "physics", "proteins", "pubmed")
ATTACKED = ("fgsm1", "pgd1", "apgd1", "square1", "corruptions")
TABLES = (
    "nlp/wikitext2-v1",
    "nb201/cifar10-v1",
    "nb201/cifar100-v1",
    "nb201/imagenet16-120-v1",
    "darts/trained-v1",
    "nb101/cifar10-30k-v1",
    *(f"graph/{name}-v1" for name in GRAPHS),
    *(f"nb201/cifar10-{name}-v1" for name in ATTACKED),
    "nb201/mnist8-v1",
    "nb201/mnist8-fgsm-v1",
    "nb201/mnist8-pgd-v1",
)
"""Every table of one goal without limits whose networks can be listed, as `nasapi control --every` finds them."""
STRATEGIES = ("ranked-gp", "random", "evolution", "local-search")
SEEDS, TRIALS = 30, 32
NEEDS = ("nb101-30k", "nlp-wikitext2", "darts-trained", "robustness")
WHAT = (
    f"In how many of {SEEDS} runs each strategy asked for the best network within {TRIALS} trials, on the table and "
    "where its values were permuted among the networks; chance is of as many different uniform draws (their expected "
    "number of runs), p of the exact binomial test that permuted runs do no better than chance, corrected by Holm over "
    "all that was counted. Who never found one, permuted or not, is left out."
)


def main() -> None:
    """Count what is missing, and keep all that was counted."""
    parser = reader(__doc__)
    parser.add_argument("benchmarks", nargs="*", metavar="BENCHMARK", help="by default the tables of all spaces")
    given = parser.parse_args()
    start = time.process_time()
    before = read("control") if read_controls(SHIPPED) else None
    control(given.benchmarks or TABLES, STRATEGIES, range(SEEDS), TRIALS, SHIPPED)
    rows = corrected(read_controls(SHIPPED))
    made = made_here(
        "python benchmarks/controls.py", seeds=f"0 to {SEEDS - 1}", cpu_seconds=time.process_time() - start
    )
    if before is not None:  # what is gone on with cost something, too
        made["commit"] = ", ".join(dict.fromkeys([*before.commit.split(", "), made["commit"]]))
        made["cpu_seconds"] = round(made["cpu_seconds"] + (before.cpu_seconds or 0), 1)
    keep("control", {"what": WHAT, **made, "quick": False, "needs": NEEDS, "found": table(rows)}, given.into)


def table(rows: list[Control]) -> dict[str, Any]:
    """The rows of the strategies that ever found a best network, as a result keeps them."""
    shown = [row for row in rows if row.real.value or row.permuted.value]
    return {
        "columns": ["table", "strategy", "finds it", "finds it permuted", "chance", "p"],
        "rows": [
            [
                f"`{row.benchmark}`",
                f"`{row.strategy}`",
                f"{row.real.value * row.seeds:.0f}",
                f"{row.permuted.value * row.seeds:.0f}",
                f"{row.chance * row.seeds:.2f}",
                probability_cell(row.p),
            ]
            for row in sorted(rows, key=lambda row: (row.benchmark, row.strategy))
            if row in shown
        ],
    }


if __name__ == "__main__":
    end(main)
