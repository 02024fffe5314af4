"""Networks as attacks see them: normalisation inside, weights at rest, a gradient even where none flows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import isfinite

import torch
from torch import Tensor, nn

from nasapi.errors import InvalidOption
from nasapi.words import counted


class Normalized(nn.Module):
    """A network for pixels from 0 to 1 made of one for normalised pixels: (x - mean) / std, a channel each, goes first.

    So an epsilon is what it says, in pixels. In the mode, training or evaluation, of the network it is given.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, model: nn.Module, mean: Sequence[float], std: Sequence[float]):
        """Put `mean` and `std`, one number a channel, before `model`; InvalidOption where they do not fit."""
        if not isinstance(model, nn.Module):
            raise InvalidOption(f"A network to normalise for is a torch.nn.Module, not {type(model).__name__}.")
        try:
            means, deviations = [float(one) for one in mean], [float(one) for one in std]
            fit = len(means) == len(deviations) > 0 and min(deviations) > 0 and all(map(isfinite, means + deviations))
        except (TypeError, ValueError):
            fit = False
        if not fit:
            raise InvalidOption(
                f"Mean and std have one number a channel, std above 0, not {mean!r:.80} and {std!r:.80}."
            )
        super().__init__()
        self.model = model
        weight = next((weight for weight in model.parameters()), torch.zeros(()))
        for name, values in (("mean", means), ("std", deviations)):
            self.register_buffer(name, torch.tensor(values, dtype=weight.dtype, device=weight.device)[:, None, None])
        self.train(model.training)

    def forward(self, images: Tensor) -> Tensor:
        """Logits (n, classes) of images (n, channels, height, width)."""
        answers: Tensor = self.model((images - self.mean) / self.std)
        return answers


def normalized_by(model: nn.Module, channels: int, mean: str | None, std: str | None) -> nn.Module:
    """A network behind the normalisation of two texts such as "0.49,0.48,0.45", as it is where there are none.

    Raises InvalidOption where one is missing, or where they have not a number for each of the network's `channels`.
    """
    if mean is None and std is None:
        return model
    given = [None if text is None else text.split(",") for text in (mean, std)]
    if None in given or {len(numbers or ()) for numbers in given} != {channels}:
        raise InvalidOption(
            f"--mean and --std go together, each with {counted(channels, 'number', 'numbers')} for the network's "
            f"{counted(channels, 'channel', 'channels')} and commas between, not {mean!r:.80} and {std!r:.80}."
        )
    return Normalized(model, *given)  # type: ignore[arg-type]


class Attackable(nn.Module):
    """A network that leaves its images as they are and whose logits are of their dtype, with a gradient, be it zero."""

    def __init__(self, model: nn.Module, dtype: torch.dtype):
        """Wrap a network that is in evaluation mode and takes images of `dtype`."""
        super().__init__()
        self.model = model
        self.dtype = dtype
        self.eval()

    def forward(self, images: Tensor) -> Tensor:
        """Logits (n, classes) of images (n, channels, height, width)."""
        own = images.to(self.dtype, copy=True)  # which a network may write into
        answers: Tensor = self.model(own).to(images.dtype).clone()  # Square writes into them
        if images.requires_grad and not answers.requires_grad:  # a network that no input reaches
            answers = answers + 0.0 * images.flatten(1).sum(1, keepdim=True)
        return answers


@contextmanager
def gradients() -> Iterator[None]:
    """Gradients within the block, which a caller may have switched off."""
    with torch.inference_mode(False), torch.enable_grad():
        yield


@contextmanager
def weights_at_rest(model: nn.Module) -> Iterator[None]:
    """Compute no gradients by the weights within the block, and leave those that there are as they are."""
    learning = [weight for weight in model.parameters() if weight.requires_grad]
    for weight in learning:
        weight.requires_grad_(False)
    try:
        yield
    finally:
        for weight in learning:
            weight.requires_grad_(True)
