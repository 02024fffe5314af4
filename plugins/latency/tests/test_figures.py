"""What the figures of searches for accuracy and latency draw, from runs and a table made by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure as Canvas
from nasapi_latency import figures
from nasapi_report.canvas import INK, styles_of

from nasapi.benchmark import Benchmark
from nasapi.budget import Budget
from nasapi.constraint import Constraint
from nasapi.history import History
from nasapi.metric import Metric
from nasapi.objective import Objective
from nasapi.problem import Problem
from nasapi.reference import Reference
from nasapi.testing.toy import Toy

EVERY = np.concatenate(list(Toy().enumerate()))
ACCURACY = dict(zip(map(tuple, EVERY.tolist()), np.linspace(50, 92, 22).tolist(), strict=True))
LATENCY = {code: 1.0 + sum(code) for code in ACCURACY}
GOALS = Metric("valid_accuracy", "max", "%", "valid"), Metric("latency", "min", "ms")


class Known(Objective):
    """Accuracies that rise with the place in the space, and latencies that are 1 and the sum of the genes."""

    def __init__(self) -> None:
        self.space, self.metrics = Toy(), GOALS

    def evaluate(self, codes: Any, fidelity: int | None = None, noise: Any = None) -> dict[str, Any]:
        rows = list(map(tuple, codes.tolist()))
        return {
            "valid_accuracy": np.array([ACCURACY[row] for row in rows]),
            "latency": np.array([LATENCY[row] for row in rows]),
            "cost": np.ones(len(rows)),
        }


def benchmark(limit: float = 5.0) -> Benchmark:
    objective = Known()
    problem = Problem(objective.space, GOALS, Budget(4), constraints=(Constraint("latency", upper=limit),))
    return Benchmark(
        "toy/known-v1", problem, objective, reference=Reference(point={"valid_accuracy": 40, "latency": 9})
    )


def run(name: str, seed: int, *codes: tuple[int, ...]) -> History:
    n, made = len(codes), benchmark()
    return History(
        benchmark=made.spec,
        strategy=name,
        seed=seed,
        batch=1,
        goals=made.problem.goals,
        constraints=made.problem.constraints,
        codes=np.array(codes),
        fidelity=np.full(n, -1),
        values={
            "valid_accuracy": np.array([ACCURACY[code] for code in codes]),
            "latency": np.array([LATENCY[code] for code in codes]),
        },
        cost=np.ones(n),
        repeats={"code": np.zeros(n, bool), "network": np.zeros(n, bool)},
        report_metrics={},
        optima={},
    )


RUNS = {
    "a": [run("a", 0, (0, 1, 0), (2, 2, 2), (1, 2, 0)), run("a", 1, (2, 2, 2), (0, 1, 0), (0, 1, 0), (1, 2, 0))],
    "b": [run("b", 0, (2, 2, 2), (2, 2, 1)), run("b", 1, (2, 2, 2), (2, 2, 2))],
}


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    found: list[Any] = []

    def draw_on(name: str, title: str, caption: str, draw: Any, *, height: float, panels: int = 0) -> str:
        axes = Canvas().subplots(1, max(panels, 1), squeeze=False)[0]
        draw(list(axes) if panels else axes[0])
        found.extend(axes)
        return caption

    monkeypatch.setattr(figures, "figure", draw_on)
    return found


def lines_of(axes: Any) -> dict[str, Any]:
    return {line.get_label(): line for line in axes.lines}


def legend_of(axes: Any) -> list[str]:
    return [text.get_text() for text in axes.get_legend().get_texts()]


def best_within(latency: float) -> float:
    return max(ACCURACY[code] for code in ACCURACY if LATENCY[code] <= latency)


def test_the_front_is_a_staircase_beside_what_half_of_the_runs_attained(drawn: list[Any]) -> None:
    caption = figures.front_figure(benchmark(), RUNS, floor=60.0)
    (axes,) = drawn
    lines = lines_of(axes)
    front = lines["exact front"]
    corners = list(zip(front.get_xdata(), front.get_ydata(), strict=True))
    steps = [latency for latency in sorted(set(LATENCY.values())) if latency <= 5]
    kept = [step for step in steps if step == steps[0] or best_within(step) > best_within(step - 1)]
    assert corners == [
        (end, pytest.approx(best_within(step)))
        for step, following in zip(kept, [*kept[1:], 5.0], strict=True)
        for end in (step, following)
    ]
    attained = lines["a"]  # both runs have (0, 1, 0) and (1, 2, 0), which are feasible; (2, 2, 2) is not
    points = sorted((LATENCY[code], ACCURACY[code]) for code in ((0, 1, 0), (1, 2, 0)))
    assert list(attained.get_xdata()) == [points[0][0], points[1][0], points[1][0], 5.0]
    assert list(attained.get_ydata()) == pytest.approx([points[0][1]] * 2 + [points[1][1]] * 2)
    assert len(lines["b"].get_xdata()) == 0  # nothing feasible
    assert list(lines["limit, 5 ms"].get_xdata()) == [5.0, 5.0]
    assert lines["limit, 5 ms"].get_color() == figures._GREY
    every = next(line for line in axes.lines if line.get_marker() == ".")
    assert list(every.get_ydata()) == list(ACCURACY.values())
    assert list(every.get_xdata()) == list(LATENCY.values())
    assert (every.get_color(), front.get_color()) == (figures._GREY, INK), "as the caption says"
    styles = styles_of(list(RUNS))
    looks = [(lines[name].get_color(), lines[name].get_linestyle()) for name in RUNS]
    assert looks == [(styles["a"].colour, "-"), (styles["b"].colour, "--")]
    assert legend_of(axes) == ["exact front", "a", "b", "limit, 5 ms"]
    assert axes.get_ylim() == pytest.approx((60.0, 92 + 0.05 * 32))
    assert axes.get_xlim() == pytest.approx((0, np.quantile(list(LATENCY.values()), 0.999)))
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("latency (ms)", "validation accuracy (%)")
    assert "what half of 2 runs of each strategy attained" in str(caption)
    figures.front_figure(benchmark(), RUNS)
    assert drawn[-1].get_ylim()[0] == 80


def area(codes: list[tuple[int, ...]]) -> float:
    """The hypervolume of feasible codes to (40, 9), one strip of latency after another."""
    points = sorted((LATENCY[code], ACCURACY[code]) for code in set(codes) if LATENCY[code] <= 5)
    total, best = 0.0, 40.0
    for at, (latency, accuracy) in enumerate(points):
        best = max(best, accuracy)
        right = points[at + 1][0] if at + 1 < len(points) else 9.0
        total += (right - latency) * (best - 40)
    return total


def test_progress_is_shares_of_the_front_distances_and_feasible_queries(drawn: list[Any]) -> None:
    caption = figures.progress_figure(benchmark(), RUNS, np.random.default_rng(0))
    volume, distance, feasible = map(lines_of, drawn)
    most = area(list(ACCURACY))
    asked = [[tuple(code) for code in history.codes.tolist()] for history in RUNS["a"]]
    shares = [[area(codes[: at + 1]) / most for at in range(len(codes))] for codes in asked]
    shares[0].append(shares[0][-1])  # the shorter run keeps what it had
    assert list(volume["a"].get_ydata()) == pytest.approx(np.mean(shares, axis=0))
    assert list(volume["a"].get_xdata()) == [1, 2, 3, 4]
    assert list(volume["b"].get_ydata()) == [0, 0]
    front = [code for code in ACCURACY if LATENCY[code] <= 5 and ACCURACY[code] == best_within(LATENCY[code])]
    extent = best_within(5) - 40, 9 - min(LATENCY.values())
    away = [
        np.hypot((ACCURACY[code] - 40) / extent[0], (9 - LATENCY[code]) / extent[1])
        for code in front
        if not any(LATENCY[other] < LATENCY[code] and ACCURACY[other] >= ACCURACY[code] for other in front)
    ]
    assert list(distance["b"].get_ydata()) == pytest.approx([np.mean(away)] * 2)
    assert distance["a"].get_ydata()[-1] < distance["a"].get_ydata()[0] < np.mean(away)
    kept = np.mean([[1, 1 / 2, 2 / 3, 2 / 3], [0, 1 / 2, 2 / 3, 3 / 4]], axis=0)
    assert list(feasible["a"].get_ydata()) == pytest.approx(kept)
    share = np.mean([latency <= 5 for latency in LATENCY.values()])
    assert list(feasible[f"feasible share of the space, {share:.2f}"].get_ydata()) == [share, share]
    assert [axes.get_xlabel() for axes in drawn] == ["trials"] * 3
    assert [axes.get_title().split()[0] for axes in drawn] == ["hypervolume,", "IGD+", "feasible"]
    assert all(len(axes.collections) == 2 for axes in drawn)
    for axes, lines in zip(drawn, (volume, distance, feasible), strict=True):
        colours = [to_hex(lines[name].get_color()) for name in RUNS]
        assert [lines[name].get_linestyle() for name in RUNS] == ["-", "--"]
        assert colours == [to_hex(band.get_facecolor()[0]) for band in axes.collections], "a band is of its line"
        assert len({*colours, to_hex(volume["a"].get_color())}) == 2, "a strategy is of one colour in all panels"
    assert feasible[f"feasible share of the space, {share:.2f}"].get_color() == figures._GREY
    assert legend_of(drawn[1]) == ["a", "b", f"feasible share of the space, {share:.2f}"]
    assert [axes.get_legend() for axes in (drawn[0], drawn[2])] == [None, None]
    assert drawn[0].get_ylim() == (0, 1.02)
    assert "Means over 2 runs" in str(caption)


def test_where_nothing_is_feasible_there_is_no_distance_and_no_volume(drawn: list[Any]) -> None:
    figures.progress_figure(benchmark(limit=0.5), RUNS, np.random.default_rng(0))
    volume, distance, _ = map(lines_of, drawn)
    assert distance == {}
    assert set(volume) == {"a", "b"}
