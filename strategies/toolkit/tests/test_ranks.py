"""Ranks of the toolkit: those of scipy.stats, without its import."""

import subprocess
import sys

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from nasapi_toolkit.ranks import least_ranks, mean_ranks
from scipy.stats import rankdata


@given(st.lists(st.sampled_from([-1.0, 0.0, 0.5, 2.0, np.inf]), max_size=30))
def test_ranks_are_those_of_scipy(values):
    np.testing.assert_array_equal(least_ranks(values), rankdata(values, method="min"))
    np.testing.assert_array_equal(mean_ranks(values), rankdata(values))


def test_a_model_based_search_imports_no_scipy_stats():
    script = "import sys, nasapi_toolkit.observations, nasapi_toolkit.targets; print('scipy.stats' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout == "False\n"
