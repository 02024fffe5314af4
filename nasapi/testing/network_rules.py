"""The rules of what a search space's graphs and canonical forms have to do with each other."""

from __future__ import annotations

from collections import defaultdict

import networkx as nx
import numpy as np

from nasapi.space import Codes
from nasapi.testing.cases import SpaceCase
from nasapi.testing.networks import computed, live_parts, same_network
from nasapi.testing.rules import Broken, Skipped, demand, on_rows, rule

MERGED = "The same networks, each by its one code: dead parts removed, isomorphs merged."


@rule("space/canonical-network", MERGED)
def canonical_network(case: SpaceCase) -> None:
    """The graph of a code computes what the graph of its canonical form computes."""
    codes = case.related
    form = case.space.canonical(codes.copy())
    parts = [live_parts(case.space, case.space.graphs(batch.copy())) for batch in (codes, form)]
    for code, canonical, one, other in zip(codes, form, *parts, strict=True):
        same = computed(case.space, one) == computed(case.space, other)
        demand(same, f"the graph of the canonical form {canonical.tolist()} computes something else", code.tolist())


@rule("space/canonical-merges", MERGED)
def canonical_merges(case: SpaceCase) -> None:
    """Two codes whose graphs differ in dead parts or in the order of nodes alone share their canonical form."""
    if "network" not in case.space.identities:
        raise Skipped("the space does not count its networks")
    forms = np.unique(case.space.canonical(case.related), axis=0)
    groups: defaultdict[object, list[tuple[Codes, nx.DiGraph]]] = defaultdict(list)
    for code, part in zip(forms, live_parts(case.space, case.space.graphs(forms.copy())), strict=True):
        if len(part):
            key = (len(part), part.number_of_edges(), tuple(computed(case.space, part)))
            groups[key].append((code, part))
    for (first, one), *others in groups.values():
        for second, other in others:
            merged = not same_network(one, other)
            demand(merged, "two canonical codes have one network", [first.tolist(), second.tolist()])


@rule(
    "space/graphs-distinct",
    "Codes of different networks have different graphs, unless `graphs_omit` says what they leave out.",
)
def graphs_distinct(case: SpaceCase) -> None:
    """No two canonical codes have the same operations and edges."""
    if case.space.graphs_omit:
        raise Skipped(f"graphs leave out {case.space.graphs_omit}")
    forms = np.unique(case.space.canonical(case.related), axis=0)
    graphs = case.space.graphs(forms.copy())
    seen: dict[bytes, Codes] = {}
    for code, ops, links in zip(forms, graphs.ops, graphs.adjacency, strict=True):
        key = ops.tobytes() + links.tobytes()
        demand(key not in seen, "two networks have one graph", [code.tolist(), np.asarray(seen.get(key)).tolist()])
        seen[key] = code


@rule("space/valid-singles", "A batch gives what its rows give one by one.")
@on_rows
def valid_singles(case: SpaceCase, codes: Codes) -> None:
    """Whether a row is valid does not depend on the rows beside it, be they valid or not."""
    changed = codes.copy()
    changed[::2, -1] = case.space.cardinalities[-1]
    batch = np.asarray(case.space.valid(changed.copy()))
    alone = np.concatenate([case.space.valid(code[None].copy()) for code in changed])
    demand(np.array_equal(batch, alone), "valid of a batch is not that of its rows")


@rule("space/enumerate-all", "Every valid code once, `batch` candidates at a time; see `size` before you start.")
def enumerate_all(case: SpaceCase) -> None:
    """`enumerate` gives what `valid` accepts of all codes in range, whatever the batch."""
    listed = case.listed
    parts = list(case.space.enumerate(max(len(listed) // 3, 1)))
    same = np.array_equal(np.concatenate(parts), listed) if parts else not len(listed)
    demand(same, "enumerate gives other codes, or another order, in smaller batches")
    candidates = int(np.prod(np.array(case.space.cardinalities, float)))
    if candidates > 2 * 65_536:
        raise Skipped(f"{candidates:,} codes in range are too many to look through")
    cube = np.stack(np.unravel_index(np.arange(candidates), case.space.cardinalities), axis=1)
    valid = cube[case.space.valid(cube.copy())]
    there = {tuple(code) for code in listed.tolist()}
    for code in valid.tolist():
        if tuple(code) not in there:
            raise Broken("valid accepts a code that enumerate does not give", code)
