"""What it takes to start: importing nasapi, and the help of the command line with every installed plugin."""

import subprocess
import sys

import pytest

COMMANDS = {
    "bare interpreter": ["-c", "pass"],
    "import nasapi": ["-c", "import nasapi"],
    "nasapi --help": ["-m", "nasapi.cli.main", "--help"],
    "import numpy": ["-c", "import numpy"],
}


@pytest.mark.parametrize("what", COMMANDS)
def test_start(benchmark, what):
    """Wall time of a fresh interpreter; compare with the bare one in the same run."""
    command = [sys.executable, *COMMANDS[what]]
    done = benchmark.pedantic(
        subprocess.run, (command,), {"capture_output": True, "check": True}, rounds=20, warmup_rounds=2
    )
    assert done.returncode == 0
