"""The names that the data set uses in its files and the ones that options, metrics and columns use here."""

from __future__ import annotations

from nasapi.errors import InvalidOption, near

DATASETS = {"cifar10": "cifar10", "cifar100": "cifar100", "imagenet16-120": "ImageNet16-120"}
"""The data sets by the names used here, with the names of their folders."""

CLEAN = "clean"
ATTACKS = {"fgsm": "fgsm@Linf", "pgd": "pgd@Linf", "apgd": "aa_apgd-ce@Linf", "square": "aa_square@Linf"}
"""The attacks by the names used here, with their keys in the files; the part after the at sign is the norm."""
ATTACK_TITLES = {"fgsm": "FGSM", "pgd": "PGD", "apgd": "APGD-CE", "square": "Square"}
CORRUPTIONS = (
    "brightness",
    "contrast",
    "defocus_blur",
    "elastic_transform",
    "fog",
    "frost",
    "gaussian_noise",
    "glass_blur",
    "impulse_noise",
    "jpeg_compression",
    "motion_blur",
    "pixelate",
    "shot_noise",
    "snow",
    "zoom_blur",
)
"""The corruptions of CIFAR-10-C and CIFAR-100-C (Hendrycks & Dietterich, ICLR 2019); keys and names are the same."""
SEVERITIES = (1, 2, 3, 4, 5)
MEASURES = ("accuracy", "confidence", "cm")
"""What the files hold: accuracies, confidences and confusion matrices."""

KEYS = {CLEAN: CLEAN, **ATTACKS, **{name: name for name in CORRUPTIONS}}
"""What was done to the images, by the names used here, with the keys in the files."""


def require_dataset(dataset: str) -> str:
    """The name itself; raises InvalidOption with near matches where there is no such data set."""
    if dataset not in DATASETS:
        raise InvalidOption(f"There is no robustness data for {dataset!r}. {near(str(dataset), DATASETS)}")
    return dataset


def require_key(name: str) -> str:
    """The name itself; raises InvalidOption with near matches where no such attack or corruption was evaluated."""
    if name not in KEYS:
        raise InvalidOption(f"No attack or corruption {name!r} was evaluated. {near(str(name), KEYS)}")
    return name
