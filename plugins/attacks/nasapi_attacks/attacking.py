"""The attack on a network: adversarial images, what is fooled, and what the libraries had to say."""

from __future__ import annotations

from time import process_time

import numpy as np
import torch
from attrs import frozen
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from nasapi_attacks import autoattack, foolbox_attacks
from nasapi_attacks.inputs import Images, Labels, Subject, logits, require_count, require_subject
from nasapi_attacks.networks import Attackable, gradients, weights_at_rest
from nasapi_attacks.randomness import own_randomness
from nasapi_attacks.specs import Attack

BATCH = 250
"""Images at a time, unless said otherwise. Random starts depend on it, so it belongs to the setting."""
_GRADIENT_IMAGES = 128  # of which gradients are looked at: enough to tell a vanishing share of 3 % with 95 %
_RANDOM = 1e-4  # by how much of their length logits may differ between two passes, as in AutoAttack's own check


@frozen(eq=False)
class Attacked:
    """What an attack made of n images."""

    spec: Attack
    images: Tensor
    """(n, channels, height, width): within epsilon of the clean ones, pixels from 0 to 1."""
    labels: NDArray[np.int64]
    """(n,): the true classes."""
    logits: NDArray[np.floating]
    """(n, classes): what the network says of the attacked images."""
    clean_logits: NDArray[np.floating]
    """(n, classes): what it says of the clean ones."""
    warnings: tuple[str, ...]
    """What the libraries and the checks found: gradients that vanish, attacks that stop early. Empty is good."""
    seed: int
    batch: int
    seconds: float
    """CPU seconds of this process."""

    @property
    def fooled(self) -> NDArray[np.bool_]:
        """(n,): whether the attacked image is classified wrongly, be it that the clean one was, too."""
        return np.asarray(self.logits.argmax(1) != self.labels)

    @property
    def accuracy(self) -> float:
        """Percent of the attacked images that are classified rightly."""
        return 100.0 * float(np.mean(~self.fooled))

    @property
    def clean_accuracy(self) -> float:
        """Percent of the clean images that are classified rightly."""
        return 100.0 * float(np.mean(self.clean_logits.argmax(1) == self.labels))


class Target:
    """A network with images that several attacks share: all is checked once, and what attacks begin with computed once.

    Each attack gives the numbers that it gives alone, by `attack`.
    """

    def __init__(self, model: nn.Module, images: Images, labels: Labels, *, batch: int = BATCH):
        """Take what `attack` takes; raises InvalidOption for what does not fit, before anything is attacked."""
        self._batch = require_count("batch", batch)
        with own_randomness(0), gradients():
            self._subject = require_subject(model, images, labels, self._batch)
            self._random_answers = _random_answers(self._subject, self._batch)
        self._vanishing: dict[tuple[int, ...], tuple[str, ...]] = {}
        self._slopes: foolbox_attacks.Slopes = {}

    def require(self, spec: Attack | str) -> Attack:
        """The attack, which can be made here; raises InvalidOption for too few classes or images too small for it."""
        chosen = Attack.of(spec)
        autoattack.require_fits(chosen, self._subject.classes, *self._subject.images.shape[2:])
        return chosen

    def attack(self, spec: Attack | str, seed: int = 0, *, images: int | None = None) -> Attacked:
        """Attack the classification of the first so many `images`, by default of all.

        Raises what `require` does, and PluginError with what a library raised while it attacked.
        """
        chosen = self.require(spec)
        start = process_time()
        subject = self._subject.first(None if images is None else require_count("images", images))
        with own_randomness(seed), gradients():
            with weights_at_rest(subject.model):
                moved, cautions = self._moved(subject, chosen, int(seed))
            answers = subject.logits if moved is subject.images else logits(subject.model, moved, self._batch)
        return Attacked(
            spec=chosen,
            images=moved,
            labels=subject.labels.cpu().numpy(),
            logits=answers.cpu().numpy(),
            clean_logits=subject.logits.cpu().numpy(),
            warnings=cautions,
            seed=int(seed),
            batch=self._batch,
            seconds=process_time() - start,
        )

    def _moved(self, subject: Subject, chosen: Attack, seed: int) -> tuple[Tensor, tuple[str, ...]]:
        if not chosen.epsilon.exact:
            return subject.images, ()
        model = Attackable(subject.model, subject.images.dtype)
        cautions = (
            self._random_answers
            if chosen.name == "square"
            else (*self._random_answers, *self._without_gradient(model, subject))
        )
        if chosen.name in ("fgsm", "pgd"):
            moved = foolbox_attacks.run(model, subject.images, subject.labels, chosen, self._batch, self._slopes)
            return moved, cautions
        moved, more = autoattack.run(model, subject.images, subject.labels, chosen, self._batch, subject.classes, seed)
        return moved, (*cautions, *more)

    def _without_gradient(self, model: Attackable, subject: Subject) -> tuple[str, ...]:
        rows = (subject.logits.argmax(1) == subject.labels).nonzero()[:_GRADIENT_IMAGES, 0]
        key = tuple(rows.tolist())
        if key not in self._vanishing:
            self._vanishing[key] = vanishing(model, subject.images[rows], subject.labels[rows], self._batch)
        return self._vanishing[key]


def attack(
    model: nn.Module, images: Images, labels: Labels, spec: Attack | str, seed: int = 0, *, batch: int = BATCH
) -> Attacked:
    """Attack a network's classification of `images`, untargeted; several attacks on one network share a `Target`.

    `model` is in evaluation mode and gives logits (n, classes) for pixels from 0 to 1: normalisation is inside it
    (`Normalized`). `images` are (n, channels, height, width) of the weights' dtype, `labels` (n,) whole numbers. `spec`
    is an `Attack` or its text, "pgd[eps=8/255,steps=10]". FGSM and PGD are foolbox's, the others pyautoattack's. At
    epsilon 0 nothing is moved.

    The same model, images, seed and batch give the same result on the same machine with the same number of threads.
    Global random states and the weights' gradients are as before. Raises InvalidOption, before anything is
    attacked, for a model in training mode, for images outside the box or of another shape or dtype, for labels that
    are no classes, for NaN, and for a network that gives probabilities.
    """
    chosen = Attack.of(spec)
    return Target(model, images, labels, batch=batch).attack(chosen, seed)


def vanishing(model: Attackable, images: Tensor, labels: Tensor, batch: int) -> tuple[str, ...]:
    """A sentence where the loss has no gradient by some of the images, which are those that are classified rightly."""
    if not len(images):
        return ()
    gone = 0
    for some, truth in zip(torch.split(images, batch), torch.split(labels, batch), strict=True):
        pixels = some.clone().requires_grad_()
        (slope,) = torch.autograd.grad(cross_entropy(model(pixels), truth, reduction="sum"), pixels)
        gone += int((slope.flatten(1).abs().amax(1) == 0).sum())
    if not gone:
        return ()
    return (
        f"The loss has no gradient by {gone} of {len(images)} images: attacks that follow gradients cannot move them, "
        "and their accuracy says nothing of robustness; look at square.",
    )


def _random_answers(subject: Subject, batch: int) -> tuple[str, ...]:
    """A sentence where a network answers otherwise when the first images are shown again."""
    again = logits(subject.model, subject.images[:batch], batch)
    apart = (again - subject.logits[:batch]).norm(dim=1) / again.norm(dim=1).clamp_min(1e-10)
    if float(apart.max()) <= _RANDOM:
        return ()
    return (
        "The network is randomized: its answers differ when the same images are shown again, by which attacks fail.",
    )
