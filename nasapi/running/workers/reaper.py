"""The reaper of worker processes: a script that ends them, and what they started, once their parent is gone.

Standard input brings a line for each worker that starts ("+ 123") and ends ("- 123"). It ends when the parent does,
however that dies; workers that are still running then are killed, each with its process group.
"""

from __future__ import annotations

import os
import signal
import sys


def main() -> None:
    """Read until the parent is gone, then kill who is left."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    left = set()
    for line in sys.stdin:
        sign, _, process = line.partition(" ")
        if sign == "+":
            left.add(int(process))
        else:
            left.discard(int(process))
    for process in left:
        kill(process)


def kill(process: int) -> None:
    """Kill a worker and, where there are process groups, all that it started."""
    try:
        if hasattr(os, "killpg"):
            os.killpg(process, signal.SIGKILL)
        else:
            os.kill(process, signal.SIGTERM)
    except OSError:  # it has ended
        pass


if __name__ == "__main__":
    main()
