"""Histograms: what they count, and that they see no places."""

import numpy as np
import pytest
from nasapi_toolkit import features as module
from nasapi_toolkit.features import Features

import nasapi
from nasapi.testing.toy import Toy


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
    assert histogram("operation-histogram", space, codes[:0]).shape == (0, counted.shape[1])


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


def test_joined_features_are_each_encoders_own_side_by_side_however_many_are_described_at_once(monkeypatch):
    spec = "genes+operation-histogram+link-histogram"
    features, codes = Features(Toy(), spec), np.concatenate(list(Toy().enumerate()))
    features.prepare()
    whole = features.of(codes)
    own = [nasapi.load_encoder(name, Toy()).encode(codes) for name in spec.split("+")]
    scaled = [scale * block for scale, block in zip(features._scales, own, strict=True)]
    monkeypatch.setattr(module, "_ROWS", 5)
    np.testing.assert_array_equal(whole, np.concatenate(scaled, axis=1))
    np.testing.assert_array_equal(features.of(codes), whole)
    assert features.of(codes[:0]).shape == (0, whole.shape[1])
