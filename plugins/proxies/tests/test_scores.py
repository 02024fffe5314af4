"""The scores themselves: what small networks have, by hand, and which networks have none."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from nasapi_proxies import scores
from torch import nn


@pytest.fixture
def linear() -> nn.Module:
    """One matrix without a bias: every score has a closed form."""
    made = nn.Sequential(nn.Flatten(), nn.Linear(4, 3, bias=False)).double()
    with torch.no_grad():
        made[1].weight.copy_(torch.arange(12.0).reshape(3, 4) - 6)
    return made


@pytest.fixture
def batch() -> tuple[torch.Tensor, torch.Tensor]:
    draws = torch.Generator().manual_seed(0)
    return torch.randn(5, 1, 2, 2, generator=draws, dtype=torch.float64), torch.tensor([0, 1, 2, 0, 1])


def test_the_flow_of_a_matrix_is_the_sum_of_its_entries(linear: nn.Module, batch: tuple) -> None:
    absolute = float(linear[1].weight.detach().abs().sum())
    assert scores.synflow(linear, *batch) == pytest.approx(np.log(absolute))
    assert scores.log_synflow(linear, *batch) == pytest.approx(absolute * np.log(2))


class Still(nn.Module):
    """A network whose answers are its weights, whatever it is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(3))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.weight.expand(len(images), 3)


def dead() -> nn.Module:
    """A convolution whose units are all off, and a classifier of nothing."""
    made = nn.Sequential(nn.Conv2d(1, 3, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 3))
    with torch.no_grad():
        made[0].bias.fill_(-100.0)
    return made


def broken() -> nn.Module:
    made = dead()
    with torch.no_grad():
        for weight in made.parameters():
            weight.fill_(float("nan"))
    return made


@pytest.mark.parametrize("make", [Still, dead, broken, nn.Flatten])
@pytest.mark.parametrize("name", ["snip", "grad_norm", "fisher", "ntk", "jacob_cov"])
def test_networks_without_weights_or_with_dead_answers_have_no_score(make: object, name: str, batch: tuple) -> None:
    network = make().double()  # type: ignore[operator]
    images, labels = batch
    assert np.isnan(getattr(scores, name)(network, images, labels)) or (make, name) == (nn.Flatten, "jacob_cov")


@pytest.mark.parametrize("make", [Still, nn.Flatten])
def test_networks_without_feature_maps_have_no_zen_score_and_without_weights_no_flow(
    make: object, batch: tuple
) -> None:
    for name in ("zen", "synflow", "log_synflow"):
        assert np.isnan(getattr(scores, name)(make().double(), *batch))  # type: ignore[operator]


def test_a_batch_norm_of_what_never_varies_leaves_no_zen_score(batch: tuple) -> None:
    class Beside(nn.Module):
        """A batch norm of the input times a number, beside one of the input."""

        def __init__(self, by: float) -> None:
            super().__init__()
            self.by, self.scaled, self.plain = by, nn.BatchNorm2d(1), nn.BatchNorm2d(1)

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return self.scaled(self.by * images) + self.plain(images)

    assert np.isfinite(scores.zen(Beside(0.5).double(), *batch))
    assert np.isnan(scores.zen(Beside(0.0).double(), *batch)), "the logarithm of no deviation is no score"


def test_slopes_of_a_matrix_are_as_by_hand(linear: nn.Module, batch: tuple) -> None:
    images, labels = batch
    weight = linear[1].weight.detach()
    flat = images.flatten(1)
    error = torch.softmax(flat @ weight.T, 1) - nn.functional.one_hot(labels, 3)
    slope = error.T @ flat / len(flat)
    assert scores.grad_norm(linear, *batch) == pytest.approx(float(slope.norm()))
    assert scores.snip(linear, *batch) == pytest.approx(float((weight * slope).abs().sum()))
    by_hand = (flat @ weight.T) * error / len(flat)
    assert scores.fisher(linear, *batch) == pytest.approx(float(by_hand.square().mean(0).sum()) / 2)


