"""What scores look at and cost: batches of inputs, defaults of each paper, seconds, and the sample of a warm start."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from nasapi_proxies import scores
from nasapi_proxies.catalogue import PROXIES
from nasapi_proxies.inputs import batch_of
from nasapi_proxies.objective import objective_for
from nasapi_proxies.regions import REPEATS, crops
from nasapi_proxies.strategy import Warm
from torch import nn

from nasapi import load_objective, load_space
from nasapi.errors import CorruptData, InvalidOption, NotAvailable
from nasapi.spaces import ListedSpace
from nasapi.testing import problems

SMALL = "channels=4,cells=1,side=8"
CELLS = np.array([[3, 3, 3, 3, 3, 3], [0, 0, 0, 1, 0, 0]])


@pytest.fixture
def pixels() -> np.ndarray:
    """Nine images of three channels, of different brightness and one of them flat."""
    images = np.random.default_rng(0).random((9, 3, 8, 8)) * np.array([1.0, 5.0, 0.0])[:, None, None]
    return images + np.array([0.0, 100.0, 7.0])[:, None, None]


def test_images_of_a_file_are_standardised_over_the_whole_file_and_drawn_by_the_seed(
    pixels: np.ndarray, tmp_path: Path
) -> None:
    labels = np.array([3, 1, 4, 1, 5, 0, 2, 6, 5])
    np.savez(tmp_path / "images.npz", images=pixels, labels=labels)
    whole = batch_of(str(tmp_path / "images.npz"), 9, 0, 3, 8, 10)
    assert whole.images.dtype == torch.float32
    assert whole.labels.dtype == torch.int64
    assert whole.classes == 7
    np.testing.assert_allclose(whole.images.mean((0, 2, 3)), [0, 0, 0], atol=1e-4)
    np.testing.assert_allclose(whole.images.std((0, 2, 3), correction=0), [1, 1, 0], atol=1e-4)
    assert sorted(whole.labels.tolist()) == sorted(labels.tolist())
    few, other = (batch_of(str(tmp_path / "images.npz"), 4, seed, 3, 8, 10) for seed in (1, 2))
    standard = (pixels - pixels.mean((0, 2, 3), keepdims=True)) / np.maximum(pixels.std((0, 2, 3), keepdims=True), 1e-6)
    for image, label in zip(few.images.numpy(), few.labels.tolist(), strict=True):
        (row,) = [row for row in range(9) if np.allclose(standard[row], image, atol=1e-4)]
        assert labels[row] == label
    assert not torch.equal(few.images, other.images)


def test_images_of_a_folder_are_of_the_size_that_the_network_takes(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    pytest.importorskip("nasapi_networks")
    for label in ("a", "b"):
        (tmp_path / label).mkdir()
        for number in range(10):
            image.new("RGB", (9, 12), (number, 2 * number, 100)).save(tmp_path / label / f"{number}.png")
    for channels, side in ((1, 8), (3, 5)):
        assert batch_of(f"{tmp_path}/", 4, 0, channels, side, 10).images.shape == (4, channels, side, side)


def test_noise_is_standard_normal_with_labels_of_ten_classes() -> None:
    batch, again, other = (batch_of("noise", 500, seed, 3, 8, 10) for seed in (1, 1, 2))
    assert batch.images.shape == (500, 3, 8, 8)
    assert float(batch.images.mean()) == pytest.approx(0, abs=0.02)
    assert float(batch.images.std()) == pytest.approx(1, abs=0.02)
    assert set(batch.labels.tolist()) == set(range(10))
    assert batch.classes == 10
    assert torch.equal(batch.images, again.images) and torch.equal(batch.labels, again.labels)
    assert not torch.equal(batch.images, other.images)


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        (np.zeros((9, 8, 8)), np.zeros(9, int)),
        (np.zeros((9, 3, 8, 8)), np.zeros(8, int)),
        (np.zeros((9, 3, 8, 8)), np.zeros(9)),
        (np.zeros((9, 3, 8, 8), bool), np.zeros(9, int)),
        (np.zeros((9, 3, 8, 8)), None),
    ],
)
def test_a_file_of_other_arrays_is_refused(images: np.ndarray, labels: np.ndarray | None, tmp_path: Path) -> None:
    np.savez(tmp_path / "bad.npz", images=images, **({} if labels is None else {"labels": labels}))
    with pytest.raises(CorruptData, match="is no file of `images`"):
        batch_of(str(tmp_path / "bad.npz"), 2, 0, 3, 8, 10)


@pytest.mark.parametrize(
    ("pixel", "label", "words"), [(np.nan, 0, "hold NaN or infinity"), (0.5, -1, "classes from 0, but one is -1")]
)
def test_pixels_and_labels_that_are_none_are_named(pixel: float, label: int, words: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "bad.npz", images=np.full((9, 3, 8, 8), pixel), labels=np.full(9, label))
    with pytest.raises(CorruptData, match=words):
        batch_of(str(tmp_path / "bad.npz"), 2, 0, 3, 8, 10)


def test_images_that_do_not_fit_the_network_say_how_to_build_it(tmp_path: Path) -> None:
    code = np.array([[3] * 6])
    np.savez(tmp_path / "grey.npz", images=np.random.default_rng(0).random((40, 1, 8, 8)), labels=np.arange(40) % 12)
    small = f"batch=4,data={tmp_path / 'grey.npz'},network='channels=2,cells=1,side=8"
    with pytest.raises(InvalidOption, match="have 1 channel and the network takes 3; build it with `inputs=1`"):
        load_objective(f"nb201/snip[{small}']").evaluate(code)
    with pytest.raises(InvalidOption, match="of 12 classes and the network tells 10 apart; build it with `classes=12`"):
        load_objective(f"nb201/snip[{small},inputs=1']").evaluate(code)
    assert np.isfinite(load_objective(f"nb201/snip[{small},inputs=1,classes=12']").evaluate(code)["snip"]).all()


def test_noise_has_the_classes_of_the_network() -> None:
    small = "batch=8,network='channels=2,cells=1,side=8,classes=2'"
    assert load_objective(f"nb201/grad-norm[{small}]").evaluate(np.array([[3] * 6]))["grad_norm"][0] > 0
    assert int(batch_of("noise", 500, 1, 3, 8, 2).labels.max()) == 1


def test_inputs_that_no_crop_fits_into_are_refused() -> None:
    with pytest.raises(InvalidOption, match="crops of 3 x 3 of images of at least that size"):
        load_objective("nb201/linear-regions[network='side=2']").evaluate(np.array([[3] * 6]))


def test_as_many_images_as_there_are_will_do(pixels: np.ndarray, tmp_path: Path) -> None:
    np.savez(tmp_path / "images.npz", images=pixels, labels=np.zeros(9, int))
    assert len(batch_of(str(tmp_path / "images.npz"), 9, 0, 3, 8, 10).images) == 9
    with pytest.raises(NotAvailable, match="has 9 images, fewer than the 10 of a batch"):
        batch_of(str(tmp_path / "images.npz"), 10, 0, 3, 8, 10)


RESULTS = Path(__file__).parents[3] / "benchmarks" / "results"


def test_the_document_shows_what_a_score_costs_beside_what_it_took() -> None:
    found = json.loads((RESULTS / "proxy-cost.json").read_text())["found"]
    assert found["columns"][:2] == ["proxy", "`cost`"]
    assert {row[0]: row[1] for row in found["rows"]} == {f"`{name}`": one.seconds for name, one in PROXIES.items()}


def test_batches_are_as_large_as_the_papers_have_them_and_a_score_costs_its_seconds() -> None:
    sizes = {name: load_objective(f"nb201/{name}").batch for name in PROXIES}
    others = {"ntk": 16, "zen": 16, "linear-regions": 256}
    assert sizes == {name: others.get(name, 32) for name in PROXIES}
    found = load_objective("nb201/parameters", network=SMALL).evaluate(CELLS)
    assert found["cost"].tolist() == [PROXIES["parameters"].seconds] * 2
    assert max(PROXIES.values(), key=lambda proxy: proxy.seconds).name == "ntk"
    assert all(0.01 < proxy.seconds < 2 for proxy in PROXIES.values())
    assert sum(proxy.seconds for proxy in PROXIES.values()) == pytest.approx(2.55), (
        "of which the costs of stored runs are made"
    )


def test_double_precision_is_where_single_is_not_enough() -> None:
    doubled = {name for name, proxy in PROXIES.items() if proxy.double}
    assert doubled == {"synflow", "log-synflow", "jacob-cov", "ntk"}


def test_linear_regions_are_a_mean_over_networks_of_other_weights() -> None:
    found = load_objective("nb201/linear-regions", network=SMALL, batch=8).evaluate(CELLS)["linear_regions"]
    assert REPEATS == 3
    assert (found * REPEATS == np.round(found * REPEATS)).all()
    assert found[0] > found[1]


def test_linear_regions_are_counted_on_nb201_alone() -> None:
    pytest.importorskip("nasapi_natssize")
    space = load_space("natssize")
    made = objective_for(space, "linear-regions", batch=8)
    with pytest.raises(NotAvailable, match="which is there for nb201, not for natssize; take naswot"):
        made.evaluate(space.sample(1, np.random.default_rng(0)))
    listed = ListedSpace(load_space("nb201"), CELLS, id="nb201-two")
    code = listed.sample(1, np.random.default_rng(0))
    one, other = (objective_for(each, "linear-regions", batch=8).evaluate(code) for each in (listed, listed.whole))
    assert one["linear_regions"] == other["linear_regions"] > 1


@pytest.mark.parametrize("name", ["naswot", "linear-regions"])
def test_no_other_device_is_seeded(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "manual_seed_all", None)
    assert np.isfinite(
        load_objective(f"nb201/{name}", network=SMALL, batch=8, seed=11).evaluate(CELLS)[name.replace("-", "_")]
    ).any()


def test_crops_reach_every_border_of_the_images() -> None:
    rows = torch.arange(5.0)[:, None].expand(5, 6)
    places = torch.stack([rows, torch.arange(6.0).expand(5, 6)])[None]
    cut = crops(places, 0)[:, 0]
    assert {(float(patch.min()), float(patch.max())) for patch in cut} == {
        (float(start), float(start + 2)) for start in range(4)
    }


def test_scores_of_networks_without_what_they_measure_are_none_or_without_its_part() -> None:
    images, labels = torch.randn(4, 1, 3, 3, generator=torch.Generator().manual_seed(0)), torch.tensor([0, 1, 0, 1])
    plain = nn.Sequential(nn.Conv2d(1, 2, 3, bias=False), nn.Flatten(), nn.Linear(2, 2))
    assert np.isnan(scores.naswot(plain, images, labels))  # no ReLU
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        assert np.isfinite(scores.zen(plain, images, labels))  # no batch norm, whose deviations would be added
    assert np.isfinite(scores.grad_norm(plain, images, labels))
    alike = nn.Sequential(nn.Flatten(), nn.Linear(9, 2, bias=False))
    twice = images[[0, 0]].double()
    assert scores.ntk(alike.double(), twice, labels[:2]) > 1e12  # held above what float64 can tell from 0


def test_a_warm_start_scores_a_hundred_and_begins_with_the_best_ten() -> None:
    pytest.importorskip("nasapi_nb101")
    benchmark = problems.made_up(load_space("nb101"))  # whose cells have other numbers of links
    warm = Warm(benchmark.problem, np.random.default_rng(0), strategy="random", proxy="links")
    space, rng = benchmark.problem.space, np.random.default_rng(0)
    codes = np.unique(space.canonical(space.sample(100, rng)), axis=0)
    links = space.graphs(codes).adjacency.sum((1, 2))
    asked = space.codes([trial.arch for trial in warm.ask(30)])
    best = codes[np.argsort(-links, kind="stable")[:10]]
    np.testing.assert_array_equal(asked[:10], best)
    assert len(np.unique(asked, axis=0)) == 30
    assert space.graphs(asked[10:]).adjacency.sum((1, 2)).mean() < links[np.argsort(-links)[:10]].mean()
