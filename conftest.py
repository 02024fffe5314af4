"""Where tests find published tables that are not shipped, and the process that they run in."""

import gc
import os
import signal
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Published tables are looked for beside the repository, unless NASAPI_SHARED_DATA says where.

if not os.environ.get("NASAPI_SHARED_DATA"):
    os.environ["NASAPI_SHARED_DATA"] = str(Path(__file__).resolve().parent.parent / "shared" / "data")

# What somebody has imported on this machine changes no test: tests that need a table import it into a folder of theirs.
_NO_DATA = tempfile.TemporaryDirectory(prefix="nasapi-tests-")
os.environ["NASAPI_DATA"] = _NO_DATA.name

# Processes that tests fork would wait for ever for the threads that torch had started in this one.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# A shell ignores interrupts for what it starts in the background, and so would all that tests start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes is a matter of the machine and of what else it does.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

# Collecting makes thousands of tests and the modules they are in, all of which live to the end: nothing is garbage yet.
gc.disable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the kit's cases, so that `make test` and `make conformance` can share the tests between them."""
    with_rules = [item for item in items if "rule" in getattr(getattr(item, "callspec", None), "params", ())]
    if not with_rules:
        return
    from nasapi.testing.pytest_cases import Case  # the kit, which most files of tests do without

    for item in with_rules:
        if isinstance(item.callspec.params["rule"], Case):
            item.add_marker("conformance")


def pytest_collection_finish() -> None:
    """Let the garbage collector leave alone what lives to the end: thousands of tests, and what they import."""
    gc.collect()
    gc.freeze()
    gc.enable()
