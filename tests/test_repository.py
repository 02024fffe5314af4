"""The repository keeps its own rules: names, start-up, what it says of itself."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = sorted(
    path.parent for kind in ("spaces", "strategies", "plugins") for path in ROOT.glob(f"{kind}/*/pyproject.toml")
)


def metadata(folder: Path) -> dict[str, object]:
    return tomllib.loads((folder / "pyproject.toml").read_text())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_folder_distribution_package_and_entry_point_share_a_name(folder: Path) -> None:
    project = metadata(folder)["project"]
    assert isinstance(project, dict)
    assert project["name"] == f"nasapi-{folder.name}"
    assert project["entry-points"] == {"nasapi.v1": {folder.name: f"nasapi_{folder.name}"}}
    assert (folder / f"nasapi_{folder.name}" / "__init__.py").is_file()
    assert (folder / f"nasapi_{folder.name}" / "py.typed").is_file()
    assert (folder / "README.md").is_file()
    assert list((folder / "tests").glob("test_*.py"))


def test_the_development_requirements_list_every_folder() -> None:
    lines = (ROOT / "requirements-dev.txt").read_text().splitlines()
    listed = {line.split("[")[0].strip() for line in lines if line.startswith("-e ./")}
    assert listed == {f"-e ./{folder.relative_to(ROOT)}" for folder in FOLDERS}


INSTALLED_TOGETHER = [
    (path.relative_to(ROOT).as_posix(), re.findall(r"(?<=\s)'?\./([a-z]+/[\w*]+)", line))
    for path in (ROOT / "Makefile", *ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/*/README.md"))
    for line in path.read_text().splitlines()
    if ("pip install" in line or line.startswith("DEMO :=")) and re.search(r"\s\.\s", line)
]


def test_folders_that_are_installed_together_bring_each_distribution_that_they_require() -> None:
    assert {file for file, _ in INSTALLED_TOGETHER} >= {"Makefile", "README.md"}
    for file, patterns in INSTALLED_TOGETHER:
        folders = {folder for pattern in patterns for folder in ROOT.glob(pattern)}
        brought = {f"nasapi-{folder.name}" for folder in folders}
        wanted = {
            re.split(r"[\[>]", requirement)[0]
            for folder in folders
            for requirement in metadata(folder)["project"]["dependencies"]  # type: ignore[index]
            if requirement.startswith("nasapi-")
        }
        assert wanted <= brought, f"{file} installs {sorted(patterns)} without {sorted(wanted - brought)}"


def test_every_package_that_ships_its_types_is_checked_by_mypy() -> None:
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["files"]
    checked = {path for pattern in patterns for path in ROOT.glob(pattern)}
    typed = {marker.parent for folder in (ROOT, *FOLDERS) for marker in folder.glob("nasapi*/py.typed")}
    assert len(typed) == 1 + len(FOLDERS)
    assert typed <= checked


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_an_entry_module_imports_neither_numpy_nor_torch(folder: Path) -> None:
    if importlib.util.find_spec(f"nasapi_{folder.name}") is None:
        pytest.skip(f"nasapi-{folder.name} is not installed")
    code = f"import sys, nasapi_{folder.name}; print(sorted({{'numpy', 'torch', 'zarr'}} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_the_wait_before_an_interruption_has_a_sentence_is_short() -> None:
    code = "import sys; before = set(sys.modules); import nasapi.cli.start; print(sorted(set(sys.modules) - before))"
    listed = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert not {"typing", "click", "pluggy", "numpy"} & set(ast.literal_eval(listed.stdout))


def test_importing_nasapi_imports_no_numpy() -> None:
    heavy = {"numpy", "torch", "zarr", "click"}
    code = f"import sys, nasapi, nasapi.plugins.manager; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_every_public_name_resolves() -> None:
    code = "import nasapi; print(all(getattr(nasapi, name) is not None for name in nasapi.__all__))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "True\n"


def test_the_changelog_names_the_version_of_the_core() -> None:
    version = metadata(ROOT)["project"]["version"]  # type: ignore[index]
    assert re.search(rf"^## {re.escape(version)}\b", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)


PLAN = (
    "space.py",
    "notations.py",
    "isomorphism.py",
    "tables.py",
    "importers/__init__.py",
    "objectives.py",
    "benchmarks.py",
)
"""The files of every space; `build.py` is there where its networks are."""
SPACES = [folder for folder in FOLDERS if folder.parent.name == "spaces"]


@pytest.mark.parametrize("folder", SPACES, ids=lambda folder: folder.name)
def test_every_space_has_the_same_files(folder: Path) -> None:
    package = folder / f"nasapi_{folder.name}"
    assert not [name for name in PLAN if not (package / name).is_file()]


def test_a_new_space_has_the_files_of_every_space() -> None:
    package = ROOT / "nasapi" / "cli" / "templates" / "space" / "package"
    assert not [name for name in PLAN if not (package / f"{name}.tmpl").is_file()]


PRINTING = [
    path
    for folder in ("nasapi", "spaces", "strategies", "plugins")
    for path in (ROOT / folder).rglob("*.py")
    if not {"tests", "tools", ".venv"} & set(path.relative_to(ROOT).parts)
    and path.name not in ("console.py", "words.py", "start.py", "page.py")
]


def test_only_the_console_prints() -> None:
    prints = re.compile(r"\bclick\.echo\(|^\s*print\(|\.secho\(", re.MULTILINE)
    assert len(PRINTING) > 400 and [path for path in PRINTING if prints.search(path.read_text())] == []


def python_files() -> list[Path]:
    names = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    return [ROOT / name for name in names.split()]


def test_every_file_opens_with_what_it_is() -> None:
    paths = python_files()
    assert len(paths) > 500 and [path for path in paths if not ast.get_docstring(ast.parse(path.read_text()))] == []


def test_no_file_draws_from_global_random_state() -> None:
    own = r"default_rng|Generator|SeedSequence|BitGenerator|PCG64"
    shared = re.compile(rf"\bnp\.random\.(?!{own})\w+|^import random\b", re.MULTILINE)
    paths = [path for path in python_files() if not {"tests", "testing"} & set(path.relative_to(ROOT).parts)]
    assert len(paths) > 400 and [path for path in paths if shared.search(path.read_text())] == []


CONVERSATION = {"told", "said", "tells", "hears", "heard", "wants", "judges"}


def conversational(path: Path) -> set[str]:
    """The words of names in a file that are none for a thing."""
    text = path.read_text(encoding="utf-8")
    if not any(word in text for word in CONVERSATION):
        return set()
    nodes = list(ast.walk(ast.parse(text)))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    names |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    names |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    functions = {node.name for node in nodes if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    names |= {name for name in functions if not name.startswith("test_")}
    return CONVERSATION & {word for name in names for word in name.lower().split("_")}


def test_names_are_nouns_and_not_words_of_a_conversation() -> None:
    found = {str(path.relative_to(ROOT)): words for path in python_files() if (words := conversational(path))}
    assert found == {}, "give it the noun of what it is, such as `message`, `results` or `completed`"
