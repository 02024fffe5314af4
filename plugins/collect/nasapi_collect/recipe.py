"""The recipe of a table: one TOML file, read whole and checked before anything is trained."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import attrs
from attrs import field, frozen
from nasapi_networks.training_settings import Training

from nasapi import options as option
from nasapi.errors import CorruptData, InvalidOption, near
from nasapi.networks import MOST_SEED
from nasapi.words import quoted

Made = TypeVar("Made", bound=attrs.AttrsInstance)
_MOST_BYTES = 1 << 20
# Ids and file names are made from it.
_NAME = r"(?=.{1,80}$)[a-z0-9]+([_-][a-z0-9]+)*/[a-z0-9]+([.-][a-z0-9]+)*-v[1-9][0-9]*"


def _texts(given: Any) -> tuple[str, ...]:
    """A list of texts as it stands in a recipe; raises TypeError for anything else, a text by itself among them."""
    if not isinstance(given, (list, tuple)) or not all(isinstance(each, str) for each in given):
        raise TypeError(f"wanted a list of texts, not {given!r:.80}")
    return tuple(given)


def _severities(given: Any) -> tuple[int, ...]:
    """A list as it stands in a recipe; raises TypeError for anything else."""
    if not isinstance(given, (list, tuple)):
        raise TypeError(f"wanted a list of severities, not {given!r:.80}")
    return tuple(given)


@frozen
class TableText:
    """What the table says of itself."""

    name: str = option.text(help="The table's name, space/task-vN.")
    title: str = option.text("", "What its numbers are, in a few words.")
    licence: str = option.text("", "The licence that the table is published under.")
    source: str = option.text("", "Who made it, and from what.")
    citation: str = option.text("", "What whoever uses it should cite.")

    def __attrs_post_init__(self) -> None:
        if not re.fullmatch(_NAME, self.name):
            raise InvalidOption(
                f"A table's name is of the form space/task-v1, in at most 80 small letters, not {self.name!r:.120}."
            )


@frozen
class Networks:
    """Which networks of a space are collected."""

    space: str = option.text(help="The space's id.")
    which: str = option.choice(
        "distinct", "Every code, or one code for each network.", among=("distinct", "codes", "listed")
    )
    sample: int | None = option.count(None, "The first so many as they are drawn; all of them where it is left out.")
    sample_seed: int = option.count(0, "What they are drawn by, one after the other, uniformly.", least=0)
    listed: tuple[str, ...] = field(default=(), converter=_texts)
    """Architectures in the space's notation, for `which = "listed"`."""


@frozen
class Data:
    """Which images, and how many."""

    name: str = option.text(help="A data set's name, or the path of a folder with a folder of images for each class.")
    train: int | None = option.count(None, "Training images.")
    valid: int | None = option.count(None, "Validation images.")
    test: int | None = option.count(None, "Test images.")
    side: int | None = option.count(None, "Pixels along a side, for a folder.")
    channels: int | None = option.choice(None, "1 for grey, 3 for colour, for a folder.", among=(1, 3))
    seed: int = option.count(0, "What the images are split by.", least=0)

    def given(self) -> dict[str, Any]:
        """The keywords of `load_data`."""
        return {name: value for name, value in attrs.asdict(self).items() if value is not None}


@frozen
class Attacking:
    """An attack on some images of a split."""

    spec: str = option.text(help="The attack, such as fgsm[eps=0.03].")
    split: str = option.choice("test", "Which images.", among=("valid", "test"))
    images: int | None = option.count(None, "The first so many of them; all where it is left out.")


@frozen
class Corrupting:
    """Corruptions of some images of a split."""

    names: tuple[str, ...] = field(default=(), converter=_texts)
    """Which corruptions; empty for all that there are at this size."""
    severities: tuple[int, ...] = field(default=(1, 2, 3, 4, 5), converter=_severities)
    split: str = option.choice("test", "Which images.", among=("valid", "test"))
    images: int | None = option.count(None, "The first so many of them; all where it is left out.")
    seed: int = option.count(0, "What the noise is drawn by: the same for all networks.", least=0, most=MOST_SEED)

    def __attrs_post_init__(self) -> None:
        if not self.severities:
            raise InvalidOption("`severities` is empty, so that nothing would be corrupted; leave it out for all five.")


