"""Histograms: what they count, and that they see no places."""

import numpy as np
import pytest

import nasapi


def histogram(name, space, codes):
    return nasapi.load_encoder(name, space).encode(codes)


@pytest.fixture(scope="module", params=["nb201", "graph", "darts", "nb101", "nlp"])
def space(request):
    pytest.importorskip(f"nasapi_{request.param}", reason=f"needs nasapi-{request.param}")
    return nasapi.load_space(request.param)


def test_every_node_is_counted_once(space):
    codes = space.sample(50, np.random.default_rng(0))
    counted = histogram("operation-histogram", space, codes)
    np.testing.assert_array_equal(counted.sum(axis=1), space.graphs(codes).mask.sum(axis=1))


def test_every_link_is_counted_once_by_the_operations_at_its_ends(space):
    code = space.sample(1, np.random.default_rng(0))
    counted = histogram("link-histogram", space, code)[0].reshape(len(space.operations), -1)
    graph = space.to_networkx(code[0])
    places = {name: place for place, name in enumerate(space.operations)}
    exact = np.zeros_like(counted)
    for a, b in graph.edges:
        exact[places[graph.nodes[a]["op"]], places[graph.nodes[b]["op"]]] += 1
    np.testing.assert_array_equal(counted, exact)


def test_rows_beyond_the_first_chunk_are_counted_too(monkeypatch):
    space = nasapi.load_space("nb201")
    codes = space.sample(25, np.random.default_rng(0))
    whole = histogram("link-histogram", space, codes)
    monkeypatch.setattr("nasapi_toolkit.encoders.histograms._ROWS", 7)
    np.testing.assert_array_equal(histogram("link-histogram", space, codes), whole)
