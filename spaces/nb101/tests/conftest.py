"""The real data, where they are: tests on them skip elsewhere."""

import pytest
from nasapi_nb101.subsets import import_subset, import_test

from nasapi.testing import shared_data


@pytest.fixture(scope="session")
def archives():
    return shared_data("nb101", "the real tables of NAS-Bench-101")


@pytest.fixture(scope="session")
def tested(archives, tmp_path_factory):
    return import_test(archives, tmp_path_factory.mktemp("tables") / "nb101-test.zarr")


@pytest.fixture(scope="session")
def listed(archives, tmp_path_factory):
    return import_subset(archives, tmp_path_factory.mktemp("tables") / "nb101-30k.zarr")
