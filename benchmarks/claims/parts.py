"""What a program of several results has in common: parts by name, one of which is computed and kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen

from claims.kept import keep, made_here
from claims.program import reader


@frozen
class Part:
    """What computes a result, and what its file says of it."""

    compute: Callable[[], dict[str, Any]]
    what: str
    seeds: str | None = None
    needs: tuple[str, ...] = ()
    tolerance: float | None = 1e-4
    """How far a number may move where the result is quick; None for one that is not."""


def compute_one(program: str, description: str | None, parts: Mapping[str, Part]) -> None:
    """Compute the part that the command line names, and keep it in benchmarks/results or in the folder given."""
    parser = reader(description)
    parser.add_argument("part", choices=list(parts), metavar="PART", help=", ".join(parts))
    given = parser.parse_args()
    part, start = parts[given.part], time.process_time()
    found = part.compute()
    cost = time.process_time() - start
    made = made_here(f"python benchmarks/{program} {given.part}", seeds=part.seeds, cpu_seconds=cost)
    quick = {"quick": part.tolerance is not None, "tolerance": part.tolerance, "needs": list(part.needs)}
    keep(given.part, {"what": part.what, **made, **quick, "found": found}, given.into)
    print(f"{given.part}: {made['cpu_seconds']} s")
