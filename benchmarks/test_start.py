"""What it takes to start: CPU time of a fresh interpreter, bare, with nasapi, and for the help of the command line."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = {
    "bare interpreter": [sys.executable, "-c", "pass"],
    "import nasapi": [sys.executable, "-c", "import nasapi"],
    "nasapi --help": [sys.executable, str(Path(sys.executable).with_name("nasapi")), "--help"],
    "import numpy": [sys.executable, "-c", "import numpy"],
}


def seconds_of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.benchmark(timer=seconds_of_children)
@pytest.mark.parametrize("what", COMMANDS)
def test_start(benchmark, what):
    """Compare with the bare interpreter in the same run."""
    done = benchmark.pedantic(
        subprocess.run, (COMMANDS[what],), {"capture_output": True, "check": True}, rounds=20, warmup_rounds=2
    )
    assert done.returncode == 0
