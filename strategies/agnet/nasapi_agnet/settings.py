"""The published settings of AG-Net, each where the paper or the authors' code says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
from attrs import frozen


@frozen
class Settings:
    """What a search is run with."""

    initial: int = 16
    """Architectures drawn uniformly before the first round."""
    round: int = 16
    """Architectures evaluated a round."""
    k: float = 1e-2
    """Flatness of the weights 1 / (kN + rank)."""
    alpha: float = 0.9
    """Weight of the surrogate's loss against reconstruction."""
    rate: float = 1e-3
    """Of Adam, one for generator and surrogate, made once a run."""
    betas: tuple[float, float] = (0.5, 0.999)
    decay: float = 0.0
    epochs: int = 30
    """Passes over the data a round."""
    batch: int = 16
    nodes: float = 1.0
    """Weight of the nodes' cross entropy in reconstruction."""
    draws: tuple[int, ...] = (100, 200, 300, 400, 500, 600, 700, 800, 900)
    """How many z are drawn, one batch after another, until there are more candidates than are wanted."""
    candidates: int = 100
    """How many candidates are wanted; a random choice of that many where there are more."""


PLAIN = Settings()
"""One goal without constraints: what most of the paper's tables are of."""
HARDWARE: Mapping[str, Any] = {"alpha": 0.95, "rate": 2e-4, "decay": 1e-4, "draws": (500, 1000, 1500, 2000, 2500)}
"""What accuracy under a bound of latency changes: the paper's hardware-aware search, which is of NAS-Bench-201."""
UNCOUPLED_NODES = 2.0
"""`Settings.nodes` where the surrogate learns from the data: the authors' code has 2 (nodes + edges / 2) there."""
CELLS = Settings(nodes=2.0, draws=(1000, 2000, 3000, 4000))
"""The cells of DARTS."""
EPOCHS: Mapping[str, int] = {"nb101": 15, "darts": 15, "nb201": 30, "nlp": 30}
"""Passes over the data a round, by space; the 30 of most for a space that the paper does not have."""
BOOSTING: Mapping[str, object] = {
    "objective": "reg:squarederror",
    "booster": "gbtree",
    "max_depth": 6,
    "min_child_weight": 1,
    "colsample_bytree": 1,
    "colsample_bylevel": 1,
    "eta": 0.3,
    "nthread": 1,
    "verbosity": 0,
}
"""Of the trees in place of the surrogate; threads apart, which change nothing."""
BOOSTING_ROUNDS = 500
"""Trees of a fit, or of each batch with ranking."""
PENALTY = 1000
"""By what the rank of an architecture that breaks a constraint is multiplied."""
DEVICES = ("edgegpu", "raspi4", "edgetpu", "pixel3", "eyeriss", "fpga")
"""What the surrogate's condition distinguishes under constraints; in one search it is always the same."""


def published(space: str, constrained: bool) -> Settings:
    """The settings of a space with one goal, or with constraints or a second goal."""
    chosen = CELLS if space == "darts" else PLAIN
    chosen = attrs.evolve(chosen, epochs=EPOCHS.get(space, chosen.epochs))
    return attrs.evolve(chosen, **HARDWARE) if constrained else chosen
