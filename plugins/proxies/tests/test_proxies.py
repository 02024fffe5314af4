"""Training-free scores as objectives and encoders: signs, determinism, sizes, and agreement with published columns."""

from __future__ import annotations

import os
import random
from pathlib import Path

import numpy as np
import pytest
import torch
from nasapi_nb201.build import Cell
from nasapi_nb201.space import NB201
from nasapi_proxies import OTHERS, SPACES, scores
from nasapi_proxies.catalogue import PROXIES
from nasapi_proxies.inputs import batch_of
from nasapi_proxies.objective import SKELETONS, ProxyObjective, _remembered, objective_for
from nasapi_proxies.objective import proxy as objective_of
from nasapi_proxies.regions import ThinNetwork, count, crops
from torch import nn

from nasapi import load_encoder, load_objective, load_space
from nasapi.errors import CorruptData, InvalidOption, NasapiError, NotAvailable, UnknownId
from nasapi.networks import build

SMALL = "channels=4,cells=1,side=8"
ZERO = [0, 0, 0, 0, 3, 4]
CELLS = np.array([[3, 3, 3, 3, 3, 3], [0, 0, 0, 1, 0, 0], [3, 1, 0, 2, 4, 3]])


def small(name: str, **options: object) -> ProxyObjective:
    made = load_objective(f"nb201/{name}", network=SMALL, batch=8, **options)
    assert isinstance(made, ProxyObjective)
    return made


def test_a_score_that_there_is_not_is_named_with_near_ones() -> None:
    with pytest.raises(InvalidOption, match=r"There is no proxy 'naswott'\. .*naswot"):
        objective_for(load_space("nb201"), "naswott")


