"""Whatever does not fit is named in a sentence before anything is attacked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from nasapi_attacks import Attack, Epsilon, Normalized, Target, attack
from nasapi_attacks.networks import normalized_by
from torch import Tensor, nn
from trained_networks import Trained

from nasapi.errors import InvalidOption

Change = Callable[[Trained], tuple[nn.Module, Tensor, Tensor]]


def nan(one: Trained) -> Tensor:
    images = one.images.clone()
    images[3, 0, 2, 2] = torch.nan
    return images


def one_nan(one: Trained) -> nn.Module:
    class OneNaN(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            answers = one.model(images)
            return torch.where(
                torch.eye(*answers.shape).roll(7, 0).bool() & (torch.arange(10) == 0), torch.nan, answers
            )

    return OneNaN().eval()


def diverged(one: Trained) -> nn.Module:
    class Diverged(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return one.model(images) / (images.flatten(1).sum(1, keepdim=True) * 0)

    return Diverged().eval()


def made_in_inference_mode() -> nn.Module:
    with torch.inference_mode():
        return nn.Sequential(nn.Flatten(), nn.Linear(64, 10)).eval()


class Rounded(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        return (images.flatten(1) * 9).long()


WRONG: dict[str, tuple[Change, str]] = {
    "brighter than white": (
        lambda t: (t.model, t.images * 1.5, t.labels),
        "Pixels are from 0 to 1, .* to 1.5; .*Normal",
    ),
    "normalised": (lambda t: (t.model, t.images - 0.5, t.labels), "go from -0.5 to 0.5"),
    "bytes": (lambda t: (t.model, (t.images * 255).byte(), t.labels), "not uint8; divide 8-bit pixels by 255"),
    "flat": (lambda t: (t.model, t.images.flatten(1), t.labels), r"not \(200, 64\)"),
    "sparse": (lambda t: (t.model, t.images.to_sparse(), t.labels), "dense tensor, not one of layout torch.sparse_coo"),
    "none": (lambda t: (t.model, t.images[:0], t.labels[:0]), r"each at least 1, not \(0, 1, 8, 8\)"),
    "three channels": (lambda t: (t.model, t.images.repeat(1, 3, 1, 1), t.labels), "does not take images of 3 x 8 x 8"),
    "another size": (lambda t: (t.model, t.images[:, :, :6, :6], t.labels), "does not take images of 1 x 6 x 6"),
    "float64": (lambda t: (t.model, t.images.double(), t.labels), "weights are float32 on cpu and the images float64"),
    "nan pixels": (lambda t: (t.model, nan(t), t.labels), "1 of 200 images hold NaN or infinity, .* image 3"),
    "nan logits": (lambda t: (diverged(t), t.images, t.labels), "NaN or infinity for 200 of 200 images"),
    "one nan logit": (lambda t: (one_nan(t), t.images, t.labels), "infinity for 1 of 200 images, .* image 7"),
    "training": (
        lambda t: (nn.Sequential(t.model).train(False).append(nn.Dropout()), t.images, t.labels),
        "model.eval()",
    ),
    "statistics of a batch": (
        lambda t: (nn.Sequential(nn.BatchNorm2d(1, track_running_stats=False), t.model).eval(), t.images, t.labels),
        "part '0' has no running statistics",
    ),
    "probabilities": (
        lambda t: (nn.Sequential(t.model, nn.Softmax(1)).eval(), t.images, t.labels),
        "gives probabilities",
    ),
    "one logit": (lambda t: (nn.Sequential(t.model, nn.Linear(10, 1)).eval(), t.images, t.labels), "a single number"),
    "feature maps": (lambda t: (nn.Identity().eval(), t.images, t.labels), r"gives logits \(n, classes\)"),
    "a function": (lambda t: (torch.sin, t.images, t.labels), "torch.nn.Module, not builtin"),
    "label 10": (lambda t: (t.model, t.images, t.labels + 1), "Label 10 of image .* 10 classes, 0 to 9"),
    "label -1": (lambda t: (t.model, t.images, t.labels - 1), "one is -1"),
    "complex labels": (lambda t: (t.model, t.images, t.labels.to(torch.complex64)), "one an image, not complex64"),
    "labels that are true": (lambda t: (t.model, t.images, t.labels > 4), "one an image, not bool"),
    "one-hot": (lambda t: (t.model, t.images, nn.functional.one_hot(t.labels)), r"shape \(200,\), not \(200, 10\)"),
    "float labels": (
        lambda t: (t.model, t.images, t.labels.float()),
        "whole numbers from 0, one an image, not float32",
    ),
    "whole numbers for logits": (
        lambda t: (Rounded().eval(), t.images, t.labels),
        "gives logits, such as float32, that have a gradient, not int64",
    ),
    "without gradients": (lambda t: (made_in_inference_mode(), t.images, t.labels), "made within torch.inference_mode"),
    "too few labels": (lambda t: (t.model, t.images, t.labels[:9]), r"not \(9,\)"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_fit_is_named(trained: Trained, name: str) -> None:
    change, sentence = WRONG[name]
    model, images, labels = change(trained)
    with pytest.raises(InvalidOption, match=sentence):
        attack(model, images, labels, "fgsm[eps=8/255]")


@pytest.mark.parametrize(
    "answer",
    [
        lambda logits: logits.sigmoid(),  # from 0 to 1, but rows do not add up to 1
        lambda logits: logits - logits.mean(1, keepdim=True) + 0.1,  # rows add up to 1, but some are below 0
        lambda logits: torch.cat([logits[:1].softmax(1), logits[1:]]),  # one row alone
    ],
)
def test_what_only_resembles_probabilities_is_taken(trained: Trained, answer: Callable[[Tensor], Tensor]) -> None:
    class Answering(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return answer(trained.model(images))

    Target(Answering().eval(), trained.images[:20], trained.labels[:20])


@pytest.mark.parametrize("spec", [None, 3, ["fgsm[eps=0.1]"]])
def test_an_attack_that_is_none_is_refused(trained: Trained, spec: object) -> None:
    with pytest.raises(InvalidOption, match="An attack is an `Attack` or a text such as"):
        attack(trained.model, trained.images, trained.labels, spec)  # type: ignore[arg-type]
    for name, epsilon in (("nope", Epsilon(0.1)), ("fgsm", 0.1)):
        with pytest.raises(InvalidOption, match=r"An attack has a name among fgsm, .* and an `Epsilon`, not"):
            Attack(name, epsilon)


@pytest.mark.parametrize("seed", [-1, 0.5, True, 2**32, None])
def test_a_seed_is_a_whole_number(trained: Trained, seed: object) -> None:
    with pytest.raises(InvalidOption, match="A seed is a whole number"):
        attack(trained.model, trained.images, trained.labels, "fgsm[eps=8/255]", seed=seed)  # type: ignore[arg-type]


def test_a_batch_is_a_whole_number(trained: Trained) -> None:
    with pytest.raises(InvalidOption, match="`batch` is a whole number from 1, not 0"):
        attack(trained.model, trained.images, trained.labels, "fgsm[eps=8/255]", batch=0)
    with pytest.raises(InvalidOption, match="`images` is a whole number from 1, not 0"):
        Target(trained.model, trained.images, trained.labels).attack("fgsm[eps=8/255]", images=0)


def test_targeted_attacks_need_classes_to_aim_at(linear: Trained) -> None:
    with pytest.raises(InvalidOption, match="APGD-T needs 4 classes or more, and the network has 2"):
        attack(linear.model, linear.images, linear.labels, "apgd-t[eps=8/255]")


def test_arrays_are_taken_as_tensors_are(trained: Trained) -> None:
    arrays = attack(trained.model, trained.images.numpy(), trained.labels.numpy().astype(np.int16), "fgsm[eps=0.05]")
    tensors = attack(trained.model, trained.images, trained.labels, "fgsm[eps=0.05]")
    assert torch.equal(arrays.images, tensors.images)
    swapped = trained.images.numpy().astype(">f4")
    swapped.flags.writeable = False
    assert torch.equal(attack(trained.model, swapped, trained.labels, "fgsm[eps=0.05]").images, tensors.images)


def test_answers_in_half_precision_are_read_as_numbers_of_the_images(trained: Trained) -> None:
    class Half(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return trained.model(images).bfloat16()

    made = attack(Half().eval(), trained.images[:20], trained.labels[:20], "fgsm[eps=0.05]")
    assert made.logits.dtype == made.clean_logits.dtype == np.float32


def test_normalisation_inside_the_network_leaves_epsilon_in_pixels(trained: Trained) -> None:
    with torch.no_grad():
        inner = nn.Sequential(nn.Conv2d(1, 1, 1), trained.model).eval()
        inner[0].weight.fill_(0.3)
        inner[0].bias.fill_(0.2)
    outer = Normalized(inner, [0.2], [0.3])  # undoes the convolution before it
    images, labels = trained.images[:50], trained.labels[:50]
    wrapped, plain = (attack(model, images, labels, "fgsm[eps=0.05]") for model in (outer, trained.model))
    assert float((wrapped.images - plain.images).abs().max()) < 1e-5
    assert not outer.training


@pytest.mark.parametrize(
    ("mean", "std"),
    [([0.1], [0.0]), ([0.1, 0.2], [1.0]), ([], []), (None, None), (0.1, 0.2), ([np.nan], [1]), ("a", "b")],
)
def test_a_normalisation_that_is_none_is_refused(trained: Trained, mean: Any, std: Any) -> None:
    with pytest.raises(InvalidOption, match="Mean and std have one number a channel"):
        Normalized(trained.model, mean, std)


def test_a_normalisation_goes_before_a_network_alone() -> None:
    with pytest.raises(InvalidOption, match=r"is a torch\.nn\.Module, not str"):
        Normalized("resnet", [0.1], [0.2])  # type: ignore[arg-type]


def test_a_normalisation_in_words_goes_before_the_network(trained: Trained) -> None:
    assert normalized_by(trained.model, 1, None, None) is trained.model
    made = normalized_by(trained.model, 1, "0.5", "0.25")
    expected = trained.model((trained.images[:5] - 0.5) / 0.25)
    assert torch.allclose(made(trained.images[:5]), expected)
    for words in (("0.5", None), (None, "0.5"), ("0.5,0.5", "1,1")):
        with pytest.raises(InvalidOption, match="--mean and --std go together, each with 1 number for the network's 1"):
            normalized_by(trained.model, 1, *words)
    with pytest.raises(InvalidOption, match=r"std above 0, not \['half'\]"):
        normalized_by(trained.model, 1, "half", "1")
