"""Hostile stores, tables, pickles, arrays and archives, made from a seed (PYTHONPATH=tests:tests/torture)."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import json
import lzma
import os
import pickle
import shutil
import sqlite3
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from hostile import changed, forge, store_named
from nasapi_report import write_report
from tally import Tally
from values import mutate, odd

from nasapi.data.archives import unpack
from nasapi.data.registry import importer_of, sources
from nasapi.running.study import Study
from nasapi.safety.npz import read_npz
from nasapi.safety.unpacked import opened
from nasapi.storage.rows import FIELDS, DamagedRun
from nasapi.tables.layout import digest
from nasapi.tables.table import Column, Table, write_table
from nasapi.tables.unpickle import load_plain

BOMB = "open('PWNED', 'w')\ndef make(**_): open('PWNED', 'w')\n"


def stores(seed: int, count: int) -> Tally:
    """Stores whose headers say odd things under a digest that fits, opened, reported and run on."""
    tally = Tally("store")
    with folder_of_ours() as folder:
        (folder / "bomb.py").write_text(BOMB)
        victim = folder / "victim"
        victim.mkdir()
        (victim / "precious").write_text("kept")
        whole = store_named(folder / "whole.zarr", "toy/formula-v1")
        for number in range(count):
            rng = np.random.default_rng([seed, number])
            copy = folder / "stores" / "s.zarr"
            shutil.rmtree(copy.parent, ignore_errors=True)
            shutil.copytree(whole, copy)
            mutation = _mutated_store(copy, rng)

            def read(copy: Path = copy, rng: np.random.Generator = rng) -> None:
                write_report(Study.open(copy), folder / "stores" / "page")
                if rng.random() < 0.3:
                    Study(["toy/formula-v1"], ["random"], 1, copy).run()

            tally.attack(f"{seed}/{number} ({mutation})", read, lambda: _kept(folder))
    return tally


def tables(seed: int, count: int) -> Tally:
    """Tables whose headers, or whose arrays' metadata, say odd things."""
    tally = Tally("table")
    with folder_of_ours() as folder:
        columns = {
            "a": Column(np.arange(12.0).reshape(4, 3), "numbers", "%", "valid"),
            "b": Column(np.arange(4), "ids"),
        }
        whole = write_table(folder / "whole.zarr", columns, space="toy", source="here", epochs=[1, 4]).path
        for number in range(count):
            rng = np.random.default_rng([seed, number])
            copy = folder / "t.zarr"
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(whole, copy)
            mutation = _mutated(copy, rng) if rng.random() < 0.5 else _mutated_array(copy / "a" / "zarr.json", rng)
            tally.attack(f"{seed}/{number} ({mutation})", lambda copy=copy: Table(copy).verify())
    return tally


def contents(seed: int, count: int) -> Tally:
    """Pickles, arrays and archives, whole, cut, flipped, packed or swollen, given to the core's own readers."""
    tally = Tally("content")
    with folder_of_ours() as folder:
        for number in range(count):
            name, content = _content(np.random.default_rng([seed, number]))
            place = folder / "file"
            place.write_bytes(content)
            for what, read in _readers(folder).items():
                tally.attack(
                    f"{seed}/{number} {name} by {what}",
                    lambda read=read, place=place: read(place),
                    lambda: _kept(folder),
                )
                shutil.rmtree(folder / "out", ignore_errors=True)
    return tally


def importers(seed: int, count: int) -> Tally:
    """The same contents given to the importer of every table that installed plugins name."""
    tally = Tally("importer")
    with folder_of_ours() as folder:
        for table, _ in sources():
            importer = importer_of(table)
            for number in range(count):
                rng = np.random.default_rng([seed, number])
                name, content = _content(rng)
                suffix = (".csv", ".npz", ".json", ".pickle", ".pickle.pbz2", "")[rng.integers(6)]
                place = folder / f"file{suffix}"
                place.write_bytes(content)
                label = f"{seed}/{number} {name}{suffix} for {table.name}"
                tally.attack(
                    label, lambda importer=importer, place=place: importer(place, folder / "out"), lambda: _kept(folder)
                )
                shutil.rmtree(folder / "out", ignore_errors=True)
                place.unlink()
    return tally


