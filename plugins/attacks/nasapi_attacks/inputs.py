"""What is attacked, checked before anything is computed: the network, the images, the labels, and how they fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from attrs import frozen
from numpy.typing import NDArray
from torch import Tensor, nn

from nasapi.errors import InvalidOption
from nasapi.safety.whole_numbers import whole

Images = Tensor | NDArray[Any]
"""(n, channels, height, width), float32 or float64, pixels from 0 to 1."""
Labels = Tensor | NDArray[Any]
"""(n,) whole numbers from 0."""


_BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)


@frozen(eq=False)
class Subject:
    """A network with images and labels that fit it, and what it says of the images as they are."""

    model: nn.Module
    images: Tensor
    """(n, channels, height, width) on the network's device, of its dtype."""
    labels: Tensor
    """(n,) int64."""
    logits: Tensor
    """(n, classes)."""

    @property
    def classes(self) -> int:
        """How many logits there are."""
        return int(self.logits.shape[1])

    def first(self, n: int | None) -> Subject:
        """The same network with the first `n` images, all where it is None or more than there are."""
        return self if n is None else Subject(self.model, self.images[:n], self.labels[:n], self.logits[:n])


def require_subject(model: nn.Module, images: Images, labels: Labels, batch: int) -> Subject:
    """The network, images and labels together; raises InvalidOption with a sentence for whatever does not fit."""
    require_evaluation(model)
    pixels = require_images(images)
    truth = _labels(labels, len(pixels))
    _same_kind(model, pixels)
    answers = logits(model, pixels, batch)
    classes = int(answers.shape[1])
    if int(truth.max()) >= classes:
        row = int(truth.argmax())
        raise InvalidOption(
            f"Label {int(truth[row])} of image {row} is none of the network's {classes} classes, 0 to {classes - 1}."
        )
    return Subject(model, pixels, truth.to(pixels.device), answers)


def require_evaluation(model: object) -> None:
    """Raise InvalidOption unless the model is a torch module that answers each image of a batch by itself.

    All of its parts are in evaluation mode, and batch norms have running statistics.
    """
    if not isinstance(model, nn.Module):
        raise InvalidOption(f"A network to attack is a torch.nn.Module, not {type(model).__name__}.")
    training = [name or type(model).__name__ for name, module in model.named_modules() if module.training]
    if training:
        raise InvalidOption(
            f"The network is in training mode (its part {training[0]!r}), where batch norm and dropout change with the "
            "batch; call model.eval() first."
        )
    for name, module in model.named_modules():
        if isinstance(module, _BATCH_NORMS) and module.running_mean is None:
            raise InvalidOption(
                f"The network's part {name or type(module).__name__!r} has no running statistics, so that in "
                "evaluation mode, too, it normalises by the other images of a batch; train it with "
                "track_running_stats=True."
            )


def require_images(images: object) -> Tensor:
    """Images as a tensor; raises InvalidOption for another shape or dtype, pixels outside the box, or NaN."""
    if isinstance(images, np.ndarray) and images.dtype.kind in "fiub":
        images = torch.from_numpy(images.astype(images.dtype.newbyteorder("="), order="C"))
    if not isinstance(images, Tensor):
        raise InvalidOption(f"Images are a tensor or an array of numbers, not {type(images).__name__}.")
    if images.layout != torch.strided:
        raise InvalidOption(f"Images are a dense tensor, not one of layout {images.layout}; call images.to_dense().")
    if images.ndim != 4 or 0 in images.shape:
        raise InvalidOption(
            f"Images have the shape (n, channels, height, width), each at least 1, not {tuple(images.shape)}."
        )
    if images.dtype not in (torch.float32, torch.float64):
        raise InvalidOption(
            f"Images are float32 or float64 with pixels from 0 to 1, not {str(images.dtype).removeprefix('torch.')}; "
            "divide 8-bit pixels by 255."
        )
    images = images.detach().clone()  # which has a gradient, though made where none are computed
    bad = ~torch.isfinite(images).flatten(1).all(1)
    if bad.any():
        raise InvalidOption(
            f"{int(bad.sum())} of {len(images)} images hold NaN or infinity, the first of them image {_first(bad)}."
        )
    low, high = float(images.min()), float(images.max())
    if low < 0 or high > 1:
        raise InvalidOption(
            f"Pixels are from 0 to 1, but these go from {low:g} to {high:g}; divide 8-bit pixels by 255, and "
            "put a normalisation inside the network: nasapi_attacks.Normalized(model, mean, std), or --mean and --std."
        )
    return images


