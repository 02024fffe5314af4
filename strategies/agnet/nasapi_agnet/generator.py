"""The generator of AG-Net: from a latent vector to a graph, node by node and edge by edge.

Lukasik, Jung & Keuper, "Learning Where To Look - Generative NAS is Surprisingly Efficient", ECCV 2022, algorithm 3. It
is restated here; statements of the code end with its lines. L is the number of nodes, h the states of those so far.

     1  v_0 := input; h_0 := startNode(v_0, z); E := {}
     2  for t = 1 .. L-1:
     3      h := GNN(h, E)                             messages along the edges and, in half of each state, against them
     4      hG, hG' := aggregate(h), aggregate'(h)     two gated sums over the nodes
     5      s_t := addNode(hG, z)                      the scores of the new node's operation
     6      h_t := initNode(s_t, hG', z)               from the scores themselves; nothing is drawn yet
     7      e_jt := addEdges(h_j, h_t, hG, z)          for every j < t
     8      E := E + {(j, t) where Eval(e_jt)}         a hard threshold without gradient
     9      h := (h_0 .. h_{t-1}, h_t)
    10  V ~ Categorical(s), E ~ Bernoulli(e)           in `nasapi_agnet.sampling`

The graphs of a batch are dense and padded: all have t nodes at step t, so no row meets another row's numbers. What a
network makes of several things side by side is the sum of what it makes of each; parts that are the same at every step,
such as those of z, are computed once. What is computed is kept, for `nasapi_agnet.gradient`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from attrs import define

from nasapi_agnet.messages import HALF, STATE, Growing, Joined, Round, layer_shapes, sigmoid
from nasapi_agnet.parameters import Array, Parameters, Shapes, linear

LATENT = 32
"""Numbers of z, and of a graph's state hG."""
WIDE = STATE + LATENT
"""Hidden units of the networks that see more than one state."""
THRESHOLD = 0.5
"""Eval: the logit above which an edge is there while the graph grows; p = 0.62."""
CERTAIN = 20.0
"""The logit of what is given: that node 0 is the input, and that an edge leads from it to node 1."""


class Scores(NamedTuple):
    """What the generator says of a batch of graphs, as logits."""

    nodes: Array
    """(B, L, K): of each node's operation."""
    edges: Array
    """(B, L (L - 1) / 2): of each possible edge, by target and then by source."""

    def flat(self) -> Array:
        """(B, L K + L (L - 1) / 2): nodes, then edges."""
        return np.concatenate([self.nodes.reshape(len(self.nodes), -1), self.edges], axis=1)


@define(eq=False)
class Generator:
    """Scores of the nodes and edges of graphs of `nodes` nodes with `labels` operations, label 1 being the input.

    Sizes are those of the paper: 42,344 weights for NAS-Bench-101, 42,474 for NAS-Bench-201.
    """

    nodes: int
    labels: int
    layers: int
    """Rounds of messages a step."""
    inputs: int
    """Nodes that are inputs; with two, as the cells of DARTS have, the first edges are given."""
    weights: Parameters

    @classmethod
    def fresh(cls, nodes: int, labels: int, layers: int, inputs: int, rng: np.random.Generator) -> Generator:
        """One with weights from `rng`; those of recurrent units go by the size of their state."""
        shapes = shapes_of(labels, layers)
        fan = {name: HALF if ".sums" in name or ".own" in name else STATE for name in shapes}
        for name, shape in shapes.items():
            if name.endswith(".weight"):
                fan[name] = fan[name.replace(".weight", ".bias")] = shape[-1]
        return cls(nodes, labels, layers, inputs, Parameters.fresh(shapes, fan, rng))

    def copy(self) -> Generator:
        """One with weights of its own."""
        return Generator(self.nodes, self.labels, self.layers, self.inputs, self.weights.copy())

    def __call__(self, z: Array) -> Pass:
        """The scores of (B, 32) latent vectors, each row what it is alone, and all that led to them."""
        step = Pass(self, z)
        h = step.start()  # alg. 3, l. 1
        graph = Growing(len(z), self.nodes)  # alg. 3, l. 1
        for t in range(1, self.nodes):  # alg. 3, l. 2
            if t > self.inputs:
                h = step.messages(h, graph)  # alg. 3, l. 3
            states = np.concatenate([h[0], h[1]], axis=2)
            hg = step.aggregate(states)  # alg. 3, l. 4
            score = step.add(hg[:, :LATENT])  # alg. 3, l. 5
            new = step.init(score, hg[:, LATENT:])  # alg. 3, l. 6
            if t > self.inputs:
                links = step.edges(states, new, hg[:, :LATENT])  # alg. 3, l. 7
            else:
                links = np.broadcast_to(np.array(_GIVEN[self.inputs][t - 1], np.float32), (len(z), t))  # alg. 3, l. 7
            graph.grow(links > THRESHOLD)  # alg. 3, l. 8
            h = np.concatenate([h, halves(new[:, None])], axis=2)  # alg. 3, l. 9
            step.nodes.append(score)
            step.links.append(links)
        return step


_GIVEN: dict[int, list[list[float]]] = {1: [[CERTAIN]], 2: [[-1.0], [1.0, -1.0]]}
"""By the number of inputs, the logits of the edges that the generator does not choose."""


