"""A tiny collection, made once: six cells, two epochs, 8x8 digits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from nasapi_collect.parallel import collect

TINY = """
seeds = [0, 1]

[table]
name = "nb201/tiny-v1"
licence = "CC0-1.0"

[networks]
space = "nb201"
sample = 6

[data]
name = "digits"
train = 64
valid = 40
test = 40

[network]
channels = 2
cells = 1
none = "zero"
reduction = "light"

[training]
epochs = 2
batch = 32
shift = 1
flip = false

[[attack]]
spec = "fgsm[eps=0.03]"
images = 20
"""


@pytest.fixture(scope="session")
def write_recipe(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Writes the tiny recipe with some of its text replaced."""

    def write(*changes: tuple[str, str]) -> Path:
        text = TINY
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path_factory.mktemp("recipe") / "tiny.toml"
        path.write_text(text)
        return path

    return write


@pytest.fixture(scope="session")
def tiny(write_recipe: Callable[..., Path]) -> Path:
    return write_recipe()


@pytest.fixture(scope="session")
def collected(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The collection that one process made without interruption; not to be changed."""
    folder = tmp_path_factory.mktemp("collected") / "once"
    assert collect(tiny, folder).measured == 6
    return folder
