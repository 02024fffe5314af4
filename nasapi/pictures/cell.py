"""Cells drawn as SVG: boxes and arrows from left to right, legible on light and dark, in colour and in grey."""

from __future__ import annotations

import html
import re
from itertools import pairwise
from typing import Any
from zlib import crc32

import networkx as nx

from nasapi.errors import InvalidOption
from nasapi.pictures.layering import Layout, lay_out
from nasapi.words import printable

_FONT = 13
OURS = re.compile(
    r'<svg xmlns="[^"]*" viewBox="[^"]*" width="\d+" height="\d+" role="img" '
    r'font-family="[^"]*" font-size="\d+"><title>'
)
"""How a picture begins."""
_LETTER = 7.6  # width of a wide letter at that size: text is measured generously, so that it never leaves its box
_MARGIN = 10.0
_BETWEEN_CELLS = 30.0
_FILLS = {  # by what the literature calls operations; light enough for dark text, and different as greys
    "input": "#e3e6ea",
    "c_{": "#e3e6ea",
    "output": "#e3e6ea",
    "conv": "#9cc9ec",
    "linear": "#9cc9ec",
    "pool": "#f7d58b",
    "skip": "#ffffff",
    "identity": "#ffffff",
    "activation": "#f2b3a1",
    "elementwise": "#c6e5b3",
}
_OTHERS = ("#d8c6e8", "#bfe3dc", "#f3c9dc", "#dcd7b8")


def render_svg(graph: nx.DiGraph[Any], title: str = "") -> str:
    """The SVG text of a picture as `SearchSpace.picture` gives it: nodes and edges say what to write as `label`.

    A labelled edge becomes an arrow through its label; an edge labelled "none" is faint and dashed. Parts that are not
    connected, such as the two cells of an architecture, stand one below the other. Text and lines take the colour of
    the page around them. Raises InvalidOption for a graph with a cycle.
    """
    if not nx.is_directed_acyclic_graph(graph):
        raise InvalidOption("Only graphs without cycles can be drawn, and this one has a cycle.")
    parts, top, width = [], _MARGIN, 0.0
    for component in sorted(nx.weakly_connected_components(graph), key=lambda nodes: min(map(_order, nodes))):
        whole, labels, faint = _split(graph.subgraph(component))
        layout = lay_out(whole, {node: _size(text, node) for node, text in labels.items()})
        parts.append(f'<g transform="translate({_MARGIN:g} {top:.1f})">{_drawn(whole, layout, labels, faint)}</g>')
        top += layout.height + _BETWEEN_CELLS
        width = max(width, layout.width)
    height = max(top - _BETWEEN_CELLS + _MARGIN, 2 * _MARGIN)
    width += 2 * _MARGIN
    name = title or ", ".join(
        str(data.get("label", node)) for node, data in sorted(graph.nodes(data=True), key=lambda item: _order(item[0]))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.1f} {height:.1f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="{_FONT}"><title>{escape(name)}</title>{"".join(parts)}</svg>'
    )


def escape(text: str) -> str:
    """Text for SVG: its special characters escaped, and those that XML cannot hold spelt out."""
    return html.escape(printable(text))


def _split(graph: nx.DiGraph[Any]) -> tuple[nx.DiGraph[Any], dict[Any, str], set[Any]]:
    """The graph with each labelled edge turned into a node of its own, all labels, and the nodes to draw faintly."""
    whole: nx.DiGraph[Any] = nx.DiGraph()
    labels: dict[Any, str] = {}
    for node, data in sorted(graph.nodes(data=True), key=lambda item: _order(item[0])):
        whole.add_node(node)
        labels[node] = str(data.get("label", node))
    faint = set()
    for tail, head, data in sorted(graph.edges(data=True), key=lambda item: (_order(item[0]), _order(item[1]))):
        text = data.get("label")
        if text in (None, ""):
            whole.add_edge(tail, head)
            continue
        middle = ("edge", tail, head)
        whole.add_edge(tail, middle)
        whole.add_edge(middle, head)
        labels[middle] = str(text)
        if str(text).lower() in ("none", "zero", "zeroize"):
            faint.add(middle)
    return whole, labels, faint


def _drawn(graph: nx.DiGraph[Any], layout: Layout, labels: dict[Any, str], faint: set[Any]) -> str:
    lines = []
    for tail, head in graph.edges:
        bend = layout.bends[tail, head]
        x, y, wide, _ = layout.boxes[tail]
        points = [(x + wide / 2, y), (x + layout.columns[tail] / 2, y)]
        for middle, at, width in bend:
            points += [(middle - width / 2, at), (middle + width / 2, at)]
        end, at, wide, _ = layout.boxes[head]
        points.append((end - layout.columns[head] / 2 - 7, at))
        arrow = not _is_label(head)
        points.append((end - wide / 2 - (6 if arrow else 0), at))
        path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
        for (ax, ay), (bx, by) in pairwise(points):
            half = (bx - ax) / 2
            path += (
                f"L{bx:.1f} {by:.1f}"
                if ay == by
                else f"C{ax + half:.1f} {ay:.1f} {bx - half:.1f} {by:.1f} {bx:.1f} {by:.1f}"
            )
        empty = tail in faint or head in faint
        style = ' stroke-dasharray="3 4" stroke-opacity="0.45"' if empty else ' stroke-opacity="0.8"'
        lines.append(f'<path d="{path}" fill="none" stroke="currentColor" stroke-width="1.3"{style}/>')
        if arrow:
            tip = end - wide / 2
            opacity = "0.45" if tail in faint else "0.8"
            lines.append(f'<path d="M{tip:.1f} {at:.1f}l-7 -3.6v7.2z" fill="currentColor" fill-opacity="{opacity}"/>')
    for node, text in labels.items():
        x, y, wide, high = layout.boxes[node]
        corner = high / 2 if _is_label(node) else 4
        if node in faint:
            lines.append(
                f'<text x="{x:.1f}" y="{y:.1f}" dy="0.35em" text-anchor="middle" fill="currentColor" '
                f'fill-opacity="0.65">{escape(text)}</text>'
            )
            continue
        lines.append(
            f'<rect x="{x - wide / 2:.1f}" y="{y - high / 2:.1f}" width="{wide:.1f}" height="{high:.1f}" '
            f'rx="{corner:g}" fill="{_fill(text)}" stroke="#3b4148" stroke-width="{0.8 if _is_label(node) else 1.2}"/>'
            f'<text x="{x:.1f}" y="{y:.1f}" dy="0.35em" text-anchor="middle" fill="#111111">{escape(text)}</text>'
        )
    return "".join(lines)


def _is_label(node: Any) -> bool:
    return isinstance(node, tuple) and len(node) == 3 and node[0] == "edge"


def _size(text: str, node: Any) -> tuple[float, float]:
    return max(len(text) * _LETTER + 14, 28.0), 22.0 if _is_label(node) else 26.0


def _order(node: Any) -> tuple[int, float, str]:
    """Numbers in their order, then everything else by its text."""
    return (0, float(node), "") if isinstance(node, int | float) else (1, 0.0, str(node))


def _fill(text: str) -> str:
    if text.isdecimal():
        return _FILLS["input"]
    for word, colour in _FILLS.items():
        if word in text.lower():
            return colour
    return _OTHERS[crc32(text.encode()) % len(_OTHERS)]
