"""How many of the architectures that a strategy generated, asked for or not, keep the limit, round by round.

A strategy that generates candidates says so in its trials' notes: a note with `round`, and `generated`, the codes that
the round chose from. Their latencies are looked up here; the strategy itself is told what it asked for alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from attrs import define, field, frozen
from nasapi_report.stats.intervals import Estimate, mean_interval
from numpy.typing import NDArray

import nasapi
from nasapi.benchmark import Benchmark
from nasapi.errors import InvalidOption
from nasapi.files import is_folder, require_place, write_whole
from nasapi.safety.grammar import Record, listed, number, read_json_file, text, whole
from nasapi.trial import Result

_ROW = Record(
    {
        "benchmark": text(500),
        "strategy": text(2000),
        "seed": whole(),
        "rounds": listed(whole()),
        "shares": listed(number(), 0, 10_000),
    }
)
_FILE = Record({"generated": listed(_ROW, 0, 100_000)})


@frozen
class Generated:
    """One run: its rounds, and of the candidates of each the share that keeps the benchmark's constraints."""

    benchmark: str
    strategy: str
    seed: int
    rounds: tuple[int, ...]
    shares: tuple[float, ...]


@define
class Rounds:
    """An observer that keeps what each round generated."""

    candidates: dict[int, tuple[tuple[int, ...], ...]] = field(factory=dict)

    def nasapi_result(self, result: Result) -> None:
        """Keep the candidates of the round that asked for this trial."""
        note = result.trial.note
        if getattr(note, "generated", ()):
            self.candidates[note.round] = note.generated


def generated_feasible(
    benchmark: Benchmark, strategy: str, seeds: Sequence[int], store: Path | None = None
) -> list[Generated]:
    """Run the strategy with each seed and give what its rounds generated.

    Runs that `store`, a file, holds are not done again, and each is added once it ends. Raises InvalidOption for a
    benchmark without constraints or a strategy whose notes tell of no candidates.
    """
    constraints = benchmark.problem.constraints
    if not constraints:
        raise InvalidOption(f"{benchmark.spec} has no constraint that a candidate could keep.")
    if store is not None:
        require_place(store, is_folder, "The file")  # before minutes of runs
    kept = {} if store is None or not store.exists() else {_key(row): row for row in _read(store)}
    made = nasapi.load_strategy(strategy)
    found = []
    for seed in seeds:
        key = benchmark.spec, made.spec, seed
        if key not in kept:
            seen = Rounds()
            nasapi.run(benchmark, made, seed=seed, observers=[seen])
            if not seen.candidates:
                raise InvalidOption(f"{made.spec} tells of no candidates in its trials' notes; agnet does.")
            rounds = tuple(sorted(seen.candidates))
            shares = tuple(_share(benchmark, np.array(seen.candidates[number])) for number in rounds)
            kept[key] = Generated(benchmark.spec, made.spec, seed, rounds, shares)
            if store is not None:
                kept |= {_key(row): row for row in _read(store)} if store.exists() else {}  # of others, meanwhile
                _write(store, list(kept.values()))
        found.append(kept[key])
    return found


def by_round(runs: Sequence[Generated]) -> list[tuple[int, int, Estimate]]:
    """For each round how many runs came to it, and their mean share with a 95 % interval."""
    shares: dict[int, list[float]] = {}
    for run in runs:
        for place, share in zip(run.rounds, run.shares, strict=True):
            shares.setdefault(place, []).append(share)
    return [(place, len(shares[place]), mean_interval(np.array(shares[place]))) for place in sorted(shares)]


def _share(benchmark: Benchmark, codes: NDArray[Any]) -> float:
    constraints = benchmark.problem.constraints
    values = benchmark.look_up(codes, [constraint.metric for constraint in constraints])
    kept = [constraint.violation(values[constraint.metric]) <= 0 for constraint in constraints]
    return float(np.all(kept, axis=0).mean())


def _key(row: Generated) -> tuple[str, str, int]:
    return row.benchmark, row.strategy, row.seed


def _read(path: Path) -> list[Generated]:
    return [Generated(**row) for row in read_json_file(path, _FILE, f"The file {str(path)!r}")["generated"]]


def _write(path: Path, rows: Sequence[Generated]) -> None:
    import json

    lines = ",\n".join(json.dumps(attrs.asdict(row)) for row in rows)
    write_whole(path, f'{{"generated": [\n{lines}\n]}}\n', what="The file")
