"""What spaces do for many architectures at once: canonical forms, samples, mutants, features, strings, look-ups."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
from nasapi_darts.features import vectors
from nasapi_darts.importers.boosters import read_booster
from nasapi_graph.importers.light import read_light
from nasapi_graph.objectives import objective as graph_objective
from nasapi_graph.space import NBGraph
from nasapi_graph.tables import SHA256, light_file
from nasapi_nb101.listed import NetworkRows
from nasapi_nb101.space import NB101
from nasapi_nlp.cells import split
from nasapi_nlp.features import described
from nasapi_nlp.space import NLP
from timing import Row, Work

import nasapi
from nasapi.space import SearchSpace

MANY = 10_000
MADE: dict[str, Callable[[], SearchSpace]] = {
    "nb201": lambda: nasapi.load_space("nb201"),
    "darts": lambda: nasapi.load_space("darts"),
    "nlp": lambda: NLP(draw="generator"),
}


@functools.cache
def drawn(name: str, n: int) -> tuple[SearchSpace, np.ndarray]:
    """A space and codes of it."""
    space = MADE[name]()
    return space, space.sample(n, np.random.default_rng(0))


def canonical(n: int, name: str) -> Work:
    space, codes = drawn(name, n)
    return lambda: space.canonical(codes)


def sample(n: int, name: str) -> Work:
    space, _ = drawn(name, n)
    return lambda: space.sample(n, np.random.default_rng(0))


def mutate(n: int, name: str) -> Work:
    space, codes = drawn(name, n)
    return lambda: space.mutate(codes, np.random.default_rng(1))


def crossover(n: int, name: str) -> Work:
    space, codes = drawn(name, n)
    return lambda: space.crossover(codes, codes[::-1], np.random.default_rng(1))


def graphs(n: int, name: str) -> Work:
    space, codes = drawn(name, n)
    return lambda: space.graphs(codes)


def neighbors(n: int, name: str) -> Work:
    space, codes = drawn(name, n)
    return lambda: [space.neighbors(code) for code in codes]


def strings(n: int, name: str) -> Work:
    space, codes = drawn(name, n)
    return lambda: [space.parse(space.format(code)) for code in codes]


def encode(n: int, name: str) -> Work:
    space = nasapi.load_space("nb201")
    codes = np.concatenate(list(space.enumerate()))[:n]
    encoder = nasapi.load_encoder(name, space)
    return lambda: encoder.encode(codes)


def nb201_keys(n: int) -> Work:
    """The canonical form of every code, in a space that has not seen any."""
    codes = np.indices((5,) * 6).reshape(6, -1).T[:n]
    return lambda: nasapi.load_space("nb201").canonical(codes)


def nb101_networks(n: int) -> Work:
    return lambda: NB101().networks()


def nb101_canonical(n: int) -> Work:
    networks = NB101().networks()[:n]
    return lambda: NB101().canonical(networks)


def nb101_parameters(n: int) -> Work:
    networks = NB101().networks()[:n]
    return lambda: NB101().parameters(networks)


def nb101_rows(n: int) -> Work:
    space = NB101()
    rows, codes = NetworkRows(space, space.networks()), space.sample(n, np.random.default_rng(0))
    return lambda: rows(codes)


def darts_features(n: int) -> Work:
    _, codes = drawn("darts", n)
    return lambda: vectors(codes)


def darts_member(n: int) -> Work:
    """A small member of the official ensembles, as a test has it."""
    from pathlib import Path

    tests = Path(__file__).resolve().parents[2] / "spaces" / "darts" / "tests"
    file = tests / "small_nb301" / "nb_models" / "xgb_v1.0" / "0" / "surrogate_model.model"
    return lambda: read_booster(file, 56)


def nlp_features(n: int) -> Work:
    _, codes = drawn("nlp", n)
    return lambda: described(split(codes, 25))


def nlp_valid(n: int) -> Work:
    space, codes = drawn("nlp", n)
    return lambda: space.valid(codes)


def graph_file(n: int) -> Work:
    return lambda: read_light(light_file("cora"), SHA256["cora"])


def graph_keys(n: int) -> Work:
    codes = np.concatenate(list(NBGraph().enumerate()))[:n]
    return lambda: NBGraph().keys(codes)


def graph_values(n: int) -> Work:
    values, codes = graph_objective("cora"), np.concatenate(list(NBGraph().enumerate()))[:n]
    return lambda: values.evaluate(codes)


OF_EACH: dict[str, Callable[..., Work]] = {
    "canonical form": canonical,
    "sample": sample,
    "mutant": mutate,
    "crossover": crossover,
    "graph": graphs,
}
ENCODERS = ("adjacency", "adjacency-categorical", "genes", "path", "truncated-path")
ROWS = [
    *(
        Row(f"{what} of {name}, of {MANY:,}", functools.partial(work, name=name), "us", n=MANY, quick=16)
        for name in MADE
        for what, work in OF_EACH.items()
    ),
    *(Row(f"neighbors of {name}", functools.partial(neighbors, name=name), "us", n=16, quick=2) for name in MADE),
    *(Row(f"string of {name}, both ways", functools.partial(strings, name=name), "us", n=64, quick=2) for name in MADE),
    *(
        Row(f"encoding by {name}, of nb201's", functools.partial(encode, name=name), "us", n=15_625, quick=16)
        for name in ENCODERS
    ),
    Row("canonical forms of all of nb201, first", nb201_keys, "ms", n=15_625, quick=16, each=False),
    Row("networks of nb101, listed", nb101_networks, "s", each=False),
    Row("canonical form of nb101's networks", nb101_canonical, "us", n=423_624, quick=100),
    Row("parameters of nb101's networks", nb101_parameters, "us", n=423_624, quick=100),
    Row("row of nb101, of 100,000", nb101_rows, "us", n=100_000, quick=16),
    Row("row of nb101, of one", nb101_rows, "us"),
    Row(f"features of darts, of {MANY:,}", darts_features, "us", n=MANY, quick=16),
    Row("a small official member of darts, read", darts_member, "ms"),
    Row(f"features of nlp, of {MANY:,}", nlp_features, "us", n=MANY, quick=16),
    Row(f"validity of nlp, of {MANY:,}", nlp_valid, "us", n=MANY, quick=16),
    Row("the file of graph/cora, read and checked", graph_file, "ms"),
    Row("keys of graph, all codes", graph_keys, "us", n=157_440, quick=100),
    Row("values of graph/cora, all codes", graph_values, "us", n=157_440, quick=100),
]
