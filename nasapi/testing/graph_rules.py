"""The rules of a search space's other forms: graphs, strings and pictures."""

from __future__ import annotations

import re

import numpy as np

from nasapi.errors import InvalidArchitecture
from nasapi.graphs import Graphs
from nasapi.space import Codes
from nasapi.testing.cases import SpaceCase
from nasapi.testing.rules import Broken, Skipped, demand, on_rows, rule

TEXTS = 20_000
"""Up to how many codes of a space are written and read."""


@rule("space/parse-undoes-format", "The code that `text` names; `parse` undoes `format`.")
@on_rows
def parse_undoes_format(case: SpaceCase, codes: Codes) -> None:
    """Codes survive the way through their strings."""
    for code in codes:
        text = case.space.format(code.copy())
        demand(isinstance(text, str), f"format gives {type(text).__name__}, not str", code.tolist())
        back = np.asarray(case.space.parse(text))
        demand(back.dtype.kind in "iu", f"parse gives {back.dtype}, not integers", code.tolist())
        demand(np.array_equal(back, code), f"parse({text!r}) gives {back.tolist()}", code.tolist())


@rule("space/parse-everything", "The code that `text` names; `parse` undoes `format`.")
def parse_everything(case: SpaceCase) -> None:
    """Every code of a space that can be listed survives the way through its string, or every few of them."""
    listed = case.listed
    for code in listed[:: -(-len(listed) // TEXTS)]:
        text = case.space.format(code.copy())
        demand(np.array_equal(case.space.parse(text), code), f"parse({text!r}) gives another code", code.tolist())


@rule("space/parse-unknown", "What the notation does not know is never taken for something that it knows.")
def parse_unknown(case: SpaceCase) -> None:
    """With a word or number that is no part of the notation, a text is refused, or the part is of no account."""
    for code in case.few:
        text = case.space.format(code.copy())
        words = list(re.finditer(r"[A-Za-z0-9_]+", text))
        for word in [*words[:16], *words[16:][-8:]]:
            strange = (str(10**6 + int(word[0])), f"-{word[0]}") if word[0].isdecimal() else (f"{word[0]}_zz",)
            for other in strange if word[0] != "0" else strange[:1]:
                changed = text[: word.start()] + other + text[word.end() :]
                try:
                    found = np.asarray(case.space.parse(changed))
                except InvalidArchitecture:
                    continue
                except Exception as error:
                    raise Broken(f"parse raised {type(error).__name__}, not InvalidArchitecture", changed) from error
                demand(np.array_equal(found, code), f"{other!r} is taken for something: {found.tolist()}", changed)


@rule("space/parse-refuses", "Raises InvalidArchitecture with the position at which the text goes wrong.")
def parse_refuses(case: SpaceCase) -> None:
    """Text that is no architecture is refused, and by no other error."""
    whole = case.space.format(case.codes[0])
    last = re.split(r"(?=\W+\w+\W*$)", whole)[-1]  # the last part with what stands before it
    more = [f"{whole}{last}"] if re.match(r"\W", last) else []
    for text in ("", "no architecture of any space", "\x00", f"{whole} and more", *more):
        try:
            found = case.space.parse(text)
        except InvalidArchitecture:
            continue
        except Exception as error:
            raise Broken(f"parse raised {type(error).__name__}, not InvalidArchitecture: {error}", text) from error
        raise Broken(f"parse took it for {np.asarray(found).tolist()}", text)


@rule("space/graphs-shape", "(n, v, v): `adjacency[i, a, b]` says whether graph i has an edge from node a to node b.")
@on_rows
def graphs_shape(case: SpaceCase, codes: Codes) -> None:
    """Operations are integers (n, v), adjacency is bool (n, v, v)."""
    graphs = case.space.graphs(codes)
    ops, adjacency = graphs.ops, graphs.adjacency
    demand(ops.ndim == 2 and len(ops) == len(codes) and ops.dtype.kind in "iu", f"ops is {ops.dtype} {ops.shape}")
    wanted = (*ops.shape, ops.shape[1])
    demand(adjacency.shape == wanted, f"adjacency has shape {adjacency.shape}, not {wanted}")
    demand(adjacency.dtype == np.bool_, f"adjacency is {adjacency.dtype}, not bool")


@rule("space/graphs-order", "Nodes stand in topological order, so every adjacency matrix is strictly upper triangular.")
@on_rows
def graphs_order(case: SpaceCase, codes: Codes) -> None:
    """No edge leads to the same or an earlier node."""
    backward = np.argwhere(np.tril(case.space.graphs(codes).adjacency))
    for _, source, target in backward[:1].tolist():
        raise Broken(f"there is an edge from node {source} to node {target}, which stands no later")


@rule("space/graphs-padding", "Graphs with fewer than `v` nodes are padded at the end: operation -1, no edges.")
@on_rows
def graphs_padding(case: SpaceCase, codes: Codes) -> None:
    """Nodes that are not there come last and have no edges."""
    graphs = case.space.graphs(codes)
    there = graphs.ops >= 0
    demand((there[:, :-1] >= there[:, 1:]).all(), "a padded node stands before a node")
    joined = graphs.adjacency.any(axis=1) | graphs.adjacency.any(axis=2)
    demand(not (joined & ~there).any(), "a padded node has an edge")


@rule("space/graphs-operations", "(n, v): position of each node's operation in `labels`; -1 where there is no node.")
@on_rows
def graphs_operations(case: SpaceCase, codes: Codes) -> None:
    """Operations are -1 or a position in the labels."""
    graphs = case.space.graphs(codes)
    bad = graphs.ops[(graphs.ops < -1) | (graphs.ops >= len(graphs.labels))]
    demand(not len(bad), f"operation {bad[:1].tolist()} is no position in the {len(graphs.labels)} labels")


@rule("space/graphs-labels", "The space's operations, inputs and outputs among them.")
def graphs_labels(case: SpaceCase) -> None:
    """The graphs' labels are the space's operations, all different, and name the inputs and outputs."""
    space = case.space
    labels = case.space.graphs(case.codes[:1]).labels
    demand(tuple(labels) == tuple(space.operations), f"labels are {labels}, operations {space.operations}")
    demand(len(set(space.operations)) == len(space.operations), f"operations {space.operations} repeat a name")
    ends = {*space.inputs, *space.outputs}
    demand(ends <= set(space.operations), f"{sorted(ends - set(space.operations))} are no operations of the space")
    special = {*space.zeros, *space.skips} - set(space.operations)
    demand(not special, f"zeros or skips {sorted(special)} are no operations of the space")


@rule("space/graphs-inputs", "The operations that mark where data enters a graph.")
@on_rows
def graphs_inputs(case: SpaceCase, codes: Codes) -> None:
    """Every graph has an input."""
    demand(_marked(case, codes, case.space.inputs).all(), f"a graph has no node with one of {case.space.inputs}")


@rule("space/graphs-outputs", "The operations that mark where data leaves a graph.")
@on_rows
def graphs_outputs(case: SpaceCase, codes: Codes) -> None:
    """Every graph has an output."""
    demand(_marked(case, codes, case.space.outputs).all(), f"a graph has no node with one of {case.space.outputs}")


@rule(
    "space/graphs-singles",
    "The architectures as graphs, all padded to the same number of nodes, whatever the batch.",
)
@on_rows
def graphs_singles(case: SpaceCase, codes: Codes) -> None:
    """Graphs of a batch are the graphs of its rows."""
    batch = case.space.graphs(codes)
    singles = [case.space.graphs(code[None].copy()) for code in codes]
    widths = {one.ops.shape[1] for one in [batch, *singles]}
    demand(len(widths) == 1, f"graphs are padded to {sorted(widths)} nodes")
    same = np.array_equal(batch.ops, np.concatenate([one.ops for one in singles]))
    same = same and np.array_equal(batch.adjacency, np.concatenate([one.adjacency for one in singles]))
    demand(same, "the graphs of a batch are not those of its rows")


@rule(
    "space/from-graphs",
    "(n, d): a code of the network that each graph is, whose graph it gives back; -1 in every gene for no network.",
)
@on_rows
def from_graphs(case: SpaceCase, codes: Codes) -> None:
    """Graphs survive the way through their codes, and a graph with one edge changed is a valid code or none."""
    if not case.space.reads_graphs:
        raise Skipped(f"{case.space.id} does not read graphs back into codes")
    graphs = case.space.graphs(codes)
    back = np.asarray(case.space.from_graphs(graphs))
    demand(back.shape == codes.shape, f"from_graphs gives {back.shape}, not {codes.shape}")
    read = case.space.valid(back)  # of graphs that leave something out, a list may lack the code that is read
    demand(read.all() or case.space.graphs_omit, "from_graphs does not read a graph that graphs gave")
    again = case.space.graphs(back[read])
    same = np.array_equal(again.ops, graphs.ops[read]) and np.array_equal(again.adjacency, graphs.adjacency[read])
    demand(same, "the codes that from_graphs gives have other graphs")
    for source, target in [(0, 1), (0, graphs.ops.shape[1] - 1)]:
        adjacency = graphs.adjacency.copy()
        adjacency[:, source, target] ^= True
        changed = np.asarray(case.space.from_graphs(Graphs(graphs.ops, adjacency, graphs.labels)))
        fine = case.space.valid(changed) | (changed == -1).all(axis=1)
        demand(fine.all(), "from_graphs gives what is neither valid nor -1 in every gene")


@rule("space/networkx", "One architecture as a networkx graph whose nodes carry their operation's name as `op`.")
def networkx(case: SpaceCase) -> None:
    """`to_networkx` has the operations and the edges of `graphs`."""
    for code in case.few:
        graph = case.space.to_networkx(code.copy())
        dense = case.space.graphs(code[None].copy())
        labels = sorted(case.space.operations[op] for op in dense.ops[0] if 0 <= op < len(case.space.operations))
        found = sorted(str(data.get("op")) for _, data in graph.nodes(data=True))
        demand(found == labels, f"to_networkx has the operations {found}, graphs has {labels}", code.tolist())
        edges = {(source, target) for _, source, target in np.argwhere(dense.adjacency).tolist()}
        apart = edges ^ set(graph.edges)
        demand(not apart, f"the edges {sorted(apart)[:1]} are in one of to_networkx and graphs alone", code.tolist())


@rule(
    "space/picture",
    "One architecture as the literature draws it: nodes and edges carry the text to show as `label`.",
)
def picture(case: SpaceCase) -> None:
    """A picture has labels, all of them text."""
    for code in case.few:
        graph = case.space.picture(code.copy())
        parts = [data for _, data in graph.nodes(data=True)] + [data for *_, data in graph.edges(data=True)]
        labels = [data["label"] for data in parts if "label" in data]
        demand(labels, "no node or edge has a label", code.tolist())
        demand(all(isinstance(label, str) for label in labels), "a label is not text", code.tolist())


def _marked(case: SpaceCase, codes: Codes, names: tuple[str, ...]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """(n,): which graphs have a node with one of the operations."""
    positions = [case.space.operations.index(name) for name in names if name in case.space.operations]
    return np.asarray(np.isin(case.space.graphs(codes).ops, positions).any(axis=1))
