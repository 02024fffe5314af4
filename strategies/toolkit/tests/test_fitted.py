"""Encoders that come without weights: fitted once for a space, alike in every run, and never another's."""

from __future__ import annotations

import numpy as np
import pytest
from nasapi_toolkit import fitted as module
from nasapi_toolkit.fitted import fitted

import nasapi
from nasapi.errors import NotAvailable
from nasapi.testing.search import ToyEncoder, ToyLatent
from nasapi.testing.toy import Toy


class Sparse(Toy):
    """The toy space, of which samples have no convolution."""

    def sample(self, n, rng):
        return np.minimum(super().sample(n, rng), 1)


class Fits(ToyLatent):
    count = 0
    shown = ()

    def fit(self, codes, rng):
        type(self).count += 1
        type(self).shown = codes
        return super().fit(codes, rng)


@pytest.fixture(autouse=True)
def _forgotten(monkeypatch):
    monkeypatch.setattr(module, "_kept", type(module._kept)())
    monkeypatch.setattr(Fits, "count", 0)


def test_what_has_weights_or_needs_none_is_given_back():
    encoder = ToyEncoder(Toy())
    assert fitted("genes", encoder) is encoder
    learned = ToyLatent(Toy()).fit(Toy().sample(9, np.random.default_rng(0)), np.random.default_rng(0))
    assert fitted("latent", learned) is learned


def test_equal_spaces_share_one_fit():
    assert fitted("latent", Fits(Toy())) is fitted("latent", Fits(Toy()))
    assert Fits.count == 1


def test_a_fit_is_shown_five_thousand_architectures_that_follow_from_the_space():
    fitted("latent", Fits(Toy()))
    assert np.array_equal(Fits.shown, Toy().sample(5_000, np.random.default_rng(0)))


def test_another_spec_or_another_space_is_another_fit():
    first = fitted("latent", Fits(Toy()))
    assert fitted("latent[width=2]", Fits(Toy())) is not first
    assert fitted("latent", Fits(Sparse())) is not first
    assert Fits.count == 3


def test_weights_do_not_depend_on_what_was_fitted_before():
    codes = Toy().sample(9, np.random.default_rng(1))
    before = fitted("latent", Fits(Toy())).encode(codes)
    module._kept.clear()
    fitted("latent", Fits(Sparse()))
    assert np.array_equal(fitted("latent", Fits(Toy())).encode(codes), before)


def test_only_the_last_used_are_kept():
    first = fitted("0", Fits(Toy()))
    for name in range(1, 8):
        fitted(str(name), Fits(Toy()))
    assert fitted("0", Fits(Toy())) is first
    fitted("8", Fits(Toy()))
    assert fitted("0", Fits(Toy())) is first
    assert len(module._kept) == 8
    fitted("1", Fits(Toy()))
    assert Fits.count == 10


def test_the_encoder_that_is_given_stays_without_weights_where_one_is_kept():
    fitted("latent", ToyLatent(Toy()))
    other = ToyLatent(Toy())
    fitted("latent", other)
    with pytest.raises(NotAvailable):
        other.encode(Toy().sample(1, np.random.default_rng(0)))


@pytest.mark.parametrize("spec", ["surrogate[model=grid-gp,pool=generator]", "surrogate[model=grid-gp,encoder=svge]"])
def test_a_search_leaves_what_is_shared_as_it_was(spec):
    pytest.importorskip("nasapi_encoders")
    spec = spec.replace("generator", "'generator[encoder=svge[steps=5]]'").replace("=svge]", "='svge[steps=5]']")
    benchmark = nasapi.load_benchmark("toy/formula-v1", budget=20)
    runs = [nasapi.run(benchmark, nasapi.load_strategy(spec), seed=3) for _ in range(2)]
    assert len(module._kept) == 1
    assert np.array_equal(runs[0].codes, runs[1].codes)
