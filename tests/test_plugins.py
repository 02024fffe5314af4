"""Discovery: every plugin is a real installed distribution, and a broken one harms only itself."""

import textwrap

import pytest
from plugin_sites import HOOK

import nasapi
from nasapi.errors import InvalidOption

GOOD = """
from nasapi.plugins.hooks import Entry, hookimpl

@hookimpl
def nasapi_entries():
    return [Entry("space", "{id}", "nasapi.testing.toy:Toy", "a toy")]
"""


BROKEN = {
    "raises": ("raise RuntimeError('no luck')", "RuntimeError: no luck"),
    "exits": ("import sys; sys.exit(5)", "SystemExit: 5"),
    "exits-when-asked": (
        "from nasapi.plugins.hooks import hookimpl\n@hookimpl\ndef nasapi_entries(): raise SystemExit",
        "SystemExit",
    ),
    "syntax": ("def f(:", "SyntaxError"),
    "imports": ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
    "rubbish": (
        "from nasapi.plugins.hooks import hookimpl\n@hookimpl\ndef nasapi_entries(): return ['rubbish']",
        "TypeError: nasapi_entries gave 'rubbish'; wanted Entry(kind, id, target, summary)",
    ),
    "none": (
        "from nasapi.plugins.hooks import hookimpl\n@hookimpl\ndef nasapi_entries(): return None",
        "TypeError: nasapi_entries gave None; wanted a list of what the plugin offers",
    ),
    "kind": (GOOD.replace('"space"', '"spice"').format(id="x"), "is of kind 'spice'; wanted one of space, encoder"),
    "target": (
        GOOD.replace("nasapi.testing.toy:Toy", "nasapi.testing.toy").format(id="x"),
        "ValueError: the target 'nasapi.testing.toy' of 'x' is not of the form 'package.module:name'",
    ),
}


def test_each_broken_plugin_is_named_and_harms_only_itself(site):
    for name, (code, _) in BROKEN.items():
        site.install(f"x-{name}", code)
    site.install("x-good", GOOD.format(id="good-one"))
    found, done = site.plugins()
    for name, (_, message) in BROKEN.items():
        assert message in found[f"x-{name}"]["problem"]
        assert f"nasapi: plugin x-{name} 1.2 is left out: " in done.stderr
    assert found["x-good"]["problem"] is None
    assert found["x-good"]["entries"] == [{"kind": "space", "id": "good-one", "summary": "a toy"}]
    assert found["nasapi"]["problem"] is None
    assert done.returncode == 1


def test_plugins_exits_with_0_when_all_are_usable(site):
    site.install("x-good", GOOD.format(id="good-one"))
    found, done = site.plugins(NASAPI_BLOCK_PLUGINS="")
    assert found["x-good"]["problem"] is None
    assert done.returncode == int(any(plugin["problem"] for plugin in found.values()))


def test_an_id_offered_twice_is_refused_when_asked_for_and_harms_no_other(site):
    site.install("x-one", GOOD.format(id="same"))
    site.install("x-two", GOOD.format(id="same"))
    site.install("x-three", GOOD.format(id="other"))
    found, done = site.plugins()
    assert found["x-one"]["problem"] == "space 'same' is offered by x-two too"
    assert done.returncode == 1
    load = "import nasapi, sys; print(nasapi.load_space(sys.argv[1]))"
    assert "<search space toy" in site.run("-c", load, "other").stdout
    assert "Space 'same' is offered by x-one and x-two; uninstall one, or" in site.run("-c", load, "same").stderr


def test_two_entry_points_of_one_distribution_are_two_plugins(site):
    site.install("x-a", GOOD.format(id="first"), points=["a = x_a", "b = x_b"])
    (site.folder / "x_b.py").write_text(GOOD.format(id="second"))
    found, _ = site.plugins()
    assert found["x-a:a"]["entries"][0]["id"] == "first"
    assert found["x-a:b"]["entries"][0]["id"] == "second"


