"""What public modules of the core promised at the last tag and no longer do; nothing before the first tag.

Run from the root as `python tests/api.py`, or of another tag as `python tests/api.py v0.1.0`; the status is 1 where a
promise is broken.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import griffe

sys.path.insert(0, str(Path(__file__).parent))

from test_layers import PUBLIC

ROOT = Path(__file__).parents[1]


def last_tag(root: Path = ROOT) -> str | None:
    """The last tag before this commit; None where there is none."""
    words = ["git", "-C", str(root), "describe", "--tags", "--abbrev=0"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.stdout.strip() or None


def broken(tag: str, root: Path = ROOT) -> Iterator[str]:
    """A line for each promise of a public module at a tag that is not kept in the files as they are."""
    old = griffe.load_git(Path("nasapi"), ref=tag, repo=root, allow_inspection=False)
    new = griffe.load(root / "nasapi", allow_inspection=False)
    for change in griffe.find_breaking_changes(old, new):
        if change.obj.module.path in PUBLIC:
            yield change.explain(griffe.ExplanationStyle.MARKDOWN)


def main() -> int:
    """Print what is broken; 1 where something is."""
    tag = sys.argv[1] if len(sys.argv) > 1 else last_tag()
    if tag is None:
        print("There is no tag yet with which the interface could be compared.")
        return 0
    lines = list(broken(tag))
    print("\n".join(lines) or f"Every promise of {tag} is kept.")
    return int(bool(lines))


if __name__ == "__main__":
    raise SystemExit(main())
