"""The real data, where they are: tests on them skip elsewhere."""

import numpy as np
import pytest
from nasapi_nb101.importers.subsets import decode, import_subset, import_test
from nasapi_nb101.space import NB101
from nasapi_nb101.tables import ALL_TEST

from nasapi.testing import shared_data


@pytest.fixture(scope="session")
def archives():
    return shared_data("nb101", "the real tables of NAS-Bench-101")


@pytest.fixture(scope="session")
def networks():
    """(423624, 26): every network, enumerated by the rule of the space."""
    return NB101().networks()


@pytest.fixture(scope="session")
def stored(archives):
    """(423624, 26): the networks in the order of the archive, read without the checks of an import."""
    archive = np.load(archives / ALL_TEST)
    graph = np.repeat(np.arange(len(archive["graph_rows"])), archive["graph_rows"])
    parts = (archive["graph_vertices"][graph], archive["graph_edges"][graph], archive["ops_base3"])
    return decode(*(part.astype(np.int64) for part in parts))


@pytest.fixture(scope="session")
def tested(archives, tmp_path_factory):
    return import_test(archives, tmp_path_factory.mktemp("tables") / "nb101-test.zarr", hashes=False)


@pytest.fixture(scope="session")
def listed(archives, tmp_path_factory):
    return import_subset(archives, tmp_path_factory.mktemp("tables") / "nb101-30k.zarr")
