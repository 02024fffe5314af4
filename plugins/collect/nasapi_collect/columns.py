"""The columns of a table: their names, units and meanings, all known from the recipe before anything is measured."""

from __future__ import annotations

from typing import Literal, NamedTuple

Split = Literal["none", "train", "valid", "test"]


class Described(NamedTuple):
    """One column of numbers, a number for each network and seed."""

    name: str
    description: str
    unit: str
    split: Split
    shape: tuple[int, ...] = ()
    """Beyond networks and seeds: classes by classes for confusions."""


SPLITS: tuple[Literal["valid", "test"], ...] = ("valid", "test")
_TITLES = {"valid": "validation", "test": "test"}
_SCORES = (
    ("accuracy", "Accuracy on all {} images", "%"),
    ("loss", "Mean cross-entropy on the {} images", "nats"),
    ("confidence_right", "Mean confidence where a {} image was classified rightly", "share"),
    ("confidence_wrong", "Mean confidence where a {} image was classified wrongly", "share"),
    ("calibration_error", "Expected calibration error on the {} images, 15 bins", "share"),
)


def clean_columns(classes: int) -> list[Described]:
    """What every training gives: the last training loss, and scores on clean images."""
    found = [Described("train_loss", "Mean training loss of the last epoch, images moved about", "nats", "train")]
    for split in SPLITS:
        found += [
            Described(f"{split}_{name}", f"{what.format(_TITLES[split])}.", unit, split) for name, what, unit in _SCORES
        ]
    description = "Test images of a true class (first axis) that were taken for a class (second axis)."
    return [*found, Described("test_confusion", description, "images", "test", (classes, classes))]


def attack_column(split: Split, metric: str, title: str, images: int, caution: str) -> Described:
    """The accuracy of a network on so many attacked images."""
    description = f"Accuracy on the first {images:,} {_TITLES[split]} images under {title}. {caution}".strip()
    return Described(f"{split}_{metric}", description, "%", split)


def corruption_column(split: Split, name: str, severity: int, images: int) -> Described:
    """The accuracy of a network on so many corrupted images."""
    description = (
        f"Accuracy on the first {images:,} {_TITLES[split]} images, {name.replace('_', ' ')} of severity {severity}."
    )
    return Described(f"{split}_{name}_{severity}_accuracy", description, "%", split)
