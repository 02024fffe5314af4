"""arch2vec with reinforcement learning: a policy walks the latent space and visits the nearest architectures."""

from __future__ import annotations

import numpy as np
from attrs import define, field
from nasapi_encoders.torch_state import generator_from
from nasapi_toolkit.rounds import RoundSearch
from nasapi_toolkit.targets import TARGETS

from nasapi import Codes
from nasapi import options as option
from nasapi_latent.places import Latent, Places, Points
from nasapi_latent.policy import Episode, Policy, discounted


@define(eq=False)
class Arch2vecRL(RoundSearch):
    """REINFORCE over the latent space of a graph autoencoder.

    Yan, Zheng, Ao, Zeng & Zhang, "Does Unsupervised Architecture Representation Learning Help Neural Architecture
    Search?", NeurIPS 2020, section 3.2 and appendix: an LSTM sees the place of the last architecture and gives the mean
    of the next action; the nearest architecture that was not visited is evaluated; after each round of 16 the policy
    is updated. The paper subtracts a constant from accuracies; here rewards are standardised over all results, so that
    any metric will do and the mean is the baseline. A result that has not come counts as that mean.
    """

    encoder: str = option.spec(
        "vgae[steps=300]",
        "Whose latent space is walked; where no weights are shipped it is fitted at first use, by so many steps.",
    )
    pool: str = option.spec(
        "auto",
        'Which architectures can be reached: a pool of nasapi-toolkit; "auto" lists spaces that are small enough.',
    )
    hidden: int = option.count(128, "Units of the LSTM.")
    rate: float = option.positive(1e-2, "Step of Adam.")
    gamma: float = option.share(0.4, "Discount of later rewards.")
    deviation: float = option.positive(1.0, "Of actions from their mean, in deviations of the latent space.")
    targets: str = option.choice(
        "values", 'Rewards: standardised "values", or "ranks" as normal scores.', among=TARGETS
    )
    _latent: Latent = field(init=False)
    _places: Places = field(init=False)
    _policy: Policy | None = field(init=False, default=None)
    _episode: Episode | None = field(init=False, default=None)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self._latent = Latent(self.problem, self.encoder)
        self._places = Places(self._latent, self.pool)

    def _proposed(self, ranked: Codes) -> Codes:
        """Learn from the last episode, then walk another from where it ended, or from the best."""
        self._places.renew(ranked, self._unseen.taken, self.rng)
        if self._policy is None:
            random = generator_from(self.rng)
            self._policy = Policy(self._latent.width, self.hidden, self.rate, self.deviation, random)
        place = self._latent.of(ranked[:1])[0]
        if self._episode is not None and self._episode.codes:
            self._policy.learn(self._episode, discounted(self._rewards(self._episode), self.gamma))
            place = self._latent.of(np.array(self._episode.codes[-1:]))[0]
        self._policy.begin()
        places, actions, codes = [], [], []
        for _ in range(self.round):
            action = self._policy.act(place)
            found = self._places.nearest(action)
            if found is None:
                break
            places.append(place)
            actions.append(action)
            codes.append(tuple(found[0].tolist()))
            place = found[1]
        self._episode = Episode(np.array(places), np.array(actions), codes)
        return np.array(codes, np.int64).reshape(len(codes), ranked.shape[1])

    def _rewards(self, episode: Episode) -> Points:
        """(T,): minus the standardised targets; 0, their mean, where no result has come."""
        names = map(tuple, self._observations.codes.tolist())
        reward = dict(zip(names, (-self._observations.scores(self.targets)).tolist(), strict=True))
        return np.array([reward.get(code, 0.0) for code in episode.codes])