def _readers(folder: Path) -> dict[str, Callable[[Path], object]]:
    def packed(place: Path) -> object:
        with opened(place) as file:
            return load_plain(file, "the file", arrays=True)

    return {
        "pickle": packed,
        "npz": lambda place: read_npz(place, "the file"),
        "archive": lambda place: unpack(place, folder / "out"),
    }


def _mutated_store(place: Path, rng: np.random.Generator) -> str:
    """Change the header of a store, or any value of its rows, under checksums that fit where they can."""
    mutations = []
    if rng.random() < 0.3:
        field = FIELDS[rng.integers(len(FIELDS) - 1)]
        with contextlib.suppress(sqlite3.Error, DamagedRun, OverflowError, UnicodeError, TypeError):
            forge(place, field, odd(rng))
        return f"runs.{field}"

    def change(header: dict[str, Any]) -> None:
        mutations.append(mutate(header, rng))

    with contextlib.suppress(ValueError, TypeError, UnicodeError):
        changed(place, change)
    return mutations[0]


def _mutated(place: Path, rng: np.random.Generator) -> str:
    file = place / "zarr.json"
    written = json.loads(file.read_text())
    header = mutate(written["attributes"]["nasapi"], rng)
    try:
        written["attributes"]["sha256"] = digest(written["attributes"]["nasapi"])
    except (ValueError, TypeError):
        pass
    file.write_text(json.dumps(written))
    return header


def _mutated_array(file: Path, rng: np.random.Generator) -> str:
    written = json.loads(file.read_text())
    if rng.random() < 0.3:
        written["shape"], written["chunk_grid"]["configuration"]["chunk_shape"] = [10**13, 3], [10**13, 3]
        message = "shape"
    else:
        message = mutate(written, rng)
    file.write_text(json.dumps(written))
    return message


def _content(rng: np.random.Generator) -> tuple[str, bytes]:
    makers = (_calls, _doubling, _arrays, _announcing, _swollen, _sizes, _paths, _text)
    name, content = "", b""
    maker = makers[rng.integers(len(makers))]
    name, content = maker.__name__, maker(rng)
    change = rng.random()
    if change < 0.15 and len(content) > 1:
        content = content[: rng.integers(1, len(content))]
        name += " cut"
    elif change < 0.4 and content:
        flipped = bytearray(content)
        for at in rng.integers(len(content), size=int(rng.integers(1, 8))):
            flipped[at] ^= 1 << int(rng.integers(8))
        content, name = bytes(flipped), f"{name} flipped"
    elif change < 0.6:
        pack = (bz2.compress, gzip.compress, lzma.compress)[rng.integers(3)]
        content, name = pack(content), f"{name} packed"
    return name, content


class _Call:
    def __init__(self, function: Any, *arguments: Any):
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


def _calls(rng: np.random.Generator) -> bytes:
    calls = [(os.system, "touch PWNED"), (eval, "open('PWNED','w')"), (open, "PWNED", "w"), (bytearray, 10**12)]
    function, *arguments = calls[rng.integers(len(calls))]
    return pickle.dumps([{"meta_archs": _Call(function, *arguments)}], int(rng.integers(6)))


def _doubling(rng: np.random.Generator) -> bytes:
    part: Any = ()
    kind, key = rng.integers(4), rng.random() < 0.5
    for _ in range(int(rng.integers(20, 400))):
        part = ((part, part), [part, part], {"a": part, "b": part}, (part, [part]))[kind]
    protocol = int(rng.integers(2, 6))
    if kind == 0 and key:  # a tuple that is a key: to write the dictionary here would take as long as to read it
        return b"\x80\x02}(" + pickle.dumps(part, 2)[2:-1] + b"K\x01u."
    return pickle.dumps(part, protocol)


