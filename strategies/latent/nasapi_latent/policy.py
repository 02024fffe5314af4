"""A recurrent Gaussian policy over a latent space, and its update by REINFORCE."""

from __future__ import annotations

import numpy as np
import torch
from attrs import define, field, frozen
from nasapi_encoders.adam import Adam
from nasapi_encoders.torch_state import build
from torch import Tensor, nn

from nasapi.networks import on_threads
from nasapi_latent.places import Points


class RecurrentMean(nn.Module):
    """The mean of the next action from the places visited so far: an LSTM and a linear map."""

    def __init__(self, width: int, hidden: int):
        super().__init__()
        self.memory = nn.LSTM(width, hidden, batch_first=True)
        self.out = nn.Linear(hidden, width)

    def forward(
        self, places: Tensor, state: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """(1, T, width) means after each of T places (1, T, width), and the memory after the last."""
        hidden, state = self.memory(places, state)
        return self.out(hidden), state


@frozen(eq=False)
class Episode:
    """A round of the policy: where it was, what it drew there, and which architectures that led to."""

    places: Points
    """(T, l): the place at which each action was drawn."""
    actions: Points
    """(T, l)"""
    codes: list[tuple[int, ...]]
    """(T,): what was proposed at each step."""


@define(eq=False)
class Policy:
    """Actions ~ N(mean, deviation^2 I), trained by Adam on one episode at a time."""

    width: int
    """Dimensions of a place and of an action."""
    hidden: int
    """Units of the LSTM."""
    rate: float
    """Step of Adam."""
    deviation: float
    """Of actions from their mean, in every dimension."""
    random: torch.Generator
    """What weights and actions are drawn from."""
    network: RecurrentMean = field(init=False)
    """The mean of actions, trained by `learn`."""
    _optimiser: Adam = field(init=False)
    _memory: tuple[Tensor, Tensor] | None = field(init=False, default=None)

    def __attrs_post_init__(self) -> None:
        self.network = build(lambda: RecurrentMean(self.width, self.hidden), self.random)
        self._optimiser = Adam(self.network.parameters(), self.rate)

    def begin(self) -> None:
        """Forget the places visited: an episode begins."""
        self._memory = None

    def act(self, place: Points) -> Points:
        """(l,): an action drawn after a visit of `place` (l,)."""
        with on_threads(1), torch.no_grad():
            seen = torch.from_numpy(place).float()[None, None]
            mean, self._memory = self.network(seen, self._memory)
            noise = torch.randn(self.width, generator=self.random)
        return np.asarray((mean[0, 0] + self.deviation * noise).numpy(), np.float64)

    def learn(self, episode: Episode, returns: Points) -> None:
        """One step along sum_t R_t grad log N(a_t; mean_t, deviation^2 I) (REINFORCE, Williams 1992)."""
        with on_threads(1):
            mean, _ = self.network(torch.from_numpy(episode.places).float()[None])
            actions = torch.from_numpy(episode.actions).float()
            log_chance = -((actions - mean[0]) ** 2).sum(1) / (2 * self.deviation**2)
            loss = -(torch.from_numpy(returns).float() * log_chance).mean()
            self._optimiser.step(loss)


def discounted(rewards: Points, gamma: float) -> Points:
    """(T,): R_t = r_t + gamma R_{t+1}."""
    returns = np.zeros(len(rewards) + 1)
    for step in range(len(rewards) - 1, -1, -1):
        returns[step] = rewards[step] + gamma * returns[step + 1]
    return returns[:-1]
