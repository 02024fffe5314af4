"""Learned encoders with weights: one that came without is fitted to samples of its space, once in a process."""

from __future__ import annotations

import hashlib
from collections import OrderedDict

import numpy as np

from nasapi import Codes, Encoder, LearnedEncoder, SearchSpace
from nasapi.errors import NotAvailable

_SAMPLES = 5_000
_KEPT = 8  # fitted encoders that a process keeps, the last used ones

_kept: OrderedDict[tuple[str, type[Encoder], bytes], Encoder] = OrderedDict()


def fitted(spec: str, encoder: Encoder) -> Encoder:
    """The encoder, which `spec` made, if it needs no weights or has them; else one of that spec that was fitted.

    Its weights follow from the space and the spec alone, as if they had been shipped: every run of a process is given
    the same object, and has to copy what it would train further.
    """
    if not isinstance(encoder, LearnedEncoder) or _has_weights(encoder):
        return encoder
    rng = np.random.default_rng(0)
    codes = encoder.space.sample(_SAMPLES, rng)
    key = (spec, type(encoder), digest_of(encoder.space, codes))
    if key not in _kept:
        _kept[key] = encoder.fit(codes, rng)
    _kept.move_to_end(key)
    if len(_kept) > _KEPT:
        _kept.popitem(last=False)
    return _kept[key]


def _has_weights(encoder: LearnedEncoder) -> bool:
    try:
        encoder.encode(encoder.space.sample(1, np.random.default_rng(0)))
    except NotAvailable:
        return False
    return True


def digest_of(space: SearchSpace, codes: Codes) -> bytes:
    """SHA-256 of what a fit to these codes of the space depends on: names, codes, networks and graphs."""
    graphs = space.graphs(codes)
    words = repr((space.id, space.cardinalities, space.operations))
    digest = hashlib.sha256(words.encode())
    for array in (codes, space.canonical(codes), graphs.ops, graphs.adjacency):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.digest()
