"""What was not asked for yet, and the weights of what was."""

from __future__ import annotations

import numpy as np
import pytest
from nasapi_toolkit.unseen import Unseen
from nasapi_toolkit.weights import effective_sample_size, retraining_weights

from nasapi.testing.toy import Toy

EVERY = np.concatenate(list(Toy().enumerate()))
NETWORKS = np.unique(Toy().canonical(EVERY), axis=0)


def test_rows_are_taken_in_their_order_each_once_and_no_more_than_asked() -> None:
    unseen = Unseen(Toy())
    codes = np.array([[0, 1, 0], [0, 1, 0], [2, 2, 2], [1, 2, 1], [0, 2, 0]])
    assert unseen.take(codes, 2).tolist() == [[0, 1, 0], [2, 2, 2]]
    assert unseen.taken == {(0, 1, 0), (2, 2, 2)}
    assert unseen.take(codes, 9).tolist() == [[1, 2, 1], [0, 2, 0]]
    assert unseen.take(codes, 9).shape == (0, 3)


def test_two_codes_of_one_network_are_taken_once_where_networks_are_distinguished() -> None:
    one, other = [2, 1, 0], [1, 1, 0]  # the edge into the dead node differs
    assert Unseen(Toy(), "network").take(np.array([one, other]), 2).tolist() == [one]
    assert Unseen(Toy(), "code").take(np.array([one, other]), 2).tolist() == [one, other]
    assert Unseen(Toy(), None).take(np.array([one, one, other]), 2).tolist() == [one, one]


def test_what_is_new_is_not_taken_by_asking() -> None:
    unseen = Unseen(Toy(), "network")
    unseen.take(np.array([[2, 2, 2]]), 1)
    codes = np.array([[1, 1, 0], [2, 2, 2], [2, 1, 0], [1, 2, 1]])
    assert unseen.new(codes).tolist() == [[1, 1, 0], [1, 2, 1]]
    assert unseen.new(codes).tolist() == [[1, 1, 0], [1, 2, 1]]
    assert len(unseen.taken) == 1


@pytest.mark.parametrize(("distinct", "size"), [("code", 22), ("network", 14)])
def test_a_space_is_drawn_to_its_end_and_then_nothing_is_left(distinct: str, size: int) -> None:
    unseen, rng = Unseen(Toy(), distinct), np.random.default_rng(0)  # type: ignore[arg-type]
    assert not unseen.exhausted
    drawn = np.concatenate([unseen.draw(5, rng) for _ in range(8)])
    assert len(drawn) == size
    assert len(np.unique(unseen.names(drawn), axis=0)) == size
    assert unseen.exhausted
    assert unseen.draw(3, rng).shape == (0, 3)


def test_what_hardly_any_draw_finds_is_looked_for_systematically(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stuck(Toy):
        def sample(self, n: int, rng: np.random.Generator) -> np.ndarray:
            return np.tile([0, 1, 0], (n, 1))

    first, second = (Unseen(Stuck()).draw(6, np.random.default_rng(seed)) for seed in (0, 1))
    assert len(np.unique(first, axis=0)) == 6
    assert first[0].tolist() == [0, 1, 0]
    assert first.tolist() != second.tolist()  # in the order of a draw, not of the space
    assert Unseen(Stuck(), None).draw(4, np.random.default_rng(0)).tolist() == [[0, 1, 0]] * 4
    monkeypatch.setattr("nasapi_toolkit.unseen._LISTED", 21)
    assert Unseen(Stuck()).draw(6, np.random.default_rng(0)).tolist() == [[0, 1, 0]]


def test_a_space_of_unknown_size_is_drawn_from_and_not_listed() -> None:
    class Uncounted(Toy):
        size = None

        def enumerate(self, batch: int = 65536):  # type: ignore[no-untyped-def]
            raise AssertionError("a space that nobody counted cannot be listed")

    drawn = Unseen(Uncounted()).draw(30, np.random.default_rng(0))
    assert len(np.unique(drawn, axis=0)) == len(drawn) == 22


def test_a_space_of_a_million_codes_is_still_listed_and_a_larger_one_is_not() -> None:
    class Sized(Toy):
        def sample(self, n: int, rng: np.random.Generator) -> np.ndarray:
            return np.tile([0, 1, 0], (n, 1))

    for size, found in ((2**20, 4), (2**20 + 1, 1)):
        space = Sized()
        space.size = size
        assert len(Unseen(space).draw(4, np.random.default_rng(0))) == found


def test_weights_are_one_over_kn_plus_rank_with_mean_one() -> None:
    found = retraining_weights(np.array([2, 0, 1]), 0.5)
    plain = np.array([1 / 3.5, 1 / 1.5, 1 / 2.5])
    np.testing.assert_allclose(found, plain / plain.mean())
    np.testing.assert_allclose(retraining_weights(np.array([2, 0, 1]), 0.5, squared=True), plain**2 / (plain**2).mean())


def test_as_many_rows_as_weigh_alike_average_as_well() -> None:
    assert effective_sample_size(np.array([2.0, 2.0, 2.0, 0.0])) == pytest.approx(3)
    assert effective_sample_size(np.array([3.0, 1.0])) == pytest.approx(16 / 10)
