"""How cells of NAS-Bench-NLP are written: recipes as JSON, and as Python prints them."""

from __future__ import annotations

import ast
import json
import warnings
from collections.abc import Callable

from nasapi.errors import InvalidArchitecture
from nasapi.notation import Notation, literal
from nasapi.space import Code
from nasapi.words import quoted


def json_notation(parse: Callable[[str], Code], format_code: Callable[[Code], str]) -> Notation:
    """The recipe in JSON, or as Python prints a dictionary; written as the official string is, which is JSON."""

    def of(text: str) -> Code:
        given = literal(text)
        if not isinstance(given, dict):
            raise InvalidArchitecture(f"{quoted(text)} is no recipe: wanted a dictionary of nodes.")
        if "'" not in text:
            return parse(text)  # which sees a node that is described twice
        _demand_names_once(text)
        return parse(json.dumps(given))

    title = "the recipe, a dictionary of each node's operation and inputs, in JSON or as Python prints it"
    return Notation(title, of, format_code, r"\{.*\}")


def _demand_names_once(text: str) -> None:
    """Raise InvalidArchitecture where a dictionary has a key twice, of which Python would keep the last in silence."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what a text's backslashes are no escapes for
        parsed = ast.parse(text, mode="eval")  # as `literal` has read it
    for part in ast.walk(parsed):
        if isinstance(part, ast.Dict):
            keys = [key.value for key in part.keys if isinstance(key, ast.Constant)]
            if twice := [key for place, key in enumerate(keys) if key in keys[:place]]:
                raise InvalidArchitecture(f"{quoted(text)} describes {twice[0]!r} twice.")
