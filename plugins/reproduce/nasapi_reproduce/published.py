"""Published validation accuracies, as rows: who, where, after how many trials, how much."""

from __future__ import annotations

from nasapi.hooks import Published, Reproduction

_SOURCE = (
    "Lukasik, Jung & Keuper, Learning Where To Look - Generative NAS is Surprisingly Efficient, ECCV 2022, "
    "and its slides: mean validation accuracy of 10 searches"
)
_NB201 = ("nb201/cifar10-v1", "nb201/cifar100-v1", "nb201/imagenet16-120-v1")
_ON_NB201: tuple[tuple[str, str, int, tuple[float, float, float]], ...] = (
    ("AG-Net", "agnet", 96, (91.55, 73.2, 46.31)),
    ("AG-Net", "agnet", 192, (91.60, 73.49, 46.64)),
    ("AG-Net", "agnet", 400, (91.61, 73.49, 46.73)),
    ("BANANAS", "bananas", 192, (91.56, 73.49, 46.65)),
    ("Bayesian optimization", "bo-dngo", 192, (91.54, 73.26, 46.43)),
    ("random search", "random", 192, (91.12, 72.08, 45.87)),
)
_ON_NB101: tuple[tuple[str, str, float], ...] = (
    ("AG-Net", "agnet", 94.90),
    ("BANANAS", "bananas", 94.73),
    ("Bayesian optimization", "bo-dngo", 94.57),
    ("local search", "local-search", 94.57),
    ("random search", "random", 94.31),
    ("regularized evolution", "evolution", 94.47),
)


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
            "Values are means over the training seeds, as there. The last rows hold this library's own strategy, "
            "after 150 trials, against AG-Net after 400."
        ),
    )


def nb101() -> Reproduction:
    """The rows on the whole of NAS-Bench-101, whose table has to be fetched first."""
    return Reproduction(
        "nb101",
        "NAS-Bench-101, validation accuracy in percent",
        _SOURCE,
        tuple(Published("nb101/cifar10-v1", strategy, 192, value, label=label) for label, strategy, value in _ON_NB101),
        notes="Needs the official table: nasapi data get nb101.",
    )