def test_thin_networks_have_as_many_regions_as_their_inputs_reach() -> None:
    inputs = torch.tensor([[1.0, -1.0], [-1.0, 1.0], [2.0, -3.0]]).repeat(1, 5)[:, :9].reshape(3, 1, 3, 3)
    assert count(nn.Sequential(nn.ReLU()), inputs) == 2
    assert np.isnan(count(nn.Sequential(nn.ReLU()), inputs[:1]))
    images = torch.randn(4, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    cut = crops(images, 1)
    assert cut.shape == (3000, 1, 3, 3) and torch.equal(cut, crops(images, 1))
    assert any(torch.equal(cut[0, 0], window) for window in windows(images))
    assert count(ThinNetwork(nn.Identity()), cut) > 10


def test_linear_regions_of_two_seeds_share_no_network() -> None:
    _remembered.cache_clear()
    found = small("linear-regions", seed=2).evaluate(CELLS[:1])["linear_regions"][0]
    cut, counts = crops(batch_of("noise", 8, 2, 3, 8, 10).images, 2), []
    with torch.random.fork_rng(devices=[]):
        for seed in (6, 7, 8):  # three networks a seed
            torch.manual_seed(seed)
            counts.append(count(ThinNetwork(Cell(CELLS[0].tolist(), 1)), cut))
    assert found == pytest.approx(np.mean(counts))
    assert len(set(counts)) > 1


def windows(images: torch.Tensor) -> list[torch.Tensor]:
    return [images[n, c, y : y + 3, x : x + 3] for n in range(4) for c in range(3) for y in range(6) for x in range(6)]


@pytest.mark.parametrize("name", PROXIES)
def test_a_score_follows_its_seed_and_leaves_global_states(name: str) -> None:
    before = (random.getstate(), np.random.get_state()[1].copy(), torch.get_rng_state())  # noqa: NPY002
    first = small(name).evaluate(CELLS)[PROXIES[name].metric]
    assert random.getstate() == before[0] and torch.equal(torch.get_rng_state(), before[2])
    _remembered.cache_clear()
    with torch.random.fork_rng(devices=[]):
        torch.rand(1)
        again = small(name).evaluate(CELLS[::-1])[PROXIES[name].metric][::-1]
    assert np.array_equal(first, again) and np.isfinite(first).all() and len(set(first)) == 3
    assert np.array_equal(np.random.get_state()[1], before[1])  # noqa: NPY002
    if name not in ("parameters", "flops"):
        assert not np.array_equal(first, small(name, seed=1).evaluate(CELLS)[PROXIES[name].metric])


@pytest.mark.parametrize(("name", "double"), [("grad-norm", False), ("jacob-cov", True), ("fisher", False)])
def test_a_score_is_of_the_network_and_the_inputs_of_its_seed_whatever_the_threads(name: str, double: bool) -> None:
    _remembered.cache_clear()
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        found = small(name, seed=3).evaluate(CELLS[:1])[PROXIES[name].metric][0]
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    network, batch = build(NB201(), CELLS[0], seed=3, channels=4, cells=1, side=8), batch_of("noise", 8, 3, 3, 8, 10)
    images = batch.images.double() if double else batch.images
    network = network.double() if double else network
    wanted = getattr(scores, PROXIES[name].function)(network, images, batch.labels)
    assert found == pytest.approx(wanted, rel=1e-4)
    assert not [module for module in network.modules() if module._forward_hooks or module._forward_pre_hooks]


@pytest.mark.parametrize("name", ["synflow", "jacob-cov", "snip", "ntk"])
def test_a_network_has_its_score_where_the_caller_has_no_gradients(name: str) -> None:
    _remembered.cache_clear()
    with torch.no_grad():
        without = small(name, seed=3).evaluate(CELLS[:1])
    _remembered.cache_clear()
    metric = PROXIES[name].metric
    assert np.isfinite(without[metric]) and without[metric] == small(name, seed=3).evaluate(CELLS[:1])[metric]


def test_a_score_has_one_level_and_its_unit() -> None:
    with pytest.raises(NasapiError, match="has no fidelities, but was asked for 1"):
        small("parameters").evaluate(CELLS, fidelity=1)
    units = {name: small(name).metrics[0].unit for name in PROXIES}
    assert units == dict.fromkeys(PROXIES, "1") | {"parameters": "count", "flops": "floating-point operations"}


@pytest.mark.parametrize("name", [name for name in PROXIES if name not in ("parameters", "flops")])
def test_the_zero_function_has_no_score_and_says_why(name: str) -> None:
    made = small(name)
    nothing, into_nothing = [0, 0, 0, 0, 0, 0], [3, 3, 3, 0, 0, 0]
    assert np.isnan(made.evaluate(np.array([ZERO, nothing, into_nothing]))[PROXIES[name].metric]).all()
    assert "does not depend on its input" in made.failures[PROXIES[name].metric]


def test_signs_are_those_of_the_papers() -> None:
    for name, proxy in PROXIES.items():
        metric = small(name).metrics[0]
        assert proxy.goal == ("min" if name == "ntk" else "max")
        assert metric.goal == ("min" if name in ("ntk", "parameters", "flops") else "max")
        assert proxy.title in metric.description and metric.split == "none"


def test_parameters_and_flops_are_those_of_the_published_network() -> None:
    space = NB201()
    code = space.parse(
        "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|"
    )
    found = load_objective("nb201/parameters").evaluate(code[None])["parameters"]
    assert found[0] == load_objective("nb201/cifar10").evaluate(code[None])["params"][0]
    assert load_objective("nb201/flops").evaluate(code[None])["flops"][0] > 1e8


def test_more_convolutions_rank_higher() -> None:
    for name in ("synflow", "log-synflow", "naswot", "parameters", "flops"):
        found = small(name).evaluate(CELLS)[PROXIES[name].metric]
        assert found[0] > found[2] > found[1], name


@pytest.mark.parametrize("space", [space for space in SPACES if space != "nb201"])
def test_every_space_with_images_has_scores(space: str) -> None:
    network = {"nb101": "channels=8,cells=1,side=8", "darts": "channels=4,cells=3,classes=10,side=16", "natssize": ""}
    made = load_objective(f"{space}/synflow", network=network[space])
    codes = made.space.sample(2, np.random.default_rng(0))
    assert np.isfinite(made.evaluate(codes)["synflow"]).all()


@pytest.mark.parametrize("space", OTHERS)
def test_networks_of_words_and_graphs_have_sizes(space: str) -> None:
    made = load_objective(f"{space}/parameters")
    found = made.evaluate(made.space.sample(2, np.random.default_rng(0)))["parameters"]
    assert (found > 1e4).all()
    with pytest.raises(UnknownId, match=f"No objective '{space}/naswot'"):
        load_objective(f"{space}/naswot")
    for name in PROXIES.keys() - {"parameters", "flops"}:
        with pytest.raises(InvalidOption, match=f"Networks of {space} do not take images.* none has '{name}'"):
            load_encoder("proxy", made.space, name=name)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"batch": 1}, "`batch` is a whole number from 2"),
        ({"network": "width=3"}, "no argument 'width'"),
        ({"data": "nowhere.npz"}, "There is no file 'nowhere.npz'"),
    ],
)
def test_what_does_not_fit_is_named(options: dict[str, object], sentence: str) -> None:
    with pytest.raises((InvalidOption, NotAvailable), match=sentence):
        load_objective("nb201/naswot", **options).evaluate(CELLS)


