"""`nasapi new`: a plugin's folder from a template."""

from __future__ import annotations

import importlib
import importlib.metadata
import keyword
import re
import runpy
import shlex
from collections.abc import Collection
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template

import click

from nasapi.cli.console import show
from nasapi.errors import InvalidOption
from nasapi.files.replacing import replacing
from nasapi.plugins.manager import entries
from nasapi.specs import read_value

_KINDS = {
    "space": ("The search space `$name`", ("nasapi", "numpy")),
    "strategy": ("The search strategy `$name`", ("attrs", "nasapi", "numpy")),
    "encoder": ("The encoder `$name`", ("nasapi", "numpy")),
    "objective": ("The objective `$name` and a benchmark", ("nasapi", "numpy")),
    "table": ("The table `$name`, its space, objectives and benchmarks,", ("nasapi", "numpy")),
    "plugin": ("The plugin `$name`", ("click", "nasapi")),
}
"""Each kind with what its template is, and what it depends on."""
_RANGES = {"attrs": "attrs>=24.2", "click": "click>=8.2", "nasapi": "nasapi>=0.1", "numpy": "numpy>=2.0"}
_EXAMPLES = {
    "space": "nasapi info $name\nnasapi picture $name --sample 1 -o cell.svg\nnasapi check space $name",
    "strategy": "nasapi check strategy $name\nnasapi bench toy/formula-v1 -s $name -s '$name[initial=3]'",
    "encoder": "nasapi info $name\nnasapi check encoder $name",
    "objective": "nasapi query toy/$name 'conv|conv|skip'\nnasapi check objective toy/$name --evaluations 100",
    "table": "nasapi query toy-$name/digits-v1 'conv|skip|conv'\nnasapi check benchmark toy-$name/digits-v1",
    "plugin": "nasapi $name toy",
}


@click.command("new")
@click.argument("kind", type=click.Choice(list(_KINDS)))
@click.argument("name")
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder to make; by default ./NAME.",
)
@click.pass_context
def command(context: click.Context, kind: str, name: str, output: Path | None) -> None:
    """Make a plugin that works, to be changed into yours: it installs with pip and passes its own tests.

    KIND is what it offers, NAME its id, of an objective or table what follows the space's; the distribution is then
    nasapi-NAME.
    """
    group = context.parent.command if context.parent else None
    words = _words(kind, name, group.list_commands(context) if isinstance(group, click.Group) else ())
    folder = output or Path(name)
    templates = files("nasapi.cli") / "templates"
    with replacing(folder, lambda _: "exists already; choose another --output") as draft:
        for part in ("common", kind):
            for place, template in _templates(templates / part):
                target = draft / _renamed(place, words["package"])
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(Template(template.read_text(encoding="utf-8")).substitute(words), encoding="utf-8")
        _require_new_ids(draft / words["package"] / "__init__.py")
        if kind == "table":  # what it ships is made by its own script, as its author will make it again
            runpy.run_path(str(draft / "tools" / "build.py"), run_name="__main__")
    shown = str(folder) if folder.is_absolute() else f"./{folder}"
    install, test = shlex.quote(f"{shown}[testing]"), shlex.quote(shown if str(folder).startswith("-") else str(folder))
    show(f"{folder}: install it with `pip install -e {install}`, test it with `python -m pytest {test}`.")


def _words(kind: str, name: str, taken: Collection[str] = ()) -> dict[str, str]:
    """What the templates' words stand for; raises InvalidOption for a name that cannot be used."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise InvalidOption(f"{name!r} cannot be a name; use small letters, digits and single hyphens, as 'my-{kind}'.")
    if keyword.iskeyword(name):
        raise InvalidOption(f"{name!r} cannot be a name, for it is a word of Python; choose another, as 'my-{kind}'.")
    if _read(name) != name:
        raise InvalidOption(f"{name!r} cannot be a name: on the command line it is read as {_read(name)!r}, no text.")
    if kind == "plugin" and name in taken:
        raise InvalidOption(f"There is a command {name!r} already, so one of this name could never be called.")
    for entry, plugin in entries():
        if entry.id == name and entry.kind == kind:
            raise InvalidOption(f"There is a {kind} {name!r} already, in {plugin.name}; choose another name.")
    if any(importlib.metadata.distributions(name=f"nasapi-{name}")):
        raise InvalidOption(
            f"The distribution 'nasapi-{name}' is installed, and pip would replace it by one of this name; choose "
            "another name."
        )
    camel = "".join(word.capitalize() for word in name.split("-"))
    class_name = camel if camel.endswith(kind.capitalize()) else f"{camel}{kind.capitalize()}"
    if class_name in vars(importlib.import_module("nasapi"))["__all__"]:
        raise InvalidOption(f"{name!r} would make a class {class_name!r}, which nasapi has; choose another name.")
    words = {
        "name": name,
        "distribution": f"nasapi-{name}",
        "package": f"nasapi_{name.replace('-', '_')}",
        "constant": name.replace("-", "_").upper(),
        "class_name": class_name,
        "dependencies": ", ".join(f'"{_RANGES[needed]}"' for needed in _KINDS[kind][1]),
    }
    words["summary"] = Template(_KINDS[kind][0]).substitute(words)
    words["example"] = "\n".join(f"    {line}" for line in Template(_EXAMPLES[kind]).substitute(words).splitlines())
    return words


def _require_new_ids(entry_module: Path) -> None:
    """Raise InvalidOption where what a new plugin offers is offered already: nobody could ask for either then."""
    taken = {(entry.kind, entry.id): plugin.name for entry, plugin in entries()}
    for entry in runpy.run_path(str(entry_module)).get("nasapi_entries", list)():
        if owner := taken.get((entry.kind, entry.id)):
            raise InvalidOption(
                f"Its {entry.kind} would be {entry.id!r}, which is in {owner} already; choose another name."
            )


def _renamed(place: str, package: str) -> str:
    """A template's path as that of the file made from it; tests are named after the package, so that no two collide."""
    path = place.removesuffix(".tmpl").replace("package/", f"{package}/")
    return path.replace("tests/test_plugin.py", f"tests/test_{package}.py")


def _read(name: str) -> object:
    """What a name is read as where it is an option's value, such as `encoder=none`."""
    return read_value(name.strip())


def _templates(folder: Traversable, at: str = "") -> list[tuple[str, Traversable]]:
    """Every template under a folder, with its path from there."""
    found: list[tuple[str, Traversable]] = []
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.is_dir():
            found += _templates(item, f"{at}{item.name}/")
        elif item.name.endswith(".tmpl"):
            found.append((f"{at}{item.name}", item))
    return found
