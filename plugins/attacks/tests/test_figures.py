"""What the figure of attacked images draws, read off its axes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from nasapi_attacks.figures import _colours, attacked_figure

torch = pytest.importorskip("torch")
LABELS = np.array([1, 0, 2, 1, 0])
SEEN = np.array([1, 2, 2, 1, 0])  # the second is wrong when clean


def logits(classes: Any) -> np.ndarray:
    return np.eye(3)[np.asarray(classes)]


def attack(title: str, classes: list[int], images: np.ndarray) -> Any:
    return SimpleNamespace(
        spec=SimpleNamespace(title=title),
        labels=LABELS,
        clean_logits=logits(SEEN),
        logits=logits(classes),
        images=torch.from_numpy(images),
    )


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    found: list[Any] = []

    def draw_on(name: str, title: str, caption: str, draw: Any, *, height: float) -> str:
        axes = Figure().subplots()
        draw(axes)
        found.append((axes, height, caption))
        return name

    monkeypatch.setattr("nasapi_report.canvas.figure", draw_on)
    return found


def test_rows_are_the_clean_images_and_each_attack_under_the_class_that_is_seen(drawn: list[Any]) -> None:
    rng = np.random.default_rng(0)
    clean = rng.random((5, 3, 4, 2))
    first, second = rng.random((2, 5, 3, 4, 2))
    attacks = [attack("FGSM", [1, 1, 0, 1, 0], first), attack("PGD", [0, 0, 0, 0, 0], second)]
    assert attacked_figure(clean, attacks, columns=3) == "attacked"
    ((axes, height, caption),) = drawn
    assert height == pytest.approx(0.9 * 3 + 0.4)
    assert "The first 3 images that the network classifies rightly" in caption
    chosen = [0, 2, 3]  # the first three that are right when clean
    pictures = [image.transpose(1, 2, 0) for images in (clean, first, second) for image in images[chosen]]
    assert len(axes.images) == 9
    for picture, image in zip(pictures, axes.images, strict=True):
        np.testing.assert_array_equal(image.get_array(), picture)
    places = [tuple(image.get_extent()) for image in axes.images]
    assert places == [
        pytest.approx((1.1 * column, 1.1 * column + 0.5, 1.35 * row + 1, 1.35 * row))
        for row in range(3)
        for column in range(3)
    ]
    titles = [text for text in axes.texts if text.get_position()[0] < 0]
    assert [(text.get_text(), text.get_position()[1]) for text in titles] == [
        ("clean", 0.5),
        ("FGSM", pytest.approx(1.85)),
        ("PGD", pytest.approx(3.2)),
    ]
    classes = [text for text in axes.texts if text.get_position()[0] > 0]
    assert [text.get_text() for text in classes] == list("121101000")
    right = [True, True, True, True, False, True, False, False, False]
    assert [text.get_color() for text in classes] == ["#009E73" if one else "#D55E00" for one in right]
    assert [text.get_position() for text in classes] == [
        pytest.approx((1.1 * column + 0.5, 1.35 * row - 0.04)) for row in range(3) for column in range(3)
    ]
    assert len(axes.lines) == 4
    left, bottom, top = 1.1, 2.35, 1.35  # of the one wrong image under the first attack
    assert list(axes.lines[0].get_xdata()) == pytest.approx([left, left + 0.5, left + 0.5, left, left])
    assert list(axes.lines[0].get_ydata()) == pytest.approx([top, top, bottom, bottom, top])
    assert to_hex(axes.lines[0].get_color()) == "#d55e00"
    assert axes.get_xlim() == pytest.approx((-0.1, 3.3))
    assert axes.get_ylim() == pytest.approx((4.05, -0.3))
    assert axes.get_aspect() == 1 and not axes.axison
    assert {image.get_clim() for image in axes.images} == {(0, 1)}


def test_where_no_image_is_right_the_first_ones_are_shown_and_at_most_eight_attacks(drawn: list[Any]) -> None:
    images = np.zeros((5, 1, 2, 2))
    attacks = [attack(f"A{number}", [0] * 5, images) for number in range(10)]
    for one in attacks:
        one.clean_logits = logits((LABELS + 1) % 3)
    attacked_figure(images, attacks, columns=2)
    ((axes, _, _),) = drawn
    assert len(axes.images) == 2 * (1 + 8)
    assert [text.get_text() for text in axes.texts if text.get_position()[0] > 0][:2] == ["2", "1"]


def test_eight_images_are_shown_unless_said_otherwise(drawn: list[Any]) -> None:
    images = np.zeros((10, 1, 2, 2))
    one = attack("FGSM", [0] * 10, images)
    one.labels, one.clean_logits = np.zeros(10, int), logits([0] * 10)
    attacked_figure(images, [one])
    ((axes, _, _),) = drawn
    assert len(axes.images) == 2 * 8


def test_images_of_one_or_of_other_numbers_of_channels_are_gray_and_colours_are_cut() -> None:
    image = np.array([[[0.2, 1.4]], [[-0.5, 0.5]], [[1.0, 0.0]]])
    assert _colours(image).tolist() == [[[0.2, 0.0, 1.0], [1.0, 0.5, 0.0]]]
    assert _colours(image[:2]).tolist() == [pytest.approx([-0.15, 0.95])]
    assert _colours(image[:1]).tolist() == [[0.2, 1.4]]
