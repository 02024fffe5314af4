"""Training-free scores of one network, each a function of a few lines that follows its paper.

Each takes a network, which it may change, images (n, channels, height, width) and labels (n,), and gives one
number; NaN where nothing that it measures depends on the images. ReLUs are modules of the network.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import log

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

NAN = float("nan")
_JACOBIAN_SHIFT = 1e-5
_ZEN_STEP = 0.01


def synflow(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    """The natural logarithm of the synaptic flow: sum of |w dR/dw|, R the output of ones through absolute weights.

    Tanaka et al., NeurIPS 2020, eq. 2, with batch norms as at initialisation. The sum itself leaves the range of
    float32, and its logarithm ranks alike.
    """
    weights, slopes = _flow(network, images)
    flow = sum(float((weight * slope).abs().sum()) for weight, slope in zip(weights, slopes, strict=True))
    return _logarithm(flow)


def log_synflow(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    """The sum of w log(dR/dw + 1) over absolute weights: Cavagnero et al., FreeREA, WACV 2023, eq. 3."""
    weights, slopes = _flow(network, images)
    return _positive(sum(float((w * torch.log1p(g)).sum()) for w, g in zip(weights, slopes, strict=True)))


def naswot(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    """The log-determinant of how many ReLUs two images share, all pairs: Mellor et al., ICML 2021, eq. 2."""
    with patterns(network.train()) as codes, torch.no_grad():
        network(images)
    if not codes or not reached(network, images):
        return NAN
    on = torch.cat(codes, 1).float()
    both, each = (on @ on.T).double(), on.sum(1, dtype=torch.float64)  # counts below 2**24 are exact in float32
    kernel = on.shape[1] - each[:, None] - each + 2 * both
    sign, logarithm = torch.linalg.slogdet(kernel)
    return float(logarithm) if float(sign) > 0 else NAN


def jacob_cov(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    """How little the images' slopes resemble each other: Mellor et al., 2020 (first version), section 3.

    Minus the sum of log(v + k) + 1 / (v + k) over the eigenvalues v of the correlations of the summed logits'
    derivatives by each image, k = 1e-5.
    """
    pixels = images.clone().requires_grad_()
    outputs = network.train()(pixels)
    (slopes,) = torch.autograd.grad(outputs.sum(), pixels, allow_unused=True) if outputs.requires_grad else (None,)
    if slopes is None:
        return NAN
    correlations = torch.corrcoef(slopes.flatten(1))
    if not bool(torch.isfinite(correlations).all()):
        return NAN
    values = torch.linalg.eigvalsh(correlations).clamp_min(0) + _JACOBIAN_SHIFT
    return -float((values.log() + 1 / values).sum())


def snip(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    """The sum of |w dL/dw| over convolutions and classifier: Lee et al., ICLR 2019, eq. 6, unnormalised."""
    weights, slopes = _loss_slopes(network, images, labels)
    return _positive(sum(float((weight * slope).abs().sum()) for weight, slope in zip(weights, slopes, strict=True)))


def grad_norm(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    """The sum over layers of the loss's gradient's norm: Abdelfattah et al., ICLR 2021, section 3.1."""
    _, slopes = _loss_slopes(network, images, labels)
    return _positive(sum(float(torch.linalg.vector_norm(slope)) for slope in slopes))


def fisher(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    """The sum over convolutions' channels of the mean of (sum of activation times its gradient) squared, halved.

    Turner et al., ICLR 2020, eq. 6, as Abdelfattah et al. take it.
    """
    kept: list[Tensor] = []
    hooks = [layer.register_forward_hook(lambda _, __, out: kept.append(out)) for layer in _layers(network)]
    loss = cross_entropy(network.train()(images), labels)
    for hook in hooks:
        hook.remove()
    if not loss.requires_grad or not kept:
        return NAN
    slopes = torch.autograd.grad(loss, kept, allow_unused=True)
    total = 0.0
    for activation, slope in zip(kept, slopes, strict=True):
        if slope is not None:
            channels = (activation * slope).flatten(2).sum(2) if activation.ndim > 2 else activation * slope
            total += float(channels.detach().square().mean(0).sum()) / 2
    return _positive(total) if reached(network, images) else NAN


def ntk(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    """The condition number of the neural tangent kernel; smaller is better: Chen et al., TE-NAS, ICLR 2021, eq. 2.

    The kernel is of the summed logits of each image by all weights, batch norm in training mode. Its least eigenvalue
    is held above what float64 can tell from 0.
    """
    outputs = network.train()(images)
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    if not weights or not reached(network, images):
        return NAN
    rows = []
    for output in outputs:
        slopes = torch.autograd.grad(output.sum(), weights, retain_graph=True, allow_unused=True)
        rows.append(torch.cat([slope.flatten() for slope in slopes if slope is not None]))
    features = torch.stack(rows)
    if not bool(torch.isfinite(features).all()):
        return NAN
    values = torch.linalg.eigvalsh(features @ features.T)
    floor = float(values[-1]) * len(rows) * torch.finfo(values.dtype).eps
    return float(values[-1]) / max(float(values[0]), floor) if floor > 0 else NAN


def zen(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    """The Zen score: Lin et al., ICCV 2021, algorithm 1, on Gaussian weights and the features before pooling.

    The logarithm of how far the features move with a hundredth of noise on noise, plus the logarithms of the batch
    norms' deviations, which that norm had divided out. The images give only their shape, the labels only the noise's
    seed, which is their sum.
    """
    for layer in _layers(network):
        nn.init.normal_(layer.weight)
    draws = torch.Generator().manual_seed(int(labels.sum()))
    noise = torch.randn(images.shape, generator=draws, dtype=images.dtype)
    moved = noise + _ZEN_STEP * torch.randn(images.shape, generator=draws, dtype=images.dtype)
    deviations: list[Tensor] = []
    features: list[Tensor] = []
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    hooks = [
        norm.register_forward_pre_hook(lambda _, given: deviations.append(given[0].var((0, 2, 3)).mean().sqrt().log()))
        for norm in norms
    ]
    hooks += [module.register_forward_hook(lambda _, __, out: _keep_map(features, out)) for module in network.modules()]
    network.train()
    with torch.no_grad():
        network(noise)
        first, scale = features[-1:], float(torch.stack(deviations).sum()) if deviations else 0.0
        network(moved)
    for hook in hooks:
        hook.remove()
    if not first:
        return NAN
    apart = float((first[0] - features[-1]).abs().flatten(1).sum(1).mean())
    return _logarithm(apart) + scale if abs(scale) < float("inf") else NAN


@contextmanager
def patterns(network: nn.Module) -> Iterator[list[Tensor]]:
    """The list that gets (n, units) booleans, which of its units are on, from each ReLU in each pass of the block."""
    codes: list[Tensor] = []
    relus = [module for module in network.modules() if isinstance(module, nn.ReLU)]
    hooks = [relu.register_forward_hook(lambda _, __, out: codes.append((out > 0).flatten(1))) for relu in relus]
    try:
        yield codes
    finally:
        for hook in hooks:
            hook.remove()


def _flow(network: nn.Module, images: Tensor) -> tuple[list[Tensor], list[Tensor]]:
    """Absolute weights of convolutions and classifier, and the slopes by them of the output of one image of ones."""
    network.eval()
    with torch.no_grad():
        for weight in network.parameters():
            weight.abs_()
    outputs = network(torch.ones_like(images[:1]))
    if not reached(network, images):
        return [], []
    return _slopes(network, outputs.sum())


def _loss_slopes(network: nn.Module, images: Tensor, labels: Tensor) -> tuple[list[Tensor], list[Tensor]]:
    outputs = network.train()(images)
    return _slopes(network, cross_entropy(outputs, labels)) if reached(network, images) else ([], [])


def _slopes(network: nn.Module, value: Tensor) -> tuple[list[Tensor], list[Tensor]]:
    weights = [layer.weight for layer in _layers(network)]
    if not weights:
        return [], []
    found = torch.autograd.grad(value, weights, allow_unused=True)
    pairs = [(weight.detach(), slope) for weight, slope in zip(weights, found, strict=True) if slope is not None]
    return [weight for weight, _ in pairs], [slope for _, slope in pairs]


def reached(network: nn.Module, images: Tensor) -> bool:
    """Whether the output depends on the images at all: not where a cell is the zero function, or all its units dead."""
    pixels = images[:2].clone().requires_grad_()
    outputs = network(pixels)
    if not outputs.requires_grad:
        return False
    (slope,) = torch.autograd.grad(outputs.sum(), pixels, allow_unused=True)
    return slope is not None and bool((slope != 0).any())


def _layers(network: nn.Module) -> list[nn.Conv2d | nn.Linear]:
    return [module for module in network.modules() if isinstance(module, nn.Conv2d | nn.Linear)]


def _keep_map(features: list[Tensor], out: object) -> None:
    """Keep the newest feature map; modules report in the order in which they end."""
    if isinstance(out, Tensor) and out.ndim == 4:
        features.append(out)


def _positive(value: float) -> float:
    return value if value > 0 else NAN


def _logarithm(value: float) -> float:
    return log(value) if value > 0 else NAN
