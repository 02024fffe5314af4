"""Loading: what options do, and what is said of those that cannot be."""

import pytest

import nasapi
from nasapi.errors import InvalidOption


@pytest.mark.parametrize("noise", ["no", 0, 1.0])
def test_noise_is_true_or_false(noise):
    with pytest.raises(InvalidOption, match=f"The noise of toy/formula-v1 is true or false, not {noise!r}"):
        nasapi.load_benchmark("toy/formula-v1", noise=noise)
    with pytest.raises(InvalidOption, match="is true or false"):
        nasapi.load_benchmark(f"toy/formula-v1[noise={noise}]")


def test_noise_of_a_spec_is_its_word():
    assert nasapi.load_benchmark("toy/formula-v1[noise=true]").noise
    assert not nasapi.load_benchmark("toy/formula-v1[noise=false]").noise
