"""README and CONTRIBUTING say what the tree has: every module in its order, paths that are there, one demonstration."""

from __future__ import annotations

import re
from pathlib import Path

import click
from click.testing import CliRunner
from test_layers import LAYERS

from nasapi.cli.main import COMMANDS, cli

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
DEMONSTRATION = "nasapi bench nb201/cifar10-v1 -s random -s local-search -s evolution --seeds 30 --jobs 2"


def section(name: str) -> str:
    return CONTRIBUTING.partition(f"## {name}")[2].partition("\n## ")[0]


def test_every_module_of_the_core_has_a_line_and_stands_in_its_order() -> None:
    listed = re.findall(r"^\| `(\w+)/?` \| \S.* \|$", section("How the repository is laid out"), re.MULTILINE)
    there = {path.stem for path in (ROOT / "nasapi").iterdir() if (path.suffix == ".py" or path.is_dir())}
    there -= {"__init__", "__pycache__", "py"}
    assert not there - set(listed), "give each module of the core a line in CONTRIBUTING.md"
    assert sorted(listed) == sorted(there), "name each module once, and no other"
    floors = [next(floor for floor, names in enumerate(LAYERS) if name in names) for name in listed]
    assert floors == sorted(floors)


def test_where_is_names_what_is_there() -> None:
    rows = [line.split(" | ")[1] for line in section("Where is").splitlines() if line.startswith("| ")][1:]
    paths = [path for row in rows for path in re.findall(r"`([\w/.*-]*/[\w./*-]+)`", row)]
    assert paths
    assert not [path for path in paths if not any(ROOT.glob(path.rstrip("/")))]


def test_the_demonstration_is_one_command_everywhere() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8").replace("$(BIN)/", "")
    learn = (ROOT / "docs/learn/compare.md").read_text(encoding="utf-8")
    for text in (README, learn, makefile, CliRunner().invoke(cli, ["--help"]).output):
        assert DEMONSTRATION in text
        assert "nasapi report runs/nb201-cifar10-v1" in text


def test_the_page_of_the_command_line_has_a_row_for_every_verb() -> None:
    page = (ROOT / "docs/cli.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`\w.*?) \| ", page.partition("| verb |")[2].partition("\n\n")[0], re.MULTILINE)
    named = {verb for row in rows for verb in re.findall(r"`(\w+)", row)}
    assert named == {*COMMANDS, "report", "standings"}
    others = set(cli.list_commands(click.Context(cli))) - named
    rest = page.partition("Plugins add verbs")[2].partition("\n\n")[0]
    assert not [verb for verb in others if f"`{verb}`" not in rest], "name each verb of a plugin, with its page"
