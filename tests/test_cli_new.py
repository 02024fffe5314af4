"""What `nasapi new` writes installs and passes its own tests."""

import itertools
import json
import os
import re
import runpy
import shutil
import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner

from nasapi import Table, load_space
from nasapi.cli.main import cli

KINDS = ("space", "strategy", "encoder", "objective", "table", "plugin")
MADE = (*((kind, f"x-{kind}") for kind in KINDS), ("strategy", "x-other"), ("table", "x-flowers"))


def run(*arguments, cwd=None, **environment):
    env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1", **environment}
    return subprocess.run(
        [sys.executable, "-m", *arguments], capture_output=True, text=True, env=env, cwd=cwd, timeout=300
    )


SEVERAL = """
import json, sys
from nasapi.cli.main import main
for words in json.loads(sys.argv[1]):
    try:
        main(words)
    except SystemExit as end:
        if end.code:
            sys.exit(end.code)
"""


def several(lines, installed, **environment):
    """What command lines do one after the other in one process, up to the first that fails."""
    env = {**os.environ, "PYTHONPATH": str(installed), **environment}
    words = [sys.executable, "-c", SEVERAL, json.dumps(lines)]
    return subprocess.run(words, capture_output=True, text=True, env=env, timeout=300)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A plugin of each kind, and two of one, made by the command."""
    folder = tmp_path_factory.mktemp("made")
    for kind, name in MADE:
        place = folder / name.removeprefix("x-")
        result = CliRunner().invoke(cli, ["new", kind, name, "-o", str(place)])
        assert f"pip install -e '{place}[testing]'" in result.output, result.output
    of_ones_own(folder / "flowers")
    return folder


def of_ones_own(table):
    """Put another space, task and measurements into the places that the table's README names."""
    pytest.importorskip("nasapi_nb201")
    space = load_space("nb201")
    package, build = table / "nasapi_x_flowers", table / "tools" / "build.py"
    entries, benchmarks = package / "__init__.py", package / "benchmarks.py"
    entries.write_text(entries.read_text().replace('"toy"', '"nb201"').replace('("digits", "letters")', '("flowers",)'))
    text = build.read_text().replace('SPACE = "toy"', 'SPACE = "nb201"')
    build.write_text(text.replace('    "seconds"', '    "latency": ("of an image on a phone", "ms"),\n    "seconds"'))
    metrics, latency = (
        package / "table.py",
        'Metric("latency", "min", "ms", description="of one", origin="measured")',
    )
    metrics.write_text(metrics.read_text().replace("(VALID, TEST)", f"(VALID, TEST, {latency})"))
    cells = [space.format(code) for code in space.codes_at(np.arange(0, 15_000, 500))]
    project = table / "pyproject.toml"
    project.write_text(project.read_text().replace('"nasapi>=0.1", ', '"nasapi>=0.1", "nasapi-nb201", '))
    published = f'    "flowers": (Anchor("{cells[0]}", "valid_accuracy", 50.5, "the paper, table 2"),),\n'
    text = re.sub('    "letters": .*\n', published, re.sub('    "digits": .*\n', "", benchmarks.read_text()))
    benchmarks.write_text(text)
    lines = ["architecture,task,seed,epochs,valid_accuracy,test_accuracy,seconds,latency"]
    for row, cell in enumerate(cells):
        for at, seed in enumerate((777, 888)):
            lines.append(f"{cell},flowers,{seed},1,{20 + row + at},{19 + row},{6 + row},{row}")
            lines.append(f"{cell},flowers,{seed},10,{50 + row + at},{49 + row},{60 + row},{row}")
    (table / "tools" / "measured.csv").write_text("\n".join(lines))
    shutil.rmtree(package / "data")
    done = subprocess.run([sys.executable, str(build)], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def installed(made, tmp_path_factory):
    """The folder that pip installed them into."""
    pytest.importorskip("flit_core", reason="building a wheel needs flit_core")
    site = tmp_path_factory.mktemp("site")
    sources = [str(made / name.removeprefix("x-")) for _, name in MADE]
    flags = ("--quiet", "--disable-pip-version-check", "--no-build-isolation", "--no-deps", "--target", str(site))
    done = run("pip", "install", *flags, *sources)
    assert done.returncode == 0, done.stderr
    return site


def test_what_new_makes_passes_its_own_tests_all_in_one_call_of_pytest(made, installed):
    places = [str(made / name.removeprefix("x-")) for _, name in MADE]
    flags = ("-q", "-W", "error", "-p", "no:cacheprovider", f"--rootdir={made}")
    done = run("pytest", *flags, *places, PYTHONPATH=str(installed))
    assert done.returncode == 0, done.stdout


def test_what_new_makes_is_listed_by_its_plugin(installed):
    code = "from nasapi.cli.main import main; main(['plugins'])"
    env = {**os.environ, "PYTHONPATH": str(installed)}
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, timeout=60).stdout
    for kind in KINDS:
        line = next(line for line in output.splitlines() if line.startswith(f"nasapi-x-{kind} "))
        assert line.endswith(" ok")