def test_two_distributions_may_call_their_entry_points_alike(site):
    site.install("x-a", GOOD.format(id="first"), points=["same = x_a"])
    site.install("x-b", GOOD.format(id="second"), points=["same = x_b"])
    found, _ = site.plugins()
    assert (found["x-a"]["entries"][0]["id"], found["x-b"]["entries"][0]["id"]) == ("first", "second")


def test_a_plugin_of_another_major_version_is_named_and_not_imported(site):
    site.install("x-later", "print('x-later ran')", group="nasapi.v2")
    found, done = site.plugins()
    assert found["x-later"]["problem"] == (
        "left out: it is made for nasapi.v2, and this is nasapi.v1; install its match"
    )
    assert "x-later ran" not in done.stdout + done.stderr


def test_a_blocked_plugin_is_not_imported(site):
    site.install("x-loud", "import sys; print('imported', file=sys.stderr)")
    site.install("x-good", GOOD.format(id="good-one"))
    found, done = site.plugins(NASAPI_BLOCK_PLUGINS="other, x-loud")
    assert "x-loud" not in found
    assert "imported" not in done.stderr
    assert found["x-good"]["problem"] is None


def test_strict_plugins_make_a_broken_one_an_error(site):
    site.install("x-raises", BROKEN["raises"][0])
    done = site.nasapi("list", NASAPI_STRICT_PLUGINS="1")
    assert "nasapi: Plugin x-raises 1.2 cannot be used: RuntimeError: no luck" in done.stderr
    assert done.returncode == 2


def test_a_target_that_does_not_import_is_an_error_of_that_entry_alone(site):
    site.install("x-late", GOOD.replace("nasapi.testing.toy", "no_such_module").format(id="late"))
    done = site.nasapi("info", "late")
    assert "Space 'late' cannot be imported from no_such_module: ModuleNotFoundError" in done.stderr
    assert done.returncode == 2


def test_importing_nasapi_imports_no_numpy(site):
    code = "import sys, nasapi; print([name for name in ('numpy', 'torch', 'zarr') if name in sys.modules])"
    assert site.run("-c", code).stdout == "[]\n"


def test_help_imports_no_numpy_torch_zarr_or_rich(site):
    code = textwrap.dedent(
        """
        import sys
        from nasapi.cli.main import main
        try:
            main(["--help"])
        except SystemExit as end:
            print(end.code, [name for name in ("numpy", "torch", "zarr", "rich") if name in sys.modules])
        """
    )
    assert site.run("-c", code).stdout.endswith("\n0 []\n")


ENTRY = "from nasapi.plugins.hooks import Entry, hookimpl\n@hookimpl\ndef nasapi_entries():\n    return [{entry}]\n"
ENTRIES = {
    "id-number": ("Entry('space', 5, 'a:b', 'x')", "the id of a space is 5, which is no string"),
    "id-empty": ("Entry('space', '', 'a:b', 'x')", "the id '' is not made of letters"),
    "id-control": ("Entry('space', 'a\\x1b[31m', 'a:b', 'x')", "has characters that cannot be printed: 'a\\x1b[31m'"),
    "id-long": ("Entry('space', 'a' * 10_000, 'a:b', 'x')", "the id of a space has 10,000 characters"),
    "id-brackets": ("Entry('space', 'a[b=1]', 'a:b', 'x')", "the id 'a[b=1]' is not made of letters"),
    "summary-none": ("Entry('space', 'a', 'a:b', None)", "the summary of 'a' is None, which is no string"),
    "summary-lines": ("Entry('space', 'a', 'a:b', 'x\\ny')", "the summary of 'a' has several lines"),
    "summary-long": ("Entry('space', 'a', 'a:b', 'x' * 10_000)", "the summary of 'a' has 10,000 characters"),
    "arguments": ("Entry('space', 'a', 'a:b', 'x', 7)", "the arguments of 'a' are 7; wanted a mapping"),
    "keywords": ("Entry('space', 'a', 'a:b', 'x', {3: 4})", "the arguments of 'a' name 3, which is no keyword"),
    "kit": ("Entry('space', 'a', 'a:b', 'x', kit=7)", "the options that the kit gives 'a' are 7; wanted a mapping"),
    "target": ("Entry('space', 'a', 5, 'x')", "the target 5 of 'a' is not of the form"),
}
ENDS = {
    "generator": ("yield None; raise KeyboardInterrupt", "KeyboardInterrupt"),
    "endless": ("import itertools; return itertools.repeat(Entry('space', 'a', 'a:b', 'x'))", "more than 10,000 items"),
    "cancelled": ("import asyncio; raise asyncio.CancelledError('later')", "CancelledError: later"),
    "leaves": ("raise GeneratorExit", "GeneratorExit"),
    "unspeakable": (
        "class Mute(Exception):\n        def __str__(self): raise SystemExit\n    raise Mute",
        "Mute: (its text raises SystemExit)",
    ),
}


