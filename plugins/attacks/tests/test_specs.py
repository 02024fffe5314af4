"""An attack's text, its epsilon and its name."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import pytest
from nasapi_attacks import Attack, Epsilon, parse_attacks
from nasapi_attacks.presets import jung2023, strong
from nasapi_robustness.measure import Measure

from nasapi.errors import InvalidOption


@pytest.mark.parametrize(
    "text", ["8/255", "0.03", "0", "0.1/255", "1", "255/255", "1/3", "0.0123456789", "1e-3", "7/1000000007"]
)
def test_an_epsilon_is_read_as_it_is_written(text: str) -> None:
    one = Epsilon(text)
    assert Epsilon(str(one)) == one
    over, _, under = text.partition("/")
    assert one.exact == Fraction(over) / Fraction(under or "1")


def test_a_decimal_number_and_its_text_are_one_epsilon() -> None:
    assert Epsilon(0.03) == Epsilon(np.float32(0.03)) == Epsilon("0.03") == Epsilon("7.65/255")
    assert Epsilon(Decimal("0.03")) == Epsilon(0.03)
    assert Epsilon("8/255").strength == 8
    assert str(Epsilon("8/255")) == "8/255" and str(Epsilon(0.03)) == "0.03"


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (8, "Epsilon 8 is beyond the box of pixels from 0 to 1; write 8/255 if"),
        ("8", "write 8/255"),
        (1.5, "write 1.5/255"),
        ("256/255", "beyond the box"),
        (-0.1, "at least 0, not -0.1"),
        ("nan", "such as 8/255 or 0.03, not 'nan'"),
        (float("nan"), "not nan"),
        (float("inf"), "not inf"),
        (True, "not True"),
        (None, "not None"),
        ("1/0", "not '1/0'"),
        ("8/", "not '8/'"),
        ("1/255/3", "not '1/255/3'"),
        ("eight", "not 'eight'"),
        ("9" * 50, "not '9999"),
        ("1e999999999", "not '1e999999999'"),
        ("1/1e999999999", "not '1/1e999999999'"),
        ("1e149/1e-149", "beyond the box"),
    ],
)
def test_what_is_no_epsilon_is_refused(value: object, sentence: str) -> None:
    with pytest.raises(InvalidOption, match=sentence):
        Epsilon(value)


def test_an_epsilon_has_up_to_forty_characters() -> None:
    assert Epsilon("0." + "0" * 37 + "1").exact == Fraction(1, 10**38)
    with pytest.raises(InvalidOption, match="An epsilon is a number such as"):
        Epsilon("0." + "0" * 38 + "1")


def test_an_epsilon_keeps_its_norm() -> None:
    length = Epsilon(5, "L2")
    assert Epsilon(length) == Epsilon(length, "L2") == Attack.make("pgd", length).epsilon == length
    for make in (Epsilon, partial(Attack.make, "pgd")):
        with pytest.raises(InvalidOption, match=r"Epsilon\('5', 'L2'\) is a length in L2, not in Linf; give a number"):
            make(length, "Linf")


def test_an_epsilon_of_another_norm_may_be_longer_than_a_pixel() -> None:
    assert float(Epsilon(3, "L2")) == 3
    assert float(Epsilon(1_000_000, "L1")) == 1e6
    with pytest.raises(InvalidOption, match="Epsilon 1000001 in L1 is farther than the corners"):
        Epsilon(1_000_001, "L1")
    with pytest.raises(InvalidOption, match=r"Epsilon 1e\+30 in L2 is farther than the corners of the box"):
        Epsilon(1e30, "L2")
    with pytest.raises(InvalidOption, match="A norm is one of Linf, L2, L1, not 'L3'"):
        Epsilon(3, "L3")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "fgsm[eps=8/255]",
        "pgd[eps=0.03]",
        "pgd[eps=0.03,restarts=2,step=1/30,steps=40]",
        "square[eps=1/255,rescale=false,steps=100]",
        "apgd[eps=0.5,norm=L2]",
        "autoattack[eps=8/255]",
    ],
)
def test_text_and_attack_are_one(text: str) -> None:
    assert str(Attack.parse(text)) == text
    assert Attack.parse(str(Attack.parse(text))) == Attack.parse(text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("pdg[eps=0.03]", "no attack 'pdg'.*Did you mean 'pgd'"),
        ("nope", "There is no attack 'nope'. Known: "),
        ("pgd", "needs an epsilon; write pgd"),
        ("pgd[steps=3]", "needs an epsilon"),
        ("pgd[eps=8]", "write 8/255"),
        ("pgd[eps=0.1,steps=0]", "`steps` of pgd is a whole number from 1 to 1,000,000, not 0"),
        ("pgd[eps=0.1,steps=2.5]", "not 2.5"),
        ("pgd[eps=0.1,restarts=true]", "`restarts` of pgd is a whole number .*not True"),
        ("pgd[eps=0.1,step=3]", "share of epsilon above 0 and at most 2, not 3"),
        ("pgd[eps=0.1,step=0]", "above 0"),
        ("pgd[eps=0.1,step=small]", "such as 0.25 or 1/30, not 'small'"),
        ("pgd[eps=0.1,step=1/3/4]", "such as 0.25 or 1/30, not '1/3/4'"),
        ("pgd[eps=0.1,step=1/]", "such as 0.25 or 1/30, not '1/'"),
        ("pgd[eps=0.1,step=1e400]", "such as 0.25 or 1/30, not "),
        ("pgd[eps=0.1,norm=L0]", "one of Linf, L2, L1, not 'L0'"),
        ("fgsm[eps=0.1,steps=3]", "fgsm takes no 'steps'; its options are eps, norm."),
        ("square[eps=0.1,rescale=3]", "`rescale` of square is true or false, not 3"),
        ("autoattack[eps=0.1,norm=L1]", "autoattack has the norms Linf and L2"),
    ],
)
def test_what_is_no_attack_is_named(text: str, sentence: str) -> None:
    with pytest.raises(InvalidOption, match=sentence):
        Attack.parse(text)


@pytest.mark.parametrize("name", ["fgsm", "pgd", "apgd", "square"])
def test_accuracies_have_the_names_of_the_published_tables(name: str) -> None:
    assert Attack.make(name, "1/255").metric_name == Measure(name, 1.0).name
    assert Attack.make(name, "0.1/255").metric_name == Measure(name, 0.1).name
    assert Attack.make(name, 1).metric_name == Measure(name, 255.0).name


def test_other_accuracies_have_names_of_their_own() -> None:
    assert Attack.make("apgd-t", "8/255").metric_name == "apgd_t_8_accuracy"
    assert Attack.make("pgd", 0.5, "L2").metric_name == "pgd_l2_0.5_accuracy"
    assert Attack.make("apgd-ce", 0.03) == Attack.make("apgd", 0.03)


def test_steps_that_cannot_cross_the_ball_are_cautioned_about() -> None:
    assert "travel 1.33 epsilon" in Attack.parse("pgd[eps=1/255,steps=40,step=1/30]").caution
    assert Attack.parse("pgd[eps=1/255,steps=40,step=1/20]").caution == ""


def test_the_published_collection_is_given_exactly() -> None:
    attacks = jung2023()
    strengths = {
        name: [one.epsilon.strength for one in attacks if one.name == name]
        for name in Measure.__mro__ and ("fgsm", "pgd", "apgd", "square")
    }
    assert strengths["fgsm"] == [0.1, 0.5, 1, 2, 3, 4, 5, 6, 7, 8, 255]
    assert strengths["pgd"] == strengths["apgd"] == strengths["square"] == [0.1, 0.5, 1, 2, 3, 4, 8, 255]
    pgd, apgd, square = (next(one for one in attacks if one.name == name) for name in ("pgd", "apgd", "square"))
    assert (pgd.steps, pgd.step, pgd.restarts) == (40, Fraction(1, 30), 1)
    assert round(pgd.travel, 2) == 1.33 and "1.33" in pgd.caution
    assert (apgd.steps, apgd.restarts) == (100, 1)
    assert (square.steps, square.rescale) == (5_000, False)
    assert all(not one.caution for one in strong())


def test_lists_may_hold_presets_and_attacks() -> None:
    assert [one.name for one in parse_attacks("fgsm[eps=0.02], strong[eps=1/255]")] == [
        "fgsm",
        "pgd",
        "apgd",
        "apgd-t",
        "square",
    ]
    assert len(parse_attacks(["jung2023"])) == 35
    assert {one.epsilon.strength for one in parse_attacks("jung2023[eps=1/255]")} == {1.0}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "No attack was given"),
        ("jung2024", "no attack and no preset 'jung2024'. Did you mean 'jung2023'"),
        ("jung2023[eps=9/255]", "jung2023 has no epsilon 9/255; it has 0.1, 0.5, 1"),
        ("jung2023[steps=3]", "The preset jung2023 takes `eps` alone, not steps"),
        ("fgsm[eps=1/255],jung2023", "would both be called 'fgsm_1_accuracy'"),
        (3, "Attacks are texts such as fgsm.*, not 3"),
        ([None], "Attacks are texts such as fgsm.*, not .None."),
        ("pgd[eps=0.03],pgd[eps=0.03,steps=20]", "would both be called 'pgd_7.65_accuracy'"),
    ],
)
def test_a_list_that_is_none_is_refused(text: Any, sentence: str) -> None:
    with pytest.raises(InvalidOption, match=sentence):
        parse_attacks(text)
