"""How a space writes its architectures down: official strings, notations, and the numbers of the literature."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasapi.codes import Code, Coded, Codes
from nasapi.errors import NotAvailable
from nasapi.notation import Notation, genes, numbers, read, write


class NotatedSpace(Coded, ABC, checked=True):
    """What has codes that are written and read."""

    numbered: int | None = None
    """How many official numbers there are, from 0 on; None where the literature does not number architectures."""

    @abstractmethod
    def require(self, codes: ArrayLike) -> Codes:
        """The codes, if every row is an architecture of the space."""

    @abstractmethod
    def format(self, code: Code) -> str:
        """The literature's own string for one architecture."""

    @abstractmethod
    def parse(self, text: str) -> Code:
        """The code that `text` names; `parse` undoes `format`.

        Raises InvalidArchitecture with the position at which the text goes wrong. What the notation does not know is
        never taken for something that it knows. Blanks around the text are of no account.
        """

    @property
    def notations(self) -> Mapping[str, Notation]:
        """The ways in which architectures are written, by name: first the official string of `parse` and `format`.

        Others are the code itself, the official number where there is one, and what a space adds: hashes and keys of
        tables, tuples and dictionaries of other libraries. Every notation has a title that says whose it is. What a
        notation writes, it reads as the same network.
        """
        about = "the space's own string: that of the literature where there is one"
        found = {"string": Notation(about, self.parse, self.format)}
        if self.numbered is not None:
            found["index"] = numbers(
                self.numbered,
                self.id,
                lambda number: self.codes_at(np.array([number]))[0],
                lambda code: self.index(np.asarray(code)[None])[0],
            )
        return found | {"code": genes(self.cardinalities, self.id)}

    def read(self, text: str, notation: str | None = None) -> Code:
        """The code that `text` names in one of the `notations`, or without a name in the only one that can read it.

        A number, array, list, tuple or dictionary is taken for what Python prints of it: `read((4, 0, 3, 1, 4, 3),
        "naslib")`, `read(1234, "index")`.

        Raises InvalidArchitecture where nothing reads it, and where several read different codes; InvalidOption for an
        unknown notation; NotAvailable where it takes data that are not here.
        """
        if not isinstance(text, str) and notation is None:
            return np.asarray(self.parse(text))
        code = np.asarray(read(text, notation, self.notations, self.id))
        return np.asarray(self.require(code[None])[0])

    def write(self, code: Code, notation: str) -> str:
        """The text of a code in one of the `notations`; raises NotAvailable where it cannot be written so."""
        return write(code, notation, self.notations, self.id)

    def index(self, codes: Codes) -> NDArray[np.int64]:
        """(n,): the official number of each architecture, by which the literature's tables list it; undoes `codes_at`.

        Where the literature numbers networks, all codes of one have its number. An optional capability, as `numbered`
        says; raises NotAvailable where the space does not have it.
        """
        raise self._unnumbered()

    def codes_at(self, indices: NDArray[np.int64]) -> Codes:
        """(n, d): the architectures of official numbers, each from 0 to below `numbered`.

        An optional capability, as `numbered` says; raises NotAvailable where the space does not have it.
        """
        raise self._unnumbered()

    def _unnumbered(self) -> NotAvailable:
        return NotAvailable(
            f"The architectures of {self.id} have no official numbers; its notations are {', '.join(self.notations)}."
        )
