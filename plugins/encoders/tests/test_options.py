"""Options of the learned encoders: what is out of range is refused before anything is trained."""

from __future__ import annotations

import attrs
import pytest
from nasapi_encoders.svge import SVGe
from nasapi_encoders.vgae import VGAE

import nasapi
from nasapi.errors import InvalidOption
from nasapi.testing.toy import Toy

TOY = Toy()
NAN, INFINITE = float("nan"), float("inf")
COUNTS = ("latent", "hidden", "layers", "steps", "batch")
BAD = [
    *((name, value, "a whole number from 1") for name in COUNTS for value in (0, -1, 1.5, 2.0, True, "3", None, NAN)),
    *(("rate", value, "a number above 0") for value in (0, -1, True, "fast", None, NAN, INFINITE)),
    *(("beta", value, "a number from 0") for value in (-3, True, "much", None, NAN, INFINITE)),
    *(("dropout", value, "a number from 0 and below 1") for value in (1, 1.5, -0.1, True, "half", None, NAN)),
    *(("canonical", value, "true or false") for value in ("maybe", 1, 0.0, None)),
    *(("checkpoint", value, "the path of a file, or none") for value in (True, 3, ["weights"])),
]


@pytest.mark.parametrize("kind", [SVGe, VGAE])
@pytest.mark.parametrize(("name", "value", "words"), BAD)
def test_an_option_out_of_range_is_refused(kind, name, value, words):
    with pytest.raises(InvalidOption, match=rf"^`{name}` is {words}, not .+\.$"):
        kind(TOY, **{name: value})


@pytest.mark.parametrize("value", [1, 2.5, True])
def test_a_width_without_two_halves_is_refused(value):
    with pytest.raises(InvalidOption, match=f"`width` is a whole number from 2, not {value}"):
        SVGe(TOY, width=value)


@pytest.mark.parametrize("value", [0, 1.5, True])
def test_landmarks_that_are_no_count_are_refused(value):
    with pytest.raises(InvalidOption, match=f"`landmarks` is a whole number from 1, not {value}"):
        VGAE(TOY, landmarks=value)


@pytest.mark.parametrize("spec", ["svge[steps=1.5]", "svge[beta=nan]", "vgae[landmarks=1.5]", "vgae[canonical=maybe]"])
def test_a_spec_with_an_option_out_of_range_is_refused(spec):
    with pytest.raises(InvalidOption, match=r"^`\w+` is .+, not"):
        nasapi.load_encoder(spec, TOY)


@pytest.mark.parametrize("kind", [SVGe, VGAE])
def test_the_edges_of_the_ranges_are_taken(kind):
    sizes = {"latent": 1, "hidden": 1, "layers": 1, "steps": 1, "batch": 1, "rate": 1, "beta": 0, "dropout": 0}
    made = kind(TOY, **sizes, canonical=True, checkpoint=None)
    assert attrs.asdict(made, filter=lambda option, _: option.name in sizes) == sizes
