"""The size space of NATS-Bench: its strings, its uniform draws and its counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nasapi_natssize.counts import NETWORKS
from nasapi_natssize.objectives import objective
from nasapi_natssize.space import WIDTHS, NATSSize
from scipy import stats

import nasapi
from nasapi.errors import InvalidArchitecture, InvalidOption, NotAvailable

SPACE = NATSSize()
CODE = st.lists(st.integers(0, 7), min_size=5, max_size=5).map(np.array)


def counted_by_hand(widths: list[int], classes: int, side: int) -> tuple[int, int]:
    """Parameters and FLOPs of one network, layer after layer as the benchmark counts: the oracle."""
    layers: list[tuple[int, int, int, int, bool]] = [(3, widths[0], 3, side, True)]
    inputs = [widths[0], widths[0], widths[1], widths[2], widths[3]]
    for position, (before, after) in enumerate(zip(inputs, widths, strict=True)):
        side = side // 2 if position in (1, 3) else side
        if position in (1, 3):
            layers += [(before, after, 3, side, True), (after, after, 3, side, True), (before, after, 1, side, False)]
        else:
            sources = {1: [before], 2: [before, after], 3: [after, after]}
            layers += [(source, after, 3, side, True) for node in (1, 2, 3) for source in sources[node]]
            layers += [(before, after, 1, side, True)] if before != after else []
    params = sum(a * b * k * k + 2 * b * normed for a, b, k, _, normed in layers)
    additions = sum(a * b * k * k * pixels * pixels for a, b, k, pixels, _ in layers)
    classifier = widths[-1] * classes + classes
    return params + 2 * widths[-1] + classifier, additions + classifier


def test_there_are_32768_networks_in_lexicographic_order() -> None:
    codes = np.concatenate(list(SPACE.enumerate()))
    assert len(np.unique(codes, axis=0)) == SPACE.size == SPACE.identities["network"] == 32_768
    np.testing.assert_array_equal(SPACE.index(codes), np.arange(32_768))
    assert [SPACE.format(codes[row]) for row in (0, 1, 32_767)] == ["8:8:8:8:8", "8:8:8:8:16", "64:64:64:64:64"]


def test_codes_at_undoes_index_and_refuses_numbers_outside() -> None:
    np.testing.assert_array_equal(SPACE.index(SPACE.codes_at(np.arange(32_768))), np.arange(32_768))
    with pytest.raises(InvalidArchitecture, match="natssize has no architecture 32768; its official numbers are 0 to"):
        SPACE.codes_at(np.array([5, 32_768]))


@given(code=CODE)
def test_parse_undoes_format(code: np.ndarray) -> None:
    np.testing.assert_array_equal(SPACE.parse(SPACE.format(code)), code)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("8:16:24:32", r"has 4 widths up to position 10; wanted 5, as in '8:16:24:32:64'"),
        ("8:16:24:32:64:8", r"has 6 widths up to position 15"),
        ("8:16:20:32:64", r"has the width '20' at position 5\. Did you mean '40'"),
        ("8:16::32:64", r"has the width '' at position 5\."),
        ("8:16:24:32:65", r"has the width '65' at position 11\. Did you mean"),
        ("", r"'' has the width '' at position 0\."),
    ],
)
def test_a_wrong_text_is_refused_with_its_position(text: str, message: str) -> None:
    with pytest.raises(InvalidArchitecture, match=message):
        SPACE.parse(text)


@pytest.mark.parametrize(
    ("text", "params"), [("8:8:8:8:8", 11_714), ("8:8:16:40:40", 107_826), ("64:64:64:64:64", 713_674)]
)
def test_params_are_those_of_the_official_files_where_they_are_known(text: str, params: int) -> None:
    found = nasapi.load_objective("natssize/cifar10").evaluate(SPACE.parse(text)[None])
    assert found["params"].tolist() == [params]


@given(code=CODE, dataset=st.sampled_from(sorted(NETWORKS)))
def test_counts_are_those_of_the_layers_one_by_one(code: np.ndarray, dataset: str) -> None:
    network, widths = NETWORKS[dataset], SPACE.widths(code[None])
    params, additions = counted_by_hand(widths[0].tolist(), network.classes, network.side)
    assert (network.params(widths)[0], network.benchmark_flops(widths)[0]) == (params, additions)
    assert nasapi.load_objective(f"natssize/{dataset}").evaluate(code[None])["multiply_additions"].tolist() == [
        additions
    ]


def test_networks_have_the_images_and_classes_of_their_data_sets() -> None:
    assert {
        name: (network.classes, network.side, network.cells, network.inputs) for name, network in NETWORKS.items()
    } == {
        "cifar10": (10, 32, 1, 3),
        "cifar100": (100, 32, 1, 3),
        "imagenet16-120": (120, 16, 1, 3),
    }


def test_wider_is_larger() -> None:
    network = NETWORKS["cifar10"]
    codes = SPACE.sample(200, np.random.default_rng(0))
    wider = np.minimum(codes + 1, 7)
    assert (network.multiply_additions(SPACE.widths(wider)) >= network.multiply_additions(SPACE.widths(codes))).all()


def test_graphs_are_chains_of_widths() -> None:
    graphs = SPACE.graphs(SPACE.parse("8:16:24:32:64")[None])
    assert [graphs.labels[op] for op in graphs.ops[0]] == ["input", "8", "16", "24", "32", "64", "output"]
    np.testing.assert_array_equal(np.nonzero(graphs.adjacency[0]), (np.arange(6), np.arange(1, 7)))


def test_samples_are_uniform() -> None:
    samples = [SPACE.index(SPACE.sample(655_360, np.random.default_rng(seed))) for seed in range(12)]
    chances = [stats.chisquare(np.bincount(sample, minlength=32_768)).pvalue for sample in samples]
    assert stats.kstest(chances, "uniform").pvalue > 0.001


def test_mutants_are_uniform_over_the_35_neighbours() -> None:
    code = SPACE.parse("8:16:24:32:64")
    mutants = SPACE.index(SPACE.mutate(np.repeat(code[None], 35_000, axis=0), np.random.default_rng(1)))
    found, counts = np.unique(mutants, return_counts=True)
    assert found.tolist() == sorted(SPACE.index(SPACE.neighbors(code)).tolist())
    assert len(found) == 5 * (len(WIDTHS) - 1)
    assert stats.chisquare(counts).pvalue > 0.001


def test_without_the_official_files_accuracies_say_how_to_get_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path))
    with pytest.raises(NotAvailable, match=r"'valid_accuracy' is not here: .*nasapi data import natssize"):
        nasapi.load_benchmark("natssize/cifar10-v1")


def test_an_unknown_data_set_is_refused() -> None:
    with pytest.raises(InvalidOption, match="The size space of NATS-Bench has no data set 'cifar'"):
        objective("cifar")


@pytest.mark.parametrize(
    "text",
    [
        "8:16:24:32:64\n",
        "[8, 16, 24, 32, 64]",
        "{'name': 'infer.shape.tiny', 'channels': '8:16:24:32:64', 'class_num': 10}",
        "(0, 1, 2, 3, 7)",
    ],
)
def test_a_network_is_read_however_it_is_written(text: str) -> None:
    assert NATSSize().read(text).tolist() == [0, 1, 2, 3, 7]


@pytest.mark.parametrize("notation", NATSSize().notations)
def test_what_a_notation_writes_it_reads(notation: str) -> None:
    space = NATSSize()
    for code in space.sample(20, np.random.default_rng(0)):
        np.testing.assert_array_equal(space.read(space.write(code, notation), notation), code)


def test_channels_that_are_none_are_refused() -> None:
    with pytest.raises(InvalidArchitecture, match="lists no channels of 5 layers"):
        NATSSize().read("{'widths': 3}", "json")
    with pytest.raises(InvalidArchitecture, match="has the width '9' at position 0"):
        NATSSize().read("[9, 16, 24, 32, 64]", "json")
