"""The observers of a run, who are notified of its events, and what happens to one that raises."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import attrs

from nasapi.safety.fences import Fence
from nasapi.trial import Result
from nasapi.words import printable, say

EVENTS = ("nasapi_run_started", "nasapi_result", "nasapi_run_finished")


class Audience:
    """The observers of one run; one that raises is dropped with a line on stderr, and harms nobody else."""

    def __init__(self, observers: Sequence[object]):
        self._listeners: dict[str, list[tuple[object, Callable[..., Any]]]] = {event: [] for event in EVENTS}
        for observer in observers:
            with Fence() as fence:
                found = {event: getattr(observer, event) for event in EVENTS if hasattr(observer, event)}
                for event, listener in found.items():
                    self._listeners[event].append((observer, listener))
            if fence.error is not None:
                self._drop(observer, fence.reason)

    def notify(self, event: str, **facts: Any) -> None:
        """Call everyone who listens to `event`."""
        for observer, listener in list(self._listeners[event]):
            with Fence() as fence:
                listener(**facts)
            if fence.error is not None:
                self._drop(observer, fence.reason)

    def notify_result(self, result: Result) -> None:
        """Give a copy of a result to everyone who listens to results; whoever changes its copy is dropped."""
        for observer, listener in list(self._listeners["nasapi_result"]):
            copy = attrs.evolve(result, values=dict(result.values))
            with Fence() as fence:
                listener(result=copy)
            if fence.error is not None:
                self._drop(observer, fence.reason)
            elif copy != result:
                self._drop(observer, "it changed a result that it was told; the run keeps what was measured")

    def has_listener(self, event: str) -> bool:
        """Whether anyone listens to `event`."""
        return bool(self._listeners[event])

    def _drop(self, dropped: object, reason: str) -> None:
        name = type(dropped).__name__
        with Fence():
            name = printable(str(getattr(dropped, "name", None) or getattr(dropped, "__name__", name)))
        say(f"observer {name} is dropped for this run: {reason}")
        for event, listeners in self._listeners.items():
            self._listeners[event] = [pair for pair in listeners if pair[0] is not dropped]


def plugin_observers() -> list[object]:
    """An observer for each installed plugin that implements one of the hooks that tell of runs.

    The hooks are not called through pluggy, where one that raises keeps the event from all others and cannot be dropped
    for the rest of the run.
    """
    from nasapi.plugins.manager import manager

    found: dict[str, SimpleNamespace] = {}
    for event in EVENTS:
        for implementation in getattr(manager().hook, event).get_hookimpls():
            observer = found.setdefault(
                implementation.plugin_name, SimpleNamespace(name=f"of plugin {implementation.plugin_name}")
            )
            setattr(observer, event, _accepting(implementation.function, implementation.argnames))
    return list(found.values())


def _accepting(function: Callable[..., Any], names: Sequence[str]) -> Callable[..., Any]:
    """The function called with those of the facts that it has parameters for, as hooks are."""
    return lambda **facts: function(**{name: facts[name] for name in names})
