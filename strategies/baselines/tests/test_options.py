"""The checks that options share: what passes, and the sentence for what does not."""

import pytest
from attrs import define, field
from nasapi_baselines.options import is_flag, is_not_negative, is_spec

from nasapi.errors import InvalidOption


@define
class Options:
    weight: float = field(default=0.5, kw_only=True, validator=is_not_negative)
    anew: bool = field(default=False, kw_only=True, validator=is_flag)
    encoder: str = field(default="path", kw_only=True, validator=is_spec)


@pytest.mark.parametrize("given", [{"weight": 0}, {"weight": 2.5}, {"anew": True}, {"encoder": "path[limit=3]"}])
def test_what_makes_sense_is_kept(given):
    (name, value) = next(iter(given.items()))
    assert getattr(Options(**given), name) == value


@pytest.mark.parametrize("value", [-0.5, True, False, "much", float("inf"), float("nan"), None])
def test_a_weight_is_a_finite_number_from_0(value):
    with pytest.raises(InvalidOption, match=f"`weight` is a number from 0, not {value!r}"):
        Options(weight=value)


@pytest.mark.parametrize("value", ["maybe", 1, 0.0, None])
def test_a_flag_is_true_or_false(value):
    with pytest.raises(InvalidOption, match=f"`anew` is true or false, not {value!r}"):
        Options(anew=value)


@pytest.mark.parametrize("value", [5, True, None])
def test_a_spec_is_text(value):
    with pytest.raises(InvalidOption, match=f"`encoder` is a name, with options in brackets, not {value!r}"):
        Options(encoder=value)
