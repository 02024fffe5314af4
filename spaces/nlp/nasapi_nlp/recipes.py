"""Cells as the recipes of NAS-Bench-NLP: a JSON object with an operation and inputs for each named node."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np

from nasapi.errors import InvalidArchitecture, near
from nasapi.words import quoted
from nasapi_nlp.cells import FEWEST, LINEAR, MOST, MOST_INPUTS, OPERATIONS, Cells, is_cell, sorted_inputs

_NEW, _PREVIOUS = re.compile(r"h_new_(\d+)"), re.compile(r"h_prev_(\d+)")
_EXAMPLE = (
    '\'{"node_0": {"op": "linear", "input": ["x", "h_prev_0"]}, '
    '"h_new_0": {"op": "activation_tanh", "input": ["node_0"]}}\''
)


def format_recipe(cell: Cells) -> str:
    """The recipe of the one cell in a batch: its nodes in their order, named `node_i` or by their hidden state."""
    states = {int(node) - 1: f"h_new_{state}" for state, node in enumerate(cell.hidden[0]) if node}
    count = int(cell.count[0])
    names = [states.get(node, f"node_{node}") for node in range(count)]
    sources = ["", "x", *(f"h_prev_{state}" for state in range(cell.hidden.shape[1])), *names]
    recipe = {
        names[node]: {
            "op": OPERATIONS[cell.ops[0, node] - 1],
            "input": [sources[source] for source in cell.inputs[0, node] if source],
        }
        for node in range(count)
    }
    return json.dumps(recipe)


def parse_recipe(text: str, nodes: int, states: int) -> Cells:
    """A batch of the one cell that a recipe describes; undoes `format_recipe`.

    Nodes may have any names and stand in any order: each is placed as soon as its inputs are, the first in the text
    first. Raises InvalidArchitecture with the position and the node that is wrong.
    """
    recipe = _read(text)
    hidden = _hidden(recipe, text, states)
    if len(recipe) > nodes:
        raise InvalidArchitecture(f"The recipe {quoted(text)} has {len(recipe)} nodes; a cell has at most {nodes}.")
    sources = {"x": 1, **{f"h_prev_{state}": 2 + state for state in range(states)}}
    for name, (_, inputs) in recipe.items():
        for each in inputs:
            if each not in recipe and each not in sources:
                known = near(each, [*recipe, *sources])
                raise _wrong(text, name, f"takes {each!r}, which is no node and no input of a cell. {known}")
    order = _order(recipe, text)
    cell = Cells(
        np.zeros((1, nodes), np.int64), np.zeros((1, nodes, MOST_INPUTS), np.int64), np.zeros((1, states), np.int64)
    )
    for place, name in enumerate(order):
        op, inputs = recipe[name]
        cell.ops[0, place] = op
        cell.inputs[0, place, : len(inputs)] = [sources[each] for each in inputs]
        sources[name] = 2 + states + place
    cell.hidden[0, : len(hidden)] = [order.index(name) + 1 for name in hidden]
    cell = sorted_inputs(cell)
    _demand_used(cell, order, text)
    assert is_cell(cell)[0]
    return cell


def _read(text: str) -> dict[str, tuple[int, list[str]]]:
    """Each node's operation and inputs by its name, in the order of the text, checked one by one."""
    try:
        written = json.loads(text, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError) as error:
        at = f"at position {error.pos}: {error.msg}" if isinstance(error, json.JSONDecodeError) else f"({error})"
        raise InvalidArchitecture(f"{quoted(text)} is no JSON {at}; a recipe is such as {_EXAMPLE}.") from error
    if not isinstance(written, _Pairs) or not written:
        raise InvalidArchitecture(f"{quoted(text)} is no recipe from position 0 on, such as {_EXAMPLE}.")
    recipe: dict[str, tuple[int, list[str]]] = {}
    for name, node in written:
        if name in recipe:
            raise _wrong(text, name, "is described twice")
        if name == "x" or _PREVIOUS.fullmatch(name):
            raise _wrong(text, name, "has the name of an input of the cell")
        fields: dict[str, Any] = dict(node) if isinstance(node, _Pairs) else {}
        if set(fields) != {"op", "input"} or len(node) != 2:
            raise _wrong(text, name, "must have 'op' and 'input' and nothing else")
        op, inputs = fields["op"], fields["input"]
        if op not in OPERATIONS:
            raise _wrong(text, name, f"has the unknown operation {op!r:.80}. {near(str(op), OPERATIONS)}")
        if isinstance(inputs, _Pairs) or not isinstance(inputs, list) or not all(isinstance(i, str) for i in inputs):
            raise _wrong(text, name, f"has the inputs {inputs!r:.80}, not a list of names")
        number = OPERATIONS.index(op) + 1
        _demand_inputs(text, name, number, inputs)
        recipe[name] = number, inputs
    return recipe


