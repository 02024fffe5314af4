"""Tables and stores with one flipped bit, or a file that is cut short: what is read is what was written, or refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
from hostile import store_named
from hostile_files import folder_of_ours
from tally import Tally

from nasapi.running.study import Study
from nasapi.tables.table import Column, Table, write_table


def flips_of_tables(seed: int, count: int) -> Tally:
    """A table of which `count` copies are damaged."""

    def made(folder: Path) -> Path:
        columns = {
            "loss": Column(np.linspace(0.0, 9.0, 600).reshape(200, 3), "numbers", "1", "valid"),
            "key": Column(np.arange(200), "keys"),
        }
        return write_table(folder / "whole", columns, space="toy", source="here").path

    def read(place: Path) -> list[bytes]:
        table = Table(place)
        table.verify()
        return [np.ascontiguousarray(table[name]).tobytes() for name in ("loss", "key")]

    return _damaged("flipped table", made, read, seed, count)


def flips_of_stores(seed: int, count: int) -> Tally:
    """A store of which `count` copies are damaged."""

    def read(place: Path) -> list[bytes]:
        histories = Study.open(place).histories()
        return [part.tobytes() for history in histories for part in (history.codes, *history.values.values())]

    return _damaged("flipped store", lambda folder: store_named(folder / "whole", "toy/formula-v1"), read, seed, count)


def _damaged(
    name: str, made: Callable[[Path], Path], read: Callable[[Path], list[bytes]], seed: int, count: int
) -> Tally:
    tally = Tally(name)
    with folder_of_ours() as folder:
        whole = made(folder)
        wanted = read(whole)
        for number in range(count):
            rng = np.random.default_rng([seed, number])
            copy = folder / "copies" / "copy"
            shutil.rmtree(copy.parent, ignore_errors=True)
            shutil.copytree(whole, copy)
            damage = _damage(copy, rng)
            found: list[list[bytes]] = []
            tally.attack(
                f"{seed}/{number} ({damage})",
                lambda copy=copy, found=found: found.append(read(copy)),
                lambda found=found: found in ([], [wanted]),
            )
    return tally


def _damage(place: Path, rng: np.random.Generator) -> str:
    files = sorted(path for path in place.rglob("*") if path.is_file() and path.stat().st_size)
    file = files[rng.integers(len(files))]
    content = bytearray(file.read_bytes())
    at = int(rng.integers(len(content)))
    if rng.random() < 0.2:
        del content[at:]
    else:
        content[at] ^= 1 << int(rng.integers(8))
    file.write_bytes(content)
    return f"{file.relative_to(place)} at byte {at}"
