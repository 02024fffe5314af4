"""The real data, where they are: tests on them skip elsewhere."""

import numpy as np
import pytest
from nasapi_nlp.space import NLP

from nasapi.testing import shared_data


@pytest.fixture(scope="session")
def archive():
    """The archive of the WikiText-2 runs."""
    return shared_data("nlp/wikitext2_345.npz", "the WikiText-2 runs of NAS-Bench-NLP")


@pytest.fixture(scope="session")
def recipes(archive):
    """The 345 recipes as the authors wrote them."""
    with np.load(archive) as opened:
        return opened["recepie"].tolist()


@pytest.fixture(scope="session")
def small():
    """Every code of the space of cells with two nodes and two hidden states."""
    return np.concatenate(list(NLP(nodes=2, states=2).enumerate()))


@pytest.fixture(scope="session")
def tiny():
    """Every code of the space of cells with three nodes and one hidden state."""
    return np.concatenate(list(NLP(nodes=3, states=1).enumerate()))
