"""The gradient of a generator's weights by hand: algorithm 3 backwards.

An automatic gradient costs four times as much here, nearly all of it for keeping account of some thousand small
operations. Tests compare it with differences.
"""

from __future__ import annotations

import numpy as np

from nasapi_agnet.generator import AGGREGATES, LATENT, OF_Z, WIDE, Pass, Scores, halves
from nasapi_agnet.messages import HALF, STATE, UNIT, Joined, Round
from nasapi_agnet.parameters import Array, Parameters


def gradient(done: Pass, upstream: Scores) -> Parameters:
    """How a loss grows with the weights, given how it grows with the scores; thresholds let nothing through."""
    g = done.generator
    back = _Backward(done)
    starts = np.cumsum([0, *range(1, g.nodes)])
    dh = np.zeros((2, len(done.z), g.nodes, HALF), np.float32)  # by the states after the step
    for t in range(g.nodes - 1, 0, -1):
        dnew = np.concatenate([dh[0, :, t], dh[1, :, t]], axis=1)
        dhg = np.zeros((len(done.z), LATENT), np.float32)
        dstates = np.zeros((len(done.z), t, STATE), np.float32)
        if t > g.inputs:
            dstates, dseen = back.edges(t, upstream.edges[:, starts[t - 1] : starts[t]])  # l. 7
            dnew = dnew + dseen[:, :STATE]
            dhg = dseen[:, STATE:]
        dscore, dhg_init = back.init(t, dnew)  # l. 6
        dhg = dhg + back.add(t, dscore + upstream.nodes[:, t])  # l. 5
        dsummed = back.aggregate(t, np.concatenate([dhg, dhg_init], axis=1))  # l. 4
        dstates[:, -dsummed.shape[1] :] += dsummed
        dh = dh[:, :, :t] + halves(dstates)
        if t > g.inputs:
            dh = back.messages(t, dh)  # l. 3
    back.start(np.concatenate([dh[0, :, 0], dh[1, :, 0]], axis=1))  # l. 1
    return back.collected()


