"""The names that `import nasapi` gives, each with the page of the reference that describes it."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import nasapi

REFERENCE = Path(__file__).parent / "reference"


def names() -> str:
    """A line for each name of the package, its module being the public one that has it."""
    pages = {
        module: path.name
        for path in sorted(REFERENCE.glob("*.md"))
        for module in re.findall(r"automodule:: (nasapi\.\w+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    rows = ["| name | where it is described |", "|---|---|"]
    for name in nasapi.__all__:
        own = f"nasapi.{nasapi._WHERE[name].partition('.')[0]}"
        module = own if own in pages else next(one for one in pages if hasattr(import_module(one), name))
        rows.append(f"| `{name}` | [`{module}`]({pages[module]}) |")
    return "\n".join(rows)
