"""The rules of an encoder, of one that learns, and of a decoder."""

from __future__ import annotations

import copy
import pickle

import numpy as np

from nasapi.encoder import Decoder, LearnedEncoder
from nasapi.errors import NotAvailable
from nasapi.space import Codes
from nasapi.testing.cases import EncoderCase, stream
from nasapi.testing.randomness import demand_untouched
from nasapi.testing.rules import Broken, Skipped, close, demand, on_rows, rule


@rule("encoder/shape", "The shape of one architecture's features.")
@on_rows
def shape(case: EncoderCase, codes: Codes) -> None:
    """Features have the shape (n, *dim)."""
    wanted = (len(codes), *case.encoder.dim)
    found = np.shape(case.encoder.encode(codes))
    demand(found == wanted, f"encode gives shape {found}, not {wanted}")


@rule("encoder/singles", "(n, *dim): row i depends on `codes[i]` alone, whatever else is in the batch.")
@on_rows
def singles(case: EncoderCase, codes: Codes) -> None:
    """Features of a batch are those of its rows."""
    batch = np.asarray(case.encoder.encode(codes.copy()))
    rows = np.concatenate([np.asarray(case.encoder.encode(code[None].copy())) for code in codes])
    demand(close(batch, rows), "the features of a batch are not those of its rows")


@rule("encoder/finite", "Features are finite numbers.")
@on_rows
def finite(case: EncoderCase, codes: Codes) -> None:
    """Features are numeric, none infinite or NaN."""
    features = np.asarray(case.encoder.encode(codes))
    demand(features.dtype.kind in "fiub", f"features are {features.dtype}, not numbers")
    demand(np.isfinite(features).all(), "a feature is infinite or NaN")


@rule("encoder/codes-unchanged", "The codes are not changed.")
@on_rows
def codes_unchanged(case: EncoderCase, codes: Codes) -> None:
    """Codes are the same after `encode`."""
    before = codes.copy()
    case.encoder.encode(codes)
    demand(np.array_equal(before, codes), "encode changed the codes it was given", before[0].tolist())


@rule("encoder/pickles", "An encoder can be pickled, and gives the same features afterwards.")
def pickles(case: EncoderCase) -> None:
    """A pickled encoder gives the same features."""
    try:
        again = pickle.loads(pickle.dumps(case.encoder))
    except Exception as error:
        raise Broken(f"pickling raised {type(error).__name__}: {error}") from error
    demand(close(again.encode(case.codes), case.encoder.encode(case.codes)), "features differ after pickling")


@rule("encoder/global-random", "No method of an encoder touches the global random state.")
def global_random(case: EncoderCase) -> None:
    """Encoding, fitting and decoding change neither `random`, `np.random` nor torch."""

    def use() -> None:
        features = encoder.encode(case.codes)
        if isinstance(encoder, Decoder):
            encoder.decode(features, stream())

    demand(case.touched is None, f"fit changed the global state of {case.touched}; draw from the `rng` that is given")
    encoder = case.again[0]
    case.encoder.encode(case.codes)
    demand_untouched(use, warm=True)


@rule(
    "encoder/fit-itself",
    "Learn from `codes` and give the encoder itself; the same rng state gives the same encoder.",
)
def fit_itself(case: EncoderCase) -> None:
    """`fit` returns the encoder it was called on."""
    _needs_learning(case)
    encoder, given = case.again
    demand(given is encoder, "fit does not give the encoder itself")


@rule("encoder/unfitted", "Before `fit`, one that came without weights raises NotAvailable from `encode`.")
def unfitted(case: EncoderCase) -> None:
    """An encoder that was not fitted encodes, or says by NotAvailable that it has no weights."""
    _needs_learning(case)
    try:
        copy.deepcopy(case.made).encode(case.codes)
    except NotAvailable:
        return
    except Exception as error:
        raise Broken(f"before fit, encode raises {type(error).__name__}: {error}; raise NotAvailable") from error


@rule("encoder/fit-rng", "Learn from `codes` and give the encoder itself; the same rng state gives the same encoder.")
def fit_rng(case: EncoderCase) -> None:
    """Fitting twice from equal generators gives equal features."""
    _needs_learning(case)
    one, other = case.encoder.encode(case.codes), case.again[0].encode(case.codes)
    demand(close(one, other), "two fits from generators of the same state give different features")


@rule(
    "encoder/decode-valid",
    "(n, d): a valid code for each row of `features`, drawn from the decoder's distribution given that row.",
)
def decode_valid(case: EncoderCase) -> None:
    """Decoded codes are valid, for features of architectures and for others of the same size."""
    decoder = _decoder(case)
    features = np.asarray(case.encoder.encode(case.codes), np.float64)
    for given in (features, features + stream().normal(size=features.shape) * features.std()):
        codes = np.asarray(decoder.decode(given.copy(), stream()))
        wanted = (len(given), len(case.encoder.space.cardinalities))
        demand(codes.shape == wanted, f"decode gives shape {codes.shape}, not {wanted}")
        for row in np.flatnonzero(~case.encoder.space.valid(codes))[:1]:
            raise Broken(f"decode gave {codes[row].tolist()}, which is not valid", given[row].tolist())


@rule("encoder/decode-rng", "The same features and the same rng state give the same codes.")
def decode_rng(case: EncoderCase) -> None:
    """Decoding twice from equal generators gives equal codes."""
    decoder = _decoder(case)
    features = case.encoder.encode(case.codes)
    one, other = decoder.decode(features, stream(6)), decoder.decode(features, stream(6))
    demand(np.array_equal(one, other), "two decodings from generators of the same state differ")


def _decoder(case: EncoderCase) -> Decoder:
    if not isinstance(case.encoder, Decoder):
        raise Skipped("the encoder does not decode")
    return case.encoder


def _needs_learning(case: EncoderCase) -> None:
    if not isinstance(case.made, LearnedEncoder):
        raise Skipped("the encoder does not learn")
