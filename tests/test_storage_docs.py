"""What docs/storage.md says of stores is true: the schema, the query and the program it shows."""

import json
import re
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
from stores import key, select, shard

from nasapi.storage.opening import TABLES
from nasapi.storage.rows import FIELDS
from nasapi.storage.store import Store

TEXT = (Path(__file__).parent.parent / "docs" / "storage.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def test_the_schema_is_the_one_that_is_shown() -> None:
    shown = re.sub(r"--.*", "", blocks("sql")[0])
    assert [" ".join(statement.split()) for statement in re.split(r"(?=CREATE)", shown)[1:]] == list(TABLES.values())


def test_the_query_says_what_the_runs_say(filled: Path) -> None:
    [(benchmark, strategy, runs, mean, best, hours)] = select(shard(filled), blocks("sql")[1])
    histories = [Store(filled).read(*key(seed)) for seed in (0, 1)]
    finals = [float(history.curve()[-1]) for history in histories]
    assert (benchmark, strategy, runs) == ("toy/formula-v1", "Drawing", 2)
    assert (mean, best) == (np.mean(finals), max(finals))
    assert hours == np.mean([history.cost.sum() for history in histories]) / 3600


def test_the_program_reads_what_nasapi_reads(filled: Path) -> None:
    [program] = blocks("python")
    assert len(program.splitlines()) < 30
    done = subprocess.run([sys.executable, "-c", program, filled], capture_output=True, text=True, check=True)
    first, second = done.stdout.splitlines()
    history = Store(filled).read(*key(0))
    assert first.startswith("toy/formula-v1 Drawing 0 ") and second.startswith("toy/formula-v1 Drawing 1 ")
    assert f"codes={history.codes[-1]}" in first
    assert f"values.valid_accuracy={history.values['valid_accuracy'][-1:]}" in first


def test_the_checksum_is_the_one_that_is_reported(filled: Path) -> None:
    [row] = select(shard(filled), f"SELECT {', '.join(FIELDS)} FROM runs WHERE seed = 0")
    *facts, columns, seconds, clock, crc = row
    assert clock is None
    assert zlib.crc32(json.dumps(facts, separators=(",", ":")).encode() + columns + seconds) == crc  # type: ignore[operator]
