"""What networks show without a table: attacks on a small trained one, and training-free scores of many.

    python benchmarks/networks.py PART [--into FOLDER]

`proxy-agreement` reads published columns from the folder named by NASAPI_SHARED_DATA.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from claims.parts import Part, compute_one
from claims.program import end
from numpy.typing import NDArray

from nasapi import Codes, load_objective, load_space
from nasapi.errors import NotAvailable

ATTACKS = {
    "FGSM": "fgsm[eps=0.1]",
    "PGD, 10 steps": "pgd[eps=0.1,steps=10]",
    "APGD-CE, 10": "apgd[eps=0.1,steps=10]",
    "APGD-CE, 100": "apgd[eps=0.1,steps=100]",
    "Square, 50": "square[eps=0.1,steps=50]",
    "APGD-T, 5": "apgd-t[eps=0.1,steps=5]",
    "FAB-T, 5": "fab-t[eps=0.1,steps=5]",
}
PROXIES = {
    "synflow": "synflow",
    "log-synflow": "logsynflow",
    "naswot": "naswot",
    "linear-regions": "nregions",
}
"""Proxies and the published columns of the same name, which go with FreeREA (Cavagnero et al., WACV 2023)."""
COST = ("synflow", "naswot", "jacob-cov", "snip", "fisher", "ntk", "linear-regions", "zen")


def attack_cost() -> dict[str, Any]:
    """Accuracy of a convolutional network of two layers on 200 digits under each attack, and CPU seconds."""
    import torch
    from nasapi_attacks import attack
    from sklearn.datasets import load_digits
    from torch import nn

    torch.set_num_threads(1)
    torch.manual_seed(0)
    data = load_digits()
    images = torch.tensor(data.images[:, None] / 16, dtype=torch.float32)
    labels = torch.tensor(data.target)
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, 2, 1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(512, 10),
    )
    optimiser = torch.optim.Adam(model.parameters(), 3e-3)
    for rows in torch.randperm(1000).repeat(30).split(50):
        optimiser.zero_grad()
        nn.functional.cross_entropy(model(images[rows]), labels[rows]).backward()
        optimiser.step()
    model.eval()
    rows_found = []
    for name, spec in ATTACKS.items():
        start = time.process_time()
        made = attack(model, images[1000:1200], labels[1000:1200], spec, seed=0)
        seconds = time.process_time() - start
        rows_found.append([name, made.clean_accuracy, made.accuracy, round(seconds, 3)])
    columns = ["attack", "clean accuracy, %", "accuracy, %", "CPU s"]
    return {"columns": columns, "digits": {columns[1]: 1, columns[2]: 1, columns[3]: 2}, "rows": rows_found}


def proxy_agreement() -> dict[str, Any]:
    """Spearman's correlation of each proxy, on noise, with the published column, on 60 random cells."""
    from scipy.stats import spearmanr

    published = Path(os.environ.get("NASAPI_SHARED_DATA", "")) / "nb201" / "zero_cost.npz"
    if not published.is_file():
        raise NotAvailable(
            "The published columns are not here; NASAPI_SHARED_DATA names the folder of nb201/zero_cost.npz."
        )
    with np.load(published) as file:
        index = file["idx"]
        columns = {name: file[f"cifar10_{of}"] for name, of in PROXIES.items()}
    rng = np.random.default_rng(0)
    rows = rng.choice(len(index), 60, replace=False)
    codes = load_space("nb201").codes_at(index[rows])
    found = []
    for name, column in columns.items():
        ours, published = _score(name, codes), column[rows]
        both = np.flatnonzero(np.isfinite(ours) & np.isfinite(published))
        drawn = [rng.choice(both, len(both)) for _ in range(2000)]
        low, high = np.quantile([spearmanr(ours[each], published[each]).statistic for each in drawn], (0.025, 0.975))
        rank = spearmanr(ours[both], published[both]).statistic
        found.append([f"`{name}`", len(both), [round(float(each), 4) for each in (rank, low, high)]])
    return {"columns": ["proxy", "cells", "correlation"], "digits": {"correlation": 3}, "rows": found}


def _score(name: str, codes: Codes) -> NDArray[Any]:
    objective = load_objective(f"nb201/{name}")
    return objective.evaluate(codes)[objective.metrics[0].name]


def proxy_cost() -> dict[str, Any]:
    """CPU seconds of one score of a network of NAS-Bench-201, the least of three, mean of two networks."""
    codes = load_space("nb201").sample(2, np.random.default_rng(0))
    found = []
    for name in COST:
        least = []
        for code in codes:
            times = []
            for seed in range(3):
                objective = load_objective(f"nb201/{name}[seed={seed}]")  # scores are remembered by seed
                start = time.process_time()
                objective.evaluate(code[None])
                times.append(time.process_time() - start)
            least.append(min(times))
        found.append([f"`{name}`", round(float(np.mean(least)), 3)])
    return {"columns": ["proxy", "CPU s"], "digits": {"CPU s": 2}, "rows": found}


PARTS: Mapping[str, Part] = {
    "attack-cost": Part(
        attack_cost,
        "Accuracy under attack and CPU seconds of one thread: a convolutional network of two layers on 200 of "
        "scikit-learn's digits, epsilon 0.1.",
        "0",
        tolerance=None,
    ),
    "proxy-agreement": Part(
        proxy_agreement,
        "Spearman's correlation of each proxy, with noise for inputs, with the published column of its name, a "
        "mean of three networks on 64 CIFAR-10 images; 60 random cells of NAS-Bench-201, of which some have no "
        "score; 95 % bootstrap interval over cells.",
        "0",
        tolerance=None,
    ),
    "proxy-cost": Part(
        proxy_cost,
        "CPU seconds of one score of a network of NAS-Bench-201 (16 channels, 5 cells, inputs of 32 x 32), the least "
        "of three, mean of two networks.",
        "0",
        tolerance=None,
    ),
}


if __name__ == "__main__":
    end(lambda: compute_one("networks.py", __doc__, PARTS))
