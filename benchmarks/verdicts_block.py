"""The blocks of docs/statistics.md, from the stored results of benchmarks/verdicts.py."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "statistics.md"


def stored(part: str) -> Mapping[str, Any]:
    """What a part found, with its seed and number of studies."""
    text = (ROOT / "benchmarks" / "results" / f"verdicts-{part}.json").read_text(encoding="utf-8")
    found: Mapping[str, Any] = json.loads(text)
    return found


def blocks() -> dict[str, str]:
    """The text of each block by its name."""
    coverage, better, pages, shapes, looking = map(stored, ("coverage", "better", "pages", "shapes", "looking"))
    means = [(f"mean, {name}", {n: row["covered"] for n, row in rows.items()}) for name, rows in _found(coverage)]
    runs = [(f"P(A better), {name}", rows) for name, rows in _found(better)]
    null = [(f"a page of alike strategies, {name}", rows) for name, rows in _found(pages)]
    unequal = [(f"one pair, {name}", rows) for name, rows in _found(shapes)]
    seen = looking["found"]
    looked = [
        *((f"told apart though alike, {name}", share) for name, share in seen["told apart though alike"].items()),
        ("called equal though the region apart", seen["equal though the region apart"]),
        ("told apart by 100 fixed runs, the difference of the next lines", seen["power of 100 runs"]),
        ("told apart within 100 runs, looking on", seen["told apart by 100 runs"]),
    ]
    return {
        "coverage": f"{_table([*means, *runs], ('10', '30', '100'))}\n\n{_made(coverage, better)}",
        "pages": f"{_table([*null, *unequal], ('10', '30', '100'))}\n\n{_made(pages, shapes)}",
        "looking": "\n".join(
            [
                "| over 300 looks | share of studies |",
                "|---|---|",
                *(f"| {name} | {share:.3f} |" for name, share in looked),
                "",
                f"The median study is told apart after {seen['median runs']:.0f} seeds; one whose differences vary as "
                "much as the region is wide is called practically equal after "
                f"{seen['median runs to equal, spread as wide as the region']:.0f}. {_made(looking)}",
            ]
        ),
    }


def _found(told: Mapping[str, Any]) -> Any:
    return told["found"].items()


def _table(rows: list[tuple[str, Any]], numbers: tuple[str, ...]) -> str:
    heads = ["| |", *(f" {n} runs |" for n in numbers)]
    lines = ["".join(heads), "|---" * (len(numbers) + 1) + "|"]
    for name, shares in rows:
        lines.append(f"| {name} | {' | '.join(f'{shares[n]:.3f}' if n in shares else '–' for n in numbers)} |")
    return "\n".join(lines)


def _made(*told: Mapping[str, Any]) -> str:
    seconds = sum(each["cpu_seconds"] for each in told)
    return f"{told[0]['studies']:,} studies a number, seed {told[0]['seed']}, {seconds} CPU seconds."


def filled(page: str) -> str:
    """A page with its blocks as stored."""
    for name, text in blocks().items():
        before, mark, rest = page.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition(f"<!-- end {name} -->")
        page = f"{before}{mark}{text}\n{end}{after}"
    return page


def write_block() -> None:
    """Fill the blocks of the page anew."""
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
