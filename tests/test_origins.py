"""Origins: an edited plugin's runs are not mixed with those of the plugin it was."""

import os
import subprocess
import sys

import pytest

pytest.importorskip("nasapi_report", reason="provenance is the report's")

from nasapi_report.provenance import versions

from nasapi.storage.summary import same_origin

ENTRIES = """
from nasapi.plugins.hooks import Entry, hookimpl

@hookimpl
def nasapi_entries():
    return [Entry("strategy", "climb", "climbing.search:Climb", "a search")]
"""
STRATEGY = """
from attrs import define
from climbing.rule import AT_ONCE
import nasapi

@define(eq=False)
class Climb(nasapi.Strategy):
    def ask(self, n):
        return self.problem.trials(self.problem.space.sample(min(n, AT_ONCE), self.rng))
    def tell(self, results):
        pass
"""
RUN = """
from nasapi.running.study import Study
print(Study(["toy/formula-v1[budget=4]"], ["climb"], 1, "s.zarr").run(backend="inline")._strategies[0].offered_by)
"""


@pytest.fixture
def package(tmp_path):
    """The folder of an installed package `climbing`, offered by the distribution nasapi-climb 1.2."""
    folder = tmp_path / "climbing"
    folder.mkdir()
    for name, text in {"__init__": ENTRIES, "search": STRATEGY, "rule": "AT_ONCE = 1\n"}.items():
        (folder / f"{name}.py").write_text(text)
    info = tmp_path / "nasapi_climb-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: nasapi-climb\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text("[nasapi.v1]\nclimb = climbing\n")
    (info / "direct_url.json").write_text('{"url": "file:///climb", "dir_info": {"editable": true}}')
    return folder


ORIGIN = """
import nasapi
from nasapi.plugins.origins import origin_of
print(origin_of(nasapi.load_strategy("climb")))
"""


def study(package, program=RUN):
    """A study in a process of its own, or another program, with what it says."""
    env = {**os.environ, "PYTHONPATH": str(package.parent), "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}
    run = [sys.executable, "-c", program]
    return subprocess.run(run, cwd=package.parent, env=env, capture_output=True, text=True, timeout=120)


def test_a_plugin_edited_since_needs_another_store(package):
    first, again = study(package), study(package)
    assert first.stdout.startswith("nasapi-climb 1.2 (edited ")
    assert first.stdout == again.stdout
    (package / "rule.py").write_text("AT_ONCE = 2\n")
    refused = study(package)
    assert refused.returncode == 1
    assert f"came from {first.stdout.strip()} and is nasapi-climb 1.2 (edited " in refused.stderr


@pytest.mark.parametrize("written", [None, "{}", '{"dir_info": {}}', "[]", "{"])
def test_a_plugin_that_is_not_editable_is_known_by_its_version(package, written):
    url = package.parent / "nasapi_climb-1.2.dist-info" / "direct_url.json"
    url.unlink() if written is None else url.write_text(written)
    assert study(package, ORIGIN).stdout == "nasapi-climb 1.2\n"


def test_a_report_names_an_edited_distribution_once():
    made = ["nasapi-climb 1.2", "nasapi-climb 1.2 (edited 0123abcd)", "sha256:00", "", "nasapi-other 0.1"]
    offered = dict(zip("abcde", made, strict=True))
    found = [(name, version) for name, version in versions([], offered) if name.startswith(("nasapi-", "sha256"))]
    assert found == [("nasapi-climb", "1.2 (edited 0123abcd)"), ("nasapi-other", "0.1")]


def test_a_file_is_the_same_code_as_before_digests_of_code_were_recorded():
    assert same_origin("sha256:1", "sha256:1 code:2")
    assert same_origin("sha256:1 code:2", "sha256:3 code:2")
    assert not same_origin("sha256:1 code:2", "sha256:3")
    assert not same_origin("nasapi-climb 1.2", "nasapi-climb 1.3")
    assert not same_origin("nasapi-climb 1.2", "nasapi-climb 1.2 (edited 01234567)")
