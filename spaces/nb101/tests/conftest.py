"""The real data, where they are: tests on them skip elsewhere."""

import os
from pathlib import Path

import pytest
from nasapi_nb101.subsets import import_subset, import_test


@pytest.fixture(scope="session")
def archives():
    root = Path(__file__).resolve().parents[3]
    folder = Path(os.environ.get("NASAPI_SHARED_DATA", root / "../shared/data")) / "nb101"
    if not folder.is_dir():
        pytest.skip("the real tables of NAS-Bench-101 are not here; set NASAPI_SHARED_DATA to their folder")
    return folder


@pytest.fixture(scope="session")
def tested(archives, tmp_path_factory):
    return import_test(archives, tmp_path_factory.mktemp("tables") / "nb101-test.zarr")


@pytest.fixture(scope="session")
def listed(archives, tmp_path_factory):
    return import_subset(archives, tmp_path_factory.mktemp("tables") / "nb101-30k.zarr")
