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
from nasapi_attacks.inputs import Images, Labels, Subject, logits, require_batch, require_subject
from nasapi_attacks.networks import Attackable, weights_at_rest
from nasapi_attacks.randomness import own_randomness
from nasapi_attacks.specs import Attack

BATCH = 250
"""Images at a time, unless said otherwise. Random starts depend on it, so it belongs to the setting."""
_GRADIENT_IMAGES = 128  # of which gradients are looked at: enough to tell a vanishing share of 3 % with 95 %


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


def attack(
    model: nn.Module, images: Images, labels: Labels, spec: Attack | str, seed: int = 0, *, batch: int = BATCH
) -> Attacked:
    """Attack a network's classification of `images`, untargeted.

    `model` is in evaluation mode and gives logits (n, classes) for pixels from 0 to 1: normalisation is inside it
    (`Normalized`). `images` are (n, channels, height, width) of the weights' dtype, `labels` (n,) whole numbers. `spec`
    is an `Attack` or its text, "pgd[eps=8/255,steps=10]". FGSM and PGD are foolbox's, the others pyautoattack's. At
    epsilon 0 nothing is moved.

    The same model, images, seed and batch give the same result on the same machine with the same number of threads.
    Global random states and the weights' gradients are as before. Raises InvalidOption, before anything is
    attacked, for a model in training mode, for images outside the box or of another shape or dtype, for labels that
    are no classes, for NaN, and for a network that gives probabilities.
    """
    chosen = Attack.parse(spec) if isinstance(spec, str) else spec
    batch = require_batch(batch)
    start = process_time()
    with own_randomness(seed):
        subject = require_subject(model, images, labels, batch)
        autoattack.require_classes(chosen, subject.classes)
        with weights_at_rest(model):
            moved, cautions = _moved(subject, chosen, int(seed), batch)
        answers = subject.logits if moved is subject.images else logits(model, moved, batch)
    return Attacked(
        chosen,
        moved,
        subject.labels.cpu().numpy(),
        answers.cpu().numpy(),
        subject.logits.cpu().numpy(),
        cautions,
        int(seed),
        batch,
        process_time() - start,
    )


def _moved(subject: Subject, chosen: Attack, seed: int, batch: int) -> tuple[Tensor, tuple[str, ...]]:
    if not chosen.epsilon.exact:
        return subject.images, ()
    model = Attackable(subject.model, subject.images.dtype)
    if chosen.name in ("fgsm", "pgd"):
        cautions = vanishing(model, subject)
        return foolbox_attacks.run(model, subject.images, subject.labels, chosen, batch), cautions
    cautions = () if chosen.name == "square" else vanishing(model, subject)
    moved, more = autoattack.run(model, subject.images, subject.labels, chosen, batch, subject.classes, seed)
    return moved, (*cautions, *more)


def vanishing(model: nn.Module, subject: Subject) -> tuple[str, ...]:
    """A sentence where the loss has no gradient by some of the first images that are classified rightly."""
    right = (subject.logits.argmax(1) == subject.labels).nonzero()[:_GRADIENT_IMAGES, 0]
    if not len(right):
        return ()
    images = subject.images[right].requires_grad_()
    loss = cross_entropy(model(images), subject.labels[right], reduction="sum")
    (slope,) = torch.autograd.grad(loss, images)
    gone = int((slope.flatten(1).abs().amax(1) == 0).sum())
    if not gone:
        return ()
    return (
        f"The loss has no gradient by {gone} of {len(right)} images: attacks that follow gradients cannot move them, "
        "and their accuracy says nothing of robustness; look at square.",
    )
