"""A collection whose process is killed again and again, between lines and within them: nothing measured is lost."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

Outcome = tuple[int, int, int, str]
"""How many attacks were tried, held and broken, and what there is to say of them."""
RECIPE = """
seeds = [0, 1]
table = { name = "nb201/struck-v1", licence = "CC0-1.0" }
networks = { space = "nb201", sample = 32 }
data = { name = "digits", train = 64, valid = 40, test = 40 }
network = { channels = 2, cells = 1, none = "zero", reduction = "light" }
training = { epochs = 1, batch = 32, shift = 1, flip = false }
attack = [{ spec = "fgsm[eps=0.03]", images = 20 }]
"""


def kills_of_a_collection(seed: int, count: int) -> Iterator[Outcome]:
    """Kill `count` processes that collect into one folder, which must then give the bytes of one that was left alone.

    After each kill the shard must read, with all that it had before and the network that was written.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, folder, str(seed), str(count)]
        ran = subprocess.run(command, env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True, text=True)
    for line in ran.stdout.splitlines():
        event, fault = json.loads(line)
        yield 1, int(not fault), int(bool(fault)), f"a collection, {event}: {fault or 'held'}"
    if ran.returncode:
        yield 1, 0, 1, f"a collection: the driver ended with {ran.returncode}: {ran.stderr[-500:]}"


def _drive(folder: Path, seed: int, count: int) -> None:
    from nasapi_collect.merging import merge
    from nasapi_collect.parallel import collect
    from nasapi_collect.shards import Shard, read_shard

    recipe, struck = folder / "recipe.toml", folder / "struck"
    recipe.write_text(RECIPE)
    shard = struck / "shards" / Shard().file
    rng = np.random.default_rng(seed)
    before = 0
    for kill in range(count):
        within = int(rng.integers(1, 200)) if kill % 2 else None
        after = float(rng.uniform(0.001, 0.2))
        _struck(recipe, struck, within, after)
        try:
            networks = len(read_shard(shard).measured) if shard.exists() else 0
            fault = "" if networks > before else f"of {before} networks and another {networks} are there"
        except Exception as error:
            networks, fault = before, f"{type(error).__name__}: {error}"
        when = f"{after:.3f} CPU s after a network" if within is None else f"{within} bytes into a line"
        print(json.dumps([f"killed {when}, {networks} networks measured", fault]), flush=True)
        before = networks
    collect(recipe, struck)
    collect(recipe, folder / "alone")
    for name in ("struck", "alone"):
        merge([folder / name], folder / f"{name}.zarr")
    same = _content(folder / "struck.zarr") == _content(folder / "alone.zarr")
    print(json.dumps(["gone on with to its end", "" if same else "the table has other bytes"]), flush=True)


def _struck(recipe: Path, folder: Path, within: int | None, after: float) -> None:
    """Collect in a process that writes one network, and is killed in the line of the next or by its CPU seconds."""
    if (child := os.fork()) == 0:
        from nasapi_collect.parallel import collect

        write, networks = os.write, 0

        def strike(handle: int, data: bytes) -> int:
            nonlocal networks
            if b'"kind":"unit"' in data:
                networks += 1
                if networks == 1 and within is None:
                    signal.setitimer(signal.ITIMER_VIRTUAL, after)  # its signal ends a process that does not catch it
                elif networks == 2 and within is not None:
                    write(handle, data[:within])
                    os.kill(os.getpid(), signal.SIGKILL)
            return write(handle, data)

        os.write = strike
        try:
            collect(recipe, folder)
        finally:
            os._exit(0)
    os.waitpid(child, 0)


def _content(table: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(path for path in table.rglob("*") if path.is_file()):
        found.update(path.relative_to(table).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


if __name__ == "__main__":
    _drive(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
