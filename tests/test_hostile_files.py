"""A few of the attacks of `tests/torture` with every test run: nothing runs, hangs, or ends without a sentence."""

import sys
from pathlib import Path

import pytest
from files_by_path import module_at


@pytest.fixture(scope="module")
def attacks():
    folder = Path(__file__).parent / "torture"
    sys.path.insert(0, str(folder))
    try:
        yield module_at(folder / "hostile_files.py")
    finally:
        sys.path.remove(str(folder))


@pytest.mark.parametrize(("name", "count"), [("stores", 8), ("tables", 15), ("contents", 15)])
def test_hostile_files_are_read_or_refused(attacks, name, count):
    tally = getattr(attacks, name)(11, count)
    assert tally.broken == []
    assert tally.held == tally.tried >= count
