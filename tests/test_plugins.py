"""Discovery: every plugin is a real installed distribution, and a broken one harms only itself."""

import json
import os
import subprocess
import sys
import textwrap

import pytest

GOOD = """
from nasapi.plugins.hooks import Entry, hookimpl

@hookimpl
def nasapi_entries():
    return [Entry("space", "{id}", "nasapi.testing.toy:Toy", "a toy")]
"""


class Site:
    """A folder of installed distributions, and commands run with it on the path."""

    def __init__(self, folder):
        self.folder = folder

    def install(self, name, code, group="nasapi.v1", points=None):
        """A distribution `name` of version 1.2 whose entry module has this code."""
        module = name.replace("-", "_")
        (self.folder / f"{module}.py").write_text(textwrap.dedent(code))
        info = self.folder / f"{module}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
        lines = points or [f"{name} = {module}"]
        (info / "entry_points.txt").write_text("\n".join([f"[{group}]", *lines, ""]))

    def run(self, *arguments, **environment):
        """Run Python with the folder on its path."""
        env = {**os.environ, "PYTHONPATH": str(self.folder), "OMP_NUM_THREADS": "1", **environment}
        return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, env=env, timeout=120)

    def nasapi(self, *arguments, **environment):
        """Run the command line."""
        return self.run("-c", "from nasapi.cli.main import main; main()", *arguments, **environment)

    def plugins(self, **environment):
        """Every plugin by name, as `nasapi plugins --json` gives them, and the finished process."""
        done = self.nasapi("plugins", "--json", **environment)
        return {plugin["name"]: plugin for plugin in json.loads(done.stdout)}, done


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


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
        "TypeError: 'NoneType' object is not iterable",
    ),
    "kind": (GOOD.replace('"space"', '"spice"').format(id="x"), "wanted Entry"),
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


VERB = """
import click
from nasapi.plugins.hooks import hookimpl

@hookimpl
def nasapi_commands(group):
    @group.command("{verb}")
    def command():
        "Say hello."
        click.echo("hello from {verb}")
"""


def test_a_verb_of_a_plugin_is_listed_and_runs(site):
    site.install("x-verb", VERB.format(verb="hello"))
    assert "Commands of plugins:" in site.nasapi("--help").stdout
    assert site.nasapi("hello").stdout == "hello from hello\n"


def test_a_verb_that_is_taken_is_left_out(site):
    site.install("x-one", VERB.format(verb="list"))
    site.install("x-two", VERB.format(verb="hello"))
    site.install("x-three", VERB.format(verb="hello"))
    done = site.nasapi("hello")
    assert done.stdout == "hello from hello\n"
    assert "nasapi: the command 'list' of x-one is left out: there is one from nasapi already" in done.stderr
    assert "is left out: there is one from x-t" in done.stderr


def test_a_plugin_whose_commands_raise_harms_only_its_own(site):
    site.install("x-bad", VERB.replace("    @group", "    raise SystemExit('no')\n    @group").format(verb="bad"))
    site.install("x-verb", VERB.format(verb="hello"))
    done = site.nasapi("hello")
    assert done.stdout == "hello from hello\n"
    assert "nasapi: the commands of x-bad are left out: SystemExit: no" in done.stderr


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
