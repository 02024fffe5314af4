"""Attacks on really trained networks keep to what they promise."""

from __future__ import annotations

import inspect
import random
from itertools import pairwise

import numpy as np
import pytest
import torch
from nasapi_attacks import Attack, Target, attack
from nasapi_attacks.foolbox_attacks import _library, _method
from torch import nn
from trained_networks import Trained

from nasapi.errors import PluginError

foolbox = _library()
LINF = ["fgsm", "pgd", "apgd[steps=10]", "square[steps=50]", "apgd-t[steps=5]", "fab-t[steps=5]"]
OTHERS = ["fgsm[norm=L2]", "pgd[norm=L2]", "pgd[norm=L1]", "apgd[steps=5,norm=L2]", "square[steps=20,norm=L2]"]


def spec(text: str, eps: object) -> str:
    name, _, options = text.partition("[")
    return f"{name}[eps={eps}{',' + options if options else ']'}"


@pytest.mark.parametrize("text", LINF)
def test_epsilon_zero_is_the_clean_image(trained: Trained, text: str) -> None:
    made = attack(trained.model, trained.images, trained.labels, spec(text, 0))
    assert torch.equal(made.images, trained.images)
    assert made.accuracy == made.clean_accuracy > 90


@pytest.mark.parametrize("text", LINF)
def test_a_perturbation_stays_in_its_ball_and_in_the_box(trained: Trained, text: str) -> None:
    made = attack(trained.model, trained.images, trained.labels, spec(text, 0.05))
    assert float((made.images - trained.images).abs().max()) <= 0.05 + 1e-6
    assert float(made.images.min()) >= 0 and float(made.images.max()) <= 1
    assert made.accuracy < made.clean_accuracy - 1
    assert np.array_equal(made.fooled, made.logits.argmax(1) != trained.labels.numpy())


@pytest.mark.parametrize("text", OTHERS)
def test_the_other_norms_have_their_own_balls(trained: Trained, text: str) -> None:
    made = attack(trained.model, trained.images[:60], trained.labels[:60], spec(text, 0.5))
    moved = (made.images - trained.images[:60]).flatten(1)
    order = {"Linf": torch.inf, "L2": 2, "L1": 1}[made.spec.norm]
    assert float(torch.linalg.vector_norm(moved, order, dim=1).max()) <= 0.5 + 1e-4
    assert float(made.images.min()) >= 0 and float(made.images.max()) <= 1


@pytest.mark.parametrize("text", ["fgsm", "pgd", "apgd[steps=10]", "square[steps=50]"])
def test_accuracy_does_not_rise_with_epsilon(trained: Trained, text: str) -> None:
    found = [
        attack(trained.model, trained.images, trained.labels, spec(text, eps)).accuracy
        for eps in ("0", "0.02", "0.05", "0.1", "0.2")
    ]
    assert all(later <= sooner + 1 for sooner, later in pairwise(found))
    assert found[-1] < found[0] / 2


def test_many_steps_fool_more_than_one_and_the_published_pgd_less_than_apgd(trained: Trained) -> None:
    accuracy = {
        text: attack(trained.model, trained.images, trained.labels, text).accuracy
        for text in ("fgsm[eps=0.1]", "pgd[eps=0.1]", "pgd[eps=0.1,steps=40,step=1/30]", "apgd[eps=0.1,steps=25]")
    }
    fgsm, pgd, published, apgd = accuracy.values()
    assert apgd <= pgd + 1 and pgd < fgsm
    assert published > apgd


@pytest.mark.parametrize("text", ["pgd[eps=0.05]", "apgd[eps=0.05,steps=5]", "square[eps=0.05,steps=30]"])
def test_the_same_seed_gives_the_same_images_and_another_seed_others(trained: Trained, text: str) -> None:
    images, labels = trained.images[:50], trained.labels[:50]
    first = attack(trained.model, images, labels, text, seed=3)
    torch.rand(5)
    again = attack(trained.model, images, labels, text, seed=3)
    other = attack(trained.model, images, labels, text, seed=4)
    assert torch.equal(first.images, again.images)
    assert not torch.equal(first.images, other.images)


@pytest.mark.parametrize("text", LINF)
def test_global_random_states_weights_and_modes_stay_as_they_are(trained: Trained, text: str) -> None:
    before = (random.getstate(), np.random.get_state()[1].copy(), torch.get_rng_state().clone())  # noqa: NPY002
    weights = {name: value.clone() for name, value in trained.model.state_dict().items()}
    attack(trained.model, trained.images[:20], trained.labels[:20], spec(text, 0.05), seed=1)
    assert random.getstate() == before[0]
    assert np.array_equal(np.random.get_state()[1], before[1])  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), before[2])
    assert all(torch.equal(value, weights[name]) for name, value in trained.model.state_dict().items())
    assert all(weight.requires_grad and weight.grad is not None for weight in trained.model.parameters())
    assert not trained.model.training


