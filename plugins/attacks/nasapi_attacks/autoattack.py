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
_ORDERS = {"Linf": torch.inf, "L2": 2, "L1": 1}
_ROUNDING = 1.001  # of epsilon: what float32 makes of a length
_TARGETS = 9  # classes that targeted attacks try, as in AutoAttack's standard version
_FEWEST_CLASSES = {"apgd-t": 4, "fab-t": 2, "autoattack": 4}  # the targeted loss divides by a difference to the fourth


def run(
    model: Attackable, images: Tensor, labels: Tensor, attack: Attack, batch: int, classes: int, seed: int
) -> tuple[Tensor, tuple[str, ...]]:
    """The attacked images and what the library warned of; images that were wrong before come back as they are.

    The library computes in float32, whatever the network does; images that it did not move keep their every bit.
    What its steps in L1 leave of box and ball is cut off, and said where it is more than rounding. Sets torch's global
    seed. Raises what `require_fits` does, and PluginError with what the library raised.
    """
    require_fits(attack, classes, *images.shape[2:])
    with _warnings() as messages:
        evaluation = _evaluation(model, attack, classes, seed, images)
        single = images.float()
        with Fence() as fence, _single_precision():
            moved, _ = evaluation.run_standard_evaluation(single, labels, batch_size=batch)
    if fence.error is not None:
        raise PluginError(f"pyautoattack failed: {fence.reason}") from fence.error
    moved = torch.where(moved == single, images, moved.detach().to(images.dtype).clamp(0, 1))
    moved, outside = _within(moved, images, attack)
    return moved, (*dict.fromkeys(messages), *outside)


def require_fits(attack: Attack, classes: int, height: int, width: int) -> None:
    """Raise InvalidOption where a network tells too few classes apart for an attack, or images are too small for it."""
    fewest = _FEWEST_CLASSES.get(attack.name, 2)
    if classes < fewest:
        raise InvalidOption(
            f"{TITLES[attack.name]} needs {fewest} classes or more, and the network has {classes}; take apgd or square."
        )
    if "square" in _PARTS.get(attack.name, ()) and attack.norm != "Linf" and not _tiled(height, width):
        sides = [side for side in range(5, height + 6) if _tiled(side, side)]
        nearest = sorted(sorted(sides, key=lambda side: abs(side - height))[:2])
        part = "" if attack.name == "square" else f", a part of {attack.name},"
        raise InvalidOption(
            f"Square in {attack.norm}{part} begins with squares of a fifth of the height, which do not fit into images "
            f"of {height} x {width} pixels; take another attack, the norm Linf, or images of "
            f"{' or '.join(map(str, nearest))} pixels a side."
        )


def _tiled(height: int, width: int) -> bool:
    """Whether the squares that the library's Square begins with in L2 and L1, on a centred grid, fit into an image."""
    side = height // 5
    start = (height - 5 * side) // 2
    return side == 1 or (side > 1 and all(start + length // side * side <= length for length in (height, width)))


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


def _within(moved: Tensor, images: Tensor, attack: Attack) -> tuple[Tensor, tuple[str, ...]]:
    """Attacked images drawn straight back into the ball where they left it, and a sentence where any did.

    The library's projection in L1 leaves it: a bisection that ends a step early, which counts on a dozen pixels.
    """
    epsilon = float(attack.epsilon)
    by = (moved - images).flatten(1)
    far = torch.linalg.vector_norm(by, _ORDERS[attack.norm], dim=1)
    outside = far > epsilon * _ROUNDING + 1e-6
    if not outside.any():
        return moved, ()
    share = torch.where(outside, epsilon / far.clamp_min(epsilon), torch.ones_like(far))
    drawn = (images + (by * share[:, None]).view_as(images)).clamp(0, 1)
    return drawn, (
        f"pyautoattack moved {int(outside.sum())} of {len(images)} images farther than epsilon in {attack.norm}, up to "
        f"{float(far.max()) / epsilon:.2f} times; they were drawn back, so that it may have fooled fewer than it can.",
    )


@contextmanager
def _single_precision() -> Iterator[None]:
    """Numbers are made in float32 within the block, as the library expects them to be."""
    usual = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32)
    try:
        yield
    finally:
        torch.set_default_dtype(usual)


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
