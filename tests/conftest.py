"""What several test files of the core set up alike."""

from pathlib import Path

import pytest
from own_strategies import MINE
from plugin_sites import Site
from stores import Drawing, recorded

import nasapi
from nasapi.plugins.hooks import hookimpl
from nasapi.plugins.manager import manager
from nasapi.running.loop import run
from nasapi.testing.toy import toy_v1


@pytest.fixture
def offer(monkeypatch, tmp_path):
    """Register a plugin with tables; the data folder is an empty one."""
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path / "data"))
    registered = []

    def register(*tables, name="a-plugin", hook=None):
        class Plugin:
            @hookimpl
            def nasapi_tables(self):
                return hook() if hook else tables

        plugin = Plugin()
        manager().register(plugin, name)
        registered.append(plugin)

    yield register
    for plugin in registered:
        manager().unregister(plugin)


@pytest.fixture
def toy() -> nasapi.Benchmark:
    return nasapi.load_benchmark("toy/formula-v1")


@pytest.fixture
def site(tmp_path):
    """A folder of installed plugins, empty at first."""
    return Site(tmp_path)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty working folder with two strategies in files."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(MINE.format(extra="", n="n"))
    (tmp_path / "greedy.py").write_text(MINE.format(extra="", n="n + 1"))
    return tmp_path


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A store with seeds 0 and 1 of three recorded."""
    runs = [run(toy_v1(), Drawing, seed=seed) for seed in (0, 1)]
    return recorded(tmp_path / "s.zarr", *runs, benchmark=toy_v1()).path
