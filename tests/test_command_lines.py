"""A few of the hostile command lines that `tests/torture/command_lines.py` makes; more of them are tried by hand."""

import subprocess
import sys
from pathlib import Path

from files_by_path import module_at

command_lines = module_at(Path(__file__).parent / "torture" / "command_lines.py")


def test_hostile_command_lines_end_in_a_sentence():
    # A process of their own: a line that is interrupted in an import leaves half of it behind.
    done = subprocess.run(
        [sys.executable, command_lines.__file__, "--seed", "7", "--count", "30"], capture_output=True, text=True
    )
    assert done.stdout.strip() == "command lines: 30 tried, 30 held, 0 broken", done.stdout + done.stderr
    assert done.returncode == 0


def test_a_line_that_ends_badly_is_seen(monkeypatch):
    monkeypatch.setattr(command_lines, "main", lambda arguments: (_ for _ in ()).throw(SystemExit(70)))
    tally = command_lines.attack(seed=0, count=3, share=0)
    assert tally.held == 0


def test_a_touched_file_is_seen(monkeypatch):
    def vandal(arguments):
        kept = Path("precious/keep.txt")
        kept.write_text(kept.read_text() + "gone")
        raise SystemExit(0)

    monkeypatch.setattr(command_lines, "main", vandal)
    assert "files of others were touched" in str(command_lines.attack(seed=0, count=2, share=0))
