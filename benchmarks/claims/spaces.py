"""What docs/spaces.md shows of each space."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from claims.kept import Result
from nasapi.errors import InvalidOption, UnknownId, near


def space(result: Result, words: Sequence[str]) -> str:
    """A space's genes, counts, picture and benchmarks: `space NAME`."""
    if len(words) != 1:
        raise InvalidOption("Say which space, and nothing else.")
    (name,) = words
    if name not in result.found:
        raise UnknownId(f"The result has no space {name!r}. {near(name, list(result.found))}")
    found = result.found[name]
    picture = f"![an architecture of {name}](images/space-{name}.svg)"
    return "\n\n".join([_sizes(found), picture, f"```text\n{found['shown']}\n```", _benchmarks(found)])


def _sizes(found: Mapping[str, Any]) -> str:
    fewest, most = found["values"]
    values = f"{fewest}" if fewest == most else f"{fewest} to {most}"
    rows = [f"| {level} | {count} |" for level, count in found["levels"].items()]
    head = f"{found['genes']} genes of {values} values each."
    return "\n".join([head, "", "| level of identity | architectures |", "|---|---|", *rows])


def _benchmarks(found: Mapping[str, Any]) -> str:
    rows = ["| benchmark | goal | optimum | values | what |", "|---|---|---|---|---|", *map(_row, found["benchmarks"])]
    more = ", ".join(f"{count} of `{owner}`" for owner, count in sorted(found["others"].items()))
    listed = "\n".join(rows) if found["benchmarks"] else "It has no benchmark of its own."
    return listed + (f"\n\nFurther benchmarks: {more}; `nasapi list` names them." if more else "")


def _row(benchmark: Mapping[str, Any]) -> str:
    if "goals" not in benchmark:
        return f"| `{benchmark['id']}` | | | not here until imported | {benchmark['what']} |"
    optima = ", ".join(f"{value:.6g}" for value in benchmark["optima"]) or "unknown"
    goals = ", ".join(benchmark["goals"])
    return f"| `{benchmark['id']}` | `{goals}` | {optima} | {benchmark['kind']} | {benchmark['what']} |"
