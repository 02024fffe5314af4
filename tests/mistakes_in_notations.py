"""Mistakes that authors of spaces plausibly make in reading and writing official strings."""

import numpy as np
from mistakes_in_sampling import CrossesToTheFirst, StepsBelowLast

from nasapi.errors import InvalidArchitecture
from nasapi.space import SearchSpace
from nasapi.testing.toy import Toy


class ParseWraps(StepsBelowLast):
    neighbors, mutate = SearchSpace.neighbors, SearchSpace.mutate

    def parse(self, text):
        try:
            return super().parse(text)
        except InvalidArchitecture:
            genes = text.strip("[]").split(", ")
            if len(genes) == 4 and all(gene.lstrip("-").isdecimal() for gene in genes):
                return np.array([int(gene) % 4 for gene in genes])
            raise


class ParseClips(ParseWraps):
    def parse(self, text):
        try:
            return StepsBelowLast.parse(self, text)
        except InvalidArchitecture:
            genes = text.strip("[]").split(", ")
            if len(genes) == 4 and all(gene.isdecimal() for gene in genes):
                return np.minimum([int(gene) for gene in genes], 3)
            raise


class ParseDefaults(Toy):
    def parse(self, text):
        words = text.split("|")
        if len(words) != 3 or "" in words or " " in text:
            raise InvalidArchitecture(f"{text!r} is no cell.")
        return np.array([{"none": 0, "skip": 1, "conv": 2}.get(word, 0) for word in words])


class ParseIgnoresMore(Toy):
    def parse(self, text):
        return super().parse("|".join(text.split("|")[:3]))


class ParseRaisesKeys(Toy):
    def parse(self, text):
        if text.count("|") != 2 or " " in text:
            return super().parse(text)
        return np.array([{"none": 0, "skip": 1, "conv": 2}[word] for word in text.split("|")])


class ParseRaisesValues(Toy):
    def parse(self, text):
        one, two, three = text.split("|")
        return super().parse(f"{one}|{two}|{three}")


class ParseGivesFloats(Toy):
    def parse(self, text):
        return super().parse(text).astype(np.float64)


class FormatForgets(CrossesToTheFirst):
    """Its string is wrong for one code of 256, and no rule but that of every code sees it."""

    crossover = SearchSpace.crossover

    def format(self, code):
        return super().format([3, 3, 3, 2] if list(code) == [3, 1, 3, 3] else code)


class FormatOfBytes(Toy):
    def format(self, code):
        return super().format(code).encode()


class ParseKeepsArrays(Toy):
    read = {}

    def parse(self, text):
        return self.read[text] if text in self.read else self.read.setdefault(text, super().parse(text))
