"""Where the installed `nasapi` command begins: it imports the rest so that Ctrl-C meanwhile has a sentence too."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit."""
    try:
        from nasapi.cli.main import main as run

        run()
    except KeyboardInterrupt:
        print("nasapi: interrupted.", file=sys.stderr)
        sys.exit(130)
