"""The command: `python benchmarks/claims blocks`, `list`, `again`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from claims.command import main  # noqa: E402
from claims.program import end  # noqa: E402

end(main)
