"""Values that no field should have, and trees of them, drawn from a generator."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

SPECS = (
    "os:system[command='touch PWNED']",
    "bomb:make",
    "bomb.py:make",
    "../bomb.py:make",
    "toy/formula-v1[x='a+bomb:make']",
    "$\\frac{x$",
    "=cmd|' /C calc'!A1",
    "\x1b[31mred",
    "<script>alert(1)</script>",
    "a" * 3000,
)
ODD: tuple[Any, ...] = (
    None, True, False, -1, 0, 1, 1 << 40, 1 << 70, -(1 << 70), 0.5, -0.0, 1e308, "", "inf", "nan", "../../victim",
    "/etc/passwd", "a\x00b", "\ud800", "x" * 100_000, [], {}, [[]], [None], {"a": {}}, list(range(1000)), *SPECS,
)  # fmt: skip


def odd(rng: np.random.Generator) -> Any:
    """One value that is out of place, or a nest of them."""
    if rng.random() < 0.15:
        value: Any = copy.deepcopy(ODD[rng.integers(len(ODD))])
        for _ in range(int(rng.integers(1, 60))):
            value = [value] if rng.random() < 0.5 else {"a": value}
        return value
    return copy.deepcopy(ODD[rng.integers(len(ODD))])


def places(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value of a tree of mappings and lists."""
    found = [path] if path else []
    parts = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, part in parts:
        found += places(part, (*path, key))
    return found


def mutate(tree: Any, rng: np.random.Generator) -> str:
    """Change a tree in one to three places: another value, a field less, a field more, a list that repeats."""
    mutations = []
    for _ in range(int(rng.integers(1, 4))):
        known = places(tree)
        *path, last = known[rng.integers(len(known))]
        inside = tree
        for key in path:
            inside = inside[key]
        kind = rng.random()
        if kind < 0.7:
            inside[last] = odd(rng)
        elif kind < 0.8:
            del inside[last]
        elif isinstance(inside, dict):
            inside[str(odd(rng))[:2000]] = odd(rng)
        else:
            inside.append(copy.deepcopy(inside[last]))
        mutations.append("/".join(map(str, (*path, last)))[:80])
    return ", ".join(mutations)
