"""How cells of NAS-Bench-NLP are written: recipes as JSON, and as Python prints them."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable

from nasapi.errors import InvalidArchitecture
from nasapi.notation import Notation, literal
from nasapi.space import Code
from nasapi.words import quoted


def python_notation(parse: Callable[[str], Code], format_code: Callable[[Code], str]) -> Notation:
    """The recipe as Python prints a dictionary."""

    def of(text: str) -> Code:
        given = literal(text)
        if not isinstance(given, dict):
            raise InvalidArchitecture(f"{quoted(text)} is no recipe as Python prints a dictionary.")
        _demand_names_once(text)
        return parse(json.dumps(given))

    title = "the recipe as Python prints the dictionary of a node's operation and inputs"
    return Notation(title, of, lambda code: str(json.loads(format_code(code))), r"\{.*\}")


def _demand_names_once(text: str) -> None:
    """Raise InvalidArchitecture where a dictionary has a key twice, of which Python would keep the last in silence."""
    for part in ast.walk(ast.parse(text, mode="eval")):
        if isinstance(part, ast.Dict):
            keys = [key.value for key in part.keys if isinstance(key, ast.Constant)]
            if twice := [key for place, key in enumerate(keys) if key in keys[:place]]:
                raise InvalidArchitecture(f"{quoted(text)} describes {twice[0]!r} twice.")
