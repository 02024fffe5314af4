"""Parcels: what another process would import is sent by its name, and all else by its code."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from nasapi.errors import StrategyFailed
from nasapi.running.isolation import IsolatedStrategy, Limits
from nasapi.running.workers.clusters import Cluster
from nasapi.running.workers.parcels import _importable
from nasapi.testing.toy import toy_v1


def test_a_module_is_importable_where_the_path_leads_to_the_one_that_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _importable("nasapi.running.loop") and _importable("nasapi")
    made = ModuleType("made_by_hand")
    monkeypatch.setitem(sys.modules, "made_by_hand", made)
    assert not _importable("made_by_hand")
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "made_by_hand.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path / "other")
    made.__file__ = str(tmp_path / "one" / "made_by_hand.py")
    assert not _importable("made_by_hand")
    made.__file__ = str(tmp_path / "other" / "made_by_hand.py")
    assert _importable("made_by_hand")


@pytest.mark.parametrize("answer", [{}, {"trials": [[0, "toy"]]}, {"trials": [["x", "toy", [0], None]]}, 3])
def test_trials_that_are_none_are_rubbish(answer: Any) -> None:
    strategy = IsolatedStrategy(toy_v1().problem, np.random.default_rng(0), spec="mine", limits=Limits())
    with pytest.raises(StrategyFailed, match="The process of strategy 'mine' answered `ask` with rubbish"):
        strategy._trials(answer)
    with pytest.raises(StrategyFailed, match="The process of strategy 'mine' is closed; make the strategy again"):
        strategy.ask(1)


def test_a_cluster_says_itself_how_it_does_jobs() -> None:
    for method in ("send", "wait", "result", "cancel"):
        with pytest.raises(NotImplementedError):
            getattr(Cluster(), method)([])
