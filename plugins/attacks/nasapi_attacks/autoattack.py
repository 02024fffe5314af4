"""APGD, FAB, Square and AutoAttack through pyautoattack (Croce & Hein, ICML 2020), its warnings kept as data."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from nasapi.errors import InvalidOption, PluginError
from nasapi.safety.fences import Fence
from nasapi_attacks.networks import Attackable
from nasapi_attacks.specs import TITLES, Attack

_LOGGER = "auto-attack"
_PARTS = {
    "apgd": ["apgd-ce"],
    "apgd-t": ["apgd-t"],
    "fab-t": ["fab-t"],
    "square": ["square"],
    "autoattack": ["apgd-ce", "apgd-t", "fab-t", "square"],
}
"""What each attack runs, one after the other on the images that still stand."""
_TARGETS = 9  # classes that targeted attacks try, as in AutoAttack's standard version
_FEWEST_CLASSES = {"apgd-t": 4, "fab-t": 2, "autoattack": 4}  # the targeted loss divides by a difference to the fourth


def run(
    model: Attackable, images: Tensor, labels: Tensor, attack: Attack, batch: int, classes: int, seed: int
) -> tuple[Tensor, tuple[str, ...]]:
    """The attacked images and what the library warned of; images that were wrong before come back as they are.

    The library computes in float32, whatever the network does; images that it did not move keep their every bit.
    Sets torch's global seed. Raises InvalidOption where there are too few classes for the attack's loss, and
    PluginError with what the library raised.
    """
    require_classes(attack, classes)
    with _warnings() as messages:
        evaluation = _evaluation(model, attack, classes, seed, images)
        single = images.float()
        with Fence() as fence:
            moved, _ = evaluation.run_standard_evaluation(single, labels, batch_size=batch)
    if fence.error is not None:
        raise PluginError(f"pyautoattack failed: {fence.reason}") from fence.error
    moved = torch.where(moved == single, images, moved.detach().to(images.dtype))
    return moved, tuple(dict.fromkeys(messages))


def require_classes(attack: Attack, classes: int) -> None:
    """Raise InvalidOption where a network tells too few classes apart for the attack."""
    fewest = _FEWEST_CLASSES.get(attack.name, 2)
    if classes < fewest:
        raise InvalidOption(
            f"{TITLES[attack.name]} needs {fewest} classes or more, and the network has {classes}; take apgd or square."
        )


def _evaluation(model: Attackable, attack: Attack, classes: int, seed: int, images: Tensor) -> Any:
    """The library's evaluation with the attack's settings in place of its own."""
    from pyautoattack import AutoAttack
    from pyautoattack.autopgd_base import APGDAttack, APGDAttack_targeted

    common: dict[str, Any] = {"eps": float(attack.epsilon), "norm": attack.norm, "device": images.device, "seed": seed}
    made = AutoAttack(model, attacks=_PARTS[attack.name], version="custom", **common)
    made.version = "rand"  # which by then means no more than that answers are not asked five times: `Target` has looked
    logger = made.logger
    targets = min(_TARGETS, classes - 1)
    # Iterations are given when the attacks are made, for their checkpoints are computed then.
    made.apgd = APGDAttack(model, n_iter=attack.steps or 100, n_restarts=attack.restarts or 1, logger=logger, **common)
    made.apgd_targeted = APGDAttack_targeted(
        model, n_iter=attack.steps or 100, n_restarts=attack.restarts or 1, logger=logger, **common
    )
    made.apgd_targeted.n_target_classes = made.fab.n_target_classes = targets
    made.fab.n_restarts, made.fab.n_iter = 1, attack.steps or 100
    made.square.n_queries, made.square.n_restarts = attack.steps or 5_000, attack.restarts or 1
    made.square.rescale_schedule = bool(attack.rescale)
    return made


@contextmanager
def _warnings() -> Iterator[list[str]]:
    """The warnings of the library's logger within the block, as text; nothing is printed and the logger is put back."""
    messages: list[str] = []

    class Kept(logging.Handler):
        """Keeps messages instead of printing them."""

        def emit(self, record: logging.LogRecord) -> None:
            messages.append(record.getMessage().replace(" See flags_doc.md for details.", ""))

    logger, handler = logging.getLogger(_LOGGER), Kept(logging.WARNING)
    level, goes_up = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.WARNING)
    logger.propagate = False
    try:
        yield messages
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = goes_up