@frozen
class Recipe:
    """Everything that decides a table's numbers."""

    table: TableText
    networks: Networks
    data: Data
    network: dict[str, Any]
    """Arguments of the space's builder."""
    training: Training
    seeds: tuple[int, ...]
    attacks: tuple[Attacking, ...] = ()
    corruptions: tuple[Corrupting, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 of what decides the numbers; comments, title, source and licence do not.

        Values at their defaults are left out, so that a collection begun before there was an option goes on after.
        """
        plain = attrs.asdict(self, filter=lambda one, value: one.default is attrs.NOTHING or value != one.default)
        plain["table"] = self.table.name
        text = json.dumps(plain, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def different(one: Recipe, other: Recipe) -> list[str]:
    """What decides a network's numbers and is another in two recipes, each in a few words.

    [table] and which networks are collected decide nothing of a network, and nor does the order of attacks.
    """
    found = []
    if one.networks.space != other.networks.space:
        found.append(f"space is {one.networks.space!r} and {other.networks.space!r}")
    for name in ("data", "network", "training"):
        found += _different_keys(one, other, name)
    if one.seeds != other.seeds:
        found.append(f"seeds are {list(one.seeds)} and {list(other.seeds)}")
    alone = set(one.attacks) ^ set(other.attacks)
    found += sorted(f"{each.spec} on {each.images or 'all'} {each.split} images is in one alone" for each in alone)
    if set(one.corruptions) != set(other.corruptions):
        found.append("[[corruptions]] are others")
    return found


def different_collections(one: Recipe, other: Recipe) -> list[str]:
    """What makes the collections of two recipes different ones, each in a few words: that of `different`, and more.

    A collection is of one table and of its networks, and its shards have the attacks in one order.
    """
    found = [f"name of [table] is {one.table.name!r} and {other.table.name!r}"] * (one.table.name != other.table.name)
    found += [words for words in _different_keys(one, other, "networks") if not words.startswith("space ")]
    found += different(one, other)
    return found or ["[[attack]] or [[corruptions]] stand in another order"] * (one.digest != other.digest)


def _different_keys(one: Recipe, other: Recipe, name: str) -> list[str]:
    """The keys of a section that have other values in two recipes."""
    first, second = (_plain(getattr(recipe, name)) for recipe in (one, other))
    return [
        f"{key} of [{name}] is {quoted(first.get(key))} and {quoted(second.get(key))}"
        for key in first | second
        if first.get(key) != second.get(key)
    ]


def _plain(section: Any) -> dict[str, Any]:
    return dict(section) if isinstance(section, dict) else attrs.asdict(section)


def read_recipe(path: str | Path) -> tuple[Recipe, str]:
    """The recipe in a TOML file, and the file's text.

    Raises InvalidOption for anything in it that no recipe has, with the nearest name, CorruptData for a file that is no
    TOML, OSError where it cannot be read.
    """
    with open(path, "rb") as file:
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise CorruptData(f"Recipe {str(path)!r} has more than {_MOST_BYTES:,} bytes.")
    try:
        text = content.decode("utf-8-sig")  # some editors begin a file with a mark
        found = tomllib.loads(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise CorruptData(f"Recipe {str(path)!r} is no TOML: {error}.") from error
    return parse_recipe(found, f"Recipe {str(path)!r}"), text


def parse_recipe(found: Mapping[str, Any], where: str = "The recipe") -> Recipe:
    """The recipe of a mapping such as TOML gives; raises InvalidOption for anything that does not belong in it."""
    wanted = ("table", "networks", "data", "network", "training", "seeds", "attack", "corruptions")
    for name in found:
        if name not in wanted:
            raise InvalidOption(f"{where} has an unknown key {name!r}. {near(name, wanted)}")
    for name in ("table", "networks", "data", "training", "seeds"):
        if name not in found:
            raise InvalidOption(f"{where} has no {name!r}; wanted {', '.join(wanted[:6])}.")
    seeds = found["seeds"]
    if not isinstance(seeds, list) or not seeds or any(type(seed) is not int or seed < 0 for seed in seeds):
        raise InvalidOption(f"`seeds` of {where} is a list of whole numbers from 0, not {seeds!r:.80}.")
    if max(seeds) > MOST_SEED:
        raise InvalidOption(f"`seeds` of {where} go to {MOST_SEED}, not to {max(seeds)}.")
    if len(set(seeds)) < len(seeds):
        raise InvalidOption(f"`seeds` of {where} names one twice: {seeds!r:.80}.")
    arguments = found.get("network", {})
    if not isinstance(arguments, dict):
        raise InvalidOption(f"[network] of {where} is a table of the builder's arguments, not {arguments!r:.80}.")
    recipe = Recipe(
        _section(TableText, found["table"], f"[table] of {where}"),
        _section(Networks, found["networks"], f"[networks] of {where}"),
        _section(Data, found["data"], f"[data] of {where}"),
        dict(arguments),
        _section(Training, found["training"], f"[training] of {where}"),
        tuple(seeds),
        _sections(Attacking, found.get("attack", []), f"[[attack]] of {where}"),
        _sections(Corrupting, found.get("corruptions", []), f"[[corruptions]] of {where}"),
    )
    sample, numbered = recipe.networks.sample, re.search(r"-([0-9]+)-v[0-9]+$", recipe.table.name)
    if sample is not None and numbered and int(numbered[1]) != sample:
        raise InvalidOption(
            f"The table of {where} is named {recipe.table.name!r} and has a sample of {sample}; a number there is that "
            "of its networks."
        )
    return recipe


def _section(kind: type[Made], given: Any, where: str) -> Made:
    """The object of a table's keys; raises InvalidOption for one it has not, and for one that is missing."""
    if not isinstance(given, dict):
        raise InvalidOption(f"{where} is a table of keys, not {given!r:.80}.")
    fields = attrs.fields_dict(kind)
    for name in given:
        if name not in fields:
            raise InvalidOption(f"{where} has an unknown key {name!r}. {near(name, fields)}")
    for name, one in fields.items():
        if one.default is attrs.NOTHING and name not in given:
            raise InvalidOption(f"{where} has no {name!r}.")
    try:
        return kind(**given)
    except InvalidOption as error:
        raise InvalidOption(f"{where}: {error}") from error
    except TypeError as error:
        raise InvalidOption(f"{where} has a value of the wrong type: {error}.") from error


def _sections(kind: type[Made], given: Any, where: str) -> tuple[Made, ...]:
    if not isinstance(given, list):
        raise InvalidOption(f"{where} is a list of tables, not {given!r:.80}.")
    return tuple(_section(kind, each, where) for each in given)
