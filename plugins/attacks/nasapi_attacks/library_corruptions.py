"""The 15 corruptions of ImageNet-C through imagecorruptions-imaug, for images from 32 pixels on."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.random as numpy_random
import torch
from torch import Tensor

from nasapi.errors import NotAvailable, how_to_install
from nasapi_attacks.randomness import own_randomness

LEAST_SIDE = 32
"""Pixels that the library asks for."""
_OWN_SEEDS = ("glass_blur", "impulse_noise")  # which do not listen to numpy's global generator


def corrupt(images: Tensor, name: str, severity: int, seed: int) -> Tensor:
    """Images (n, 1 or 3, height, width) from 0 to 1 corrupted in 8-bit pixels.

    Each image's draws come from (seed, row) alone. Raises NotAvailable where the library is not installed.
    """
    library = _library()
    pixels = (images.cpu().numpy() * 255).round().astype(np.uint8).transpose(0, 2, 3, 1)
    found = np.empty_like(pixels)
    with own_randomness(0):
        for row, image in enumerate(pixels):
            own = int(np.random.SeedSequence([seed, row]).generate_state(1)[0])
            numpy_random.seed(own)  # noqa: NPY002
            options: dict[str, Any] = {"seed": own % 2**31} if name in _OWN_SEEDS else {}
            made = library.corrupt(image, corruption_name=name, severity=severity, **options)
            found[row] = made[..., : image.shape[2]]  # gray images come back as three equal channels
    return torch.from_numpy(found.transpose(0, 3, 1, 2).astype(np.float32) / 255).to(images)


def _library() -> Any:
    try:
        import imagecorruptions
    except ImportError as error:
        raise NotAvailable(
            f"Corruptions of images from {LEAST_SIDE} pixels on are those of imagecorruptions-imaug ({error}); install "
            f"it with {how_to_install('nasapi-attacks[corruptions]')}."
        ) from error
    return imagecorruptions
