"""Every module stands in its layer and imports downwards only; plugins import public modules alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAYERS: list[set[str]] = [
    {"lazy", "version", "words"},
    {"errors"},
    {"safety"},
    {"files"},
    {"frames"},
    {"options", "specs"},
    {"argument_checks", "value_checks"},
    {"budget", "constraint", "fidelity", "metric", "reference"},
    {"codes"},
    {"trial"},
    {"graphs"},
    {"notation"},
    {"space_notations"},
    {"space"},
    {"problem"},
    {"ranking"},
    {"columns", "guard", "noise"},
    {"objective"},
    {"column_checks"},
    {"answer_cache"},
    {"encoder"},
    {"strategy"},
    {"benchmark"},
    {"history"},
    {"pictures", "encodings", "networks", "spaces"},
    {"plugins"},
    {"tables"},
    {"storage"},
    {"running"},
    {"data"},
    {"testing"},
    {"cli"},
    {"__main__"},
]
"""The modules and rooms of the core, the lowest first; those that stand beside each other import each other nowhere."""
INTERFACE = (
    "errors options trial graphs notation space metric constraint fidelity budget problem ranking objective encoder "
    "strategy reference benchmark history"
).split()
PUBLIC = {
    "nasapi",
    *(f"nasapi.{name}" for name in INTERFACE),
    "nasapi.plugins",
    "nasapi.tables",
    "nasapi.data",
    "nasapi.spaces",
    "nasapi.running",
    "nasapi.storage",
    "nasapi.pictures",
    "nasapi.networks",
    "nasapi.testing",
    "nasapi.testing.toy",
    "nasapi.testing.problems",
    "nasapi.cli.console",
    "nasapi.cli.lazy",
    "nasapi.cli.numbers",
    "nasapi.cli.progress",
    "nasapi.files",
    "nasapi.frames",
    "nasapi.safety.csv_files",
    "nasapi.safety.fences",
    "nasapi.safety.grammar",
    "nasapi.safety.npz",
    "nasapi.safety.unpacked",
    "nasapi.safety.whole_numbers",
    "nasapi.words",
}
"""What plugins may import; docs/interface names them, and a change of one is a change of the interface."""


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in sorted((ROOT / "nasapi").rglob("*.py")) if "templates" not in path.parts}


@cache
def exported(package: str) -> set[str]:
    """The dotted names of what a room's own `__all__` lists, which hide its modules of the same names."""
    path = MODULES.get(package)
    if path is None or path.name != "__init__.py" or package == "nasapi":
        return set()
    return {f"{package}.{name}" for name in vars(import_module(package)).get("__all__", ())}


def imported(path: Path, package: str) -> Iterator[str]:
    """The modules of `package` that a file imports, those within functions and for type checkers included."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            named = exported(node.module)
            names = [name for name in names[1:] if name in MODULES and name not in named] or [node.module]
        else:
            continue
        yield from (name for name in names if name == package or name.startswith(f"{package}."))


def level(module: str) -> int:
    """The floor a module stands on."""
    room = module.split(".")[1]
    floors = [number for number, names in enumerate(LAYERS) if room in names]
    assert floors, f"{module} stands in no layer: add it to LAYERS, or move it into a room"
    return floors[0]


def test_a_module_imports_downwards_only() -> None:
    wrong = []
    for module in sorted(set(MODULES) - {"nasapi"}):
        room = module.split(".")[1]
        for name in imported(MODULES[module], "nasapi"):
            if name == "nasapi":
                wrong.append(f"{module} imports the package itself; import the module that the name is in")
            elif name.split(".")[1] != room and level(name) >= level(module):
                wrong.append(f"{module} imports {name}, which is not below")
    assert wrong == []


@pytest.mark.parametrize("room", sorted({name.split(".")[1] for name in MODULES if name != "nasapi"}))
def test_a_room_has_no_circle(room: str) -> None:
    inside = {name: path for name, path in MODULES.items() if name.split(".")[1:2] == [room]}
    arrows = {name: {other for other in imported(path, "nasapi") if other in inside} for name, path in inside.items()}
    assert len(list(TopologicalSorter(arrows).static_order())) == len(inside)


def test_the_package_names_only_where_things_are() -> None:
    tree = ast.parse(MODULES["nasapi"].read_text())
    assert not [
        node
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        and (node.module or "") != "__future__"
        and not (node.module or "").startswith(("typing", "nasapi.version"))
    ]


def plugin_files() -> list[Path]:
    folders = (folder for kind in ("spaces", "strategies", "plugins") for folder in (ROOT / kind).glob("*/nasapi_*"))
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def test_a_plugin_imports_public_modules_alone() -> None:
    private = {str(path.relative_to(ROOT)): set(imported(path, "nasapi")) - PUBLIC for path in plugin_files()}
    assert len(private) > 200 and {path: names for path, names in private.items() if names} == {}