def _arrays(rng: np.random.Generator) -> bytes:
    kinds = (
        np.arange(20.0),
        np.array([None, {}], object),
        np.array(["a", "bc"]),
        np.zeros((3, 0)),
        np.zeros(3, "i4,f8"),
    )
    file = io.BytesIO()
    np.savez(file, idx=kinds[rng.integers(5)], recepie=kinds[rng.integers(5)], val_loss=kinds[rng.integers(5)])
    return file.getvalue()


def _announcing(rng: np.random.Generator) -> bytes:
    file = io.BytesIO()
    shape = [(10**13,), (1 << 62, 4), (-1,), (10**6, 10**6), (0, 10**18), (3,) * 40][rng.integers(6)]
    kind = ["<f8", "|O", "<U1000000", "|S0", "<i4"][rng.integers(5)]
    with zipfile.ZipFile(file, "w") as archive:
        head = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".encode()
        head += b" " * (-(len(head) + 11) % 64) + b"\n"
        archive.writestr("idx.npy", b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head + bytes(16))
    return file.getvalue()


def _swollen(rng: np.random.Generator) -> bytes:
    zeros = bytes(1 << int(rng.integers(20, 28)))
    kind = rng.integers(3)
    if kind == 0:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.npy", zeros)
        return file.getvalue()
    return (bz2.compress, gzip.compress, lzma.compress)[rng.integers(3)](zeros)


def _sizes(rng: np.random.Generator) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        member = tarfile.TarInfo("a")
        member.size = int(rng.choice([0, 10, 1 << 20, 1 << 40]))
        archive.addfile(member, io.BytesIO(bytes(min(member.size, 1 << 20)))) if member.size < 1 << 30 else None
        if member.size >= 1 << 30:
            file.write(member.tobuf(tarfile.GNU_FORMAT))
    return file.getvalue()


def _paths(rng: np.random.Generator) -> bytes:
    names = ("../victim/precious", "/tmp/PWNED", "a/../../victim/precious", "C:\\x", "a\x00b", "x" * 300, "ok")
    file, name = io.BytesIO(), names[rng.integers(len(names))]
    if rng.random() < 0.5:
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr(name, "PWNED")
        return file.getvalue()
    with tarfile.open(fileobj=file, mode="w") as tar:
        member = tarfile.TarInfo(name)
        member.type = (tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE)[rng.integers(4)]
        member.linkname = "../victim/precious"
        tar.addfile(member, io.BytesIO())
    return file.getvalue()


def _text(rng: np.random.Generator) -> bytes:
    texts = (
        b"",
        b"{}",
        b"[]",
        b"null",
        b"[" * 100_000,
        b'{"a":' * 5000,
        b"architecture,idx\n=1+1,\xff\n",
        b'a,b\n"1',
        b"NaN",
    )
    return texts[rng.integers(len(texts))]


def _kept(folder: Path) -> bool:
    victim = folder / "victim" / "precious"
    return not (folder / "PWNED").exists() and (not victim.parent.exists() or victim.read_text() == "kept")


class folder_of_ours:
    """A folder that is worked in, and gone after."""

    def __enter__(self) -> Path:
        self._before, self._made = Path.cwd(), tempfile.TemporaryDirectory(prefix="torture-")
        os.chdir(self._made.name)
        return Path(self._made.name)

    def __exit__(self, *_: object) -> None:
        os.chdir(self._before)
        self._made.cleanup()


ATTACKS = (stores, tables, contents, importers)

if __name__ == "__main__":
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    for attack in ATTACKS:
        found = attack(seed, count)
        print(f"{found.name}: {found.tried} tried, {found.held} held, {len(found.broken)} broken")
        for line in found.broken[:40]:
            print("  ", line)
