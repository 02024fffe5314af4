"""The real data, where they are: tests on them skip elsewhere."""

import json
from pathlib import Path

import pytest
from nasapi_darts.importers.network_table import import_network
from nasapi_darts.importers.official import import_official
from nasapi_darts.importers.trained import import_trained

from nasapi.testing import shared_data


@pytest.fixture(scope="session")
def archives():
    return shared_data("darts", "the real tables of the DARTS space")


@pytest.fixture(scope="session")
def weights(archives, tmp_path_factory):
    return import_network(archives, tmp_path_factory.mktemp("tables") / "darts-mlp.zarr")


@pytest.fixture(scope="session")
def trained(archives, tmp_path_factory):
    return import_trained(archives, tmp_path_factory.mktemp("tables") / "darts-trained.zarr")


@pytest.fixture(scope="session")
def small():
    """A folder in the official layout with two small members of each ensemble, and what their packages predict.

    Written in the layout of `nasbench301` by XGBoost 1.2.1 and LightGBM 3.1.1, trained on made-up values.
    """
    return Path(__file__).parent / "small_nb301"


@pytest.fixture(scope="session")
def expected(small):
    return json.loads((small / "expected.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def models(small, tmp_path_factory):
    return import_official(small / "nb_models", tmp_path_factory.mktemp("tables") / "darts-nb301.zarr")
