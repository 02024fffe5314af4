"""Where modules and their tests are: the units that a share is told of, and the folders of tests that are to notice."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = {"templates", "tests", "tools", "checkpoints"}
"""Folders without modules of the project: what `nasapi new` writes, weights, tests."""
OWN = {
    "answer_cache": ("guard", "answer_cache"),
    "benchmark": ("benchmark", "ledger", "answer_cache", "loop"),
    "cli": (
        *("cli", "cli_bench", "cli_data", "cli_errors", "cli_failures", "cli_info", "cli_messages"),
        *("cli_networks", "cli_outputs", "cli_printing", "cli_shards", "cli_words", "interrupted", "query"),
    ),
    "codes": ("argument_checks", "notation", "space"),
    "column_checks": ("benchmark", "column_checks"),
    "encoder": ("argument_checks", "encodings", "options"),
    "errors": ("errors", "problem", "specs"),
    "files": ("files", "files_left_behind", "file_outputs"),
    "frames": ("frames", "shown"),
    "history": ("simulated_clock", "history"),
    "networks": ("builders", "network_sizes", "networks"),
    "notation": ("notation",),
    "objective": ("answer_cache", "benchmark", "charging", "guard", "lookup"),
    "plugins": ("discovery", "entry_points", "hook_results", "loading", "named", "origins", "papers", "trust"),
    "problem": ("charging", "handed_problem", "history", "ledger", "metric_origins", "problem"),
    "ranking": ("history", "ranking"),
    "running": (
        *("charging", "cli_shards", "clusters", "crew", "frames", "guard", "isolated_server"),
        *("grid", "isolation", "ledger", "loop", "named", "observers", "parallel", "parcels", "recording"),
        *("resuming", "process_parts", "run_parts", "shown", "simulated_clock", "study", "trial_checks"),
    ),
    "safety": ("cli_failures", "csv_files", "fences", "grammar", "npz", "trust"),
    "specs": ("specs",),
    "storage": ("merging", "recording", "simulated_clock", "store", "store_damage", "store_header", "store_rows"),
    "strategy": ("loop", "named", "options", "papers"),
    "tables": ("collected", "forest", "lookup", "query", "safe_pickle", "table", "table_layout", "torch_files"),
    "testing": (
        *("builders", "kit", "kit_anchors", "kit_cases", "kit_honest", "kit_limits", "kit_mistakes", "kit_outcomes"),
        *("kit_parts", "kit_plays", "kit_rules", "kit_skips", "kit_use", "shared_data"),
    ),
    "trial": ("charging", "ledger", "problem"),
    "version": ("cli", "repository"),
    "words": ("notation", "shown", "words"),
    "space_notations": ("notation", "space"),
    "budget": ("charging", "handed_problem", "problem"),
    "constraint": ("column_checks", "handed_problem", "problem", "ranking"),
    "fidelity": ("charging", "handed_problem", "problem"),
    "metric": ("handed_problem", "metric_names", "metric_origins", "problem"),
    "reference": ("benchmark", "handed_problem", "kit_anchors"),
    "value_checks": ("handed_problem", "problem"),
}
"""Files of tests of the modules of the core that many import."""
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
    for name in ("__init__", "__main__"):  # which only hand on
        found.pop(f"nasapi/{name}")
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
    """The files of tests that are to notice a fault in this file.

    Those of its distribution; of the core's those that are named here, or that import its module or are named after it.
    """
    parts = path.relative_to(ROOT).parts
    if parts[0] == "nasapi":
        return list(_core_tests(parts[1].removesuffix(".py")))
    own = "/".join(parts[:2])
    folders = (ROOT / name / "tests" for name in (own, *ELSEWHERE.get(own, ())))
    return [file for folder in folders for file in sorted(folder.glob("test_*.py"))]


@cache
def _core_tests(module: str) -> tuple[Path, ...]:
    if module in OWN:
        return tuple(ROOT / "tests" / f"test_{name}.py" for name in OWN[module])
    return tuple(file for file in sorted((ROOT / "tests").glob("test_*.py")) if module in _about(file))


@cache
def _about(path: Path) -> frozenset[str]:
    """The modules of the core that a file of tests imports or is named after, by their first names."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    whole = path.stem.removeprefix("test_")
    first = whole.split("_")[0]
    return frozenset([whole, first, f"{first}s", *(name.split(".")[1] for name in names if name.startswith("nasapi."))])


def dotted(path: Path) -> str:
    """The name that a file is imported by."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    parts = parts if parts[0] == "nasapi" else parts[2:]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _python(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if not LEFT_OUT & set(path.relative_to(folder).parts))
