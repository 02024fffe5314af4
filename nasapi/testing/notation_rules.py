"""The rules of a search space's notations and official numbers."""

from __future__ import annotations

import re
from itertools import product

import numpy as np

from nasapi.errors import InvalidArchitecture, InvalidOption, NotAvailable
from nasapi.notation import Notation
from nasapi.space import Code, Codes
from nasapi.testing.cases import SpaceCase
from nasapi.testing.rules import Broken, Skipped, demand, rule

MOST = 16
"""How many codes, at least, are written and read in each notation."""


@rule(
    "space/notations-official",
    "The ways in which architectures are written, by name: first the official string of `parse` and `format`.",
)
def notations_official(case: SpaceCase) -> None:
    """The first notation reads what `format` writes, and writes the same; `read` takes it without a name."""
    name = next(iter(case.space.notations), "")
    for code in _some(case):
        text = case.space.format(code.copy())
        for back in (case.space.read(text, name), case.space.read(text)):
            demand(np.array_equal(back, code), f"{text!r} is read as {np.asarray(back).tolist()}", code.tolist())
        other = case.space.write(code.copy(), name)
        demand(other == text, f"the notation {name!r} writes {other!r}, and format {text!r}", code.tolist())


@rule("space/notations-described", "Every notation has a title that says whose it is.")
def notations_described(case: SpaceCase) -> None:
    """Names are words of small letters, digits and hyphens; titles are text of their own."""
    titles = []
    for name, notation in case.space.notations.items():
        demand(re.fullmatch(r"[a-z][a-z0-9-]*", name), f"the name {name!r} is no word of small letters and digits")
        demand(isinstance(notation, Notation), f"{name!r} is {type(notation).__name__}, not a Notation")
        demand(notation.title.strip() and notation.title != name, f"{name!r} has the title {notation.title!r}")
        titles.append(notation.title)
    demand(len(set(titles)) == len(titles), "two notations have one title")


@rule("space/notations-read", "What a notation writes, it reads as the same network.")
def notations_read(case: SpaceCase) -> None:
    """Codes survive the way through each notation, up to the network; none raises any other error than its own."""
    for name, notation in case.space.notations.items():
        if notation.write is None:
            continue
        for code in _some(case):
            try:
                text = case.space.write(code.copy(), name)
                demand(isinstance(text, str) and notation.fits(text), f"{name!r} writes {text!r}, not of its form")
                back = case.space.read(text, name)
            except NotAvailable:
                continue  # it takes data that are not here
            demand(
                _one_network(case, back, code),
                f"{name!r} writes {text!r} and reads {back.tolist()}, another network",
                code.tolist(),
            )
        _demand_refusal(case, name)


def _demand_refusal(case: SpaceCase, name: str) -> None:
    """Break the rule where a text of no notation is read, or raises anything but its own error."""
    for text in ("", "no architecture of any space", "[[[]]]", "{}", "99999999999999999999"):
        try:
            found = case.space.read(text, name)
        except (InvalidArchitecture, NotAvailable):
            continue
        except Exception as error:
            raise Broken(f"{name!r} raised {type(error).__name__}: {error}", text) from error
        raise Broken(f"{name!r} took it for {np.asarray(found).tolist()}", text)


@rule(
    "space/notations-named",
    "Raises InvalidArchitecture where nothing reads it, and where several read different codes; InvalidOption for an "
    "unknown notation; NotAvailable where it takes data that are not here.",
)
def notations_named(case: SpaceCase) -> None:
    """Without a name a text is read as what all that can read it agree on; an unknown name is refused."""
    written = [name for name, notation in case.space.notations.items() if notation.write is not None]
    for name, code in product(written, _some(case)):
        try:
            text = case.space.write(code.copy(), name)
            found = case.space.read(text)
        except (NotAvailable, InvalidArchitecture):
            continue  # several can read it, and it is refused
        own = case.space.read(text, name)
        demand(np.array_equal(found, own), f"{text!r} without a name is {found.tolist()}, as {name!r} it is {own}")
    try:
        case.space.read(case.space.format(case.codes[0]), "no-such-notation")
    except InvalidOption:
        return
    raise Broken("read takes a notation that the space does not have")


@rule(
    "space/index",
    "(n,): the official number of each architecture, by which the literature's tables list it; undoes `codes_at`.",
)
def index(case: SpaceCase) -> None:
    """Numbers are whole, from 0 to below `numbered`, name the network of the code, and come back from its code."""
    space = case.space
    if space.numbered is None:
        _demand_none(case)
        raise Skipped("the literature numbers no architectures of the space")
    codes = _some(case)
    if space.parent is None:  # a listed part has few of its parent's numbers
        codes = np.concatenate([codes, space.codes_at(np.array([0, space.numbered - 1]))])
    numbers = np.asarray(space.index(codes.copy()))
    fine = numbers.shape == (len(codes),) and numbers.dtype.kind in "iu"
    demand(fine, f"index gives {numbers.dtype} of shape {numbers.shape}, not integers ({len(codes)},)")
    inside = (numbers >= 0) & (numbers < space.numbered)
    demand(inside.all(), f"index gives {numbers[~inside][:1].tolist()}, not 0 to {space.numbered - 1}")
    back = np.asarray(space.codes_at(numbers.copy()))
    for code, number, found in zip(codes, numbers.tolist(), back, strict=True):
        demand(_one_network(case, found, code), f"number {number} is {found.tolist()}, another network", code.tolist())
    again = np.asarray(space.index(back.copy()))
    demand(np.array_equal(again, numbers), f"index(codes_at({numbers.tolist()})) is {again.tolist()}")


def _one_network(case: SpaceCase, one: Code, other: Code) -> bool:
    """Whether two codes have one canonical form."""
    form = case.space.canonical(np.stack([np.asarray(one), np.asarray(other)]))
    return np.array_equal(form[0], form[1])


def _demand_none(case: SpaceCase) -> None:
    """Break the rule where a space without official numbers gives some."""
    for call in (lambda: case.space.index(case.codes[:1]), lambda: case.space.codes_at(np.array([0]))):
        try:
            call()
        except NotAvailable:
            continue
        raise Broken("the space gives official numbers, but `numbered` is None")


def _some(case: SpaceCase) -> Codes:
    codes = case.codes
    return codes[:: max(1, len(codes) // MOST)]
