"""The rules of how far strategies and encoders reach: other spaces, and goals the other way up."""

from __future__ import annotations

import numpy as np

from nasapi.encoder import Decoder, Encoder, LearnedEncoder
from nasapi.errors import InvalidArchitecture, InvalidOption, NotAvailable
from nasapi.space import SearchSpace
from nasapi.testing import problems
from nasapi.testing.cases import EncoderCase, SpaceCase, stream
from nasapi.testing.far_spaces import DeepChain, LargeAlphabet
from nasapi.testing.play import StrategyCase, demand_same, is_valid, play, trace
from nasapi.testing.process_rules import FEW, needs_patience
from nasapi.testing.rules import Broken, Skipped, demand, rule

REACH = "It works on spaces of many genes, and of many values a gene, or refuses them when it is made."
SPACES = "Spaces of many genes, and of many values a gene, are encoded too, or refused by InvalidOption."


@rule("strategy/deep-chain", REACH)
def deep_chain(case: StrategyCase) -> None:
    """Chains of 32 operations are searched."""
    _search(case, DeepChain())


@rule("strategy/large-alphabet", REACH)
def large_alphabet(case: StrategyCase) -> None:
    """Chains of operations out of 64 are searched."""
    _search(case, LargeAlphabet())


@rule("strategy/mirror", "A goal and its mirror image, values and direction turned round, are searched alike.")
def mirror(case: StrategyCase) -> None:
    """A run on values with the other sign, to be optimised the other way, asks the same trials."""
    benchmark = case.small
    other = problems.mirrored(benchmark)
    turned = trace(play(case.start(other), other))
    demand_same(trace(case.steps(benchmark)), turned, "a run on the mirror image of a goal parts")


@rule("encoder/deep-chain", SPACES)
def encoder_deep_chain(case: EncoderCase) -> None:
    """Chains of 32 operations are encoded."""
    _encode(case, DeepChain())


@rule("encoder/large-alphabet", SPACES)
def encoder_large_alphabet(case: EncoderCase) -> None:
    """Chains of operations out of 64 are encoded."""
    _encode(case, LargeAlphabet())


@rule("encoder/varied", "Not all architectures have the same features.")
def varied(case: EncoderCase) -> None:
    """Two of the codes have different features."""
    features = np.asarray(case.encoder.encode(case.codes))
    if len(features) < 2:
        raise Skipped("the space has one code")
    demand((features != features[:1]).any(), f"{len(features)} architectures have the same features")


@rule("encoder/integers", "Codes of any integer type are taken.")
def integers(case: EncoderCase) -> None:
    """Codes of eight bits have the features of codes of 64."""
    codes = case.codes
    if codes.max() > 100:
        raise Skipped("the genes do not fit into eight bits")
    wanted = np.array(case.encoder.encode(codes.astype(np.int64)))
    for kind in (np.int8, np.uint8):
        found = np.asarray(case.encoder.encode(codes.astype(kind)))
        same = found.shape == wanted.shape and np.allclose(found, wanted, rtol=1e-5, atol=1e-6)
        demand(same, f"codes of {kind.__name__} have other features")


def _search(case: StrategyCase, space: SearchSpace) -> None:
    """Play on a space; a strategy that refuses it when it is made is skipped."""
    case.require_patience()
    benchmark = problems.made_up(space)
    try:
        strategy = case.start(benchmark)
    except (InvalidOption, NotAvailable) as refusal:
        raise Skipped(f"the strategy refuses {space.id}: {refusal}") from refusal
    try:
        steps = case.play(benchmark, strategy, trials=24, batch=8)
    except Exception as error:
        raise Broken(f"on {space.id} it raised {type(error).__name__}: {error}") from error
    for step in steps:
        for trial in step.asked:
            demand(is_valid(benchmark.problem, trial), f"on {space.id}, {trial.arch} is not valid")


def _encode(case: EncoderCase, space: SearchSpace) -> None:
    """Encode codes of a space; an encoder that refuses it is skipped."""
    if case.make is None:
        raise Skipped("only the encoder was given, not what makes it")
    needs_patience(case)
    codes = SpaceCase(space).codes
    try:
        encoder: Encoder = case.make(space)
        if isinstance(encoder, LearnedEncoder):
            codes = codes[:FEW]
            encoder.fit(codes.copy(), stream())
        features = np.asarray(encoder.encode(codes.copy()))
    except (InvalidOption, InvalidArchitecture, NotAvailable) as refusal:
        raise Skipped(f"it refuses {space.id}: {refusal}") from refusal
    except Exception as error:
        raise Broken(f"on {space.id} it raised {type(error).__name__}: {error}") from error
    wanted = (len(codes), *encoder.dim)
    demand(features.shape == wanted, f"on {space.id} encode gives shape {features.shape}, not {wanted}")
    demand(np.isfinite(features).all(), f"on {space.id} a feature is infinite or NaN")
    if isinstance(encoder, Decoder):
        decoded = np.asarray(encoder.decode(features, stream()))
        demand(space.valid(decoded).all(), f"on {space.id} decode gives a code that is not valid")