def test_the_fisher_information_of_a_channel_is_of_its_whole_map(batch: tuple) -> None:
    images, labels = batch
    convolution, last = nn.Conv2d(1, 3, 1, bias=False).double(), nn.Linear(12, 3, bias=False).double()
    maps = convolution(images).detach().requires_grad_()
    logits = last(maps.flatten(1))
    by_map, by_logit = torch.autograd.grad(nn.functional.cross_entropy(logits, labels), [maps, logits])
    channels, outputs = (maps * by_map).sum((2, 3)).detach(), (logits * by_logit).detach()
    wanted = sum(float(part.square().mean(0).sum()) / 2 for part in (channels, outputs))
    found = scores.fisher(nn.Sequential(convolution, nn.Flatten(), last), images, labels)
    assert found == pytest.approx(wanted)


def test_there_is_no_jacob_cov_where_one_image_has_no_slope() -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3)).double()
    with torch.no_grad():
        network[1].bias.fill_(-1.0)  # so that an image of zeros turns every unit off
    images = torch.arange(12.0, dtype=torch.float64).reshape(3, 1, 2, 2)
    images[0] = 0.0
    assert np.isnan(scores.jacob_cov(network, images, torch.tensor([0, 1, 2])))


def test_the_kernel_of_a_matrix_is_that_of_the_images(batch: tuple) -> None:
    wide = nn.Sequential(nn.Flatten(), nn.Linear(4, 3, bias=False)).double()
    images = batch[0][:3]
    values = np.linalg.eigvalsh(3 * (images.flatten(1) @ images.flatten(1).T).numpy())
    assert scores.ntk(wide, images, batch[1][:3]) == pytest.approx(values[-1] / values[0])


def test_patterns_of_one_layer_are_counted(batch: tuple) -> None:
    network = nn.Sequential(nn.Flatten(), nn.ReLU(), nn.Linear(4, 2)).double()
    on = (batch[0].flatten(1) > 0).double().numpy()
    kernel = (on[:, None] == on[None]).sum(-1)
    assert scores.naswot(network, *batch) == pytest.approx(np.linalg.slogdet(kernel)[1])


def test_images_with_one_slope_have_the_least_jacob_cov(linear: nn.Module, batch: tuple) -> None:
    bent = nn.Sequential(nn.Flatten(), nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3)).double()
    assert scores.jacob_cov(linear, *batch) < scores.jacob_cov(bent, *batch)


def test_jacob_cov_is_of_the_eigenvalues_of_the_slopes_correlations(linear: nn.Module, batch: tuple) -> None:
    """Alike slopes have one eigenvalue, 5; those of a bent network are by hand."""
    k = 1e-5
    alike = -(np.log(5 + k) + 1 / (5 + k) + 4 * (np.log(k) + 1 / k))
    assert scores.jacob_cov(linear, *batch) == pytest.approx(alike)
    bent = nn.Sequential(nn.Flatten(), nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3)).double()
    first, bias, last = (
        bent[1].weight.detach().numpy(),
        bent[1].bias.detach().numpy(),
        bent[3].weight.detach().numpy(),
    )
    on = batch[0].flatten(1).numpy() @ first.T + bias > 0
    values = np.linalg.eigvalsh(np.corrcoef((last.sum(axis=0) * on) @ first)).clip(0) + k
    assert scores.jacob_cov(bent, *batch) == pytest.approx(-(np.log(values) + 1 / values).sum(), rel=1e-6)


def test_the_zen_score_of_one_normed_layer_is_as_by_hand(batch: tuple) -> None:
    images, labels = batch
    network = nn.Sequential(nn.Conv2d(1, 3, 1, bias=False), nn.BatchNorm2d(3)).double()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        found = scores.zen(network, images, labels)
        torch.manual_seed(1)
        weight = torch.randn(3, dtype=torch.float64).numpy()
    draws = torch.Generator().manual_seed(4)
    noise, more = (torch.randn(images.shape, generator=draws, dtype=torch.float64).numpy() for _ in range(2))

    def normed(pixels: np.ndarray) -> np.ndarray:
        maps = pixels * weight[:, None, None]
        return (maps - maps.mean(axis=(0, 2, 3), keepdims=True)) / np.sqrt(
            maps.var(axis=(0, 2, 3), keepdims=True) + 1e-5
        )

    apart = np.abs(normed(noise) - normed(noise + 0.01 * more)).sum(axis=(1, 2, 3)).mean()
    deviation = np.sqrt((noise.var(ddof=1) * weight**2).mean())
    assert found == pytest.approx(np.log(apart) + np.log(deviation))
