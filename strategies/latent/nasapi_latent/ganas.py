"""GA-NAS: a generator of codes trained by policy gradient against a discriminator that knows the best so far."""

from __future__ import annotations

import torch
from attrs import define, field
from nasapi_encoders.torch_state import generator_from
from nasapi_toolkit.rounds import RoundSearch

from nasapi import Codes
from nasapi import options as option
from nasapi.networks import on_threads
from nasapi_latent.adversary import Adversaries

_DRAWS = 16  # rounds of draws for what is new before mutants stand in


@define(eq=False)
class GANAS(RoundSearch):
    """Generator and discriminator in turns; the generator's draws are evaluated, and the best become the truth.

    Rezaei, Han, Niu, Salameh, Mills, Lian, Lu & Jui, "Generative Adversarial Neural Architecture Search", IJCAI 2021,
    algorithm 1. A discriminator on graphs learns to tell the `truth`, the best architectures known, from what the
    generator writes; its verdict is the reward of the generator, an autoregressive distribution over genes, so that it
    learns without evaluations. Here the discriminator judges one graph rather than a pair, and the policy gradient is
    REINFORCE with a baseline rather than PPO, as every batch is drawn anew. A draw that is no architecture has
    reward 0.
    """

    truth: int = option.count(16, "How many of the best the discriminator takes for the truth.")
    steps: int = option.count(25, "Turns of discriminator and generator in each round.")
    batch: int = option.count(64, "Draws of the generator in each turn.")
    rate: float = option.positive(3e-3, "Step of Adam for both.")
    entropy: float = option.number(
        0.01, "Weight of the generator's entropy, in nats a gene, against early collapse.", least=0
    )
    hidden: int = option.count(64, "Units of the generator.")
    width: int = option.count(32, "Dimensions of a node's state in the discriminator.")
    pretraining: int = option.count(
        100, "Steps in which the generator first learns, from uniform samples, what an architecture is.", least=0
    )
    _adversaries: Adversaries | None = field(init=False, default=None)
    _random: torch.Generator = field(init=False)

    def _proposed(self, ranked: Codes) -> Codes:
        """Play the game against the best, then draw until there is enough that is new."""
        space = self.problem.space
        with on_threads(1):
            if self._adversaries is None:
                self._random = generator_from(self.rng)
                self._adversaries = Adversaries.made(space, self.hidden, self.width, self.rate, self._random)
                for _ in range(self.pretraining):
                    self._adversaries.imitate(space.sample(self.batch, self.rng))
            best = ranked[: self.truth]
            for _ in range(self.steps):
                self._adversaries.play(best, self.batch, self.entropy)
            return self._enough(self._adversaries.draw(4 * self.round) for _ in range(_DRAWS))
