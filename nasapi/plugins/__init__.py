"""Plugins: what they say of themselves, how they are found, and how ids become objects."""

from nasapi.lazy import lazy_names
from nasapi.plugins.hooks import (
    KINDS,
    Entry,
    Kind,
    Published,
    Reproduction,
    TableSource,
    hookimpl,
)
from nasapi.plugins.manager import Plugin, entries, manager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nasapi.plugins.entry_options import options_of as options_of
    from nasapi.plugins.loading import load_benchmark as load_benchmark
    from nasapi.plugins.loading import load_encoder as load_encoder
    from nasapi.plugins.loading import load_objective as load_objective
    from nasapi.plugins.loading import load_space as load_space
    from nasapi.plugins.loading import load_strategy as load_strategy
    from nasapi.plugins.loading import objective_of as objective_of
    from nasapi.plugins.loading import paper_of as paper_of
    from nasapi.plugins.offers import reproductions as reproductions
    from nasapi.plugins.trust import require_registered as require_registered
    from nasapi.specs import Spec as Spec

__all__ = [
    "KINDS",
    "Entry",
    "Kind",
    "Plugin",
    "Published",
    "Reproduction",
    "Spec",
    "TableSource",
    "entries",
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
    "reproductions",
    "require_registered",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "load_benchmark": "loading",
        "load_encoder": "loading",
        "load_objective": "loading",
        "load_space": "loading",
        "load_strategy": "loading",
        "objective_of": "loading",
        "options_of": "entry_options",
        "paper_of": "loading",
        "reproductions": "offers",
        "require_registered": "trust",
        "Spec": "loading",
    },
)
