"""The candidates of a round: how many are drawn, and which."""

from __future__ import annotations

import numpy as np
from nasapi_agnet.candidates import collect
from nasapi_agnet.forms import LabelledGraphs
from nasapi_agnet.sampling import Samples
from nasapi_agnet.settings import PLAIN
from nasapi_toolkit.unseen import Unseen

from nasapi.testing.toy import Toy


class Stream:
    """Samples one after another from a list of codes, with their number as score."""

    def __init__(self, codes: list[tuple[int, int, int]]):
        self.codes, self.at, self.sizes = np.array(codes), 0, []

    def __call__(self, n: int) -> Samples:
        self.sizes.append(n)
        part = self.codes[self.at : self.at + n]
        scores = np.arange(self.at, self.at + len(part), dtype=np.float32)[:, None]
        self.at += n
        return Samples(part, scores, LabelledGraphs(np.empty((0, 2), np.int64), np.empty((0, 1), np.bool_)))


def cube(n: int) -> list[tuple[int, int, int]]:
    return [(i // 100, i // 10 % 10, i % 10) for i in range(n)]


def test_candidates_are_drawn_until_there_are_more_than_wanted():
    unseen, rng = Unseen(Toy(), "code"), np.random.default_rng(0)
    stream = Stream([(0, 0, 0)] * 100 + cube(200) + cube(1_000))
    found = collect(stream, unseen, PLAIN.draws, 100, rng)
    assert stream.sizes == [100, 200]
    assert (len(found.codes), found.drawn, found.valid) == (100, 300, 300)
    assert len(np.unique(found.codes, axis=0)) == 100
    np.testing.assert_array_equal(stream.codes[found.scores[:, 0].astype(int)], found.codes)
    assert found.scores.max() > 250  # any of them, not the first


def test_exactly_as_many_as_wanted_are_not_enough():
    stream = Stream(cube(100) + [(0, 0, 0)] * 200 + cube(1_000))
    collect(stream, Unseen(Toy(), "code"), PLAIN.draws, 100, np.random.default_rng(0))
    assert stream.sizes == [100, 200, 300]


def test_what_is_invalid_or_was_evaluated_is_no_candidate_and_too_few_are_all_taken():
    unseen = Unseen(Toy(), "code")
    unseen.take(np.array(cube(40)), 40)
    stream = Stream([(-1, -1, -1)] * 50 + cube(50) + [(0, 0, 7)] * 5_000)
    found = collect(stream, unseen, PLAIN.draws, 100, np.random.default_rng(0))
    assert sum(stream.sizes) == found.drawn == 4_500
    assert found.valid == 4_450
    assert sorted(map(tuple, found.codes.tolist())) == cube(50)[40:]