class Pass:
    """One pass of a generator over a batch of z: its networks, and by name what they saw and gave at each step."""

    def __init__(self, generator: Generator, z: Array):
        w, layers = generator.weights, range(generator.layers)
        self.generator, self.z = generator, z
        self.kept: dict[str, list[Array]] = {name: [] for name in _KEPT}
        self.rounds: list[list[Round]] = []
        first = np.zeros((len(z), generator.labels), np.float32)
        first[:, 1] = CERTAIN
        self.nodes, self.links = [first], list[Array]()
        self.of_z = np.concatenate([w[name][:, -LATENT:] for name in OF_Z])
        from_z = z @ self.of_z.T + np.concatenate([w[name.replace("weight", "bias")] for name in OF_Z])
        self._start_z, init_z, self._add_z, self._edge_z = np.split(from_z, np.cumsum([WIDE, WIDE, LATENT]), axis=1)
        scored = w["init.weight"][:, :STATE]
        self.init_weight = np.concatenate([scored @ w["embed_out.weight"], w["init.weight"][:, STATE:-LATENT]], axis=1)
        self._init_z = init_z + scored @ w["embed_out.bias"]
        self.same_weight = w["edge.weight"][:, STATE:-LATENT]
        self.sums_weight = np.concatenate([w[f"{name}.weight"] for name in AGGREGATES])
        self._sums_bias = np.concatenate([w[f"{name}.bias"] for name in AGGREGATES])
        self.joined = [Joined(w, layer) for layer in layers]

    @property
    def scores(self) -> Scores:
        """What the pass was for."""
        return Scores(np.stack(self.nodes, axis=1), np.concatenate(self.links, axis=1))

    def start(self) -> Array:
        """(2, B, 1, 16): the input's state."""
        w = self.generator.weights
        self.first = np.maximum(w["embed.weight"][:, 1] + w["embed.bias"], 0)
        self.embedded = w["embed_out.weight"] @ self.first + w["embed_out.bias"]
        self.begun = np.maximum(self._start_z + w["start.weight"][:, :STATE] @ self.embedded, 0)
        return halves((self.begun @ w["start_out.weight"].T + w["start_out.bias"])[:, None])

    def messages(self, h: Array, graph: Growing) -> Array:
        """(2, B, n, 16): the states after all rounds of messages."""
        gather, degree = graph.gather()
        rounds = []
        for joined in self.joined:
            done = Round(joined, gather, degree, h)
            rounds.append(done)
            h = done.after
        self.rounds.append(rounds)
        return h

    def aggregate(self, states: Array) -> Array:
        """(B, 64): hG and hG' side by side; of inputs alone they are the last one's values without a gate."""
        if states.shape[1] <= self.generator.inputs:
            states = states[:, -1:]
        sums = states @ self.sums_weight.T + self._sums_bias
        values, gates = (
            sums[:, :, : 2 * LATENT].reshape(*states.shape[:2], 2, LATENT),
            sigmoid(sums[:, :, 2 * LATENT :]),
        )
        alone = states.shape[1] == 1
        hg: Array = values[:, 0] if alone else (gates[:, :, :, None] * values).sum(axis=1)
        hg = hg.reshape(len(hg), -1)
        self._keep(summed=states, values=values, gates=gates)
        return hg

    def add(self, hg: Array) -> Array:
        """(B, K): the scores of a new node."""
        w = self.generator.weights
        hidden = np.maximum(self._add_z + hg @ w["add.weight"][:, :LATENT].T, 0)
        self._keep(hg=hg, add=hidden)
        score: Array = hidden @ w["add_out.weight"].T + w["add_out.bias"]
        return score

    def init(self, score: Array, hg_init: Array) -> Array:
        """(B, 32): the new node's state."""
        w = self.generator.weights
        embedded = np.maximum(score @ w["embed.weight"].T + w["embed.bias"], 0)
        seen = np.concatenate([embedded, hg_init], axis=1)
        hidden = np.maximum(self._init_z + seen @ self.init_weight.T, 0)
        self._keep(score=score, init_seen=seen, init=hidden)
        state: Array = hidden @ w["init_out.weight"].T + w["init_out.bias"]
        return state

    def edges(self, states: Array, new: Array, hg: Array) -> Array:
        """(B, n): the logit of an edge from each node to the new one."""
        w = self.generator.weights
        seen = np.concatenate([new, hg], axis=1)
        same = self._edge_z + seen @ self.same_weight.T
        hidden = np.maximum(states @ w["edge.weight"][:, :STATE].T + same[:, None], 0)
        self._keep(edge_states=states, edge_seen=seen, edge=hidden)
        scores: Array = hidden @ w["edge_out.weight"][0] + w["edge_out.bias"]
        return scores

    def _keep(self, **arrays: Array) -> None:
        for name, array in arrays.items():
            self.kept[name].append(array)


OF_Z = ("start.weight", "init.weight", "add.weight", "edge.weight")
"""The networks whose last inputs are z."""
AGGREGATES = ("value", "value_init", "gate", "gate_init")
_KEPT = ("summed", "values", "gates", "hg", "add", "score", "init_seen", "init", "edge_states", "edge_seen", "edge")


def shapes_of(labels: int, layers: int) -> Shapes:
    """The shapes of a generator's weights, by name."""
    shapes = {
        **linear("embed", labels, STATE),
        **linear("embed_out", STATE, STATE),
        **linear("start", STATE + LATENT, WIDE),
        **linear("start_out", WIDE, STATE),
        **linear("init", STATE + 2 * LATENT, WIDE),
        **linear("init_out", WIDE, STATE),
        **linear("add", 2 * LATENT, LATENT),
        **linear("add_out", LATENT, labels),
        **linear("edge", 2 * STATE + 2 * LATENT, WIDE),
        **linear("edge_out", WIDE, 1),
        **linear("value", STATE, LATENT),
        **linear("gate", STATE, 1),
        **linear("value_init", STATE, LATENT),
        **linear("gate_init", STATE, 1),
    }
    for layer in range(layers):
        shapes |= layer_shapes(layer)
    return shapes


def halves(states: Array) -> Array:
    """(2, B, n, 16): each state's half for each direction."""
    return np.stack([states[:, :, :HALF], states[:, :, HALF:]])
