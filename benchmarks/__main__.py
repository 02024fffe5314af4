"""Time what docs/performance.md shows: `run` beside limit and peers, `compare` with another commit, `once`."""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import compared  # noqa: E402
import measured  # noqa: E402
from claims.program import end, seconds  # noqa: E402
from timing import Row, all_rows, sampler  # noqa: E402

from nasapi.errors import near  # noqa: E402


def once(rows: dict[str, Row]) -> int:
    """Run every work of every row a single time on few things, untimed; 1 where one does not run."""
    failed = 0
    for name, row in rows.items():
        for what, prepare in row.works(row.quick).items():
            try:
                sampler(row, prepare, row.quick).work()
                message = "ok"
            except ImportError as error:
                message = f"left out: {error}"
            except measured.leaves_out() as reason:
                message = f"left out: {reason}"
            except Exception:
                failed += 1
                message = traceback.format_exc()
            print(f"{name} ({what}): {message}", flush=True)
    return int(failed > 0)


def main() -> int:
    """Do what the command line asks for."""
    reader = argparse.ArgumentParser(prog="python benchmarks", description=__doc__)
    reader.add_argument("--rows", type=Path, default=HERE / "rows", help="the folder of the rows")
    verbs = reader.add_subparsers(dest="verb", required=True, metavar="{run,compare,once}")
    for verb, help_text in {
        "run": "time rows beside their limits and peers, and keep what was found",
        "compare": "time rows at another commit and here, turn by turn; 1 where one is over 20 %% slower",
        "once": "run every row once, untimed",
        "serve": argparse.SUPPRESS,
    }.items():
        parser = verbs.add_parser(verb, help=help_text)
        if verb in ("run", "compare", "once"):
            parser.add_argument(
                "names", nargs="*", metavar="ROW", help="parts of names; by default all, but to time heavy rows"
            )
        if verb in ("run", "compare"):
            parser.add_argument("--seconds", type=seconds, default=3.0, help="CPU seconds a work of a row takes about")
        if verb == "compare":
            parser.add_argument("--base", required=True, help="the other commit")
            parser.add_argument("--tree", type=Path, default=HERE.parent, help="the repository")
        if verb == "run":
            parser.add_argument("--within", action="store_true", help=argparse.SUPPRESS)
        if verb == "serve":
            parser.add_argument("name")
    asked = reader.parse_args()
    rows = all_rows(asked.rows)
    if not rows:
        reader.error(f"{str(asked.rows)!r} has no rows; name a folder of modules with ROWS, as benchmarks/rows is.")
    if asked.verb == "serve":
        return compared.serve(rows[asked.name])
    chosen = rows if asked.verb == "once" and not asked.names else chosen_rows(rows, asked.names)
    if not chosen:
        words = " or ".join(map(repr, asked.names))
        reader.error(f"no row has {words} in its name. {near(asked.names[0], list(rows))}")
    if asked.verb == "once":
        return once(chosen)
    if asked.verb == "compare":
        return compared.compare(chosen, asked.rows, asked.tree, asked.base, asked.seconds)
    if asked.within:
        print(json.dumps([measured.measure(row, asked.seconds) for row in chosen.values()]))
        return 0
    return measured.measure_all(chosen, asked.rows, list(rows), asked.seconds)


def chosen_rows(rows: dict[str, Row], names: list[str]) -> dict[str, Row]:
    """The rows whose name has one of the words in it, or is it; without words, those that are not heavy."""
    exact = {name: rows[name] for name in names if name in rows}
    if len(exact) == len(names) > 0:
        return exact
    if not names:
        return {name: row for name, row in rows.items() if not row.heavy}
    return {name: row for name, row in rows.items() if any(word in name for word in names)}


if __name__ == "__main__":
    end(main)