def test_what_new_makes_keeps_to_the_interface_as_a_plugin(installed):
    done = several([["check", f"x-{kind}", "-v"] for kind in KINDS], installed)
    for kind in KINDS:
        assert f"plugin nasapi-x-{kind}: ok: 6 rules: 6 passed" in done.stdout
    assert done.returncode == 0, done.stdout


def test_measurements_of_any_seeds_become_a_column_each(made):
    table = Table(made / "flowers" / "nasapi_x_flowers" / "data" / "x-flowers.zarr")
    first, second = np.moveaxis(table["flowers_valid_accuracy"], 2, 0)
    np.testing.assert_array_equal(second - first, np.ones((30, 2)))
    assert table["flowers_latency"].shape == (30, 2, 2)


def test_a_measurement_that_no_column_is_made_of_is_named(made, tmp_path):
    (tmp_path / "tools").mkdir()
    shutil.copy(made / "table" / "tools" / "build.py", tmp_path / "tools")
    (tmp_path / "tools" / "measured.csv").write_text("architecture,task,seed,valid_accuracy,energy\nx,y,0,1,2\n")
    with pytest.raises(SystemExit, match="columns that COLUMNS does not name: energy"):
        runpy.run_path(str(tmp_path / "tools" / "build.py"), run_name="__main__")


def test_no_word_of_a_template_is_left_over(made):
    made_of_bytes = {"__pycache__", "data"}
    files = [path for path in made.rglob("*") if path.is_file() and not made_of_bytes & set(path.parts)]
    assert not [path for path in files if path.suffix == ".tmpl" or "$" in path.read_text()]


@pytest.mark.skipif(shutil.which("ruff", path=os.path.dirname(sys.executable)) is None, reason="ruff is not installed")
def test_what_new_makes_is_in_the_form_of_this_project(made):
    for arguments in (["check", "--select", "E,F,W,I,UP,B,NPY,RUF"], ["format", "--check"]):
        flags = ("--no-cache", "--isolated", "--line-length", "120", "--exclude", "flowers")  # which somebody edited
        done = run("ruff", *arguments, *flags, ".", cwd=made)
        assert done.returncode == 0, done.stdout


def test_a_table_that_a_space_imports_is_asked_and_checked(installed, tmp_path):
    words = ["-".join(layers) for layers in itertools.product(("conv", "pool", "skip"), repeat=4)]
    lines = ["architecture,valid_accuracy,seconds", *(f"{word},{80 + len(word) / 10},600" for word in words)]
    (tmp_path / "measured.csv").write_text("\n".join(lines))
    lines = [
        ["data", "import", "x-space", str(tmp_path / "measured.csv")],
        ["query", "x-space/measured", "--notation", "names", '["conv", "pool", "skip", "conv"]'],
        ["check", "benchmark", "x-space/measured-v1"],
    ]
    done = several(lines, installed, NASAPI_DATA=str(tmp_path / "data"))
    assert done.returncode == 0, done.stdout + done.stderr
