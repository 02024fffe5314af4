"""Measures: their names, what they take, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nasapi_robustness.collection import Robustness
from nasapi_robustness.measure import Measure
from nasapi_robustness.names import ATTACKS, CORRUPTIONS

from nasapi.errors import InvalidOption, NotAvailable


@pytest.mark.parametrize(
    ("measure", "name", "norm"),
    [
        (Measure(), "clean_accuracy", ""),
        (Measure("fgsm", 1), "fgsm_1_accuracy", "Linf"),
        (Measure("apgd", 0.5), "apgd_0.5_accuracy", "Linf"),
        (Measure("pgd", aggregate="mean"), "mean_pgd_accuracy", "Linf"),
        (Measure("all", aggregate="mean"), "mean_adversarial_accuracy", "Linf"),
        (Measure("all", 2, aggregate="worst"), "worst_adversarial_2_accuracy", "Linf"),
        (Measure("fog", severity=3), "fog_3_accuracy", ""),
        (Measure("corruptions", severity=5, aggregate="mean"), "mean_corruption_5_accuracy", ""),
        (Measure("corruptions", aggregate="mce"), "mean_corruption_error", ""),
    ],
)
def test_a_measure_is_named_by_what_it_is(measure: Measure, name: str, norm: str) -> None:
    assert measure.name == measure.metric("cifar10").name == name
    assert measure.norm == norm


def test_a_description_says_what_the_accuracy_is_of() -> None:
    worst = Measure("all", aggregate="worst").metric("cifar10").description
    assert worst == (
        "Accuracy on CIFAR-10 under the worst of four attacks, the mean over ε up to 8/255 (Linf norm), "
        "measured on the test images."
    )
    fog = Measure("corruptions", severity=3, aggregate="mean").metric("cifar100").description
    assert (
        "under four attacks, the mean at ε = 1/255" in Measure("all", 1, aggregate="mean").metric("cifar10").description
    )
    assert "worst of four attacks, at ε = 1/255" in Measure("all", 1, aggregate="worst").metric("cifar10").description
    assert fog.startswith("Accuracy on CIFAR-100 under 15 corruptions, the mean at severity 3, measured")


@given(st.sampled_from([*ATTACKS, *CORRUPTIONS]), st.sampled_from([0.1, 0.5, 1.0, 8.0]), st.integers(1, 5))
def test_different_measures_have_different_names(key: str, epsilon: float, severity: int) -> None:
    one = Measure(key, epsilon) if key in ATTACKS else Measure(key, severity=severity)
    assert len({one.name, Measure(key, aggregate="mean").name, Measure().name}) == 3
    assert one.metric("cifar10", searched=True).split == "none"
    assert one.metric("cifar10").split == "test"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"attack": "fgms"}, "No attack or corruption 'fgms' was evaluated. Did you mean 'fgsm'"),
        ({"attack": "fgsm"}, "'fgsm' needs 'epsilon' unless an aggregate over several is taken"),
        ({"attack": "fog"}, "'fog' needs 'severity' unless"),
        ({"attack": "fgsm", "epsilon": "1"}, "An epsilon is a number in units of 1/255, not '1'; 8/255 is written 8"),
        ({"attack": "fgsm", "epsilon": True}, "An epsilon is a number in units of 1/255, not True"),
        ({"attack": "fog", "severity": 6}, "A severity is a whole number from 1 to 5, not 6"),
        ({"attack": "clean", "epsilon": 1}, "'one' of 'clean' takes no epsilon, but 1 was given"),
        ({"attack": "fog", "severity": 1, "epsilon": 1}, "'one' of 'fog' takes no epsilon"),
        ({"attack": "fgsm", "epsilon": 1, "severity": 1}, "takes no severity, but 1 was given"),
        ({"attack": "fgsm", "aggregate": "worst"}, "'fgsm' has no aggregate 'worst'. Known: mean, one"),
        ({"attack": "all", "aggregate": "mcee"}, "'all' has no aggregate 'mcee'"),
    ],
)
def test_options_that_do_not_fit_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidOption, match=message):
        Measure(**options)


def test_an_unknown_data_set_is_refused() -> None:
    with pytest.raises(InvalidOption, match=r"no robustness data for 'cifar'\. Did you mean 'cifar10'"):
        Robustness.open("cifar")


def test_the_sentence_for_a_missing_file_is_no_key_error(made_up: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NASAPI_DATA", str(made_up))
    with pytest.raises(NotAvailable, match="There is no confusion of 'fog' on CIFAR-10"):
        Robustness.open("cifar10").confusion("fog")


CLEAN_WORDS = "Accuracy on CIFAR-10 on clean images, measured on the test images."


@pytest.mark.parametrize(
    ("measure", "description"),
    [
        (Measure(), CLEAN_WORDS),
        (
            Measure("pgd", 2),
            "Accuracy on CIFAR-10 under PGD, ε = 2/255 (Linf norm), measured on the test images.",
        ),
        (Measure("fog", severity=4), "Accuracy on CIFAR-10 under fog, severity 4, measured on the test images."),
        (
            Measure("all", aggregate="pooled"),
            "Accuracy on CIFAR-10 under four attacks, the mean over every attack and every ε (Linf norm), measured on "
            "the test images.",
        ),
        (
            Measure("all", aggregate="mean"),
            "Accuracy on CIFAR-10 under four attacks, the mean over ε up to 8/255 (Linf norm), measured on the test "
            "images.",
        ),
        (
            Measure("corruptions", aggregate="mean"),
            "Accuracy on CIFAR-10 under 15 corruptions, the mean over all severities, measured on the test images.",
        ),
        (
            Measure("corruptions", aggregate="mce"),
            "Mean corruption error on CIFAR-10, the reference cell's being 100, measured on the test images.",
        ),
    ],
)
def test_every_kind_of_measure_is_described(measure: Measure, description: str) -> None:
    assert measure.metric("cifar10").description == description


@pytest.mark.parametrize(
    ("measure", "title"),
    [
        (Measure(), "clean"),
        (Measure("fgsm", 0.5), "FGSM, ε = 0.5/255"),
        (Measure("pgd", aggregate="mean"), "mean PGD"),
        (Measure("all", 3, aggregate="worst"), "worst adversarial, ε = 3/255"),
        (Measure("motion_blur", severity=2), "motion blur, severity 2"),
        (Measure("corruptions", aggregate="mean"), "mean corruption"),
        (Measure("corruptions", aggregate="mce"), "mean corruption error"),
    ],
)
def test_a_title_is_short_enough_for_a_figure(measure: Measure, title: str) -> None:
    assert measure.title == title


def test_an_error_is_to_be_small_and_without_a_bound_above_and_accuracies_are_percent_to_be_large() -> None:
    error, one, mean = (
        measure.metric("cifar10")
        for measure in (Measure("corruptions", aggregate="mce"), Measure("fgsm", 1), Measure("fgsm", aggregate="mean"))
    )
    assert (error.goal, error.bounds, error.unit) == ("min", (0.0, float("inf")), "%")
    assert (one.goal, one.bounds, one.unit, one.origin) == ("max", (0.0, 100.0), "%", "measured")
    assert mean.origin == error.origin == "derived: from the accuracies measured one by one"
    searched = Measure().metric("cifar10", searched=True).description
    assert searched.endswith(
        "measured on the test images and searched on as published: the data set has no validation part."
    )


@pytest.mark.parametrize("severity", [0, 6, 1.5, "1"])
def test_severities_are_whole_numbers_from_one_to_five(severity: Any) -> None:
    with pytest.raises(InvalidOption, match=r"A severity is a whole number from 1 to 5, not "):
        Measure("fog", severity=severity)
    assert [Measure("fog", severity=level).severity for level in (1, 5)] == [1, 5]
