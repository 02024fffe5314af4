"""How good an encoder is: what it reconstructs, what its decoder draws, and what its distances mean."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nasapi.encoder import Encoder
from nasapi.space import Codes, SearchSpace
from nasapi_encoders.svge import SVGe
from nasapi_encoders.vgae import VGAE


def keys(codes: Codes) -> NDArray[np.void]:
    """(n,): each row as one comparable value."""
    rows = np.ascontiguousarray(codes, np.int64)
    return rows.view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1]))).ravel()


def reconstruction(encoder: SVGe | VGAE, codes: Codes) -> dict[str, float]:
    """Shares of `codes`, as the encoder learned them, that come back: code and network; for VGAE the graph."""
    space = encoder.space
    if isinstance(encoder, VGAE):
        graphs, true = encoder.reconstruct(codes), space.graphs(encoder.learned(codes))
        same = (graphs.ops == true.ops).all(axis=1) & (graphs.adjacency == true.adjacency).all(axis=(1, 2))
        return {"graph": float(same.mean())}
    codes = encoder.learned(codes)
    made = encoder.likeliest(encoder.encode(codes))
    good = space.valid(made)
    network = np.zeros(len(codes), np.bool_)
    network[good] = (space.canonical(made[good]) == space.canonical(codes[good])).all(axis=1)
    return {"code": float((made == codes).all(axis=1).mean()), "network": float(network.mean())}


def samples(encoder: SVGe, trained_on: Codes, n: int, rng: np.random.Generator) -> dict[str, float]:
    """Of `n` single draws from z ~ N(0, I): the share that is valid; of these, distinct networks and new ones.

    `chance` is the share of distinct networks among as many uniform samples of the space. `coverage` is the share of
    the space's codes that were drawn, where its size is known, and `uniform` that of the uniform samples.
    """
    space = encoder.space
    drawn = encoder.draw(rng.standard_normal((n, encoder.latent)).astype(np.float32), rng)
    good = drawn[space.valid(drawn)]
    uniform = space.sample(len(good), rng)
    networks, chance = keys(space.canonical(good)), keys(space.canonical(uniform))
    known = keys(space.canonical(trained_on))
    found = {
        "valid": len(good) / n,
        "unique": len(np.unique(networks)) / max(len(good), 1),
        "chance": len(np.unique(chance)) / max(len(good), 1),
        "novel": float(np.isin(np.unique(networks), known, invert=True).mean()) if len(good) else 0.0,
    }
    if space.size:
        found["coverage"] = len(np.unique(keys(good))) / space.size
        found["uniform"] = len(np.unique(keys(uniform))) / space.size
    return found


def agreement(encoder: SVGe, n: int, rng: np.random.Generator) -> dict[str, float]:
    """How often two draws from one z agree in a gene, and two draws from two z; equal where z carries nothing."""
    z = rng.standard_normal((n, encoder.latent)).astype(np.float32)
    first, second = encoder.draw(z, rng), encoder.draw(z, rng)
    other = np.roll(second, 1, axis=0)
    return {"one z": float((first == second).mean()), "two z": float((first == other).mean())}


def distances(
    encoder: Encoder, codes: Codes, values: NDArray[np.float64], n: int, rng: np.random.Generator
) -> dict[str, float]:
    """Rank correlations over `n` pairs of `codes`, and for `edit` half as many of a code with a mutant of it.

    `edit` compares distance in the latent space with the number of genes that differ, a mutant being one to three steps
    away; `value` with the difference of `values`, one a code, NaN left out.
    """
    from scipy.stats import kendalltau, spearmanr

    space = encoder.space
    features = np.asarray(encoder.encode(codes), np.float64)
    a, b = rng.integers(len(codes), size=(2, n))
    apart = np.linalg.norm(features[a] - features[b], axis=1)
    near, steps = codes[a[: n // 2]], rng.integers(1, 4, size=n // 2)
    for step in range(3):
        near = np.where((steps > step)[:, None], space.mutate(near, rng), near)
    near_apart = np.linalg.norm(np.asarray(encoder.encode(near), np.float64) - features[a[: n // 2]], axis=1)
    edits = np.concatenate([(codes[a] != codes[b]).sum(1), (codes[a[: n // 2]] != near).sum(1)])
    there = np.isfinite(values[a]) & np.isfinite(values[b])
    difference = np.abs(values[a] - values[b])[there]
    return {
        "edit spearman": float(spearmanr(np.concatenate([apart, near_apart]), edits).statistic),
        "value spearman": float(spearmanr(apart[there], difference).statistic),
        "value kendall": float(kendalltau(apart[there], difference).statistic),
    }


def describe(
    space: SearchSpace, encoder: SVGe | VGAE, trained_on: Codes, rng: np.random.Generator, n: int = 10_000
) -> dict[str, float]:
    """All of the above that needs no values, over `n` draws; reconstruction over 2,000 uniform codes."""
    found = {
        f"reconstructed {name}": value for name, value in reconstruction(encoder, space.sample(2_000, rng)).items()
    }
    if isinstance(encoder, SVGe):
        found |= samples(encoder, trained_on, n, rng)
        found |= {f"agree from {name}": value for name, value in agreement(encoder, n, rng).items()}
    return found
