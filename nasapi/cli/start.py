"""Where the installed `nasapi` command begins: it imports the rest so that Ctrl-C meanwhile has a sentence too."""

from __future__ import annotations

import os
import signal
import sys


def main() -> None:
    """Run the command line and exit."""
    try:
        _open_streams()
        from nasapi.cli.main import main as run

        run()
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # once is enough
        print("nasapi: interrupted.", file=sys.stderr)
        sys.exit(130)


def _open_streams() -> None:
    """Put nothing in the place of closed standard streams, so that no file that is opened later is taken for one."""
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free, which is this one
            setattr(sys, name, open(number, mode, closefd=False))
