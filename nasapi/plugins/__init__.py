"""Plugins: what they say of themselves, how they are found, and how ids become objects."""

from nasapi.plugins.hooks import (
    KINDS,
    Entry,
    Kind,
    Published,
    Reproduction,
    TableSource,
    hookimpl,
)
from nasapi.plugins.loading import (
    load_benchmark,
    load_encoder,
    load_objective,
    load_space,
    load_strategy,
    objective_of,
    options_of,
    paper_of,
)
from nasapi.plugins.manager import Plugin, entries, manager
from nasapi.plugins.offers import reproductions
from nasapi.plugins.specs import format_spec, parse_spec
from nasapi.plugins.trust import require_registered

__all__ = [
    "KINDS",
    "Entry",
    "Kind",
    "Plugin",
    "Published",
    "Reproduction",
    "TableSource",
    "entries",
    "format_spec",
    "hookimpl",
    "load_benchmark",
    "load_encoder",
    "load_objective",
    "load_space",
    "load_strategy",
    "manager",
    "objective_of",
    "options_of",
    "paper_of",
    "parse_spec",
    "reproductions",
    "require_registered",
]
