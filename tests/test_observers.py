"""Observers of a run: what they hear, and that one which breaks harms nobody."""

import pytest
from stores import Drawing

import nasapi
from nasapi.history import History
from nasapi.plugins.manager import manager
from nasapi.running.observers import Audience, plugin_observers
from nasapi.running.study import Study
from nasapi.testing.toy import toy_v1
from nasapi.trial import Result


class Listener:
    """Keeps what it is told, and raises at the third result."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def nasapi_run_started(self, benchmark: object, strategy: str, seed: int) -> None:
        self.events.append(f"started {strategy} {seed}")

    def nasapi_result(self, result: Result) -> None:
        self.events.append("result")
        if len(self.events) == 4:
            raise RuntimeError("disk of the logger is full")

    def nasapi_run_finished(self, history: History) -> None:
        self.events.append("finished")


def test_an_observer_that_raises_is_dropped_and_harms_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    broken, received = Listener(), Listener()
    received.events.append("before")
    history = nasapi.run(toy_v1(), Drawing, seed=1, observers=[broken])
    assert len(history) == 10
    assert broken.events == ["started Drawing 1", "result", "result", "result"]
    line = "nasapi: observer Listener is dropped for this run: RuntimeError: disk of the logger is full\n"
    assert capsys.readouterr().err == line


def test_an_observer_receives_what_it_has_methods_for() -> None:
    audience = Audience([object()])
    assert not audience.has_listener("nasapi_result")


def test_hooks_of_plugins_observe_the_runs_of_a_study() -> None:
    class Plugin:
        seeds: list[int] = []

        @nasapi.hookimpl
        def nasapi_run_started(self, seed: int) -> None:
            self.seeds.append(seed)

    plugin = Plugin()
    manager().register(plugin, "listener")
    try:
        Study(["toy/formula-v1[budget=8]"], [Drawing], seeds=[4, 2]).run(backend="inline")
        assert len(plugin_observers()) >= 1
    finally:
        manager().unregister(name="listener")
    assert plugin.seeds == [4, 2]
