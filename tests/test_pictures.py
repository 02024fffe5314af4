"""Drawings of cells: nothing overlaps, everything is labelled, and the text is well-formed SVG."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import networkx as nx
import numpy as np
import pytest
from claims.kept import read
from files_by_path import module_at
from hypothesis import given, settings
from hypothesis import strategies as st

import nasapi
from nasapi.errors import InvalidOption
from nasapi.pictures import Cell
from nasapi.pictures.cell import render_svg
from nasapi.pictures.layering import lay_out
from nasapi.plugins.manager import entries
from nasapi.testing.toy import Toy

ROOT = Path(__file__).parent.parent
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


@pytest.mark.parametrize("word", ["none", "zero", "Zeroize"])
def test_an_edge_that_carries_nothing_is_faint_and_dashed(word: str) -> None:
    graph = nx.DiGraph()
    graph.add_edges_from([(0, 1, {"label": word}), (1, 2, {"label": "nonesuch"})])
    svg = render_svg(graph)
    assert svg.count('stroke-dasharray="3 4" stroke-opacity="0.45"') == 2  # to the word and on from it
    assert svg.count('fill-opacity="0.45"') == svg.count(f'fill-opacity="0.65">{word}</text>') == 1
    assert svg.count("<rect ") == 4 == len(texts(svg)) - 1
    assert "stroke-dasharray" not in render_svg(random_dag(5, 0, 0.6))


@pytest.mark.parametrize("name", ["darts", "graph", "natssize", "nb101", "nb201", "nlp"])
def test_a_space_is_drawn_as_in_the_documents(name: str) -> None:
    if name not in {entry.id for entry, _ in entries("space")}:
        pytest.skip(f"{name} is not installed")
    drawing = module_at(ROOT / "benchmarks" / "spaces.py", "docs_spaces").drawing
    drawn = drawing(nasapi.load_space(name), read("spaces").found[name]["shown"])
    assert drawn == (ROOT / "docs" / "images" / f"space-{name}.svg").read_text(encoding="utf-8"), "run make docs"


def test_boxes_are_filled_by_what_they_do() -> None:
    labels = ["input", "7", "Conv3x3", "max_pool", "Skip_Connect", "activation_tanh", "elementwise_sum", "other"]
    svg = render_svg(nx.relabel_nodes(nx.path_graph(8, create_using=nx.DiGraph), dict(enumerate(labels))))
    fills = re.findall(r'fill="(#[0-9a-f]{6})" stroke="#3b4148"[^>]*>[^>]*>([^<]*)', svg)
    assert {text: fill for fill, text in fills} == dict(
        zip(
            labels,
            ["#e3e6ea", "#e3e6ea", "#9cc9ec", "#f7d58b", "#ffffff", "#f2b3a1", "#c6e5b3", "#d8c6e8"],
            strict=True,
        )
    )


def test_a_space_is_drawn_from_its_picture() -> None:
    assert texts(render_svg(Toy().picture(np.array([2, 1, 2])))).count("conv") == 2


def test_text_is_escaped_and_the_drawing_has_a_title() -> None:
    graph = nx.DiGraph()
    graph.add_node(0, label="<conv & pool>")
    svg = render_svg(graph, 'a "title" <b>')
    assert texts(svg) == ["<conv & pool>"]
    assert ElementTree.fromstring(svg).find(f"{SVG}title").text == 'a "title" <b>'
    assert ElementTree.fromstring(svg).get("role") == "img"


def test_a_picture_without_a_title_is_called_by_its_nodes_in_their_order() -> None:
    graph = nx.DiGraph()
    graph.add_nodes_from(reversed(list(nb201_like().nodes(data=True))))
    graph.add_node("beside")
    assert ElementTree.fromstring(render_svg(graph)).find(f"{SVG}title").text == "input, 1, 2, output, beside"


def test_a_graph_with_a_cycle_is_refused() -> None:
    with pytest.raises(InvalidOption, match="without cycles can be drawn, and this one has a cycle"):
        render_svg(nx.DiGraph([(0, 1), (1, 0)]))


def test_an_empty_graph_is_an_empty_drawing() -> None:
    svg = ElementTree.fromstring(render_svg(nx.DiGraph()))
    assert (len(svg), svg.get("viewBox"), svg.get("width"), svg.get("height")) == (1, "0 0 20.0 20.0", "20", "20")


def test_cells_that_are_not_connected_stand_one_below_the_other() -> None:
    graph = nx.disjoint_union(nb201_like(), nb201_like())
    drawn = render_svg(graph)
    tops = [float(y) for y in re.findall(r"translate\(10 ([\d.]+)\)", drawn)]
    single, whole = (float(ElementTree.fromstring(svg).get("height")) for svg in (render_svg(nb201_like()), drawn))
    assert len(tops) == 2
    assert single > 60  # of six boxes, of which several stand one above the other
    assert tops[1] - tops[0] >= single - 20
    assert whole >= tops[1] + single - 20


@given(st.integers(1, 26), st.integers(0, 10_000), st.floats(0.05, 0.9))
@settings(max_examples=40)
def test_no_two_boxes_or_bends_of_edges_overlap(n: int, seed: int, share: float) -> None:
    graph = random_dag(n, seed, share)
    layout = lay_out(graph, {node: (30.0 + 7 * (node % 5), 26.0) for node in graph})
    bends = [(x, y, width, 6.0) for edge in layout.bends.values() for x, y, width in edge]
    assert not boxes_overlap([*layout.boxes.values(), *bends])


@given(st.integers(2, 26), st.integers(0, 10_000))
@settings(max_examples=25)
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
@settings(max_examples=25)
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


def test_a_chain_is_a_column_a_node_with_the_space_that_is_asked_for() -> None:
    layout = lay_out(nx.path_graph(3, create_using=nx.DiGraph), {0: (30.0, 26.0), 1: (50.0, 22.0), 2: (28.0, 26.0)})
    assert layout.boxes == {0: (15.0, 13.0, 30.0, 26.0), 1: (89.0, 13.0, 50.0, 22.0), 2: (162.0, 13.0, 28.0, 26.0)}
    assert (layout.width, layout.height) == (176.0, 26.0)
    assert layout.columns == {0: 30.0, 1: 50.0, 2: 28.0}
    assert not any(layout.bends.values())
    near = lay_out(nx.DiGraph([(0, 1)]), dict.fromkeys((0, 1), (10.0, 10.0)), across=5.0)
    assert (near.boxes[1][0], near.width) == (20.0, 25.0)


def test_nodes_of_one_column_stand_apart_and_a_source_beside_what_it_feeds() -> None:
    graph = nx.DiGraph([(0, 1), (1, 2), (2, 3), (4, 3), (1, 3)])
    layout = lay_out(graph, dict.fromkeys(graph, (20.0, 10.0)), between=14.0)
    column = {node: round((x - 10) / 54) for node, (x, _, _, _) in layout.boxes.items()}
    assert column == {0: 0, 1: 1, 2: 2, 3: 3, 4: 2}
    assert abs(layout.boxes[2][1] - layout.boxes[4][1]) == 24
    tall = lay_out(nx.DiGraph([(0, 1), (0, 2)]), {0: (9.0, 10.0), 1: (9.0, 40.0), 2: (9.0, 10.0)}, between=3.0)
    assert (abs(tall.boxes[1][1] - tall.boxes[2][1]), tall.height) == (28, 53)
    assert [len(layout.bends[edge]) for edge in ((1, 3), (1, 2))] == [1, 0]
    assert lay_out(nx.DiGraph(), {}).width == 0


def test_nodes_stand_beside_the_middle_of_their_neighbours_and_edges_need_not_cross() -> None:
    fan = nx.DiGraph([*((0, node) for node in (1, 2, 3)), *((node, 4) for node in (1, 2, 3))])
    y = {node: box[1] for node, box in lay_out(fan, dict.fromkeys(fan, (20.0, 10.0))).boxes.items()}
    assert y[0] == y[4] == pytest.approx(np.mean([y[1], y[2], y[3]]), abs=0.5)
    crossed = nx.DiGraph([(0, 3), (1, 2), (3, 4), (2, 5)])
    y = {node: box[1] for node, box in lay_out(crossed, dict.fromkeys(crossed, (20.0, 10.0))).boxes.items()}
    assert (y[0] < y[1]) == (y[3] < y[2]) == (y[4] < y[5])
    assert y[0] == pytest.approx(y[3], abs=0.5)


def test_a_drawn_cell_keeps_its_code_from_being_written_to() -> None:
    cell = Cell(Toy(), np.array([2, 1, 0]))
    with pytest.raises(ValueError, match="read-only"):
        cell.code[0] = 0
    assert (str(cell), repr(cell)) == ("conv|skip|none", "<cell of toy: conv|skip|none>")
