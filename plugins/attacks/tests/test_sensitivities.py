"""How steep networks are by their images, against closed forms; predictions of attacked images."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from nasapi_attacks import Predictions, attack, sensitivity
from torch import nn
from trained_networks import Trained

from nasapi.errors import InvalidOption


def test_attacked_images_have_answers_too(trained: Trained) -> None:
    made = attack(trained.model, trained.images, trained.labels, "pgd[eps=0.1]")
    found = Predictions(made.logits, made.labels)
    assert found.accuracy == made.accuracy
    assert found.calibration_error() > Predictions(made.clean_logits, made.labels).calibration_error()


def test_the_jacobian_of_a_linear_network_is_its_matrix(linear: Trained) -> None:
    found = sensitivity(linear.model, linear.images, linear.labels, iterations=200)
    weight = linear.model[1].weight.detach()
    assert found.jacobian == pytest.approx(float(weight.norm()))
    # The cross entropy of two classes bends along w1 - w0 alone, by p (1 - p) of its squared length.
    p = torch.softmax(linear.model(linear.images), 1).detach().numpy()
    assert found.curvature == pytest.approx(p.prod(1) * float((weight[1] - weight[0]).square().sum()), rel=1e-6)
    assert found.n == len(linear.images)


def test_the_curvature_of_a_relu_network_is_that_of_its_linear_pieces(trained: Trained) -> None:
    images, labels = trained.images[:6].double(), trained.labels[:6]
    model = _doubled(trained.model)
    found = sensitivity(model, images, labels, iterations=100)
    for row in range(6):
        slopes = torch.autograd.functional.jacobian(model, images[row : row + 1]).reshape(10, -1)
        p = torch.softmax(model(images[row : row + 1]), 1)[0].detach()
        hessian = slopes.T @ (p.diag() - p.outer(p)) @ slopes
        assert found.curvature[row] == pytest.approx(float(torch.linalg.eigvalsh(hessian)[-1]), rel=1e-3)
        assert found.jacobian[row] == pytest.approx(float(slopes.norm()))


def test_what_is_not_said_is_20_iterations_seed_0_and_batches_of_250(trained: Trained) -> None:
    images, labels = trained.images[:9], trained.labels[:9]
    found = sensitivity(trained.model, images, labels)
    assert (found.n, found.iterations, found.batch) == (9, 20, 250)
    same = sensitivity(trained.model, images, labels, iterations=20, seed=0)
    assert np.array_equal(found.curvature, same.curvature)
    images, labels = images[:4], labels[:4]
    parts = sensitivity(trained.model, images, labels, iterations=60, batch=2)
    whole = sensitivity(trained.model, images, labels, iterations=60)
    assert parts.jacobian == pytest.approx(whole.jacobian, rel=1e-4)
    assert parts.curvature == pytest.approx(whole.curvature, rel=2e-2)


def test_a_network_that_no_input_reaches_is_flat(trained: Trained) -> None:
    class Constant(nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return torch.arange(10.0).repeat(len(images), 1)

    found = sensitivity(Constant().eval(), trained.images[:3].double(), trained.labels[:3])
    assert (found.jacobian.tolist(), found.curvature.tolist()) == ([0.0] * 3, [0.0] * 3)
    assert (found.jacobian.dtype, found.curvature.dtype) == (np.float64, np.float64)


def test_a_sensitivity_leaves_global_states_and_says_what_is_wrong(trained: Trained) -> None:
    state = torch.get_rng_state()
    few = (trained.model, trained.images[:9], trained.labels[:9])
    first, again = (sensitivity(*few, iterations=kind(20), seed=kind(2)) for kind in (int, np.int64))
    assert np.array_equal(first.curvature, again.curvature)
    assert torch.equal(torch.get_rng_state(), state)
    assert first.jacobian_norm == pytest.approx(first.jacobian.mean())
    assert first.hessian_eigenvalue == pytest.approx(first.curvature.mean())
    with pytest.raises(InvalidOption, match="`iterations` is a whole number from 1, not 0"):
        sensitivity(trained.model, trained.images, trained.labels, iterations=0)
    with pytest.raises(InvalidOption, match="Pixels are from 0 to 1"):
        sensitivity(trained.model, trained.images + 1, trained.labels)


def _doubled(model: nn.Module) -> nn.Module:
    from copy import deepcopy

    return deepcopy(model).double()