class _Backward:
    """The networks backwards; what each takes off is kept, and weights get theirs in one product for all steps."""

    def __init__(self, done: Pass):
        self._done, self._g, self._w = done, done.generator, done.generator.weights
        self._kept: dict[str, list[Array]] = {
            name: [] for name in ("new", "init", "embed", "score", "add", "sums", "link", "edge", "same")
        }
        self._rounds: list[list[Array]] = [[] for _ in done.joined]

    def edges(self, t: int, dlinks: Array) -> tuple[Array, Array]:
        """By the states, and by the new state and hG."""
        hidden = self._done.kept["edge"][t - 1 - self._g.inputs]
        dhidden = dlinks[:, :, None] * self._w["edge_out.weight"][0] * (hidden > 0)
        dsame = dhidden.sum(axis=1)
        self._keep(link=dlinks, edge=dhidden, same=dsame)
        return dhidden @ self._w["edge.weight"][:, :STATE], dsame @ self._done.same_weight

    def init(self, t: int, dnew: Array) -> tuple[Array, Array]:
        """By the scores, and by hG'."""
        kept = self._done.kept
        dhidden = dnew @ self._w["init_out.weight"] * (kept["init"][t - 1] > 0)
        dseen = dhidden @ self._done.init_weight
        dembedded = dseen[:, :STATE] * (kept["init_seen"][t - 1][:, :STATE] > 0)
        self._keep(new=dnew, init=dhidden, embed=dembedded)
        return dembedded @ self._w["embed.weight"], dseen[:, STATE:]

    def add(self, t: int, dscore: Array) -> Array:
        """By hG."""
        dhidden = dscore @ self._w["add_out.weight"] * (self._done.kept["add"][t - 1] > 0)
        self._keep(score=dscore, add=dhidden)
        dhg: Array = np.matmul(dhidden, self._w["add.weight"][:, :LATENT])
        return dhg

    def aggregate(self, t: int, dhg: Array) -> Array:
        """By the states that were summed."""
        values, gates = self._done.kept["values"][t - 1], self._done.kept["gates"][t - 1]
        each = dhg.reshape(-1, 1, 2, LATENT)
        n = values.shape[1]
        dsums = np.zeros((len(dhg), n, 2 * LATENT + 2), np.float32)
        if n == 1:
            dsums[:, :, : 2 * LATENT] = dhg[:, None]
        else:
            dsums[:, :, : 2 * LATENT] = (gates[:, :, :, None] * each).reshape(len(dhg), n, -1)
            dsums[:, :, 2 * LATENT :] = (values * each).sum(axis=3) * gates * (1 - gates)
        self._keep(sums=dsums)
        dstates: Array = np.matmul(dsums, self._done.sums_weight)
        return dstates

    def messages(self, t: int, dh: Array) -> Array:
        """By the states before all rounds of messages."""
        shape = dh.shape
        rounds = self._done.rounds[t - 1 - self._g.inputs]
        for at in range(len(rounds) - 1, -1, -1):
            done, joined = rounds[at], self._done.joined[at]
            dh = self._round(done, joined, at, dh.reshape(2, -1, HALF)).reshape(shape)
        return dh

    def _round(self, done: Round, joined: Joined, at: int, dh: Array) -> Array:
        reset, keep = done.gates[:, :, :HALF], done.gates[:, :, HALF:]
        dsums = np.empty((*dh.shape[:2], 4 * HALF), np.float32)
        dinner = dh * (1 - keep) * (1 - done.new * done.new)
        dsums[:, :, 2 * HALF : 3 * HALF] = dinner
        dsums[:, :, 3 * HALF :] = dinner * reset
        dsums[:, :, :HALF] = dinner * done.own
        dsums[:, :, HALF : 2 * HALF] = dh * (done.before - done.new)
        dsums[:, :, : 2 * HALF] *= done.gates * (1 - done.gates)
        self._rounds[at].append(dsums)
        dseen = (dsums @ joined.weight.swapaxes(1, 2)).reshape(*done.gather.shape[:3], HALF)
        return dh * keep + (done.gather.swapaxes(2, 3) @ dseen).reshape(dh.shape)

    def start(self, dfirst: Array) -> None:
        """By nothing more: the input is given."""
        self._dfirst = dfirst
        self._dbegun = dfirst @ self._w["start_out.weight"] * (self._done.begun > 0)

    def collected(self) -> Parameters:
        """By all weights."""
        w, done, grown = self._w, self._done, Parameters.zeros(self._w.shapes)
        new, init, embed, score, add = (self._stacked(n) for n in ("new", "init", "embed", "score", "add"))
        same, sums = self._stacked("same"), self._joined("sums")
        hidden_edges, hidden_links = self._joined("edge"), self._joined("link")
        scored = w["init.weight"][:, :STATE]
        grown["start_out.weight"][:], grown["start_out.bias"][:] = self._dfirst.T @ done.begun, self._dfirst.sum(axis=0)
        dbegun = self._dbegun.sum(axis=0)
        grown["start.weight"][:, :STATE] = np.outer(dbegun, done.embedded)
        dembedded = w["start.weight"][:, :STATE].T @ dbegun
        grown["init_out.weight"][:], grown["init_out.bias"][:] = new.T @ self._of("init"), new.sum(axis=0)
        dinit, dbias = init.T @ self._of("init_seen"), init.sum(axis=0)
        grown["init.weight"][:, :STATE] = dinit[:, :STATE] @ w["embed_out.weight"].T + np.outer(
            dbias, w["embed_out.bias"]
        )
        grown["init.weight"][:, STATE:-LATENT] = dinit[:, STATE:]
        grown["embed_out.weight"][:] = scored.T @ dinit[:, :STATE] + np.outer(dembedded, done.first)
        grown["embed_out.bias"][:] = scored.T @ dbias + dembedded
        dfirst = (w["embed_out.weight"].T @ dembedded) * (done.first > 0)
        grown["embed.weight"][:] = embed.T @ self._of("score")
        grown["embed.weight"][:, 1] += dfirst
        grown["embed.bias"][:] = embed.sum(axis=0) + dfirst
        grown["add_out.weight"][:], grown["add_out.bias"][:] = score.T @ self._of("add"), score.sum(axis=0)
        grown["add.weight"][:, :LATENT] = add.T @ self._of("hg")
        summed = np.concatenate([part.reshape(-1, STATE) for part in done.kept["summed"][::-1]])
        parts = [LATENT, 2 * LATENT, 2 * LATENT + 1]
        for name, weight, bias in zip(
            AGGREGATES, np.split(sums.T @ summed, parts), np.split(sums.sum(axis=0), parts), strict=True
        ):
            grown[f"{name}.weight"][:], grown[f"{name}.bias"][:] = weight, bias
        if len(hidden_edges):
            states = np.concatenate([part.reshape(-1, STATE) for part in done.kept["edge_states"][::-1]])
            edge = np.concatenate([part.reshape(-1, WIDE) for part in done.kept["edge"][::-1]])
            grown["edge_out.weight"][0] = hidden_links @ edge
            grown["edge_out.bias"][0] = hidden_links.sum()
            grown["edge.weight"][:, :STATE] = hidden_edges.T @ states
            grown["edge.weight"][:, STATE:-LATENT] = same.T @ self._of("edge_seen")
        steps = {"init.weight": init, "add.weight": add, "edge.weight": same, "start.weight": self._dbegun}
        for name in OF_Z:
            total = steps[name].reshape(-1, len(done.z), steps[name].shape[1]).sum(axis=0)
            grown[name][:, -LATENT:], grown[name.replace("weight", "bias")][:] = total.T @ done.z, total.sum(axis=0)
        for layer, joined in enumerate(done.joined):
            if self._rounds[layer]:
                self._layer(grown, layer, joined)
        return grown

    def _layer(self, grown: Parameters, layer: int, joined: Joined) -> None:
        """Take the joined matrix apart again."""
        rounds = [rounds[layer] for rounds in self._done.rounds[::-1]]
        dsums = np.concatenate(self._rounds[layer], axis=1)
        seen = np.concatenate([done.seen for done in rounds], axis=1)
        degree = np.concatenate([done.degree for done in rounds], axis=1)
        dweight = seen.swapaxes(1, 2) @ dsums
        deach = (degree.swapaxes(1, 2) @ dsums)[:, 0, : 3 * HALF, None]
        dbias = dsums.sum(axis=1)
        message, message_bias, sums, _, _, _ = joined.parts
        dmatrix = dweight[:, : 2 * HALF, : 3 * HALF].swapaxes(1, 2)
        name = f"layers.{layer}."
        grown[name + "message"][:] = sums.swapaxes(1, 2) @ dmatrix
        grown[name + "message_bias"][:] = (sums.swapaxes(1, 2) @ deach)[:, :, 0]
        grown[name + "sums"][:] = dmatrix @ message.swapaxes(1, 2) + deach * message_bias[:, None]
        grown[name + "sums_bias"][:] = dbias[:, : 3 * HALF]
        grown[name + "own"][:] = dweight[:, 2 * HALF :][:, :, UNIT].swapaxes(1, 2)
        grown[name + "own_bias"][:] = dbias[:, UNIT]

    def _keep(self, **arrays: Array) -> None:
        for name, array in arrays.items():
            self._kept[name].append(array)

    def _stacked(self, name: str) -> Array:
        """(steps B, x): what was kept of all steps, the last step first."""
        return np.concatenate(self._kept[name]) if self._kept[name] else np.zeros((0, WIDE), np.float32)

    def _joined(self, name: str) -> Array:
        """(steps B n, x), or (steps B n,) of links."""
        kept = self._kept[name]
        if not kept:
            return np.zeros((0, WIDE), np.float32)
        return np.concatenate([array.reshape(-1, *array.shape[2:]) for array in kept])

    def _of(self, name: str) -> Array:
        """What the pass kept, the last step first."""
        return np.concatenate(self._done.kept[name][::-1])
