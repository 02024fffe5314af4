"""Plugins in this process: what is loaded of those that are found, what ids stand for, and what is trusted."""

from __future__ import annotations

import os
import re
import sys
import types
from pathlib import Path
from typing import Any

import pytest
from distributions import metadata, on_path, write

import nasapi
from nasapi.errors import InvalidOption, PluginError, UnknownId, UntrustedId
from nasapi.plugins.hooks import KINDS, Entry, Published, Reproduction
from nasapi.plugins.loading import benchmark_or_objective, objective_of
from nasapi.plugins.manager import GROUP, Plugin, PluginManager, entries, find, manager
from nasapi.plugins.modules import kinds_at, module_of
from nasapi.plugins.offers import complain, reproductions
from nasapi.plugins.origins import _digest, origin_of, owner_of
from nasapi.plugins.targets import class_of, gives_kind, kinds_of
from nasapi.plugins.trust import require_registered
from nasapi.testing.search import ToyEncoder, ToySearch
from nasapi.testing.toy import Toy, ToyObjective, toy_v1

ROW = Published("b", "s", 1, 1.5, 0.0, "metric", "label", 0, "instead")
ITEM = Reproduction("name", "title", "source", (ROW,), "notes", "a:b")


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Offer entries as plugins of their own."""

    def register(**plugins: list[Entry]) -> None:
        made = [Plugin(name, "1.0", tuple(offer)) for name, offer in plugins.items()]
        monkeypatch.setattr(manager(), "plugins", [*manager().plugins, *made])

    return register


def entry(kind: str, name: str, target: str = "nasapi.testing.toy:Toy", **more: Any) -> Entry:
    return Entry(kind, name, target, "of a test", **more)  # type: ignore[arg-type]


def test_entries_stand_by_kind_and_then_by_id(offered: Any) -> None:
    offered(zz=[entry("strategy", "aa"), entry("space", "zz")], aa=[entry("benchmark", "b"), entry("space", "aa")])
    order = [(KINDS.index(one.kind), one.id) for one, _ in entries()]
    assert order == sorted(order)
    assert {plugin.name for one, plugin in entries("space") if one.id in ("aa", "zz")} == {"aa", "zz"}


def test_what_is_not_offered_is_reported_with_what_is_near_or_of_another_kind(offered: Any) -> None:
    offered(one=[entry("space", "same"), entry("encoder", "coder")], two=[entry("space", "same")])
    with pytest.raises(UnknownId, match=r"No space 'coder'\. There is an encoder of that name\. "):
        find("space", "coder")
    with pytest.raises(UnknownId, match=r"No space 'tooy'\. Did you mean 'toy'"):
        find("space", "tooy")
    with pytest.raises(
        PluginError, match="Space 'same' is offered by one and two; uninstall one, or name it in NASAPI"
    ):
        find("space", "same")
    assert find("space", "toy").target == "nasapi.testing.toy:Toy"


def test_names_of_a_module_that_no_hook_has_are_passed_over_and_hooks_are_not() -> None:
    found = PluginManager()
    module = types.ModuleType("mine")
    module.nasapi_entries = nasapi.hookimpl(lambda: [])  # type: ignore[attr-defined]
    module.text, module.function, module.kind = "text", lambda: None, int  # type: ignore[attr-defined]
    assert [found.parse_hookimpl_opts(module, name) for name in ("text", "function", "kind")] == [None] * 3
    assert found.parse_hookimpl_opts(module, "nasapi_entries") is not None
    found.register(module, "mine")
    assert [one.plugin_name for one in found.hook.nasapi_entries.get_hookimpls()] == ["mine"]


def modules(monkeypatch: pytest.MonkeyPatch, folder: Path, **texts: str) -> None:
    """One distribution for each module, alone on the path with what is imported already."""
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text)
        write(folder, f"{name}-1.0.dist-info", metadata(name, "1.0"), points=f"[nasapi.v1]\n{name} = {name}\n")
        monkeypatch.delitem(sys.modules, name, raising=False)
    on_path(monkeypatch, folder, *[Path(part) for part in sys.path[:0]])


OFFER = """
from nasapi.plugins.hooks import Entry, hookimpl
@hookimpl
def nasapi_entries():
    return [Entry("space", "{id}", "nasapi.testing.toy:Toy", "a toy")]
