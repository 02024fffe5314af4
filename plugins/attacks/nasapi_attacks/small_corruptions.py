"""Nine corruptions for images of any size, torch alone, each draw from an explicit generator.

They are of the kinds of Hendrycks & Dietterich, ICLR 2019, with strengths of our own that leave a small
network something to see. Lengths are shares of the image's side.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil, pi

import torch
from torch import Generator, Tensor
from torch.nn import functional

_Corruption = Callable[[Tensor, float, Generator], Tensor]


def _brightness(images: Tensor, by: float, _: Generator) -> Tensor:
    return images + by


def _contrast(images: Tensor, left: float, _: Generator) -> Tensor:
    mean = images.mean(dim=(1, 2, 3), keepdim=True)
    return mean + left * (images - mean)


def _gaussian_noise(images: Tensor, deviation: float, draws: Generator) -> Tensor:
    return images + deviation * torch.randn(images.shape, generator=draws, dtype=images.dtype)


def _shot_noise(images: Tensor, photons: float, draws: Generator) -> Tensor:
    return torch.poisson(images * photons, generator=draws) / photons


def _impulse_noise(images: Tensor, share: float, draws: Generator) -> Tensor:
    """Salt and pepper, each half of `share`."""
    uniform = torch.rand(images.shape, generator=draws, dtype=images.dtype)
    salted = torch.where(uniform < share / 2, torch.ones_like(images), images)
    return torch.where(uniform > 1 - share / 2, torch.zeros_like(images), salted)


def _gaussian_blur(images: Tensor, share: float, _: Generator) -> Tensor:
    deviation = share * min(images.shape[2:])
    reach = ceil(3 * deviation)
    places = torch.arange(-reach, reach + 1, dtype=images.dtype)
    kernel = torch.exp(-0.5 * (places / deviation) ** 2)
    kernel = kernel / kernel.sum()
    planes = images.flatten(0, 1)[:, None]
    planes = functional.conv2d(functional.pad(planes, (reach,) * 4, mode="replicate"), kernel[None, None, :, None])
    return functional.conv2d(planes, kernel[None, None, None, :]).reshape(images.shape)


def _motion_blur(images: Tensor, share: float, draws: Generator) -> Tensor:
    """The mean along a line of random direction; `share` is of the side, which is 2 in the coordinates of `_moved`."""
    angle = pi * torch.rand(len(images), generator=draws, dtype=images.dtype)
    still = torch.zeros_like(angle)
    steps = torch.linspace(-share, share, 2 * ceil(share * max(images.shape[2:])) + 1, dtype=images.dtype)
    moved = [_moved(images, still, step * angle.cos(), step * angle.sin()) for step in steps]
    return torch.stack(moved).mean(0)


def _rotation(images: Tensor, degrees: float, draws: Generator) -> Tensor:
    """By `degrees` to the left or to the right."""
    sign = 2.0 * torch.randint(2, (len(images),), generator=draws).to(images.dtype) - 1
    still = torch.zeros_like(sign)
    return _moved(images, sign * degrees * pi / 180, still, still)


def _pixelate(images: Tensor, share: float, _: Generator) -> Tensor:
    height, width = images.shape[2:]
    small = (max(1, round(share * height)), max(1, round(share * width)))
    return functional.interpolate(functional.adaptive_avg_pool2d(images, small), (height, width), mode="area")


def _moved(images: Tensor, angle: Tensor, right: Tensor, down: Tensor) -> Tensor:
    """Images turned and moved, an amount each, bilinear, the border going on; the side is 2."""
    cosine, sine = angle.cos(), angle.sin()
    rows = [torch.stack([cosine, -sine, right], 1), torch.stack([sine, cosine, down], 1)]
    grid = functional.affine_grid(torch.stack(rows, 1), list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, padding_mode="border", align_corners=False)


STRENGTHS: Mapping[str, tuple[_Corruption, tuple[float, ...]]] = {
    "brightness": (_brightness, (0.05, 0.1, 0.15, 0.2, 0.3)),
    "contrast": (_contrast, (0.75, 0.6, 0.45, 0.35, 0.2)),
    "gaussian_blur": (_gaussian_blur, (0.05, 0.075, 0.1, 0.125, 0.16)),
    "gaussian_noise": (_gaussian_noise, (0.05, 0.1, 0.15, 0.2, 0.3)),
    "impulse_noise": (_impulse_noise, (0.02, 0.05, 0.1, 0.15, 0.2)),
    "motion_blur": (_motion_blur, (0.08, 0.12, 0.16, 0.2, 0.25)),
    "pixelate": (_pixelate, (0.875, 0.75, 0.5, 0.375, 0.25)),
    "rotation": (_rotation, (5.0, 10.0, 15.0, 20.0, 30.0)),
    "shot_noise": (_shot_noise, (60.0, 25.0, 12.0, 8.0, 5.0)),
}
"""Each corruption by name, with its strength at severities 1 to 5."""


def corrupt(images: Tensor, name: str, severity: int, seed: int) -> Tensor:
    """Images (n, channels, height, width) from 0 to 1 corrupted, clipped to the box; images are not changed.

    The same images, in the same order, and the same seed give the same result.
    """
    apply, strengths = STRENGTHS[name]
    strength = strengths[severity - 1]
    draws = torch.Generator().manual_seed(seed)
    return apply(images.cpu(), strength, draws).clamp(0, 1).to(images.device)
