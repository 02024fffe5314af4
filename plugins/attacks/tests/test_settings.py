"""What attacks are run with: batches, restarts, seeds, the libraries' own settings, and what is put back afterwards."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from fractions import Fraction
from time import process_time
from typing import Any

import numpy as np
import pytest
import torch
from nasapi_attacks import Attack, Normalized, Target, attack, parse_attacks, sensitivity
from nasapi_attacks.autoattack import _evaluation, _within, require_fits
from nasapi_attacks.foolbox_attacks import _library, _method
from nasapi_attacks.networks import Attackable
from nasapi_attacks.presets import strong
from nasapi_attacks.randomness import own_randomness
from torch import Tensor, nn
from trained_networks import Trained

from nasapi.errors import InvalidOption

EVERY = ["fgsm[eps=0.05]", "pgd[eps=0.05]", "apgd[eps=0.05,steps=5]", "square[eps=0.05,steps=20]"]


def few(trained: Trained, n: int = 60) -> tuple[nn.Module, Tensor, Tensor]:
    return trained.model, trained.images[:n], trained.labels[:n]


def test_images_that_left_the_ball_are_drawn_straight_back_to_its_edge() -> None:
    (chosen,) = parse_attacks("apgd[eps=0.5,norm=L1]")
    images = torch.full((3, 1, 4, 4), 0.5)
    by = torch.zeros_like(images)
    by[0, 0, 0, :2] = torch.tensor([0.3, -0.2])  # just within
    by[1, 0, 0, :4] = torch.tensor([0.4, -0.1, 0.2, 0.3])  # twice as far
    moved, (message,) = _within(images + by, images, chosen)
    torch.testing.assert_close(moved - images, by * torch.tensor([1.0, 0.5, 1.0])[:, None, None, None])
    assert "1 of 3 images" in message and "up to 2.00 times" in message
    assert _within(images, images, chosen) == (images, ())


@pytest.mark.parametrize("text", EVERY)
def test_no_more_than_a_batch_of_images_is_shown_at_a_time(trained: Trained, text: str) -> None:
    class Counting(nn.Module):
        most = 0

        def forward(self, images: Tensor) -> Tensor:
            self.most = max(self.most, len(images))
            return trained.model(images)

    for batch in (20, 130):
        model = Counting().eval()
        made = attack(model, *few(trained, 150)[1:], text, batch=batch)
        assert (model.most, made.batch) == (batch, batch)


@pytest.mark.parametrize("text", EVERY)
@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode, lambda: numbers_of(torch.float64)])
def test_an_attack_is_the_same_whatever_the_caller_has_torch_do(
    trained: Trained, text: str, mode: Callable[[], AbstractContextManager[None]]
) -> None:
    model, images, labels = few(trained, 20)
    with mode():
        made = attack(model, images + 0, labels + 0, text)  # of the caller's mode
        steep = sensitivity(model, images + 0, labels + 0, iterations=2)
    assert torch.equal(made.images, attack(model, images, labels, text).images)
    assert np.array_equal(steep.curvature, sensitivity(model, images, labels, iterations=2).curvature)


@pytest.mark.parametrize("text", EVERY)
def test_a_network_that_writes_into_its_images_is_attacked_as_one_that_does_not(trained: Trained, text: str) -> None:
    class Centred(nn.Module):
        def __init__(self, writes: bool):
            super().__init__()
            self.writes = writes

        def forward(self, images: Tensor) -> Tensor:
            return trained.model(images.sub_(0.25) if self.writes else images - 0.25)

    _, images, labels = few(trained, 20)
    before = images.clone()
    made, plain = (Target(Centred(writes).eval(), images, labels).attack(text) for writes in (True, False))
    assert torch.equal(made.images, plain.images) and made.warnings == plain.warnings
    assert torch.equal(images, before)
    steep = [sensitivity(Centred(writes).eval(), images, labels, iterations=1).jacobian for writes in (True, False)]
    assert np.array_equal(*steep)


@contextmanager
def numbers_of(dtype: torch.dtype) -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
        assert torch.get_default_dtype() == dtype
    finally:
        torch.set_default_dtype(before)


def test_an_image_falls_to_the_gradient_alike_in_any_batch(trained: Trained) -> None:
    whole, parts = (attack(*few(trained), "fgsm[eps=0.05]", batch=batch) for batch in (60, 20))
    torch.testing.assert_close(whole.images, parts.images)


def test_an_attack_says_its_seed_its_batch_and_its_time(trained: Trained) -> None:
    began = process_time()
    made = attack(*few(trained), "pgd[eps=0.05]")
    assert 0 < made.seconds <= process_time() - began
    assert (made.seed, made.batch) == (0, 250)
    assert torch.equal(made.images, attack(*few(trained), "pgd[eps=0.05]", seed=0).images)
    assert torch.equal(made.images, Target(*few(trained)).attack("pgd[eps=0.05]").images)


def test_of_several_random_starts_one_that_fools_is_enough(trained: Trained) -> None:
    once, thrice = (attack(*few(trained, 200), f"pgd[eps=0.05,steps=2,restarts={n}]") for n in (1, 3))
    assert float((thrice.images - trained.images).abs().max()) <= 0.05 + 1e-6
    assert thrice.accuracy < once.accuracy
    assert not (once.fooled & ~thrice.fooled).any()


def test_the_gradient_has_no_random_start_and_projected_descent_has_one() -> None:
    attacks = _library().attacks
    assert _method(attacks, Attack.parse("fgsm[eps=0.1]")).random_start is False
    made = _method(attacks, Attack.parse("pgd[eps=0.1,steps=7,step=1/8]"))
    assert (made.rel_stepsize, made.steps, made.random_start) == (0.125, 7, True)
    assert _method(attacks, Attack.parse("pgd[eps=0.1,restarts=2]")).times == 2
    with pytest.raises(InvalidOption, match="Foolbox attacks by fgsm, or by pgd"):
        _method(attacks, Attack.parse("apgd[eps=0.1]"))


def settings(made: Any, part: str) -> dict[str, Any]:
    names = ("eps", "norm", "n_iter", "n_iter_orig", "n_restarts", "n_queries", "n_target_classes", "seed")
    names += ("rescale_schedule", "eot_iter", "thr_decr", "device")
    found = {name: getattr(getattr(made, part), name, None) for name in names}
    return found | {"device": str(found["device"])}


@pytest.mark.parametrize("norm", ["Linf", "L2"])
def test_autoattack_is_the_standard_version_of_its_library(trained: Trained, norm: str) -> None:
    from pyautoattack import AutoAttack

    model = Attackable(trained.model, torch.float32)
    ours = _evaluation(model, Attack.parse(f"autoattack[eps=0.1,norm={norm}]"), 10, 5, trained.images)
    standard = AutoAttack(model, norm=norm, eps=0.1, seed=5, version="standard", device="cpu")
    assert ours.attacks_to_run == standard.attacks_to_run
    assert (ours.epsilon, ours.norm, ours.seed) == (0.1, norm, 5)
    for part in ("apgd", "apgd_targeted", "fab", "square"):
        assert settings(ours, part) == settings(standard, part), part


def test_the_parts_of_autoattack_have_the_settings_that_are_given(trained: Trained) -> None:
    def made(text: str, classes: int = 10) -> Any:
        return _evaluation(Attackable(trained.model, torch.float32), Attack.parse(text), classes, 0, trained.images)

    for text, part in (("apgd", "apgd"), ("apgd-t", "apgd_targeted")):
        found = getattr(made(f"{text}[eps=0.1,steps=7,restarts=3]"), part)
        assert (found.n_iter, found.n_restarts) == (7, 3)
    assert made("fab-t[eps=0.1,steps=7]").fab.n_iter == 7
    square = made("square[eps=0.1,steps=70,restarts=2]").square
    assert (square.n_queries, square.n_restarts, square.rescale_schedule) == (70, 2, True)
    assert not made("square[eps=0.1,rescale=false]").square.rescale_schedule
    assert [made("apgd-t[eps=0.1]", classes).apgd_targeted.n_target_classes for classes in (4, 10, 11, 12)] == [
        3,
        9,
        9,
        9,
    ]


@pytest.mark.parametrize(("name", "fewest"), [("apgd", 2), ("square", 2), ("fab-t", 2), ("apgd-t", 4), ("aa", 4)])
def test_an_attack_needs_so_many_classes(name: str, fewest: int) -> None:
    chosen = Attack.parse(f"{name}[eps=0.1]")
    require_fits(chosen, fewest, 8, 8)
    with pytest.raises(InvalidOption, match=f"needs {fewest} classes or more, and the network has {fewest - 1}"):
        require_fits(chosen, fewest - 1, 8, 8)


def test_images_that_pyautoattack_leaves_keep_every_bit(linear: Trained) -> None:
    images = linear.images * (1 - 1e-12)  # of which float32 knows nothing
    made = attack(linear.model, images, 1 - linear.labels, "apgd[eps=0.1,steps=3]")
    assert made.fooled.mean() > 0.9
    assert torch.equal(
        made.images[made.clean_logits.argmax(1) != made.labels], images[made.clean_logits.argmax(1) != made.labels]
    )
    assert made.images.dtype == torch.float64


def test_the_logger_of_a_library_is_put_back_and_prints_nothing(
    trained: Trained, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    class Traced(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            def grad() -> Tensor:  # a name that the library looks for
                return trained.model(images)

            return grad()

    logger = logging.getLogger("auto-attack")
    before = (logger.level, logger.propagate, list(logger.handlers))
    try:
        logger.setLevel(logging.ERROR)
        made = attack(Traced().eval(), trained.images[:50], trained.labels[:50], "apgd[eps=0.02,steps=3]")
        assert (logger.level, logger.propagate, logger.handlers) == (logging.ERROR, *before[1:])
    finally:
        logger.setLevel(before[0])
    assert len(made.warnings) == len(set(made.warnings)) >= 1
    assert caplog.records == []
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("length", [1.0, 1e-3])
def test_answers_are_random_from_a_ten_thousandth_of_their_length_on(trained: Trained, length: float) -> None:
    class Noisy(nn.Module):
        share = 0.0

        def forward(self, images: Tensor) -> Tensor:
            answers = nn.functional.normalize(trained.model(images)) * length
            noise = nn.functional.normalize(torch.randn(answers.shape)) * self.share * length
            return torch.cat([answers[:-1], answers[-1:] + noise[-1:]])  # of the last image alone

    for share, known in ((1e-3, True), (1e-6, False)):
        model = Noisy().eval()
        model.share = share
        target = Target(model, trained.images[:50], trained.labels[:50])
        assert bool(target.attack("square[eps=0]").warnings) is False
        found = target.attack("square[eps=0.02,steps=2]").warnings
        assert any("randomized" in sentence for sentence in found) is known


def test_images_without_a_gradient_are_counted_and_half_of_an_image_is_enough(trained: Trained) -> None:
    class Blind(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return trained.model(torch.cat([images[:, :, :4], images[:, :, 4:].detach()], 2))

    class Bright(nn.Module):
        """Has no gradient by images that are darker than most."""

        def forward(self, images: Tensor) -> Tensor:
            bright = images.flatten(1).mean(1)[:, None, None, None] > 0.3
            return trained.model(torch.where(bright, images, images.detach()))

    assert attack(Blind().eval(), *few(trained)[1:], "fgsm[eps=0.02]").warnings == ()
    images, labels = few(trained)[1:]
    right = trained.model(images).argmax(1) == labels
    dark = (images.flatten(1).mean(1) <= 0.3) & right
    (sentence,) = attack(Bright().eval(), images, labels, "fgsm[eps=0.02]").warnings
    assert f"no gradient by {int(dark.sum())} of {int(right.sum())} images" in sentence
    assert 0 < int(dark.sum()) < int(right.sum())


@pytest.mark.parametrize("text", ["fgsm[eps=0.05]", "pgd[eps=0.05]", "apgd[eps=0.05,steps=3]"])
def test_gradients_by_weights_are_left_as_they_are(trained: Trained, text: str) -> None:
    before = [weight.grad.clone() for weight in trained.model.parameters() if weight.grad is not None]
    assert before
    attack(*few(trained), text)
    for weight, grad in zip(trained.model.parameters(), before, strict=True):
        assert weight.grad is not None and torch.equal(weight.grad, grad)


def test_a_network_that_no_input_reaches_answers_as_it_did(trained: Trained) -> None:
    class Constant(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return torch.arange(10.0).repeat(len(images), 1)

    images = trained.images[:3].clone().requires_grad_()
    answers = Attackable(Constant(), torch.float32)(images)
    assert torch.equal(answers, torch.arange(10.0).repeat(3, 1))
    (slope,) = torch.autograd.grad(answers.sum(), images)
    assert torch.equal(slope, torch.zeros_like(images))


def test_a_normalisation_has_the_dtype_of_its_network_and_its_mode(linear: Trained) -> None:
    outer = Normalized(linear.model, [0.5], [0.25])
    assert (outer.mean.dtype, outer.std.shape, outer.training) == (torch.float64, (1, 1, 1), False)
    torch.testing.assert_close(outer(linear.images), linear.model((linear.images - 0.5) / 0.25))


def test_own_randomness_seeds_each_generator_and_puts_back_a_tracer() -> None:
    def tracer(*_: object) -> None:
        return None

    kept = sys.gettrace()
    try:
        sys.settrace(tracer)
        with own_randomness(7):
            sys.settrace(None)
            drawn = float(np.random.random())  # noqa: NPY002
        found = sys.gettrace()
    finally:
        sys.settrace(kept)
    assert found is tracer
    assert drawn == np.random.RandomState(7).random_sample()
    with own_randomness(2**32 - 1):
        pass


def test_the_strong_preset_is_given_exactly() -> None:
    pgd, apgd, targeted, square = strong("4/255")
    assert (pgd.name, pgd.steps, pgd.step, pgd.restarts) == ("pgd", 50, Fraction(1, 10), 3)
    assert (apgd.name, apgd.steps, apgd.restarts) == ("apgd", 100, 5)
    assert (targeted.name, targeted.steps, targeted.restarts) == ("apgd-t", 100, 1)
    assert (square.name, square.steps, square.restarts, square.rescale) == ("square", 5_000, 1, True)
    assert {one.epsilon.strength for one in strong()} == {1.0}
    assert {one.epsilon.strength for one in parse_attacks("strong[eps=4/255]")} == {4.0}
    assert [one.name for one in parse_attacks("aa[eps=1/255],fgsm[eps=2/255]")] == ["autoattack", "fgsm"]
