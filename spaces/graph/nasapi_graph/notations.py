"""How networks of NAS-Bench-Graph are written: `Arch([0, 1, 2, 1], ['gcn', …])`, and the hash of the benchmark."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence

from nasapi.errors import InvalidArchitecture, near
from nasapi.notation import Notation, literal
from nasapi.space import Code
from nasapi.words import quoted

EXAMPLE = "Arch([0, 1, 2, 1], ['gcn', 'gin', 'fc', 'cheb'])"

_JSON = '{"link": [0, 1, 2, 1], "ops": ["gcn", "gin", "fc", "cheb"]}'
_TOKEN = re.compile(r"\s*(?P<word>[A-Za-z_]+|\d+|'[^']*'|\"[^\"]*\"|\S)")
_FORM = "Arch ( [ link , link , link , link ] , [ name , name , name , name ] )".split()


def format_network(links: Sequence[int], names: Sequence[str]) -> str:
    """The notation of a network's four links and four operations."""
    return f"Arch({list(links)}, {list(names)})"


def parse_network(text: str, known: Sequence[str]) -> tuple[list[int], list[str]]:
    """The links and operations of a text, spaces and kind of quotes aside; undoes `format_network`.

    Raises InvalidArchitecture with the position of the first sign, link or operation that is wrong.
    """
    links: list[int] = []
    names: list[str] = []
    position = 0
    for wanted in _FORM:
        match = _TOKEN.match(text, position)
        word = match["word"] if match else ""
        start = match.start("word") if match else len(text.rstrip())
        if wanted == "link" and word.isdecimal():
            links.append(_link(text, start, int(word), len(links)))
        elif wanted == "name" and word[:1] in ("'", '"') and len(word) > 1:
            names.append(_name(text, start, word[1:-1], known))
        elif word != wanted:
            what = {"link": "the number of a node", "name": "an operation in quotes"}.get(wanted, repr(wanted))
            raise InvalidArchitecture(
                f"{quoted(text)} has {quoted(word or 'nothing')} at position {start}; wanted {what}. "
                f"A network looks like {EXAMPLE!r}."
            )
        position = match.end() if match else position
    rest = text[position:].strip()
    if rest:
        start = text.index(rest, position)
        raise InvalidArchitecture(f"{quoted(text)} goes on after its end at position {start}; drop {rest!r}.")
    if set(names) == {"skip"}:
        start = text.index("skip")
        raise InvalidArchitecture(
            f"{quoted(text)} has skips alone from position {start} on; give it another operation."
        )
    return links, names


def key_notation(of_key: Callable[[int], Code], key_of: Callable[[Code], int]) -> Notation:
    """The number by which the tables name a network."""

    def of(text: str) -> Code:
        if not re.fullmatch(r"[0-9]{1,5}", text):
            raise InvalidArchitecture(f"{quoted(text)} is no key of NAS-Bench-Graph: wanted up to five digits.")
        return of_key(int(text))

    title = "the key by which the benchmark's tables name a network: its tree, then an operation a node, five digits"
    return Notation(title, of, lambda code: str(key_of(code)), r"[0-9]+")


def json_notation(parse: Callable[[str], Code], parts: Callable[[Code], tuple[list[int], list[str]]]) -> Notation:
    """Links and operations in JSON, or as Python prints them."""

    def of(text: str) -> Code:
        given = literal(text)
        if isinstance(given, dict):
            given = [given.get("link"), given.get("ops")]
        wanted = f"wanted four links and four operations, such as {_JSON}"
        if not isinstance(given, (list, tuple)) or len(given) != 2:
            raise InvalidArchitecture(f"{quoted(text)} is no network of NAS-Bench-Graph: {wanted}.")
        links, names = given
        whole = isinstance(links, (list, tuple)) and all(type(link) is int for link in links)
        if not whole or not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
            raise InvalidArchitecture(f"{quoted(text)} is no network of NAS-Bench-Graph: {wanted}.")
        return parse(format_network(links, names))

    def write(code: Code) -> str:
        links, names = parts(code)
        return json.dumps({"link": links, "ops": names})

    return Notation("link and ops, or the pair of them, in JSON or as Python prints them", of, write, r"[\[({].*[\])}]")


def _link(text: str, start: int, link: int, before: int) -> int:
    if link > before:
        raise InvalidArchitecture(
            f"{quoted(text)} joins node {before + 1} to {link} at position {start}; it can follow 0, the input, "
            f"or a node before it."
        )
    return link


def _name(text: str, start: int, name: str, known: Sequence[str]) -> str:
    if name not in known:
        raise InvalidArchitecture(
            f"{quoted(text)} names the operation {name!r} at position {start}. {near(name, known)}"
        )
    return name
