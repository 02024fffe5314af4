"""What networks are built with where nothing is said: those of the paper on CIFAR-10."""

import pytest
from nasapi_nb201.space import NB201

from nasapi import networks


def test_the_defaults_are_the_published_ones():
    pytest.importorskip("torch", reason="torch is not installed: pip install 'nasapi-nb201[torch]'")
    assert networks.settled(NB201(), {}) == {
        "channels": 16,
        "cells": 5,
        "classes": 10,
        "inputs": 3,
        "side": 32,
        "stem": "cifar",
        "none": "trained",
        "reduction": "residual",
    }
