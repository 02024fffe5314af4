"""Where modules and their tests are: the units that a share is told of, and the folders of tests that are to notice."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = {"templates", "tests", "tools", "checkpoints"}
"""Folders without modules of the project: what `nasapi new` writes, weights, tests."""
ELSEWHERE = {"strategies/toolkit": ("strategies/surrogate",)}
"""Distributions that are tested through others as well."""


def units() -> dict[str, list[Path]]:
    """The files of each module of the core, and of each distribution, by its name."""
    found: dict[str, list[Path]] = {}
    for path in _python(ROOT / "nasapi"):
        parts = path.relative_to(ROOT).parts
        found.setdefault(f"nasapi/{parts[1].removesuffix('.py')}", []).append(path)
    for kind in ("spaces", "strategies", "plugins"):
        for folder in sorted((ROOT / kind).glob("*/nasapi_*")):
            found[f"{kind}/{folder.parent.name}"] = _python(folder)
    found.pop("nasapi/__init__")
    return found


def chosen(names: Sequence[str]) -> dict[str, list[Path]]:
    """The units of these names, or the files below these paths; all units where none is named."""
    everything = units()
    if not names:
        return everything
    found = {}
    for name in (name.rstrip("/").removesuffix(".py") for name in names):
        below = [
            path
            for path in (path for paths in everything.values() for path in paths)
            if f"{path.relative_to(ROOT).with_suffix('')}/".startswith(f"{name}/")
        ]
        if not below and name not in everything:
            raise SystemExit(
                f"No module {name!r}; there are {', '.join(sorted(everything))}, and the paths below them."
            )
        found[name] = everything.get(name, below)
    return found


def files_of_tests(path: Path) -> list[Path]:
    """The files of tests that are to notice a fault in this file."""
    parts = path.relative_to(ROOT).parts
    if parts[0] == "nasapi":
        return sorted((ROOT / "tests").glob("test_*.py"))
    own = "/".join(parts[:2])
    return [
        file for name in (own, *ELSEWHERE.get(own, ())) for file in sorted((ROOT / name / "tests").glob("test_*.py"))
    ]


def dotted(path: Path) -> str:
    """The name that a file is imported by."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    parts = parts if parts[0] == "nasapi" else parts[2:]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _python(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if not LEFT_OUT & set(path.relative_to(folder).parts))