@pytest.mark.parametrize("name", ["snip", "grad-norm", "fisher", "naswot"])
def test_a_loss_of_one_class_has_no_gradient_to_score(name: str) -> None:
    network = "channels=4,cells=1,side=8,classes={}"
    if name != "naswot":
        with pytest.raises(
            InvalidOption, match=f"{name} follows the gradient of the cross-entropy, which is zero where"
        ):
            load_objective(f"nb201/{name}", network=network.format(1))
    classes = 1 if name == "naswot" else 2
    made = load_objective(f"nb201/{name}", network=network.format(classes), batch=8)
    assert np.isfinite(made.evaluate(CELLS[:1])[made.metrics[0].name]).all()


@pytest.mark.parametrize("space", ["nb101", "nb101-30k", "darts", "darts-trained"])
def test_an_objective_scores_the_networks_that_an_encoder_scores(space: str) -> None:
    try:
        found = load_space(space)
    except NotAvailable as error:
        pytest.skip(str(error))
    of_id, of_space = (
        made.metrics[0].description for made in (objective_of(space, "naswot"), objective_for(found, "naswot"))
    )
    assert of_id == of_space
    assert SKELETONS[found.family].split(",")[0] in of_id, "small ones, whatever sample it is"


def test_files_of_images_are_read_or_refused(tmp_path: Path) -> None:
    draws = np.random.default_rng(0)
    np.savez(tmp_path / "good.npz", images=draws.random((9, 3, 8, 8)), labels=draws.integers(10, size=9))
    made = small("naswot", data=str(tmp_path / "good.npz"))
    assert made.metrics[0].split == "train"
    assert np.isfinite(made.evaluate(CELLS)["naswot"]).all()
    np.savez(tmp_path / "bad.npz", images=np.zeros((9, 8)), labels=np.zeros(9, int))
    with pytest.raises(CorruptData, match="is no file of `images`"):
        small("naswot", data=str(tmp_path / "bad.npz")).evaluate(CELLS)
    few = load_objective("nb201/naswot", data=str(tmp_path / "good.npz"))
    with pytest.raises(NotAvailable, match="has 9 images, fewer than the 32"):
        few.evaluate(CELLS)


def test_a_score_is_an_encoder(tmp_path: Path) -> None:
    encoder = load_encoder("proxy", NB201(), name="ntk", batch=8, network=SMALL)
    found = encoder.encode(np.concatenate([CELLS, [ZERO]]))
    assert found.shape == (4, 2) and np.isfinite(found).all()
    assert np.array_equal(found[:, 1], [1, 1, 1, 0])
    assert np.array_equal(-found[:3, 0], small("ntk").evaluate(CELLS)["ntk"])


def test_a_space_without_networks_has_no_encoder() -> None:
    from nasapi.testing.toy import Toy

    with pytest.raises(InvalidOption, match="builds no networks"):
        load_encoder("proxy", Toy())


SHARED = Path(os.environ.get("NASAPI_SHARED_DATA", "/nowhere")) / "nb201/zero_cost.npz"


@pytest.mark.skipif(not SHARED.exists(), reason="NASAPI_SHARED_DATA has no nb201/zero_cost.npz")
@pytest.mark.parametrize(("name", "column", "least"), [("synflow", "synflow", 0.98), ("naswot", "naswot", 0.95)])
def test_ranks_agree_with_published_columns(name: str, column: str, least: float) -> None:
    from scipy.stats import spearmanr

    with np.load(SHARED) as file:
        index, published = file["idx"], file[f"cifar10_{column}"]
    rows = np.random.default_rng(0).choice(len(index), 14, replace=False)
    ours = load_objective(f"nb201/{name}").evaluate(NB201().codes_at(index[rows]))[name]
    there = np.isfinite(ours) & np.isfinite(published[rows])
    assert spearmanr(ours[there], published[rows][there]).statistic > least
