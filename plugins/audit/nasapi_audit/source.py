"""Finds what a person wants audited, a file or an object, and the adapter that fits it."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nasapi.errors import InvalidOption, PluginError
from nasapi.plugins import Spec
from nasapi_audit import hpo, nats
from nasapi_audit.adapter import Adapter
from nasapi_audit.files import Listing


def adapter_of(
    source: str, names: Mapping[str, str], architecture: str | None, dataset: str | None, keywords: Mapping[str, Any]
) -> Adapter:
    """The adapter for a path or for `module:name[options]`.

    Raises InvalidOption where none fits, and for an option that another kind of source takes.
    """
    listing = source.endswith((".csv", ".json"))
    if architecture is not None and not listing:
        raise InvalidOption(f"--architecture names a column of a CSV or JSON file, which {source!r} is not.")
    if source.endswith(".pickle.pbz2"):
        return _nats(nats.open_official(Path(source)), names, dataset, keywords)
    made = None if listing else _made(source)
    if callable(getattr(made, "get_more_info", None)):
        return _nats(made, names, dataset, keywords)
    if dataset is not None or keywords:
        raise InvalidOption(f"--dataset and --with are of objects like nats_bench's, which {source!r} is not.")
    if listing:
        return Listing(Path(source), architecture or "architecture", names or None)
    if callable(made) and hasattr(made, "search_space"):
        return hpo.HPOBench(made, names or hpo.NAMES)
    raise InvalidOption(
        f"{source!r} gives a {type(made).__name__}, which has neither 'get_more_info' nor 'search_space'; "
        "wrap it in one of these forms, or write its values to a CSV file."
    )


def pairs(given: Sequence[str]) -> dict[str, Any]:
    """The names and values of texts `name=value`; values are read as in specs."""
    found: dict[str, Any] = {}
    for text in given:
        name, equals, _ = text.partition("=")
        if not equals or not name:
            raise InvalidOption(f"{text!r} is no pair; write name=value.")
        read = Spec.parse(f"x[{text}]").options
        if twice := found.keys() & read.keys():
            raise InvalidOption(f"{sorted(twice)[0]!r} is given twice; leave one of the pairs out.")
        found |= read
    return found


def _nats(api: Any, names: Mapping[str, str], dataset: str | None, keywords: Mapping[str, Any]) -> Adapter:
    if dataset is None:
        raise InvalidOption("An object like nats_bench's needs --dataset, its own name such as 'cifar10-valid'.")
    return nats.NatsAPI(api, dataset, names or nats.NAMES, **keywords)


def _require_maker(source: str, target: Any) -> None:
    """Refuse, before it is called, what cannot be expected to make an object to audit.

    A class has one of the two forms; a function is written in Python, and not one of the standard library's.
    """
    if isinstance(target, type):
        fits = any(hasattr(target, name) for name in ("get_more_info", "search_space", "available_metric_names"))
        what = f"the class {target.__name__}, which has neither 'get_more_info' nor 'search_space'"
    else:
        module = str(getattr(target, "__module__", "")).partition(".")[0]
        fits = inspect.isfunction(target) and module not in sys.stdlib_module_names
        what = f"a {type(target).__name__} that makes no object to audit"
    if not fits:
        raise InvalidOption(
            f"{source!r} is {what}, so it was not called; wrap it in one of these forms, or write its values to a CSV "
            "file."
        )


def _made(source: str) -> Any:
    """The object that a target names, or that what it names makes."""
    read = Spec.parse(source)
    options = dict(read.options)
    module, colon, attribute = read.id.partition(":")
    if not colon:
        raise InvalidOption(
            f"{source!r} is neither a file ending in .csv, .json or .pickle.pbz2 nor 'module:name' of an object."
        )
    try:
        found: Any = importlib.import_module(module)
        for part in attribute.split("."):
            found = getattr(found, part)
        if isinstance(found, type) and hasattr(found, "available_metric_names"):  # else only its main metric
            options = {"metric_names": list(found.available_metric_names), **options}
        makes = isinstance(found, type) or (not hasattr(found, "get_more_info") and not hasattr(found, "search_space"))
        if not makes:
            return found
        _require_maker(source, found)
        return found(**options)
    except InvalidOption:
        raise
    except Exception as error:  # foreign code
        raise PluginError(f"{source!r} cannot be made: {type(error).__name__}: {error}") from error