def test_a_plane_falls_to_every_attack_exactly_where_the_closed_form_says(linear: Trained) -> None:
    weight = linear.model[1].weight[1] - linear.model[1].weight[0]
    bias = linear.model[1].bias[1] - linear.model[1].bias[0]
    sign = 2.0 * linear.labels - 1
    eps = 0.2
    # The pixels that would leave the box stop at its side.
    worst = (linear.images.flatten(1) - eps * sign[:, None] * weight.sign()).clamp(0, 1)
    right = (worst @ weight + bias) * sign > 0
    assert 0 < int(right.sum()) < len(right)
    for text in ("fgsm[eps=0.2]", "pgd[eps=0.2]", "apgd[eps=0.2,steps=20]"):
        made = attack(linear.model, linear.images, linear.labels, text)
        assert np.array_equal(~made.fooled, right.numpy()), text


def test_a_network_that_no_input_reaches_is_recorded_as_without_gradient(trained: Trained) -> None:
    class Constant(nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return torch.arange(10.0).flip(0).repeat(len(images), 1)

    for text in ("fgsm[eps=0.1]", "pgd[eps=0.1]", "apgd[eps=0.1,steps=3]", "square[eps=0.1,steps=3]"):
        made = attack(Constant().eval(), trained.images, trained.labels, text)
        assert made.accuracy == made.clean_accuracy
        assert ("no gradient" in " ".join(made.warnings)) == (not text.startswith("square"))


def test_gradients_that_vanish_are_recorded_and_square_sees_through(trained: Trained) -> None:
    class Steep(nn.Module):
        """Rounds pixels to sixteenths, which hides the gradient and changes nothing else."""

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return trained.model((images * 16).round() / 16)

    masked = Steep().eval()
    pgd = attack(masked, trained.images, trained.labels, "pgd[eps=0.1]")
    square = attack(masked, trained.images, trained.labels, "square[eps=0.1,steps=100]")
    assert "The loss has no gradient by 128 of 128 images" in pgd.warnings[0]
    assert square.accuracy < pgd.accuracy - 5


def test_an_attack_sees_what_its_library_warns_of(trained: Trained) -> None:
    class Traced(nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            def grad() -> torch.Tensor:  # a name that the library looks for
                return trained.model(images)

            return grad()

    made = attack(Traced().eval(), trained.images[:50], trained.labels[:50], "apgd[eps=0.02,steps=3]")
    assert any("dynamic defense" in sentence for sentence in made.warnings)


def test_the_spec_may_be_a_value(trained: Trained) -> None:
    chosen = Attack.make("fgsm", "8/255")
    assert attack(trained.model, trained.images[:10], trained.labels[:10], chosen).spec is chosen


def test_attacks_that_share_a_target_give_what_each_gives_alone(trained: Trained) -> None:
    target = Target(trained.model, trained.images, trained.labels, batch=40)
    for text in (
        "fgsm[eps=0.02]",
        "fgsm[eps=0.05]",
        "pgd[eps=0.05]",
        "apgd[eps=0.05,steps=5]",
        "square[eps=0.05,steps=20]",
    ):
        for images in (60, None):
            shared = target.attack(text, seed=3, images=images)
            alone = attack(trained.model, trained.images[:images], trained.labels[:images], text, seed=3, batch=40)
            assert torch.equal(shared.images, alone.images)
            assert np.array_equal(shared.logits, alone.logits)
            assert shared.warnings == alone.warnings


@pytest.mark.parametrize("text", ["fgsm[eps=0.05]", "fgsm[eps=0.5,norm=L2]", "pgd[eps=0.05]"])
def test_fgsm_and_pgd_are_what_the_library_gives_when_it_is_called(trained: Trained, text: str) -> None:
    made = attack(trained.model, trained.images, trained.labels, text, seed=3, batch=len(trained.images))
    model = foolbox.PyTorchModel(trained.model, bounds=(0, 1))
    method = _method(foolbox.attacks, made.spec)
    torch.manual_seed(3)
    _, moved, _ = method(model, trained.images, trained.labels, epsilons=float(made.spec.epsilon))
    assert torch.equal(made.images, moved)


@pytest.mark.parametrize("text", ["fgsm[eps=0.02]", "square[eps=0.02,steps=3]"])
def test_a_network_of_random_answers_is_recorded(trained: Trained, text: str) -> None:
    class Dropping(nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return trained.model(images) + torch.rand(len(images), 10)

    made = attack(Dropping().eval(), trained.images[:50], trained.labels[:50], text)
    assert any("randomized" in sentence for sentence in made.warnings)


@pytest.mark.parametrize(("text", "library"), [("pgd[eps=0.05]", "foolbox"), ("apgd[eps=0.02]", "pyautoattack")])
def test_what_a_library_raises_is_quoted_with_its_name(trained: Trained, text: str, library: str) -> None:
    class Tires(nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            if "run_standard_evaluation" in called() or "perturb" in called() or "value_and_grad" in called():
                raise ValueError("no more")
            return trained.model(images)

    with pytest.raises(PluginError, match=f"^{library} failed: ValueError: no more"):
        attack(Tires().eval(), trained.images[:50], trained.labels[:50], text)


def called() -> set[str]:
    """The names of the functions that are running."""
    return {frame.function for frame in inspect.stack(0)}