def test_entries_that_are_none_leave_their_plugin_out_and_no_other(site):
    for name, (entry, _) in ENTRIES.items():
        site.install(f"x-{name}", ENTRY.format(entry=entry))
    for name, (body, _) in ENDS.items():
        head = "from nasapi.plugins.hooks import Entry, hookimpl\n@hookimpl\ndef nasapi_entries():\n    "
        site.install(f"x-{name}", head + body)
    site.install("x-good", GOOD.format(id="good-one"))
    found, done = site.plugins()
    for name, (_, message) in {**ENTRIES, **ENDS}.items():
        assert message in found[f"x-{name}"]["problem"]
    assert "good-one" in site.nasapi("list").stdout
    assert "\x1b" not in done.stdout + done.stderr
    assert done.stderr.count("\n") == done.stderr.count("is left out")


BODIES = {
    "raises": "raise GeneratorExit('no')",
    "none": "return None",
    "rubbish": "return ['rubbish']",
    "endless": "import itertools; return itertools.repeat(1)",
    "generator": "yield 1; raise SystemExit(3)",
}


@pytest.mark.parametrize(
    ("hook", "arguments", "offers", "command"),
    [
        ("nasapi_tables", "", "tables", ("data", "list")),
        ("nasapi_reproductions", "", "reproductions", ("reproduce",)),
    ],
)
def test_a_hook_that_breaks_is_named_and_breaks_no_command(site, hook, arguments, offers, command):
    if command == ("reproduce",):
        pytest.importorskip("nasapi_reproduce", reason="the command is its own")
    for name, body in BODIES.items():
        site.install(f"x-{name}", HOOK.format(hook=hook, arguments=arguments, body=body))
    found, done = site.plugins()
    for name in BODIES:
        assert f"its {offers} are left out: " in found[f"x-{name}"]["problem"]
        assert done.stderr.count(f"nasapi: the {offers} of x-{name} are left out: ") == 1
    assert done.returncode == 1
    assert site.nasapi(*command).returncode == 0


def test_an_observer_hook_that_breaks_loses_only_itself(site):
    for name, body in BODIES.items():
        site.install(f"x-{name}", HOOK.format(hook="nasapi_result", arguments="result", body=body))
    done = site.nasapi("bench", "toy/formula-v1[budget=2]", "-s", "random", "--seeds", "1", cwd=site.folder)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("nasapi: observer of plugin x-raises is dropped for this run: GeneratorExit: no") == 1


def test_entries_of_what_is_no_kind_are_refused():
    with pytest.raises(InvalidOption, match=r"No kind 'stratgy' of entry\. Did you mean 'strategy'"):
        nasapi.entries("stratgy")


def test_entries_are_listed_by_kind():
    assert {entry.kind for entry, _ in nasapi.entries("space")} == {"space"}
    assert "toy" in {entry.id for entry, _ in nasapi.entries("space")}
