"""The published search within a latency: accuracy and share of feasible queries, limit by limit."""

from __future__ import annotations

from collections.abc import Mapping

from nasapi.plugins import Published, Reproduction

PUBLISHED_DATASET, PUBLISHED_DEVICE = "imagenet16-120", "edgegpu"
PUBLISHED: Mapping[tuple[float, str], tuple[float, float]] = {
    (2, "optimum"): (40.6, 1.0),
    (2, "agnet joint=0"): (39.7, 0.29),
    (2, "agnet joint=1"): (39.1, 0.31),
    (2, "random joint=0"): (37.2, 0.05),
    (4, "optimum"): (44.8, 1.0),
    (4, "agnet joint=0"): (42.8, 0.29),
    (4, "agnet joint=1"): (43.3, 0.43),
    (4, "random joint=0"): (41.7, 0.22),
    (6, "optimum"): (46.4, 1.0),
    (6, "agnet joint=0"): (45.3, 0.64),
    (6, "agnet joint=1"): (45.0, 0.79),
    (6, "random joint=0"): (44.9, 0.72),
    (8, "optimum"): (46.8, 1.0),
    (8, "agnet joint=0"): (46.3, 0.98),
    (8, "agnet joint=1"): (46.2, 0.99),
    (8, "random joint=0"): (45.7, 1.0),
}
"""Accuracy on ImageNet16-120 in percent and share of feasible queries on the Edge GPU, by limit in ms and method."""
SOURCE = (
    "Lukasik, Jung & Keuper, Learning Where To Look, ECCV 2022, and its slides: means of 10 searches of 192 queries"
)


LIMITS_OF_FIGURE_4 = (2.0, 4.0, 6.0, 8.0, 10.0)
FIGURE_4_DEVICE = "pixel3"


def figure4() -> Reproduction:
    """The figure as `nasapi reproduce figure4` runs it."""
    return Reproduction(
        "figure4",
        "NAS-Bench-201 within a latency on the Pixel 3: what is found, and what is generated, round by round",
        SOURCE,
        (),
        notes="Feasible is the share of the queries, and in the second table that of all candidates of a round, asked "
        "for or not. On CIFAR-10 where the latencies on ImageNet16-120 were not imported.",
        run="nasapi_latency.command:figure4",
        missing=(
            "the numbers behind the curves of figure 4, which the paper draws and does not print, so our numbers stand "
            "alone and have no verdict; read them off the figure to compare.",
        ),
    )


def hardware() -> Reproduction:
    """The table as `nasapi reproduce hardware` runs it."""
    rows = [
        Published(
            f"nb201/{PUBLISHED_DATASET}-{PUBLISHED_DEVICE}-v1[joint={method[-1]},limit={limit:g}]",
            method.partition(" ")[0],
            192,
            accuracy,
            label=method,
        )
        for (limit, method), (accuracy, _) in PUBLISHED.items()
        if method != "optimum"
    ]
    rows += [
        Published("", "", 192, accuracy, label=f"optimum within {limit:g} ms")
        for (limit, method), (accuracy, _) in PUBLISHED.items()
        if method == "optimum"
    ]
    rows += [
        Published("", "", 192, 100 * share, metric="feasible queries, %", label=f"{method}, {limit:g} ms")
        for (limit, method), (_, share) in PUBLISHED.items()
        if method != "optimum"
    ]
    return Reproduction(
        "hardware",
        "NAS-Bench-201 within a latency on the Edge GPU, ImageNet16-120",
        SOURCE,
        tuple(rows),
        notes="On CIFAR-10 where the latencies on ImageNet16-120 were not imported, which the output then says.",
        run="nasapi_latency.command:reproduce",
    )
