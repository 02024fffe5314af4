"""Drawings of cells: nothing overlaps, everything is labelled, and the text is well-formed SVG."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasapi.errors import InvalidOption
from nasapi.pictures.cell import render_svg
from nasapi.pictures.layering import lay_out
from nasapi.testing.toy import Toy

SVG = "{http://www.w3.org/2000/svg}"


def nb201_like() -> nx.DiGraph:
    graph = nx.DiGraph()
    graph.add_nodes_from((node, {"label": label}) for node, label in enumerate(["input", "1", "2", "output"]))
    operations = ["none", "nor_conv_3x3", "skip_connect", "avg_pool_3x3", "nor_conv_1x1", "nor_conv_3x3"]
    for (head, tail), operation in zip([(1, 0), (2, 0), (2, 1), (3, 0), (3, 1), (3, 2)], operations, strict=True):
        graph.add_edge(tail, head, label=operation)
    return graph


def random_dag(n: int, seed: int, share: float) -> nx.DiGraph:
    draws = np.random.default_rng(seed)
    graph = nx.DiGraph()
    graph.add_nodes_from((node, {"label": f"operation_{node}"}) for node in range(n))
    graph.add_edges_from((a, b) for b in range(n) for a in range(b) if draws.random() < share)
    return graph


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def boxes_overlap(boxes: list[tuple[float, float, float, float]]) -> bool:
    return any(
        abs(x - u) < (w + a) / 2 - 1e-6 and abs(y - v) < (h + b) / 2 - 1e-6
        for i, (x, y, w, h) in enumerate(boxes)
        for u, v, a, b in boxes[i + 1 :]
    )


def test_an_edge_labelled_cell_shows_every_operation_once() -> None:
    found = texts(render_svg(nb201_like()))
    assert sorted(found) == sorted(
        ["input", "1", "2", "output", "none", *["nor_conv_3x3"] * 2, "skip_connect", "avg_pool_3x3", "nor_conv_1x1"]
    )


def test_an_edge_that_carries_nothing_is_dashed() -> None:
    assert "stroke-dasharray" in render_svg(nb201_like())
    assert "stroke-dasharray" not in render_svg(random_dag(5, 0, 0.6))


def test_a_space_is_drawn_from_its_picture() -> None:
    assert texts(render_svg(Toy().picture(np.array([2, 1, 2])))).count("conv") == 2


def test_text_is_escaped_and_the_drawing_has_a_title() -> None:
    graph = nx.DiGraph()
    graph.add_node(0, label="<conv & pool>")
    svg = render_svg(graph, 'a "title" <b>')
    assert texts(svg) == ["<conv & pool>"]
    assert ElementTree.fromstring(svg).find(f"{SVG}title").text == 'a "title" <b>'
    assert ElementTree.fromstring(svg).get("role") == "img"


def test_a_graph_with_a_cycle_is_refused() -> None:
    with pytest.raises(InvalidOption, match="without cycles can be drawn, and this one has a cycle"):
        render_svg(nx.DiGraph([(0, 1), (1, 0)]))


def test_an_empty_graph_is_an_empty_drawing() -> None:
    assert texts(render_svg(nx.DiGraph())) == []


def test_cells_that_are_not_connected_stand_one_below_the_other() -> None:
    graph = nx.disjoint_union(nb201_like(), nb201_like())
    tops = [float(y) for y in re.findall(r"translate\(10 ([\d.]+)\)", render_svg(graph))]
    single = float(ElementTree.fromstring(render_svg(nb201_like())).get("height"))
    assert len(tops) == 2
    assert tops[1] - tops[0] >= single - 20


@given(st.integers(1, 26), st.integers(0, 10_000), st.floats(0.05, 0.9))
@settings(max_examples=40, deadline=None)
def test_no_two_boxes_or_bends_of_edges_overlap(n: int, seed: int, share: float) -> None:
    graph = random_dag(n, seed, share)
    layout = lay_out(graph, {node: (30.0 + 7 * (node % 5), 26.0) for node in graph})
    bends = [(x, y, width, 6.0) for edge in layout.bends.values() for x, y, width in edge]
    assert not boxes_overlap([*layout.boxes.values(), *bends])


@given(st.integers(2, 26), st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_edges_run_from_left_to_right_within_the_drawing(n: int, seed: int) -> None:
    graph = random_dag(n, seed, 0.25)
    layout = lay_out(graph, {node: (40.0, 26.0) for node in graph})
    for tail, head in graph.edges:
        stops = [layout.boxes[tail][0], *(x for x, _, _ in layout.bends[tail, head]), layout.boxes[head][0]]
        assert stops == sorted(set(stops))
    for x, y, width, height in layout.boxes.values():
        assert -1e-6 <= x - width / 2 and x + width / 2 <= layout.width + 1e-6
        assert -1e-6 <= y - height / 2 and y + height / 2 <= layout.height + 1e-6


def test_the_same_graph_gives_the_same_drawing_whatever_the_order_of_its_edges() -> None:
    graph = nb201_like()
    turned = nx.DiGraph()
    turned.add_nodes_from(reversed(list(graph.nodes(data=True))))
    turned.add_edges_from(reversed(list(graph.edges(data=True))))
    assert render_svg(graph) == render_svg(turned)


@given(st.integers(3, 20), st.integers(0, 10_000), st.floats(0.1, 0.6))
@settings(max_examples=25, deadline=None)
def test_no_line_runs_through_a_box(n: int, seed: int, share: float) -> None:
    graph = random_dag(n, seed, share)
    for node in graph:
        graph.nodes[node]["label"] = "x" * (1 + 5 * (node % 4))
    for part in ElementTree.fromstring(render_svg(graph)).iter(f"{SVG}g"):
        boxes = [[float(box.get(key)) for key in ("x", "y", "width", "height")] for box in part.iter(f"{SVG}rect")]
        lines = [path.get("d") for path in part.iter(f"{SVG}path") if path.get("fill") == "none"]
        points = [point for line in lines for point in along(line)]
        assert not any(a + 1 < x < a + w - 1 and b + 1 < y < b + h - 1 for x, y in points for a, b, w, h in boxes)


def along(path: str) -> list[tuple[float, float]]:
    """Points along a path of absolute M, L and C commands."""
    points: list[tuple[float, float]] = []
    for command, numbers in re.findall(r"([MLC])([^MLC]*)", path):
        values = np.array(numbers.split(), float).reshape(-1, 2)
        t = np.linspace(0, 1, 15)[:, None]
        if command == "M":
            points.append(tuple(values[0]))
        elif command == "L":
            points += [tuple(p) for p in (1 - t) * points[-1] + t * values[0]]
        else:
            a, b, c, d = np.array(points[-1]), *values
            points += [
                tuple(p) for p in (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d
            ]
    return points
