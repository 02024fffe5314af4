"""Mistakes that authors plausibly make in notations and official numbers, each with a rule that catches it."""

import numpy as np

from nasapi.errors import InvalidArchitecture, NotAvailable
from nasapi.notation import LISTED, Notation, whole_numbers
from nasapi.testing.toy import Toy

CODES = np.concatenate(list(Toy().enumerate()))


class Numbered(Toy):
    """The toy with its place in the list as official number: what the mistakes are made in."""

    numbered = 22

    def index(self, codes):
        return (codes[:, None] == CODES).all(axis=2).argmax(axis=1)

    def codes_at(self, indices):
        return CODES[indices]


class Spelled(Toy):
    """The toy with one more notation, the code backwards."""

    title = "the code backwards"
    name = "backwards"

    @property
    def notations(self):
        return super().notations | {self.name: Notation(self.title, self.from_text, self.to_text, LISTED)}

    def from_text(self, text):
        return np.array(whole_numbers(text, "no code backwards", 3))[::-1]

    def to_text(self, code):
        return str(code[::-1].tolist())


class OfficialLast(Toy):
    @property
    def notations(self):
        return dict(reversed(super().notations.items()))


class OfficialShouts(Toy):
    @property
    def notations(self):
        official = Notation("shouted", lambda text: self.parse(text.lower()), lambda code: self.format(code).upper())
        return {"string": official, "code": super().notations["code"]}


class OfficialBackwards(Toy):
    @property
    def notations(self):
        official = Notation("backwards", lambda text: self.parse(text)[::-1], self.format)
        return {"string": official, "code": super().notations["code"]}


class NameOfTwoWords(Spelled):
    name = "Back wards"


class NoTitle(Spelled):
    title = " "


class TwoOfOneTitle(Spelled):
    title = "the code: a list of its genes"


class NoNotation(Toy):
    @property
    def notations(self):
        return super().notations | {"pair": (self.parse, self.format)}


class WritesNoForm(Spelled):
    def to_text(self, code):
        return ",".join(map(str, code[::-1].tolist()))


class WritesForwards(Spelled):
    def to_text(self, code):
        return str(code.tolist())


class ReadsAnything(Spelled):
    def from_text(self, text):
        try:
            return super().from_text(text)
        except InvalidArchitecture:
            return CODES[0]


class RaisesAnything(Spelled):
    def from_text(self, text):
        return np.array([int(word) for word in text.strip("[]").split(",")])[::-1]


class Guesses(Spelled):
    def read(self, text, notation=None):
        return self.notations["code" if notation is None and text.startswith("[") else notation or "string"].read(text)


class TakesAnyName(Toy):
    def read(self, text, notation=None):
        return super().read(text, notation if notation in self.notations else None)


class NumbersAsText(Numbered):
    def index(self, codes):
        return super().index(codes).astype(np.float64)


class NumbersFromOne(Numbered):
    def index(self, codes):
        return super().index(codes) + 1

    def codes_at(self, indices):
        return CODES[indices - 1]


class NumbersAnother(Numbered):
    def codes_at(self, indices):
        return CODES[indices - 1]


class NumbersTwice(Numbered):
    def index(self, codes):
        found = super().index(codes)
        return np.where(found % 2 == 1, found, found - (found > 0))  # every second has its neighbour's number

    def codes_at(self, indices):
        return CODES[indices]


class NumbersInSecret(Numbered):
    numbered = None


class NumbersOnce(Numbered):
    """The second code of a network has a number of its own, which its number's code does not come back to."""

    def index(self, codes):
        return super().index(codes)

    def codes_at(self, indices):
        return self.canonical(CODES[indices])


class LacksData(Spelled):
    """Honest: a notation whose data are not here is passed over."""

    def from_text(self, text):
        raise NotAvailable("the list of names is not here")


PLANTED = [
    ("space/notations-official", OfficialLast),
    ("space/notations-official", OfficialShouts),
    ("space/notations-official", OfficialBackwards),
    ("space/notations-described", NameOfTwoWords),
    ("space/notations-described", NoTitle),
    ("space/notations-described", TwoOfOneTitle),
    ("space/notations-described", NoNotation),
    ("space/notations-read", WritesNoForm),
    ("space/notations-read", WritesForwards),
    ("space/notations-read", ReadsAnything),
    ("space/notations-read", RaisesAnything),
    ("space/notations-named", Guesses),
    ("space/notations-named", TakesAnyName),
    ("space/index", NumbersAsText),
    ("space/index", NumbersFromOne),
    ("space/index", NumbersAnother),
    ("space/index", NumbersTwice),
    ("space/index", NumbersOnce),
    ("space/index", NumbersInSecret),
]
