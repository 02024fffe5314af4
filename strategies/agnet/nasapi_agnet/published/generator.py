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
    10  V ~ Categorical(s), E ~ Bernoulli(e)           in `nasapi_agnet.published.drawing`

The graphs of a batch are dense and padded: all have t nodes at step t, so no row meets another row's numbers.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

LATENT = 32
"""Numbers of z, and of a graph's state hG."""
STATE = 32
"""Numbers of a node's state, half of them for each direction of the edges."""
HALF = STATE // 2
WIDE = STATE + LATENT
"""Hidden units of the networks that see more than one state."""
THRESHOLD = 0.5
"""Eval: the logit above which an edge is there while the graph grows; p = 0.62."""
CERTAIN = 20.0
"""The logit of what is given: that node 0 is the input, and that an edge leads from it to node 1."""


class Scores(NamedTuple):
    """What the generator says of a batch of graphs, as logits."""

    nodes: Tensor
    """(B, L, K): of each node's operation."""
    edges: Tensor
    """(B, L (L - 1) / 2): of each possible edge, by target and then by source."""

    def flat(self) -> Tensor:
        """(B, L K + L (L - 1) / 2): nodes, then edges."""
        return torch.cat([self.nodes.flatten(1), self.edges], 1)


class Messages(nn.Module):
    """One round of messages in both directions, each node's state updated by a gated recurrent unit.

    A message j>i is W [h_j, h_i] + b. The sum over a node's edges is W [sum of h_j, n h_i] + n b for n edges, and the
    unit's own weights are linear in that sum; so both are one matrix for [sum of h_j, n h_i, h_i].
    """

    def __init__(self) -> None:
        """Weights without values: the first axis is the direction, along the edges and against them."""
        super().__init__()
        self.message = nn.Parameter(torch.empty(2, STATE, STATE))
        self.message_bias = nn.Parameter(torch.empty(2, STATE))
        self.sums = nn.Parameter(torch.empty(2, 3 * HALF, STATE))
        self.sums_bias = nn.Parameter(torch.empty(2, 3 * HALF))
        self.own = nn.Parameter(torch.empty(2, 3 * HALF, HALF))
        self.own_bias = nn.Parameter(torch.empty(2, 3 * HALF))

    def joined(self) -> tuple[Tensor, Tensor, Tensor]:
        """The matrix (2, 48, 64), the bias of each edge (2, 1, 64), and the bias (2, 1, 64) of all the unit's sums."""
        summed = torch.bmm(self.sums, torch.cat([self.message, self.message_bias.unsqueeze(2)], 2))  # (2, 48, 33)
        shared, new = summed.split([2 * HALF, HALF], 1)
        own, own_new = self.own.split([2 * HALF, HALF], 1)
        blank = own_new.new_zeros(2, HALF, STATE + 1)
        rows = torch.cat([shared, new, blank], 1)
        weight = torch.cat([rows[:, :, :STATE], torch.cat([own, torch.zeros_like(own_new), own_new], 1)], 2)
        gates, gates_new = self.sums_bias.split([2 * HALF, HALF], 1)
        own_bias, own_bias_new = self.own_bias.split([2 * HALF, HALF], 1)
        bias = torch.cat([gates + own_bias, gates_new, own_bias_new], 1)
        return weight.transpose(1, 2), rows[:, :, STATE].unsqueeze(1), bias.unsqueeze(1)


