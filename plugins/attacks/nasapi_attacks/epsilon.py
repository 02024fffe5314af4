"""How far an attack may move an image: a typed number, so that 8/255 is never taken for 8."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from numbers import Real
from typing import Any, Literal

from attrs import frozen

from nasapi.errors import InvalidOption

Norm = Literal["Linf", "L2", "L1"]
NORMS: tuple[Norm, ...] = ("Linf", "L2", "L1")
_STEPS = 255
_MOST = 1_000_000  # in L2 and L1: beyond it float32 squares lose what they are added to
_MOST_EXPONENT = 150  # of ten; a fraction of two numbers is within a float's range then


@frozen(init=False, repr=False, str=False)
class Epsilon:
    """A length in the space of images whose pixels are from 0 to 1, in one of the norms.

    Written as a fraction or a decimal number: `Epsilon("8/255")`, `Epsilon(0.03)`, `Epsilon("1.5", "L2")`. In Linf, the
    most that a pixel moves, it is at most 1, in the others at most a million. Raises InvalidOption for a number beyond
    that, for one below 0, for an epsilon of another norm, and for anything that is no number.
    """

    exact: Fraction
    """The number as it was written."""
    norm: Norm

    def __init__(self, value: object, norm: Norm | None = None):
        """Read a number or text such as "8/255", in Linf unless said otherwise; an epsilon is taken as it is."""
        given = value if isinstance(value, Epsilon) else None
        norm = norm if norm is not None else given.norm if given else "Linf"
        if norm not in NORMS:
            raise InvalidOption(f"A norm is one of {', '.join(NORMS)}, not {norm!r}.")
        if given and given.norm != norm:
            raise InvalidOption(f"{given!r} is a length in {given.norm}, not in {norm}; give a number or text.")
        exact = given.exact if given else _read(value)
        if norm == "Linf" and exact > 1:
            raise InvalidOption(
                f"Epsilon {value!s:.40} is beyond the box of pixels from 0 to 1; write {_of_255(exact)} if steps of an "
                "8-bit pixel are meant, or a number from 0 to 1."
            )
        if exact > _MOST:
            raise InvalidOption(
                f"Epsilon {value!s:.40} in {norm} is farther than the corners of the box of any image are apart; write "
                f"a length up to {_MOST:,}."
            )
        self.__attrs_init__(exact, norm)

    def __float__(self) -> float:
        """The length, from 0 to 1 in Linf."""
        return float(self.exact)

    def __str__(self) -> str:
        """The shortest text that is read as the same number: "8/255" or "0.03"."""
        decimal = f"{float(self.exact):.12g}"
        if Fraction(decimal) == self.exact:
            return decimal
        steps = self.exact * _STEPS
        return f"{f'{float(steps):.12g}'}/{_STEPS}" if Fraction(f"{float(steps):.12g}") == steps else str(self.exact)

    def __repr__(self) -> str:
        return f"Epsilon({str(self)!r}, {self.norm!r})"

    @property
    def strength(self) -> float:
        """The length in units of 1/255, as the published tables and `nasapi_robustness.Measure` have it."""
        return float(self.exact * _STEPS)


def _read(value: object) -> Fraction:
    wanted = f"An epsilon is a number such as 8/255 or 0.03, not {value!r:.80}."
    try:
        exact = exactly(value)
    except (ValueError, ArithmeticError, TypeError):
        raise InvalidOption(wanted) from None
    if exact < 0:
        raise InvalidOption(f"An epsilon is a length and at least 0, not {value!s:.80}.")
    return exact


def exactly(value: Any) -> Fraction:
    """The number that is written: 0.03 is 3/100 and not the nearest binary number; "0.1/255" is 1/2550.

    Raises ValueError, ArithmeticError or TypeError for anything else.
    """
    if isinstance(value, bool):
        raise TypeError
    if isinstance(value, Fraction):
        return value
    if isinstance(value, Real | Decimal):
        return _written(str(value))  # the shortest digits of its own precision
    if not isinstance(value, str) or len(value) > 40:
        raise TypeError
    over, slash, under = value.partition("/")
    if "/" in under:
        raise ValueError  # 1/255/3, of which Fraction would take the second part for a number of its own
    return _written(over) / (_written(under) if slash else 1)


def _written(text: str) -> Fraction:
    number = Decimal(text)
    if abs(number.adjusted()) > _MOST_EXPONENT:
        raise ValueError  # of whose digits a fraction would keep each
    return Fraction(number)  # which raises for "inf" and "nan"


def _of_255(exact: Fraction) -> str:
    return f"{float(exact):g}/{_STEPS}"