"""


def test_a_manager_loads_what_is_not_blocked_and_leaves_out_what_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = {"x_good": OFFER.format(id="good"), "x_bad": "raise RuntimeError('no luck')", "x_shut": "raise SystemExit"}
    modules(monkeypatch, tmp_path, **texts)
    monkeypatch.setenv("NASAPI_BLOCK_PLUGINS", " x-shut , ,other")
    made = PluginManager()
    assert made.load_setuptools_entrypoints(GROUP) == 1
    assert [(plugin.name, plugin.version, plugin.error is None) for plugin in made.plugins] == [
        ("x-bad", "1.0", False),
        ("x-good", "1.0", True),
    ]
    assert capsys.readouterr().err.count("plugin x-bad 1.0 is left out: RuntimeError: no luck") == 1
    assert [name for name, _ in made.list_name_plugin()] == ["x-good"]
    only = PluginManager()
    assert only.load_setuptools_entrypoints(GROUP, "x_good") == 1
    assert [plugin.name for plugin in only.plugins] == ["x-good"]
    monkeypatch.setenv("NASAPI_STRICT_PLUGINS", "1")
    with pytest.raises(PluginError, match=r"Plugin x-bad 1\.0 cannot be used: RuntimeError: no luck"):
        PluginManager().load_setuptools_entrypoints(GROUP)


def test_what_is_wrong_with_an_offer_is_reported_once_until_it_is_mended(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        for problem in ("no rows", "no rows", None, "no rows", "no name"):
            complain("x-plugin", "rows", problem)
        assert manager().problems["x-plugin", "rows"] == "no name"
    finally:
        complain("x-plugin", "rows", None)
    assert ("x-plugin", "rows") not in manager().problems
    message = "nasapi: the rows of x-plugin are left out: "
    assert capsys.readouterr().err == f"{message}no rows\n{message}no rows\n{message}no name\n"


def test_tables_of_published_numbers_are_reported_with_their_plugin(capsys: pytest.CaptureFixture[str]) -> None:
    class Offers:
        @nasapi.hookimpl
        def nasapi_reproductions(self) -> Any:
            return [ITEM]

    class Wrong:
        @nasapi.hookimpl
        def nasapi_reproductions(self) -> Any:
            return [ITEM, 3]

    for plugin, name in ((Offers(), "x-offers"), (Wrong(), "x-wrong")):
        manager().register(plugin, name)
    try:
        assert [(item.name, owner) for item, owner in reproductions() if owner.startswith("x-")] == [
            ("name", "x-offers")
        ]
    finally:
        for name in ("x-offers", "x-wrong"):
            manager().unregister(name=name)
        complain("x-wrong", "reproductions", None)
    assert "the reproductions of x-wrong are left out: TypeError" in capsys.readouterr().err


def test_a_benchmark_has_the_budget_noise_and_workers_that_are_given_and_says_so() -> None:
    made = nasapi.load_benchmark("toy/formula-v1", budget=7, unit="unique", noise=True, workers=3)
    assert (made.problem.budget.limit, made.problem.budget.unit) == (7, "unique")
    assert (made.noise, made.workers, made.loaded) == (True, 3, True)
    assert made.spec == "toy/formula-v1[budget=7,noise=true,unit=unique,workers=3]"
    again = nasapi.load_benchmark(made.spec)
    assert (again.problem.budget, again.noise, again.workers) == (made.problem.budget, True, 3)
    assert nasapi.load_benchmark("toy/formula-v1", workers=1).spec == "toy/formula-v1"
    assert nasapi.load_benchmark("toy/formula-v1", unit="unique").problem.budget.limit == toy_v1().problem.budget.limit
    with pytest.raises(InvalidOption, match="is 10 trials, not a number of seconds; give a budget"):
        nasapi.load_benchmark("toy/formula-v1", unit="seconds")
    assert nasapi.load_benchmark("toy/formula-v1", budget=7).problem.budget.unit == "trials"
    for wrong in (True, "7", [7]):
        with pytest.raises(InvalidOption, match=r"The budget of toy/formula-v1 must be a number, not "):
            nasapi.load_benchmark("toy/formula-v1", budget=wrong)  # type: ignore[arg-type]


def test_an_objective_is_that_of_its_id_or_of_a_benchmarks() -> None:
    assert isinstance(objective_of("toy/formula"), ToyObjective)
    assert isinstance(objective_of("toy/formula-v1"), ToyObjective)
    assert isinstance(benchmark_or_objective("toy/formula-v1[budget=3]"), nasapi.Benchmark)
    assert isinstance(benchmark_or_objective("nasapi.testing.toy:ToyObjective"), ToyObjective)
    assert isinstance(benchmark_or_objective("nasapi.testing.toy:toy_v1"), nasapi.Benchmark)
    with pytest.raises(UnknownId, match=r"No benchmark or objective 'toy/formla'\. Did you mean 'toy/formula"):
        benchmark_or_objective("toy/formla")


def needing(rows: int, *, more: int = 1) -> nasapi.Benchmark:
    if rows < 0:
        raise ValueError("rows from 0")
    if rows == 7:
        raise SystemExit("seven")
    return toy_v1()


def breaking() -> nasapi.Benchmark:
    return {}["no such key"]  # type: ignore[no-any-return]


def giving_nothing() -> nasapi.Benchmark:
    return None  # type: ignore[return-value]


def test_what_a_benchmark_needs_or_refuses_is_reported(offered: Any) -> None:
    offered(mine=[entry("benchmark", name, f"{__name__}:{target}") for name, target in
                  (("needs", "needing"), ("nothing", "giving_nothing"), ("away", "no_such_name"))])  # fmt: skip
    assert nasapi.load_benchmark("needs[rows=1]").spec == "needs[rows=1]"
    with pytest.raises(InvalidOption, match="Benchmark 'needs' needs option 'rows'"):
        nasapi.load_benchmark("needs")
    with pytest.raises(InvalidOption, match=r"Benchmark needs\[rows=-1\] cannot be made: rows from 0"):
        nasapi.load_benchmark("needs", rows=-1)
    with pytest.raises(PluginError, match="Benchmark 'needs' cannot be made: SystemExit: seven"):
        nasapi.load_benchmark("needs[rows=7]")
    with pytest.raises(PluginError, match="Benchmark 'nothing' gave a NoneType; wanted a Benchmark"):
        nasapi.load_benchmark("nothing")
    with pytest.raises(PluginError, match=rf"'{__name__}' has no 'no_such_name'\. "):
        nasapi.load_benchmark("away")
    with pytest.raises(InvalidOption, match=r"Space 'toy' has no option 'x'\. It takes none"):
        nasapi.load_space("toy[x=1]")
    with pytest.raises(InvalidOption, match="What is loaded is named by its space id as text, not by 3"):
        nasapi.load_space(3)  # type: ignore[arg-type]


def test_an_error_of_a_plugin_that_makes_something_names_what_and_the_plugin(offered: Any) -> None:
    offered(mine=[entry("benchmark", "breaks", f"{__name__}:breaking")])
    with pytest.raises(KeyError, match="no such key") as raised:
        nasapi.load_benchmark("breaks")
    assert len(raised.value.__notes__) == 1
    assert re.fullmatch(r"Benchmark 'breaks' of mine \S+ could not be made", raised.value.__notes__[0])


def test_kinds_are_reported_of_classes_and_functions_by_what_they_say() -> None:
    assert [class_of(kind).__name__ for kind in KINDS] == [
        "SearchSpace",
        "Encoder",
        "Objective",
        "Strategy",
        "Benchmark",
    ]
    assert kinds_of(Toy) == ["space"]
    assert kinds_of(ToyEncoder) == ["encoder"]
    assert kinds_of(ToySearch) == ["strategy"]
    assert kinds_of(toy_v1) == ["benchmark"]
    assert kinds_of(len) == kinds_of(3) == []
    assert kinds_at("nasapi.testing.toy:ToyObjective") == ["objective"]

    def text(): ...  # type: ignore[no-untyped-def]

    text.__annotations__["return"] = "nothing.of.SearchSpace"

    def search() -> nasapi.Strategy: ...  # type: ignore[empty-body]

    def silent(): ...  # type: ignore[no-untyped-def]

    assert gives_kind(text, "space") and not gives_kind(text, "encoder")
    assert not gives_kind(search, "strategy")
    assert not gives_kind(silent, "space")


def test_a_module_is_named_by_its_dots_and_a_file_by_its_path(tmp_path: Path) -> None:
    assert module_of("os.path") is os.path
    (tmp_path / "mine.py").write_text("NUMBER = 7\n")
    assert module_of(str(tmp_path / "mine.py")).NUMBER == 7
    (tmp_path / "bad.py").write_text("raise KeyError('no')\n")
    (tmp_path / "folder.py").mkdir()
    for name, kind, message in (
        (str(tmp_path / "bad.py"), PluginError, "cannot be imported: KeyError: 'no'"),
        (str(tmp_path / "folder.py"), UnknownId, "There is no file"),
        ("no_such_module", UnknownId, "Cannot import 'no_such_module'"),
        ("a..b", UnknownId, r"Cannot import 'a\.\.b'"),
        (".a", UnknownId, "is neither a Python file"),
        ("a/b", UnknownId, "is neither a Python file"),
    ):
        with pytest.raises(kind, match=message):
            module_of(name)


def test_who_offers_an_entry_is_its_owner_and_a_file_is_known_by_its_digests(offered: Any, tmp_path: Path) -> None:
    offered(one=[entry("space", "mine"), entry("space", "same")], two=[entry("space", "same")])
    assert owner_of("space", "mine") == "one 1.0"
    assert owner_of("space", "same") == owner_of("space", "nothing") == ""
    file = tmp_path / "mine.py"
    file.write_text("NUMBER = 7  # a remark\n")
    content, code = owner_of("space", f"{file}:Mine").split(" code:")
    file.write_text("\n# another\nNUMBER = 7\n")
    other, same = owner_of("space", f"{file}:Mine").split(" code:")
    assert (content == other, code == same, content[:7]) == (False, True, "sha256:")
    file.write_text("NUMBER = 8\n")
    assert owner_of("space", f"{file}:Mine").split(" code:")[1] != code
    file.write_text("NUMBER = (\n")
    assert owner_of("space", f"{file}:Mine").startswith("sha256:")
    assert " code:" not in owner_of("space", f"{file}:Mine")
    assert owner_of("space", f"{tmp_path / 'gone.py'}:Mine") == ""


def test_a_strategy_that_no_plugin_offers_is_from_its_file() -> None:
    assert origin_of(nasapi.load_strategy("nasapi.testing.search:ToySearch")).startswith("sha256:")
    assert origin_of(eval("lambda problem, rng: None")) == ""


def test_the_digest_of_a_module_is_of_its_whole_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "dug"
    (package / "deep").mkdir(parents=True)
    for name in ("__init__", "deep/__init__", "deep/inner", "other"):
        (package / f"{name}.py").write_text(f"NAME = {name!r}\n")
    (tmp_path / "alone_dug.py").write_text("NAME = 1\n")
    (package / "notes.txt").write_text("no code")
    monkeypatch.syspath_prepend(tmp_path)
    import alone_dug  # type: ignore[import-not-found]
    import dug.deep.inner  # type: ignore[import-not-found]

    assert alone_dug.NAME == 1 and dug.deep.inner.NAME

    def digest(module: str) -> str:
        _digest.cache_clear()
        return _digest(module)

    first, alone = digest("dug.deep.inner"), digest("alone_dug")
    assert first == digest("dug") != alone
    (package / "notes.txt").write_text("other text")
    (tmp_path / "beside.py").write_text("")
    assert (digest("dug"), digest("alone_dug")) == (first, alone)
    (package / "other.py").rename(package / "renamed.py")
    second = digest("dug")
    (package / "renamed.py").write_text("NAME = 'Other'\n")
    assert len({first, second, digest("dug")}) == 3
    _digest.cache_clear()


@pytest.mark.parametrize(
    ("spec", "refused"),
    [
        ("toy/formula-v1[x='path+adjacency']", None),
        ("toy/formula-v1[x='path[limit=3]+adjacency']", None),
        ("toy/formula-v1[x='some-word_1']", None),
        ("toy/formula-v1[x=1.5,y=true]", None),
        ("toy/formula-v1[x='path+os:system']", "os:system"),
        ("toy/formula-v1[x='adjacency + no/such']", "no/such"),
        ("toy/formula-v1[x='path[y=a/b]']", "a/b"),
        ("toy/formula-v1[x='path[y=\"adjacency+c.py:d\"]']", "c.py:d"),
        ("toy", "toy"),
    ],
)
def test_only_plain_words_and_registered_ids_are_trusted_at_any_depth(spec: str, refused: str | None) -> None:
    if refused is None:
        require_registered("benchmark", spec)
        return
    with pytest.raises(UntrustedId, match=rf"^The page names '{refused}', which no installed plugin registers"):
        require_registered("benchmark", spec, "the page")


def test_a_long_name_is_reported_in_part() -> None:
    with pytest.raises(UntrustedId, match=r"^This store names 'x{200}…', which no"):
        require_registered("benchmark", "x" * 201)
    with pytest.raises(UntrustedId, match=r"^This store names 'x{200}', which no"):
        require_registered("benchmark", "x" * 200)
