"""Images corrupted at five severities: published kinds from 32 pixels on, our own below."""

from __future__ import annotations

from typing import Literal

from nasapi_robustness.measure import Measure
from nasapi_robustness.names import CORRUPTIONS, SEVERITIES
from torch import Tensor

from nasapi.errors import InvalidOption, near
from nasapi.metric import Metric
from nasapi.networks import require_seed
from nasapi_attacks import library_corruptions, small_corruptions
from nasapi_attacks.inputs import Images, require_images
from nasapi_attacks.library_corruptions import LEAST_SIDE


def corruption_names(height: int, width: int) -> tuple[str, ...]:
    """The corruptions that images of a size have: the 15 published ones from 32 x 32 on, else our own nine."""
    return CORRUPTIONS if min(height, width) >= LEAST_SIDE else tuple(small_corruptions.STRENGTHS)


def corrupt(images: Images, name: str, severity: int, seed: int = 0) -> Tensor:
    """The images (n, channels, height, width), pixels from 0 to 1, corrupted; the images given are not changed.

    From 32 pixels on by imagecorruptions-imaug, whose strengths are those of ImageNet-C (the published CIFAR-10-C is
    milder), in 8-bit pixels; below by `small_corruptions`. The same images, name, severity and seed give the same
    result; global random states are as before. Raises InvalidOption for a corruption that images of this size do not
    have, a severity that is none, images that are none; NotAvailable where the library is missing.
    """
    pixels = require_images(images)
    height, width = pixels.shape[2:]
    known = corruption_names(height, width)
    if name not in known:
        raise InvalidOption(f"Images of {height} x {width} have no corruption {name!r:.80}. {near(str(name), known)}")
    if isinstance(severity, bool) or not hasattr(severity, "__index__") or severity not in SEVERITIES:
        raise InvalidOption(f"A severity is a whole number from 1 to 5, not {severity!r:.80}.")
    seed = require_seed(seed)
    if min(height, width) < LEAST_SIDE:
        return small_corruptions.corrupt(pixels, name, severity, seed)
    if pixels.shape[1] not in (1, 3):
        raise InvalidOption(
            f"The corruptions of images from {LEAST_SIDE} pixels on are for 1 or 3 channels, not {pixels.shape[1]}."
        )
    return library_corruptions.corrupt(pixels, name, severity, seed)


def corruption_metric(
    name: str, severity: int, images: str, split: Literal["none", "train", "valid", "test"], *, side: int
) -> Metric:
    """The accuracy under a corruption as a metric, in percent, named as in the published tables: "fog_3_accuracy".

    `images` says of which images, `side` how many pixels their smaller side has.
    """
    large = side >= LEAST_SIDE
    known = corruption_names(side, side)
    if name not in known:
        raise InvalidOption(f"Images of {side} pixels have no corruption {name!r:.80}. {near(str(name), known)}")
    strength = "with the strengths of ImageNet-C" if large else "with strengths of nasapi's own"
    called = Measure(name, severity=severity).name if name in CORRUPTIONS else f"{name}_{severity}_accuracy"
    description = f"Accuracy on {images} under {name.replace('_', ' ')} of severity {severity}, {strength}."
    return Metric(called, "max", "%", split, (0.0, 100.0), description, "measured")
