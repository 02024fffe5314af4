"""The real data, where they are: tests on them skip elsewhere."""

import os
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture(scope="session")
def archive():
    """The archive of the WikiText-2 runs."""
    root = Path(__file__).resolve().parents[3]
    file = Path(os.environ.get("NASAPI_SHARED_DATA", root / "../shared/data")) / "nlp/wikitext2_345.npz"
    if not file.is_file():
        pytest.skip("the WikiText-2 runs of NAS-Bench-NLP are not here; set NASAPI_SHARED_DATA to their folder")
    return file


@pytest.fixture(scope="session")
def recipes(archive):
    """The 345 recipes as the authors wrote them."""
    with np.load(archive) as opened:
        return opened["recepie"].tolist()
