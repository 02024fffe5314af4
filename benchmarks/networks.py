"""What networks show without a table: attacks on a small trained one, and training-free scores of many.

    python benchmarks/networks.py PART [--into FOLDER]

`proxy-agreement` and `proxy-settings` read published columns, the latter CIFAR-10 images too, from the folder named by
NASAPI_SHARED_DATA.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
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
    rng = np.random.default_rng(0)
    codes, columns = _published(rng)
    found = [[f"`{name}`", *_agreement(_score(name, codes), columns[name], rng)] for name in PROXIES]
    return {"columns": ["proxy", "cells", "correlation"], "digits": {"correlation": 3}, "rows": found}


def proxy_settings() -> dict[str, Any]:
    """The same correlation of the two proxies that fall short, with other inputs, networks and weights."""
    from tempfile import TemporaryDirectory

    rng = np.random.default_rng(0)
    codes, columns = _published(rng)
    found = []
    with TemporaryDirectory() as folder:
        images = _cifar(Path(folder) / "images.npz")
        for setting, options, seeds in (
            ("32 of noise, one network", "batch=32", 1),
            ("32 images, one network", f"batch=32,data={images}", 1),
            ("64 images, one network", f"batch=64,data={images}", 1),
            ("64 images, three networks", f"batch=64,data={images}", 3),
        ):
            scores = np.mean([_score(f"naswot[{options},seed={seed}]", codes) for seed in range(seeds)], axis=0)
            found.append(["`naswot`", setting, *_agreement(scores, columns["naswot"], rng)])
    found += [[*names, *_agreement(scores, columns["linear-regions"], rng)] for *names, scores in _thin(codes)]
    return {"columns": ["proxy", "with", "cells", "correlation"], "digits": {"correlation": 3}, "rows": found}


def _thin(codes: Codes) -> Iterator[tuple[str, str, NDArray[Any]]]:
    """Scores of TE-NAS's thin network, (cells,), with what they are and with what they were computed."""
    import torch
    from nasapi_nb201.build import Cell
    from nasapi_proxies import regions, scores

    torch.set_num_threads(1)
    draws = torch.Generator().manual_seed(0)
    crops = regions.crops(torch.randn(256, 3, 32, 32, generator=draws), 0)
    whole = torch.randn(64, 1, 32, 32, generator=draws)

    def thin(code: list[int], weights: str, seed: int) -> Any:
        torch.manual_seed(seed)
        network = regions.ThinNetwork(Cell(code, 1))
        for layer in network.modules():
            if isinstance(layer, torch.nn.Conv2d) and weights == "Glorot's":
                torch.nn.init.xavier_normal_(layer.weight)
            elif isinstance(layer, torch.nn.Conv2d) and weights == "torch's":
                layer.reset_parameters()
        return network

    for weights, networks in (("He's", 3), ("Glorot's", 3), ("torch's", 3), ("He's", 9)):
        counts = [
            np.mean([regions.count(thin(code, weights, seed), crops) for seed in range(networks)])
            for code in codes.tolist()
        ]
        yield "`linear-regions`", f"{weights} weights, {networks} networks", np.array(counts)
    determinants = [
        np.mean([scores.naswot(thin(code, "He's", seed), whole, whole) for seed in range(3)]) for code in codes.tolist()
    ]
    yield "`naswot` in the thin network", "64 of noise of 32 x 32, 3 networks", np.array(determinants)


def _shared(name: str) -> Path:
    """A file of the shared data; raises NotAvailable where it is not here."""
    place = Path(os.environ.get("NASAPI_SHARED_DATA", "")) / name
    if not place.is_file():
        raise NotAvailable(f"There is no {name!r} here; NASAPI_SHARED_DATA names the folder that it is in.")
    return place


def _cifar(place: Path) -> Path:
    """The shared training images of CIFAR-10 as a file that proxies read."""
    with np.load(_shared("images/cifar10_jpeg_5k_1k.npz")) as file:
        images = file["x_train"].transpose(0, 3, 1, 2)
        np.savez(place, images=images, labels=file["y_train"].astype(np.int64).ravel())
    return place


def _published(rng: np.random.Generator) -> tuple[Codes, dict[str, NDArray[Any]]]:
    """60 random cells, (60, 6), and the published columns of `PROXIES` on them, (60,) each."""
    with np.load(_shared("nb201/zero_cost.npz")) as file:
        index = file["idx"]
        rows = rng.choice(len(index), 60, replace=False)
        columns = {name: file[f"cifar10_{of}"][rows] for name, of in PROXIES.items()}
    return load_space("nb201").codes_at(index[rows]), columns


def _agreement(ours: NDArray[Any], published: NDArray[Any], rng: np.random.Generator) -> tuple[int, list[float]]:
    """How many cells have both, and Spearman's correlation over them with its 95 % bootstrap interval."""
    from scipy.stats import spearmanr

    both = np.flatnonzero(np.isfinite(ours) & np.isfinite(published))
    drawn = [rng.choice(both, len(both)) for _ in range(2000)]
    low, high = np.quantile([spearmanr(ours[each], published[each]).statistic for each in drawn], (0.025, 0.975))
    rank = spearmanr(ours[both], published[both]).statistic
    return len(both), [round(float(each), 4) for each in (rank, low, high)]


def _score(spec: str, codes: Codes) -> NDArray[Any]:
    objective = load_objective(f"nb201/{spec}")
    return objective.evaluate(codes)[objective.metrics[0].name]


def proxy_cost() -> dict[str, Any]:
    """CPU seconds of one score of a network of NAS-Bench-201, the least of five, mean of two networks."""
    from nasapi_proxies.catalogue import PROXIES as ALL

    codes = load_space("nb201").sample(2, np.random.default_rng(0))
    found = []
    for name in ALL:
        least = []
        for code in codes:
            times = []
            for seed in range(5):
                objective = load_objective(f"nb201/{name}[seed={seed}]")  # scores are remembered by seed
                start = time.process_time()
                objective.evaluate(code[None])
                times.append(time.process_time() - start)
            least.append(min(times))
        found.append([f"`{name}`", ALL[name].seconds, round(float(np.mean(least)), 2)])
    return {"columns": ["proxy", "`cost`", "CPU s"], "digits": {"`cost`": 2, "CPU s": 2}, "rows": found}


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
    "proxy-settings": Part(
        proxy_settings,
        "Spearman's correlation with the published column of `naswot`, and of linear regions in the last five rows: "
        "the same cells, images of CIFAR-10 from JPEG copies; He's weights by fan-in and Glorot's are normal, torch's "
        "its default of convolutions.",
        "0 to 8",
        tolerance=None,
    ),
    "proxy-cost": Part(
        proxy_cost,
        "What an evaluation is charged, and CPU seconds of one score of a network of NAS-Bench-201 (16 channels, 5 "
        "cells, inputs of 32 x 32), the least of five, mean of two networks; on cores that other work shared.",
        "0",
        tolerance=None,
    ),
}


if __name__ == "__main__":
    end(lambda: compute_one("networks.py", __doc__, PARTS))