class Generator(nn.Module):
    """Scores of the nodes and edges of graphs of `nodes` nodes with `labels` operations, label 1 being the input.

    Sizes are those of the paper: 42,344 weights for NAS-Bench-101, 42,474 for NAS-Bench-201.
    """

    def __init__(self, nodes: int, labels: int, layers: int = 2, inputs: int = 1):
        """Weights without values; with two `inputs`, as the cells of DARTS have, the first edges are given."""
        super().__init__()
        self.nodes, self.labels, self.inputs = nodes, labels, inputs
        self.embed, self.embed_out = nn.Linear(labels, STATE), nn.Linear(STATE, STATE)
        self.start, self.start_out = nn.Linear(STATE + LATENT, WIDE), nn.Linear(WIDE, STATE)
        self.init, self.init_out = nn.Linear(STATE + 2 * LATENT, WIDE), nn.Linear(WIDE, STATE)
        self.add, self.add_out = nn.Linear(2 * LATENT, LATENT), nn.Linear(LATENT, labels)
        self.edge, self.edge_out = nn.Linear(2 * STATE + 2 * LATENT, WIDE), nn.Linear(WIDE, 1)
        self.value, self.gate = nn.Linear(STATE, LATENT), nn.Linear(STATE, 1)
        self.value_init, self.gate_init = nn.Linear(STATE, LATENT), nn.Linear(STATE, 1)
        self.layers = nn.ModuleList(Messages() for _ in range(layers))

    def forward(self, z: Tensor) -> Scores:
        """The scores of (B, 32) latent vectors; each row is what it is alone."""
        step = _Step(self, z)
        first = torch.zeros(1, self.labels)
        first[0, 1] = 1.0
        nodes, edges = [(CERTAIN * first).expand(len(z), -1)], []
        h = _halves(step.start(first)).unsqueeze(2)  # alg. 3, l. 1
        graph = _Graph(len(z), self.nodes)  # alg. 3, l. 1
        for t in range(1, self.nodes):  # alg. 3, l. 2
            if t > self.inputs:
                h = step.messages(h, graph)  # alg. 3, l. 3
            state, state_init = step.aggregate(h)  # alg. 3, l. 4
            score = step.add(state)  # alg. 3, l. 5
            new = step.init(score, state_init)  # alg. 3, l. 6
            if t > self.inputs:
                links = step.edges(h, new, state)  # alg. 3, l. 7
            else:
                links = _given(t, self.inputs).expand(len(z), -1)  # alg. 3, l. 7
            graph.grow(links.detach() > THRESHOLD)  # alg. 3, l. 8
            h = torch.cat([h, _halves(new).unsqueeze(2)], 2)  # alg. 3, l. 9
            nodes.append(score)
            edges.append(links)
        return Scores(torch.stack(nodes, 1), torch.cat(edges, 1))


