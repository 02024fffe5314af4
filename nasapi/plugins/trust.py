"""Trust: what a file names may be loaded only where an installed plugin registers it; a person may name anything."""

from __future__ import annotations

import re

from nasapi.errors import InvalidOption, UntrustedId
from nasapi.plugins.hooks import Kind
from nasapi.plugins.manager import entries
from nasapi.specs import Spec

_WORD = re.compile(r"[\w-]*")  # no separator, dot or colon: neither a file, nor a module, nor a name in one


def require_registered(kind: Kind, spec: str | Spec, source: str = "this store") -> None:
    """Raise UntrustedId unless all that a spec from a file names is registered by installed plugins.

    The id must be an entry of its kind. A text among its options must be a plain word, or specs, joined by plus
    signs, of registered ids of any kind, for which the same holds. So `module:name`, a file and a path are refused at
    any depth: they come from a person alone. `source` is what the sentence says the spec is from.
    """
    try:
        read = Spec.parse(spec)
        if not any(entry.id == read.id for entry, _ in entries(kind)):
            raise _refused(source, read.id)
        for value in read.options.values():
            if isinstance(value, str):
                _require_option(value, source)
    except (InvalidOption, RecursionError) as error:
        raise _refused(source, str(spec)) from error


def _require_option(text: str, source: str) -> None:
    for part in Spec.joined(text):
        if _WORD.fullmatch(part):
            continue
        read = Spec.parse(part)
        if not any(entry.id == read.id for entry, _ in entries()):
            raise _refused(source, read.id)
        for value in read.options.values():
            if isinstance(value, str):
                _require_option(value, source)


def _refused(source: str, name: str) -> UntrustedId:
    shown = name if len(name) <= 200 else f"{name[:200]}…"
    return UntrustedId(
        f"{source[:1].upper()}{source[1:]} names {shown!r}, which no installed plugin registers, and what a file names "
        "is not loaded: install the plugin that does, or if the store is your own say so, with --trusted or in Python "
        "trusted=True."
    )