def logits(model: nn.Module, images: Tensor, batch: int) -> Tensor:
    """(n, classes) of a network for checked images; raises InvalidOption where it gives none, NaN or probabilities."""
    found = []
    with torch.no_grad():
        for part in torch.split(images, batch):
            try:
                answers = model(part.clone())  # which a network may write into
            except (RuntimeError, ValueError, IndexError, AssertionError) as error:
                shape = " x ".join(map(str, part.shape[1:]))
                raise InvalidOption(f"The network does not take images of {shape}: {error!s:.300}.") from error
            if not isinstance(answers, Tensor) or answers.ndim != 2 or len(answers) != len(part):
                shown = tuple(answers.shape) if isinstance(answers, Tensor) else type(answers).__name__
                raise InvalidOption(f"A network gives logits (n, classes) for n images, not {shown} for {len(part)}.")
            if not answers.is_floating_point():
                kind = str(answers.dtype).removeprefix("torch.")
                raise InvalidOption(f"A network gives logits, such as float32, that have a gradient, not {kind}.")
            found.append(answers.to(torch.promote_types(answers.dtype, part.dtype), copy=True))
    together = torch.cat(found)
    if together.shape[1] < 2:
        raise InvalidOption("A network to attack tells at least two classes apart; this one gives a single number.")
    bad = ~torch.isfinite(together).all(1)
    if bad.any():
        raise InvalidOption(
            f"The network gives NaN or infinity for {int(bad.sum())} of {len(images)} images, the first of them image "
            f"{_first(bad)}; its training failed, or its weights are not what they were."
        )
    if _probabilities(together):
        raise InvalidOption(
            "The network gives probabilities (each from 0 to 1, every row adding up to 1), whose gradients vanish "
            "where it is sure; give the logits, without a softmax at the end."
        )
    return together


def require_count(name: str, number: object) -> int:
    """A number of images, such as those at a time; raises InvalidOption for what is no whole number from 1."""
    return whole(number, 1, wanted=f"`{name}` is a whole number from 1")


def _probabilities(answers: Tensor) -> bool:
    inside = bool((answers >= 0).all()) and bool((answers <= 1 + 1e-6).all())
    return inside and bool(((answers.sum(1) - 1).abs() < 1e-5).all())


def _labels(labels: object, n: int) -> Tensor:
    if isinstance(labels, np.ndarray) and labels.dtype.kind in "iub":
        labels = torch.from_numpy(labels.astype(np.int64))
    if (
        not isinstance(labels, Tensor)
        or labels.is_floating_point()
        or labels.is_complex()
        or labels.dtype == torch.bool
    ):
        kind = getattr(labels, "dtype", type(labels).__name__)
        raise InvalidOption(f"Labels are whole numbers from 0, one an image, not {str(kind).removeprefix('torch.')}.")
    if labels.shape != (n,):
        raise InvalidOption(f"{n} images need labels of the shape ({n},), not {tuple(labels.shape)}.")
    if int(labels.min()) < 0:
        raise InvalidOption(f"Labels are whole numbers from 0, but one is {int(labels.min())}.")
    return labels.to(torch.int64, copy=True)


def _same_kind(model: nn.Module, images: Tensor) -> None:
    """Raise InvalidOption where weights and images differ in dtype or device, or nothing has a gradient by weights."""
    for weight in model.parameters():
        if weight.is_inference():
            raise InvalidOption(
                "The network was made within torch.inference_mode, so that no gradient goes through its weights; make "
                "it outside."
            )
        if weight.is_floating_point() and (weight.dtype, weight.device) != (images.dtype, images.device):
            raise InvalidOption(
                f"The network's weights are {_kind(weight)} and the images {_kind(images)}; "
                f"move one to the other, images.to(model's dtype and device)."
            )


def _kind(tensor: Tensor) -> str:
    return f"{str(tensor.dtype).removeprefix('torch.')} on {tensor.device}"


def _first(rows: Tensor) -> int:
    return int(rows.to(torch.int8).argmax())
