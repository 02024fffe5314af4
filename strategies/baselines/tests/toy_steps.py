"""Strategies made for the toy, and results told to them."""

import numpy as np

from nasapi import Result
from nasapi.testing.toy import toy_v1


def made(strategy, seed=0, **options):
    return strategy(toy_v1().problem, np.random.default_rng(seed), **options)


def tell(strategy, trials, values):
    """Tell a validation accuracy for each trial; None is a failure."""
    strategy.tell(
        [
            Result(trial, {}, 1.0, "it failed") if value is None else Result(trial, {"valid_accuracy": value}, 1.0)
            for trial, value in zip(trials, values, strict=True)
        ]
    )


def codes_of(trials):
    return [trial.arch.code for trial in trials]
