"""Files that torch saved: plain data and tensors come out equal, without torch; all else is refused."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nasapi.errors import CorruptData
from nasapi.tables import load_torch

torch = pytest.importorskip("torch", reason="writes files of torch")


def saved(place: Path, content: Any, **options: Any) -> Path:
    torch.save(content, place, **options)
    return place


@pytest.mark.parametrize(
    "content",
    [
        [1.5, 2, None, "text"],
        {"|none~0|": 3, "nested": ({"a": [1.0]},)},
        np.arange(6.0).reshape(2, 3),
        [np.float64(1.5), np.float64(2.5)],
        torch.ones((1,) * 31),
    ],
)
def test_plain_data_come_out_equal(content: Any, tmp_path: Path) -> None:
    np.testing.assert_equal(load_torch(saved(tmp_path / "a.pt", content)), content)


@pytest.mark.parametrize("kind", ["float64", "float32", "float16", "int64", "int32", "int16", "int8", "uint8", "bool"])
def test_tensors_of_numbers_become_arrays(kind: str, tmp_path: Path) -> None:
    whole = torch.arange(24).reshape(2, 3, 4).to(getattr(torch, kind))
    found = load_torch(
        saved(tmp_path / "a.pt", {"whole": whole, "part": whole[1], "one": whole[0, 1, 2], "no": whole[:0]})
    )
    for name, wanted in {"whole": whole, "part": whole[1], "one": whole[0, 1, 2], "no": whole[:0]}.items():
        assert found[name].dtype == wanted.numpy().dtype
        np.testing.assert_array_equal(found[name], wanted.numpy())


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        (torch.arange(6).reshape(2, 3).t(), {}, "a tensor whose numbers are not in one piece"),
        (torch.ones(1).expand(10**9), {}, "a tensor whose numbers are not in one piece"),
        (torch.ones((1,) * 32), {}, "a tensor of a shape that no tensor has"),
        (torch.nn.Linear(2, 2), {}, "is not plain data: it asks for 'torch.nn.modules.linear.Linear'"),
        ([1.0], {"_use_new_zipfile_serialization": False}, "is no file that torch 1.6 or newer saved"),
    ],
)
def test_what_is_no_plain_data_is_refused(content: Any, options: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(CorruptData, match=words):
        load_torch(saved(tmp_path / "a.pt", content, **options))


def changed(place: Path, **parts: bytes | None) -> Path:
    """The file with some members replaced, or without them."""
    with zipfile.ZipFile(place) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    for suffix, data in parts.items():
        name = next(name for name in content if name.endswith(suffix.replace("_", "/")))
        content.pop(name)
        if data is not None:
            content[name] = data
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return place


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"data_0": None}, r"refers to \('storage', .* outside itself"),
        ({"data_0": b"\x00" * 8}, "a tensor whose numbers are not in one piece of its storage"),
        ({"data_0": b"\x00" * 7}, "cannot be read as a pickle"),
        ({"data.pkl": None}, "none that torch saved: it has no 'data.pkl'"),
        ({"byteorder": b"big"}, "of another byte order"),
        ({"data_0": b"\x00" * (1 << 27)}, "unpacks to 134,.* more than the"),
    ],
)
def test_a_damaged_file_is_refused(parts: dict[str, bytes | None], words: str, tmp_path: Path) -> None:
    place = saved(tmp_path / "a.pt", torch.ones(4))
    with pytest.raises(CorruptData, match=words):
        load_torch(changed(place, **parts))
