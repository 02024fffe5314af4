"""Tables opened in a fresh interpreter: time and memory; and a table that is imported."""

from __future__ import annotations

import functools
import os
import tempfile
from pathlib import Path

import numpy as np
from fresh import imported, megabytes, program
from timing import Row, Work

from nasapi.testing import import_into, shared_data

OPEN = "import nasapi; nasapi.load_benchmark({id!r}).objective.evaluate(nasapi.load_space({space!r}).sample(1, "
OPEN += "__import__('numpy').random.default_rng(0)))"
IMPORT = "from nasapi.data import import_file; import_file('nb101-30k', {source!r}, notify=lambda _: None)"
NOTHING = "import numpy"
COLUMNS = "import numpy; print(numpy.load({file!r})['test'].nbytes)"
PUBLISHED = "nb101/test_accuracy_full.npz", "the test accuracies of NAS-Bench-101"
VALIDATION = "nb101/validation_30k.npz", "validation accuracies of NAS-Bench-101"
LOGS = "nlp/wikitext2_345.npz", "logs of NAS-Bench-NLP"


def folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="nasapi-bench-"))


@functools.cache
def data_with(table: str, source: Path) -> str:
    """A folder of data with a table, imported once for the rows of this module."""
    return str(import_into(folder(), table, source))


@functools.cache
def columns() -> str:
    """A file with nothing but a column of the table's length."""
    place = folder() / "columns.npz"
    np.savez(place, test=np.zeros((423_624, 2)))
    return str(place)


@functools.cache
def data_with_surrogate() -> str:
    """A folder of data with a surrogate of few trees that was fitted on the table of logs."""
    place = data_with("nlp-wikitext2", shared_data(*LOGS))
    words = ["nlp", "train-surrogate", "nlp-wikitext2"]
    program(f"from nasapi.cli.main import main; main({words!r})", NASAPI_DATA=place)()
    return place


def test_table(n: int) -> Work:
    code = OPEN.format(id="nb101/cifar10-test-v1", space="nb101")
    return program(code, NASAPI_DATA=data_with("nb101-test", shared_data(*PUBLISHED)))


def test_table_memory(n: int) -> Work:
    code = OPEN.format(id="nb101/cifar10-test-v1", space="nb101")
    return megabytes(code, NASAPI_DATA=data_with("nb101-test", shared_data(*PUBLISHED)))


def surrogate(n: int) -> Work:
    return program(OPEN.format(id="nlp/surrogate-v1", space="nlp"), NASAPI_DATA=data_with_surrogate())


def importing(n: int) -> Work:
    """A folder of data of its own each time."""
    source = str(shared_data(*VALIDATION))

    def peak() -> object:
        return megabytes(IMPORT.format(source=source), NASAPI_DATA=str(folder()))()

    return peak


ROWS = [
    Row(
        "opening nb101/cifar10-test, and a query",
        test_table,
        "ms",
        limit=lambda n: program(COLUMNS.format(file=columns())),
        goal=100,
        where=imported,
    ),
    Row(
        "opening nb101/cifar10-test: memory",
        test_table_memory,
        "MB",
        limit=lambda n: megabytes(COLUMNS.format(file=columns())),
        goal=80,
    ),
    Row("importing nb101-30k: most memory", importing, "MB", limit=lambda n: megabytes(NOTHING), goal=150),
    Row(
        "opening nlp/surrogate, and a query",
        surrogate,
        "ms",
        limit=lambda n: program(NOTHING),
        goal=200,
        where=imported,
    ),
]
os.environ.setdefault("NASAPI_SHARED_DATA", str(Path(__file__).resolve().parents[3] / "shared" / "data"))
