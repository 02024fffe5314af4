"""What several test files of the core set up alike."""

import pytest

from nasapi.hooks import hookimpl
from nasapi.plugins import manager


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
