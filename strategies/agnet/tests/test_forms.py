"""The graphs by which the published generator knows DARTS and NAS-Bench-NLP."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from nasapi_agnet.cells import CellForm
from nasapi_agnet.forms import LabelledGraphs
from nasapi_agnet.known_forms import form_of
from nasapi_agnet.settings import published
from nasapi_toolkit.unseen import Unseen

import nasapi
from nasapi.budget import Budget
from nasapi.errors import NotAvailable
from nasapi.testing import problems

pytest.importorskip("nasapi_darts")
pytest.importorskip("nasapi_nlp")

DARTS = nasapi.load_space("darts")
NLP = nasapi.load_space("nlp", draw="generator")
SMALL = nasapi.load_strategy("agnet", initial=6, round=4, epochs=1, pretraining=3)


def likely(graphs: LabelledGraphs) -> np.ndarray:
    return np.where(graphs.edges, 5, -5).astype(np.float32)


def cells(n: int = 100) -> tuple[CellForm, np.ndarray]:
    form, rng = form_of(DARTS), np.random.default_rng(0)
    return form, form.draw(Unseen(DARTS, "code"), n, rng)


def test_the_forms_have_the_published_sizes():
    darts, nlp = form_of(DARTS), form_of(NLP)
    assert (darts.nodes, darts.labels, darts.width, darts.layers, darts.inputs) == (11, 11, 176, 4, 2)
    assert (nlp.nodes, nlp.labels, nlp.width, nlp.layers, nlp.inputs) == (26, 9, 559, 2, 1)
    assert published("darts", False).nodes == 2.0
    assert published("darts", False).draws == (1000, 2000, 3000, 4000)


def test_normal_cells_are_searched_beside_one_reduction_cell():
    form, codes = cells()
    assert (codes[:, 11:] == codes[0, 11:]).all()
    assert len(np.unique(codes[:, :11], axis=0)) == 100
    graphs = form.write(codes)
    np.testing.assert_array_equal(form.read(graphs, likely(graphs)), codes)
    assert (graphs.labels[:, [0, 1, 10]] == [1, 2, 0]).all()
    assert not graphs.edges[:, :3][:, [0, 2]].any()


def test_from_half_of_the_budget_reduction_cells_are_searched_beside_the_best_normal_one():
    form, codes = cells()
    form.advance(codes[:96], Budget(192))
    assert form.cell == 0
    form.advance(codes[:97], Budget(192))
    assert form.cell == 1
    reductions = form.draw(Unseen(DARTS, "code"), 50, np.random.default_rng(1))
    assert (reductions[:, :11] == codes[0, :11]).all()
    graphs = form.write(reductions)
    np.testing.assert_array_equal(form.read(graphs, likely(graphs)), reductions)
    both = form.write(np.concatenate([codes[:3], reductions[:3]]))
    normal, _ = cells()
    np.testing.assert_array_equal(both.labels[:3], normal.write(codes[:3]).labels)
    np.testing.assert_array_equal(both.labels[3:], graphs.labels[:3])


def test_of_three_parents_the_two_likeliest_are_kept_and_of_one_nothing_is_made():
    form, codes = cells(1)
    graphs = form.write(codes)
    slot = 10 * 9 // 2 - 9 + 0  # the edge from input 0 to node 9, the last operation
    edges, logits = graphs.edges.copy(), likely(graphs)
    last = slice(36, 45)  # the edges to node 9
    assert slot == last.start
    parents = edges[0, 28:36].any(), edges[0, last].any()
    assert all(parents)
    added = edges.copy()
    added[0, [28, 29]] = added[0, [36, 37]] = True  # both inputs, besides what is there
    strong = logits.copy()
    strong[0, [28, 29, 36, 37]] = 50
    strong[0, 30:36] = strong[0, 38:45] = -50
    code = form.read(LabelledGraphs(graphs.labels, added), strong)
    sources = DARTS.compact(code)[0, 0, 6:, 0]
    assert sources.tolist() == [0, 1]
    none = edges.copy()
    none[0, 28:45] = False
    none[0, 28] = True
    assert (form.read(LabelledGraphs(graphs.labels, none), logits) == -1).all()


def test_recurrent_cells_of_up_to_eight_operations_are_written_and_read():
    form = form_of(NLP)
    codes = NLP.sample(500, np.random.default_rng(0))
    small = form.fits(codes)
    sizes = (codes[:, 0:100:4] > 0).sum(axis=1)
    np.testing.assert_array_equal(small, sizes <= 8)
    graphs = form.write(codes[small])
    read = form.read(graphs, likely(graphs))
    assert NLP.valid(read).all()
    again = form.write(read)
    np.testing.assert_array_equal(again.labels, graphs.labels)
    np.testing.assert_array_equal(again.edges, graphs.edges)
    assert (graphs.labels[:, :4] == 1).all()


def test_of_more_than_three_that_feed_the_output_the_last_and_the_two_likeliest_are_kept():
    form = form_of(NLP)
    labels, adjacency = np.zeros((1, 26), np.int64), np.zeros((1, 26, 26), np.bool_)
    labels[0, :4], labels[0, 4:9] = 1, 7  # five linear nodes, each of its own inputs
    adjacency[0, 0, 4], adjacency[0, [1, 2, 3], [5, 6, 7]] = True, True
    adjacency[0, 4:8, 8] = adjacency[0, 4:9, 9] = True
    targets, sources = np.tril_indices(26, -1)
    edges = adjacency[:, sources, targets]
    logits = np.where(edges, 1, -5).astype(np.float32)
    into = targets == 9
    logits[0, into & (sources == 5)] = logits[0, into & (sources == 7)] = 4
    assert (form.read(LabelledGraphs(labels, edges), logits) == -1).all()  # a linear node takes no more than three
    adjacency[0, 7, 8] = False
    edges = adjacency[:, sources, targets]
    code = form.read(LabelledGraphs(labels, edges), logits)
    assert NLP.valid(code).all()
    assert code[0, 100:].tolist() == [2, 4, 5]
    weak = edges.copy()
    weak[0, into & (sources == 8)] = False  # the last node does not feed the output
    assert (form.read(LabelledGraphs(labels, weak), logits) == -1).all()


@pytest.mark.parametrize("n", [0, 1, 20])
def test_no_more_cells_are_drawn_than_it_takes_to_find_so_many_small_ones(n):
    form, rng, again = form_of(NLP), np.random.default_rng(0), np.random.default_rng(0)
    found = form.draw(Unseen(NLP, "code"), n, rng)
    assert len(found) == n == len(np.unique(found, axis=0))
    small = 0
    while small < n:
        small += int(form.fits(NLP.sample(4 * n, again)).sum())
    assert rng.bit_generator.state == again.bit_generator.state


@pytest.mark.parametrize("space", [DARTS, NLP], ids=["darts", "nlp"])
def test_a_search_runs_to_the_end_of_its_budget(space, monkeypatch):
    few = attrs.evolve(published(space.id, False), draws=(20, 30))
    monkeypatch.setattr("nasapi_agnet.search.published", lambda *_: few)
    benchmark = problems.made_up(space)
    benchmark = attrs.evolve(benchmark, problem=attrs.evolve(benchmark.problem, budget=Budget(14)))
    history = nasapi.run(benchmark, SMALL, seed=0)
    assert len(history) == 14
    assert not history.repeats["code"].any()


def test_a_space_that_draws_no_small_cells_is_refused_in_a_sentence():
    benchmark = problems.made_up(nasapi.load_space("nlp"))
    with pytest.raises(NotAvailable, match="at most 8 operations, and nlp draws none; load it with draw='generator'"):
        nasapi.run(benchmark, SMALL, seed=0)
