"""How steep a network is by its images: the Jacobian's norm and the loss's largest curvature, no attack needed."""

from __future__ import annotations

from typing import Any

import torch
from attrs import frozen
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from nasapi.networks import require_seed
from nasapi_attacks.attacking import BATCH
from nasapi_attacks.inputs import Images, Labels, Subject, require_count, require_subject
from nasapi_attacks.networks import Attackable, gradients, weights_at_rest
from nasapi_attacks.randomness import own_randomness


@frozen(eq=False)
class Sensitivity:
    """What two of the proxies of Jung, Lukasik & Keuper (ICLR 2023, section 4.1) are, image by image.

    The paper says neither on how many images it took them nor whether it averaged before or after the norm; here each
    image has its own, the number of images is `n`, and the mean comes last.
    """

    jacobian: NDArray[Any]
    """(n,): the Frobenius norm of the derivative of the logits by the pixels."""
    curvature: NDArray[Any]
    """(n,): the eigenvalue of largest magnitude of the second derivative of the cross entropy by the pixels."""
    n: int
    batch: int
    iterations: int

    @property
    def jacobian_norm(self) -> float:
        """The mean of `jacobian`."""
        return float(self.jacobian.mean())

    @property
    def hessian_eigenvalue(self) -> float:
        """The mean of `curvature`."""
        return float(self.curvature.mean())


def sensitivity(
    model: nn.Module, images: Images, labels: Labels, *, iterations: int = 20, seed: int = 0, batch: int = BATCH
) -> Sensitivity:
    """The Jacobian's norm, exactly, and the Hessian's largest eigenvalue by power iteration, of each image.

    Model, images and labels are as for `attack`, and so are the errors. The Jacobian takes a backward pass a class, the
    eigenvalue two an iteration. 20 come within a percent where the others are at most four fifths of it; where one is
    as large with the other sign, what comes out lies between the two.
    """
    iterations, batch = require_count("iterations", iterations), require_count("batch", batch)
    seed = require_seed(seed)
    with own_randomness(seed), gradients():
        subject = require_subject(model, images, labels, batch)
        with weights_at_rest(model):
            norms, curvatures = _both(subject, iterations, seed, batch)
    return Sensitivity(norms.cpu().numpy(), curvatures.cpu().numpy(), len(norms), batch, iterations)


def _both(subject: Subject, iterations: int, seed: int, batch: int) -> tuple[Tensor, Tensor]:
    model = Attackable(subject.model, subject.images.dtype)
    draws = torch.Generator().manual_seed(seed)
    norms, curvatures = [], []
    for images, labels in zip(torch.split(subject.images, batch), torch.split(subject.labels, batch), strict=True):
        norms.append(_jacobian(model, images))
        start = torch.randn(images.shape, generator=draws, dtype=images.dtype).to(images.device)
        curvatures.append(_curvature(model, images, labels, start, iterations))
    return torch.cat(norms), torch.cat(curvatures)


def _jacobian(model: nn.Module, images: Tensor) -> Tensor:
    pixels = images.clone().requires_grad_()
    answers = model(pixels)
    squares = torch.zeros(len(images), dtype=images.dtype, device=images.device)
    for number in range(answers.shape[1]):
        (slope,) = torch.autograd.grad(answers[:, number].sum(), pixels, retain_graph=True)
        squares += slope.flatten(1).square().sum(1)
    return squares.sqrt()


def _curvature(model: nn.Module, images: Tensor, labels: Tensor, start: Tensor, iterations: int) -> Tensor:
    """Power iteration on all images side by side: in evaluation mode no image depends on another."""
    pixels = images.clone().requires_grad_()
    loss = cross_entropy(model(pixels), labels, reduction="sum")
    (slope,) = torch.autograd.grad(loss, pixels, create_graph=True)
    eigenvalue = torch.zeros(len(images), dtype=images.dtype, device=images.device)
    if not slope.requires_grad:  # a loss that is linear in the pixels bends nowhere
        return eigenvalue
    vector = _unit(start)
    for _ in range(iterations):
        (bent,) = torch.autograd.grad(slope, pixels, vector, retain_graph=True)
        eigenvalue = (bent * vector).flatten(1).sum(1)
        vector = _unit(bent)
    return eigenvalue


def _unit(vectors: Tensor) -> Tensor:
    length = torch.linalg.vector_norm(vectors.flatten(1), dim=1).clamp_min(torch.finfo(vectors.dtype).tiny)
    scaled: Tensor = vectors / length[:, None, None, None]
    return scaled
