"""Permutation controls in the report: what is kept of them, and that a win that does not survive one is said."""

import attrs
import numpy as np
import pytest
import report_sources as sources
from nasapi_report import verdict as words
from nasapi_report.counted_controls import Counted, control_sentence, read_controls, without_learning, write_controls
from nasapi_report.study_analysis import analyse_study
from scipy.stats import binomtest

from nasapi.errors import CorruptData

LSTM = Counted("nlp/wikitext2-v1", "ranked-gp", 32, tuple(range(30)), 30, 28, 0.12)


def test_controls_are_kept_whole(tmp_path):
    rows = [LSTM, attrs.evolve(LSTM, strategy="random", real=2, permuted=0)]
    write_controls(tmp_path / "controls.json", rows)
    assert read_controls(tmp_path / "controls.json") == rows
    assert read_controls(tmp_path / "none.json") == []
    (tmp_path / "other.json").write_text('{"controls": [{"benchmark": "toy"}]}')
    with pytest.raises(CorruptData, match="has no 'strategy'"):
        read_controls(tmp_path / "other.json")


@pytest.mark.parametrize("permuted", [0, 1, 4, 28, 30])
def test_the_test_is_the_exact_binomial_one(permuted):
    row = attrs.evolve(LSTM, permuted=permuted)
    assert row.p == pytest.approx(binomtest(permuted, 30, 0.12, alternative="greater").pvalue)


def test_a_win_that_does_not_survive_its_control_is_reported_to_be_structure(monkeypatch):
    analysis = analyse_study(sources.study([sources.toy()], seeds=20)).analyses[0]
    best = analysis.runs[0].strategy
    rows = [attrs.evolve(row, means=attrs.evolve(row.means, adjusted=0.001)) for row in analysis.comparisons]
    rows = [attrs.evolve(row, difference=attrs.evolve(row.difference, low=0.1, high=9.0)) for row in rows]
    won = attrs.evolve(analysis, comparisons=tuple(rows))
    assert any(row.ahead for row in rows if row.a == best)
    hidden = Counted(analysis.record.id, best, 8, tuple(range(30)), 30, 21, 0.07)
    monkeypatch.setattr(words, "without_learning", lambda: {(hidden.benchmark, hidden.strategy): hidden})
    assert words.verdict(won)[-1] == control_sentence(hidden)
    assert "in 21 of 30 runs also where values were permuted" in control_sentence(hidden)
    assert control_sentence(hidden) not in words.verdict(attrs.evolve(won, comparisons=()))
    longer, other = (
        attrs.evolve(won.record, spec=f"{won.record.id}[{option}]") for option in ("budget=9", "draw=codes")
    )
    assert control_sentence(hidden) in words.verdict(attrs.evolve(won, record=longer))
    assert control_sentence(hidden) not in words.verdict(attrs.evolve(won, record=other)), "another benchmark"
    monkeypatch.setattr(words, "without_learning", dict)
    assert control_sentence(hidden) not in words.verdict(won)


def test_what_is_shipped_names_only_pairs_beyond_chance():
    found = without_learning()
    assert all(row.permuted / len(row.seeds) > row.chance for row in found.values())
    assert np.all([row.p <= 0.05 for row in found.values()])
