"""Published accuracies, as rows: who, where, after how many trials, how much."""

from __future__ import annotations

from nasapi.plugins import Published, Reproduction

_SOURCE = (
    "Lukasik, Jung & Keuper, Learning Where To Look - Generative NAS is Surprisingly Efficient, ECCV 2022, "
    "and its slides: mean validation accuracy of 10 searches"
)
_NB201 = ("nb201/cifar10-v1", "nb201/cifar100-v1", "nb201/imagenet16-120-v1")
_ON_NB201: tuple[tuple[str, str, int, tuple[float, float, float]], ...] = (
    ("AG-Net", "agnet", 96, (91.55, 73.2, 46.31)),
    ("AG-Net", "agnet", 192, (91.60, 73.49, 46.64)),
    ("AG-Net", "agnet", 400, (91.61, 73.49, 46.73)),
    ("AG-Net, one a round", "agnet[round=1]", 100, (91.41, 73.14, 46.42)),
    ("BANANAS", "bananas", 192, (91.56, 73.49, 46.65)),
    ("Bayesian optimization", "bo-dngo", 192, (91.54, 73.26, 46.43)),
    ("random search", "random", 192, (91.12, 72.08, 45.87)),
)
_ON_NB101: tuple[tuple[str, str, int, float | None, float], ...] = (
    ("AG-Net", "agnet", 192, 94.90, 94.18),
    ("AG-Net, XGBoost", "agnet-xgb", 192, 94.62, 94.14),
    ("AG-Net, XGBoost on ranks", "agnet-xgb-rank", 192, 94.60, 94.14),
    ("NAO", "nao", 192, 94.66, 93.49),
    ("BANANAS", "bananas", 192, 94.73, 94.09),
    ("Bayesian optimization", "bo-dngo", 192, 94.57, 93.96),
    ("local search", "local-search", 192, 94.57, 93.97),
    ("random search", "random", 192, 94.31, 93.61),
    ("regularized evolution", "evolution", 192, 94.47, 93.89),
    ("WeakNAS", "weaknas", 200, None, 94.18),
    ("arch2vec, reinforcement learning", "arch2vec-rl", 400, None, 94.10),
    ("arch2vec, Bayesian optimization", "arch2vec-bo", 400, None, 94.05),
)
"""Validation and test accuracy of the architecture that is best on validation; None where none was published."""


def nb201() -> Reproduction:
    """The rows on NAS-Bench-201, three data sets each."""
    rows = [
        Published(benchmark, strategy, trials, value, label=label)
        for label, strategy, trials, values in _ON_NB201
        for benchmark, value in zip(_NB201, values, strict=True)
    ]
    rows += [
        Published(benchmark, "ranked-gp", 150, value, label="AG-Net after 400 queries")
        for benchmark, value in zip(_NB201, (91.61, 73.49, 46.73), strict=True)
    ]
    return Reproduction(
        "nb201",
        "NAS-Bench-201, validation accuracy in percent",
        _SOURCE,
        tuple(rows),
        notes=(
            "Values are means over the training seeds, as there. The last rows hold this library's own strategy, after "
            "150 trials, against AG-Net after 400."
        ),
    )


def nb101() -> Reproduction:
    """The rows on NAS-Bench-101: validation accuracies, and test accuracies on the table that has no others."""
    rows = [
        Published("nb101/cifar10-v1", strategy, trials, valid, label=label)
        for label, strategy, trials, valid, _ in _ON_NB101
        if valid is not None
    ]
    rows += [
        Published("nb101/cifar10-test-v1", strategy, trials, test, label=f"{label}, test")
        for label, strategy, trials, _, test in _ON_NB101
    ]
    return Reproduction(
        "nb101",
        "NAS-Bench-101, validation and test accuracy in percent",
        _SOURCE.replace("mean validation", "mean validation and test"),
        tuple(rows),
        notes=(
            "Rows on nb101/cifar10-test-v1 are no fair comparison: published is the test accuracy of the architecture "
            "that is best on validation, while ours searches the test accuracy itself, for lack of validation values "
            "in that table; ours is something like an upper bound, and only falling short says anything. WeakNAS is "
            "published after 200 queries and arch2vec after 400; `weaknas` cannot rank a space of this size whole and "
            "ranks relatives of the best."
        ),
    )
