"""All attacks on nasapi from a seed: `make torture` prints how many were tried, how many held, and what broke."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import collecting  # noqa: E402
import command_lines  # noqa: E402
import flips  # noqa: E402
import hostile_files  # noqa: E402
import kills  # noqa: E402
import neighbours  # noqa: E402
import planted  # noqa: E402
import slurm  # noqa: E402

Attack = Callable[[int], tuple[int, int, list[str]]]
"""An attack from a seed: how many inputs were tried, how many held, and what is to be said of the others."""


def tallied(attack: Callable[[int, int], object], count: int) -> Attack:
    """An attack that gives a tally."""

    def perform(seed: int) -> tuple[int, int, list[str]]:
        found: object = attack(seed, count)
        return found.tried, found.held, list(found.broken)  # type: ignore[attr-defined]

    return perform


def counted(attack: Callable[[int, int], Iterable[tuple[int, int, int, str]]], count: int) -> Attack:
    """An attack that gives its outcomes one by one."""

    def perform(seed: int) -> tuple[int, int, list[str]]:
        outcomes = list(attack(seed, count))
        tried, held = (sum(outcome[at] for outcome in outcomes) for at in (0, 1))
        return tried, held, [broken_lines for _, _, broken, broken_lines in outcomes if broken]

    return perform


def scheduled(seed: int) -> tuple[int, int, list[str]]:
    """One study as an array of a cluster whose tasks are struck."""
    outcome = slurm.attack(tasks=20, strikes=12, seed=seed, full=os.geteuid() == 0)
    held = outcome.startswith("held")
    return 1, int(held), [] if held else [outcome]


SLURM = "a study on a cluster"
ATTACKS: dict[str, Attack] = {
    SLURM: scheduled,
    "command lines": tallied(command_lines.attack, 1000),
    "hostile stores": tallied(hostile_files.stores, 200),
    "hostile tables": tallied(hostile_files.tables, 200),
    "hostile contents": tallied(hostile_files.contents, 300),
    "hostile imports": tallied(hostile_files.importers, 100),
    "flips in tables": tallied(flips.flips_of_tables, 200),
    "flips in stores": tallied(flips.flips_of_stores, 200),
    **{f"kills of a {kind}": counted(partial(kills.kills_while_replacing, kind), 50) for kind in kills.KINDS},
    "kills of a collection": counted(collecting.kills_of_a_collection, 20),
    "kills of workers": counted(neighbours.kills_of_workers, 6),
    "kills of studies": counted(neighbours.kills_of_parents, 6),
    "bad neighbours": counted(neighbours.bad_neighbours, 6),
    "planted mistakes": counted(planted.mistakes, len(planted.PLANTED)),
}


def main() -> int:
    """Perform the attacks that were asked for, each in a process of its own, and tell; 1 where something broke."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--seed", type=int, default=0)
    reader.add_argument("--jobs", type=int, default=os.cpu_count(), help="attacks at a time; one a core by default")
    reader.add_argument("--slurm", action="store_true", help="also a study on the cluster of the `sbatch` on the path")
    reader.add_argument("--within", action="store_true", help=argparse.SUPPRESS)
    reader.add_argument("attacks", nargs="*", metavar="ATTACK", help=f"all, or some of: {', '.join(ATTACKS)}")
    asked = reader.parse_args()
    if strange := sorted(set(asked.attacks) - set(ATTACKS)):
        reader.error(f"there is no attack {strange[0]!r}; there are {', '.join(ATTACKS)}")
    if (asked.slurm or SLURM in asked.attacks) and shutil.which("sbatch") is None:
        reader.error("there is no `sbatch` on the path; start a cluster, or leave --slurm out")
    names = asked.attacks or [name for name in ATTACKS if name != SLURM or asked.slurm]
    if asked.within:
        print(json.dumps([ATTACKS[name](asked.seed) for name in names]))
        return 0
    total, all_broken = 0, 0
    with ThreadPoolExecutor(asked.jobs) as pool:
        for waiting in as_completed(pool.submit(performed, name, asked.seed) for name in names):
            name, tried, held, broken, seconds = waiting.result()
            total, all_broken = total + tried, all_broken + tried - held
            print(f"{name:24}{tried:6} tried {held:6} held {tried - held:4} broken {seconds:6.0f} s", flush=True)
            for line in broken:
                print(f"    {line}", flush=True)
    print(f"{'all':24}{total:6} tried {total - all_broken:6} held {all_broken:4} broken", flush=True)
    return int(all_broken > 0)


def performed(name: str, seed: int) -> tuple[str, int, int, list[str], float]:
    """An attack in a process of its own: what it came to, and the seconds it took; one that ends badly has broken."""
    start = time.perf_counter()
    words = [sys.executable, str(HERE), "--within", "--seed", str(seed), name]
    done = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        return name, 1, 0, [f"the attack itself ended with {done.returncode}: {done.stderr[-2000:]}"], 0.0
    ((tried, held, broken),) = json.loads(done.stdout.splitlines()[-1])
    return name, tried, held, broken, time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
