"""What networks are built with where nothing is said: those of the WikiText-2 runs."""

import pytest
from nasapi_nlp.space import NLP

from nasapi import networks


def test_the_defaults_are_the_published_ones():
    pytest.importorskip("torch", reason="torch is not installed: pip install 'nasapi-nlp[torch]'")
    assert networks.settled(NLP(), {}) == {
        "channels": 600,
        "cells": 3,
        "classes": 33_278,
        "embedding": 400,
        "dropout": 0.1,
        "dropout_embedding": 0.4,
        "dropout_hidden": 0.25,
        "dropout_weights": 0.1,
    }
