"""What networks are built with where nothing is said: those of the paper."""

import pytest
from nasapi_nb101.space import NB101

from nasapi import networks


def test_the_defaults_are_the_published_ones():
    pytest.importorskip("torch", reason="torch is not installed: pip install 'nasapi-nb101[torch]'")
    assert networks.settled(NB101(), {}) == {
        "channels": 128,
        "cells": 3,
        "classes": 10,
        "inputs": 3,
        "side": 32,
        "stem": "cifar",
    }
