"""The published accuracies on CIFAR-10 imported once, and a small made-up copy of the layout that tests may break."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nasapi_nb201.space import NB201
from nasapi_robustness.collection import Robustness
from nasapi_robustness.importer import import_published

from nasapi.testing import import_into, shared_data

SPACE = NB201()
EVERY = SPACE.codes_at(np.arange(15_625))
CLASSES = SPACE.string_classes(EVERY)
CELLS = np.unique(CLASSES)
EPSILONS = [0.5, 1.0, 8.0]


@pytest.fixture(scope="session")
def published_folder() -> Path:
    return shared_data("nb201/robustness", "the published robustness data")


@pytest.fixture(scope="session")
def data_folder(published_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return import_into(tmp_path_factory.mktemp("data"), "robustness", published_folder)


@pytest.fixture
def imported(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The published table is where nasapi looks for it."""
    monkeypatch.setenv("NASAPI_DATA", str(data_folder))
    return data_folder


@pytest.fixture
def cifar10(imported: Path) -> Robustness:
    return Robustness.open("cifar10")


@pytest.fixture(scope="session")
def meta() -> dict[str, Any]:
    ids = {
        str(index): {"nb201-string": SPACE.format(code), "isomorph": str(same)}
        for index, (code, same) in enumerate(zip(EVERY, CLASSES.tolist(), strict=True))
    }
    return {"ids": ids, "epsilons": {"fgsm@Linf": EPSILONS}}


def entries(values: Any) -> dict[str, Any]:
    """One entry a cell, made of its place."""
    return {str(cell): values(place) for place, cell in enumerate(CELLS.tolist())}


def share(place: int) -> float:
    return round(place / len(CELLS), 3)


def matrix(place: int) -> list[list[int]]:
    """A confusion matrix of 1,000 images, `share` of them right."""
    right = round(1000 * share(place))
    rows = [[0] * 10 for _ in range(10)]
    rows[0][0], rows[0][1] = right, 1000 - right
    return rows


@pytest.fixture(scope="session")
def contents() -> dict[str, Any]:
    """What each file of the made-up copy holds, by its path."""
    fgsm = entries(lambda place: [share(place), share(place) / 2, 0.0])
    sure = entries(lambda place: {"label": [share(place), 0.2, 0.1], "predicted": [0.9, 0.8, 0.7]})
    return {
        "cifar10/clean_accuracy.json": {"cifar10": {"clean": {"accuracy": entries(share)}}},
        "cifar10/clean_cm.json": {"cifar10": {"clean": {"cm": entries(matrix)}}},
        "cifar10/clean_confidence.json": {
            "cifar10": {"clean": {"confidence": entries(lambda place: {"label": share(place), "predicted": 0.95})}}
        },
        "cifar10/fgsm@Linf_accuracy.json": {"cifar10": {"fgsm@Linf": {"accuracy": fgsm}}},
        "cifar10/fgsm@Linf_confidence.json": {"cifar10": {"fgsm@Linf": {"confidence": sure}}},
        "cifar10/fog_accuracy.json": {"cifar10": {"fog": {"accuracy": entries(lambda place: [share(place)] * 5)}}},
        "cifar10/fog_confidence.json": {
            "cifar10": {"fog": {"confidence": entries(lambda place: [0.9, 0.8, 0.7, 0.6, 0.5])}}
        },
        "ImageNet16-120/clean_accuracy.json": {"ImageNet16-120": {"clean": {"accuracy": entries(share)}}},
        "ImageNet16-120/fgsm@Linf_accuracy.json": {"ImageNet16-120": {"fgsm@Linf": {"accuracy": fgsm}}},
    }


@pytest.fixture(scope="session")
def texts(meta: dict[str, Any], contents: dict[str, Any]) -> dict[str, str]:
    """The made-up copy as JSON, by path."""
    return {name: json.dumps(content) for name, content in {"meta.json": meta, **contents}.items()}


def write(folder: Path, texts: dict[str, str]) -> Path:
    """Files in a folder, by path."""
    for name, text in texts.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return folder


@pytest.fixture(scope="session")
def whole(texts: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The made-up copy as a folder that nobody changes."""
    return write(tmp_path_factory.mktemp("published"), texts)


@pytest.fixture
def copy(whole: Path, tmp_path: Path) -> Path:
    """The made-up copy as a folder whose files may be replaced."""
    return shutil.copytree(whole, tmp_path / "published", copy_function=os.link)


@pytest.fixture(scope="session")
def made_up(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a table of the made-up copy, whose values are not those that were published."""
    folder = tmp_path_factory.mktemp("made-up")
    import_published(whole, folder / "robustness.zarr")
    return folder