def _demand_inputs(text: str, name: str, op: int, inputs: list[str]) -> None:
    fewest, most = int(FEWEST[op]), int(MOST[op])
    if not fewest <= len(inputs) <= most:
        wanted = f"{fewest}" if fewest == most else f"{fewest} to {most}"
        raise _wrong(text, name, f"is {OPERATIONS[op - 1]!r} of {len(inputs)} inputs; it takes {wanted}")
    if len(set(inputs)) < len(inputs):
        raise _wrong(text, name, "takes one input twice")
    if "x" in inputs and op != LINEAR:
        raise _wrong(text, name, "takes x, whose size is not that of the hidden states; only 'linear' can")


def _hidden(recipe: dict[str, tuple[int, list[str]]], text: str, states: int) -> list[str]:
    """The names of the nodes that compute hidden states, in the order of their numbers."""
    numbers = sorted(int(found[1]) for name in recipe if (found := _NEW.fullmatch(name)))
    if not numbers or numbers != list(range(len(numbers))):
        raise InvalidArchitecture(
            f"The recipe {quoted(text)} computes the hidden states {numbers}; wanted h_new_0 and, without gaps, those "
            "that follow."
        )
    if len(numbers) > states:
        raise InvalidArchitecture(
            f"The recipe {quoted(text)} has {len(numbers)} hidden states; a cell has at most {states}."
        )
    names = [f"h_new_{number}" for number in numbers]
    for name in recipe:
        if _NEW.fullmatch(name) and name not in names:
            raise _wrong(text, name, "has a hidden state's number with a leading zero")
    return names


def _order(recipe: dict[str, tuple[int, list[str]]], text: str) -> list[str]:
    """The nodes in topological order, of those that can be next always the first in the text."""
    left, placed = list(recipe), dict.fromkeys(recipe, False)
    order: list[str] = []
    while left:
        ready = next((name for name in left if all(placed.get(each, True) for each in recipe[name][1])), None)
        if ready is None:
            raise _wrong(text, left[0], "depends on itself")
        left.remove(ready)
        placed[ready] = True
        order.append(ready)
    return order


def _demand_used(cell: Cells, order: list[str], text: str) -> None:
    """Raise InvalidArchitecture at a node that is never used, or at a missing or surplus input."""
    used = cell.used[0]
    for place, name in enumerate(order):
        if not used[cell.base + place]:
            raise _wrong(text, name, "is used by no node and is no hidden state")
    if not used[1]:
        raise InvalidArchitecture(f"No node of the recipe {quoted(text)} takes x.")
    for state in range(cell.hidden.shape[1]):
        if used[2 + state] and not cell.hidden[0, state]:
            raise InvalidArchitecture(
                f"The recipe {quoted(text)} takes h_prev_{state} but does not compute h_new_{state}."
            )
        if cell.hidden[0, state] and not used[2 + state]:
            raise InvalidArchitecture(
                f"The recipe {quoted(text)} computes h_new_{state} but nothing takes h_prev_{state}."
            )


class _Pairs(list[tuple[str, Any]]):
    """A JSON object as its pairs, so that a name that stands twice is seen."""


def _wrong(text: str, name: str, what: str) -> InvalidArchitecture:
    position = max(text.find(json.dumps(name)), 0)
    end = "" if what.endswith(("?", ".")) else "."
    return InvalidArchitecture(f"Node {name!r:.80} at position {position} of the recipe {what}{end}")