class _Step:
    """The networks of a generator with what they make of one batch of z, which is the same at every step.

    A linear map of several things side by side is the sum of its parts; each part is computed once.
    """

    def __init__(self, generator: Generator, z: Tensor):
        g, self._g = generator, generator
        start, start_z = g.start.weight.split([STATE, LATENT], 1)
        scored, graph, init_z = g.init.weight.split([STATE, LATENT, LATENT], 1)
        added, add_z = g.add.weight.split([LATENT, LATENT], 1)
        old, new, edge_graph, edge_z = g.edge.weight.split([STATE, STATE, LATENT, LATENT], 1)
        biases = torch.cat([g.start.bias, g.init.bias, g.add.bias, g.edge.bias])
        of_z = linear(z, torch.cat([start_z, init_z, add_z, edge_z]), biases)
        self._start_z, self._init_z, self._add_z, self._edge_z = of_z.split([WIDE, WIDE, LATENT, WIDE], 1)
        self._start = start.t()
        self._init = torch.cat([scored @ g.embed_out.weight, graph], 1).t()
        self._init_z = self._init_z + scored @ g.embed_out.bias
        self._add = added.t()
        self._edge_old, self._edge_new = old, torch.cat([new, edge_graph], 1).t()
        self._sums = torch.cat([g.value.weight, g.value_init.weight, g.gate.weight, g.gate_init.weight])
        self._sums_bias = torch.cat([g.value.bias, g.value_init.bias, g.gate.bias, g.gate_init.bias])
        self._layers = [layer.joined() for layer in g.layers]

    def start(self, first: Tensor) -> Tensor:
        """(B, 32): the input's state."""
        g = self._g
        embedded = g.embed_out(torch.relu(g.embed(first)))
        return linear(torch.relu(self._start_z + embedded @ self._start), g.start_out.weight, g.start_out.bias)

    def messages(self, h: Tensor, graph: _Graph) -> Tensor:
        """(2, B, n, 16): the states after all rounds of messages."""
        shape = h.shape
        gather, degree = graph.gather(shape[2])
        for weight, edge_bias, bias in self._layers:
            seen = (gather @ h).view(2, -1, 3 * HALF)
            gates, new, own = torch.baddbmm(torch.addcmul(bias, degree, edge_bias), seen, weight).split(
                [2 * HALF, HALF, HALF], 2
            )
            reset, keep = torch.sigmoid(gates).split([HALF, HALF], 2)
            h = torch.lerp(torch.tanh(torch.addcmul(new, reset, own)), h.view(2, -1, HALF), keep).view(shape)
        return h

    def aggregate(self, h: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 32) twice: hG and hG'; a single node's are its values without a gate."""
        h = h[:, :, -1:] if h.shape[2] <= self._g.inputs else h
        states = torch.cat([h[0], h[1]], 2)
        values, gates = linear(states, self._sums, self._sums_bias).split([2 * LATENT, 2], 2)
        if h.shape[2] == 1:
            summed = values.squeeze(1)
        else:
            summed = (torch.sigmoid(gates).unsqueeze(3) * values.unflatten(2, (2, LATENT))).sum(1).flatten(1)
        state, state_init = summed.split([LATENT, LATENT], 1)
        return state, state_init

    def add(self, state: Tensor) -> Tensor:
        """(B, K): the scores of a new node."""
        hidden = torch.relu(torch.addmm(self._add_z, state, self._add))
        return linear(hidden, self._g.add_out.weight, self._g.add_out.bias)

    def init(self, score: Tensor, state_init: Tensor) -> Tensor:
        """(B, 32): the new node's state."""
        g = self._g
        embedded = torch.relu(linear(score, g.embed.weight, g.embed.bias))
        hidden = torch.relu(torch.addmm(self._init_z, torch.cat([embedded, state_init], 1), self._init))
        return linear(hidden, g.init_out.weight, g.init_out.bias)

    def edges(self, h: Tensor, new: Tensor, state: Tensor) -> Tensor:
        """(B, n): the logit of an edge from each node to the new one."""
        same = torch.addmm(self._edge_z, torch.cat([new, state], 1), self._edge_new)
        each = linear(torch.cat([h[0], h[1]], 2), self._edge_old)
        return linear(torch.relu(each + same.unsqueeze(1)), self._g.edge_out.weight, self._g.edge_out.bias).squeeze(2)


class _Graph:
    """The edges of a batch of graphs that grow together, as the matrices that gather what a node's messages need."""

    def __init__(self, batch: int, nodes: int):
        self._gather = torch.zeros(2, batch, nodes, 3, nodes)  # a node's [sum of h_j, n h_i, h_i] from all h
        self._gather[:, :, :, 2].diagonal(dim1=2, dim2=3).fill_(1.0)
        self._own = self._gather[:, :, :, 1].diagonal(dim1=2, dim2=3)  # (2, B, nodes): n, the edges of each node
        self._size = 1

    def grow(self, links: Tensor) -> None:
        """Add a node with edges from the earlier ones where `links` (B, n) is true."""
        t, there = self._size, links.float()
        self._gather[0, :, t, 0, :t] = there
        self._gather[1, :, :t, 0, t] = there
        self._own[0, :, t] = there.sum(1)
        self._own[1, :, :t] += there
        self._size += 1

    def gather(self, n: int) -> tuple[Tensor, Tensor]:
        """(2, B, 3 n, n) and (2, B n, 1): the matrices and the numbers of edges."""
        return self._gather[:, :, :n, :, :n].flatten(2, 3).contiguous(), self._own[:, :, :n].reshape(2, -1, 1)


def _halves(state: Tensor) -> Tensor:
    """(2, B, 16): a state's half for each direction."""
    return torch.stack(state.split([HALF, HALF], 1))


def _given(t: int, inputs: int) -> Tensor:
    """(1, t): the logits of edges that the generator does not choose."""
    if inputs == 1:
        return torch.full((1, 1), CERTAIN)
    return torch.tensor([[-1.0]] if t == 1 else [[1.0, -1.0]])
