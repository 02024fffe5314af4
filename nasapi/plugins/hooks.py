"""The hook specification: what a plugin may offer to nasapi, and what it may observe."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import pluggy

if TYPE_CHECKING:
    import click

    from nasapi.benchmark import Benchmark
    from nasapi.history import History
    from nasapi.trial import Result

Kind = Literal["space", "encoder", "objective", "strategy", "benchmark"]
KINDS: tuple[Kind, ...] = ("space", "encoder", "objective", "strategy", "benchmark")

hookspec = pluggy.HookspecMarker("nasapi")
hookimpl = pluggy.HookimplMarker("nasapi")
"""Marks a function of a plugin's entry module as the answer to the hook of that name."""


class Entry(NamedTuple):
    """One thing that a plugin offers, described without importing it."""

    kind: Kind
    id: str
    """The name it is found by: "nb201", "evolution", "nb201/cifar10-v1"."""
    target: str
    """Where it is: "package.module:name" of a class, or of a function that gives the object."""
    summary: str
    """One line that says what it is."""
    arguments: Mapping[str, Any] = {}
    """Keywords that the target is always called with, so that one function can serve several ids."""
    paper: str = ""
    """`module:NAME` of the `nasapi.strategy.Paper` that a strategy is the algorithm of; empty where nobody published
    it."""
    kit: Mapping[str, Any] = {}
    """Options with which the conformance kit checks it where nobody names others: of what trains, less training."""


class TableSource(NamedTuple):
    """A table that others publish: what it is, where it comes from, and how it becomes a nasapi table."""

    name: str
    """The name it is fetched by, "nb101"."""
    title: str
    contents: str
    """What is in it, in one sentence."""
    importer: str
    """`module:function`, called with the official file (or the folder of an unpacked archive) and the place to write
    to, both `pathlib.Path`; it writes the table there, with `write_table`, and raises CorruptData for a wrong file."""
    lacks: str = ""
    """What one might look for in it and not find."""
    urls: tuple[str, ...] = ()
    """Where the official file is served, mirrors of the same bytes; empty where no program can fetch it."""
    page: str = ""
    """Where a person finds it."""
    size: int | None = None
    """Bytes of the official file; None where that is not known."""
    sha256: str | None = None
    """SHA-256 of the official file in hexadecimal digits; None where that is not known."""
    other_forms: bool = False
    """Whether the importer reads other files of the same values too; one of another SHA-256 is not refused then."""
    unpack: bool = False
    """Whether the file is a zip or tar archive to unpack before it is imported."""
    files: tuple[str, ...] = ()
    """The names of the files that the importer reads in a folder, where these are always the same. Of a single one the
    importer is called with the file, which may then have any name; of several, with their folder."""
    benchmarks: tuple[str, ...] = ()
    """Specs of the benchmarks that read it; a table that gives a network another value than they know to be published,
    their `Reference.anchors`, is not kept."""
    licence: str = ""
    citation: str = ""
    requires: str = ""
    """What pip must install before it can be imported, "nasapi-nb201[official]"."""


class Published(NamedTuple):
    """One published number, and the run that should give it again."""

    benchmark: str
    """Spec of the benchmark."""
    strategy: str
    """Spec of the strategy; empty for a row that is printed as published, and not run again."""
    trials: int
    """After how many trials."""
    value: float
    """The published mean."""
    error: float = 0.0
    """The published standard deviation of a run; 0 where none was published."""
    metric: str = ""
    """The metric of the incumbent that was published; the goal by default."""
    label: str = ""
    """What the source calls the method; the strategy's spec by default."""
    runs: int = 10
    """Of how many searches the value is the mean; 0 for a number that is exact."""
    instead: str = ""
    """The note in place of a verdict, for a row whose table is not the published one."""


class Reproduction(NamedTuple):
    """A table of published numbers that `nasapi reproduce` runs again."""

    name: str
    """The name it is run by, "nb201"."""
    title: str
    source: str
    """The paper, and the table in it."""
    rows: tuple[Published, ...]
    notes: str = ""
    """What is done otherwise than in the source."""
    run: str = ""
    """`module:function` that runs and prints a table which has more columns than `rows` can hold; "" for the usual one.

    Called with the keywords `strategies` and `benchmarks` (tuples of names, empty for all), `seeds`, `jobs`, `store` (a
    path) and `as_json`."""
    missing: tuple[str, ...] = ()
    """What of the source is not among the rows: a sentence each, which says how to get it."""
    searches: bool = True
    """Whether `run` searches; a table that is only counted is printed with --published too."""


@hookspec
def nasapi_entries() -> Iterable[Entry]:  # type: ignore[empty-body]
    """Everything the plugin offers. The module of this hook imports neither numpy nor torch: start-up stays quick.

    Each is an Entry of a known kind, with a summary. No two entries of a kind share an id. Every target can be
    imported, and what it names be made. What the kit gives it are options that it takes. The distribution `nasapi-x`
    has the entry point `x` and the package `nasapi_x`.
    """


@hookspec
def nasapi_tables() -> Iterable[TableSource]:  # type: ignore[empty-body]
    """Tables that `nasapi data` can fetch or import for the plugin."""


@hookspec
def nasapi_reproductions() -> Iterable[Reproduction]:  # type: ignore[empty-body]
    """Published tables that `nasapi reproduce` can run again."""


@hookspec
def nasapi_commands(group: click.Group) -> None:
    """Add verbs to the command line: `group.command()` or `group.add_command`."""


@hookspec
def nasapi_run_started(benchmark: Benchmark, strategy: str, seed: int) -> None:
    """A run begins; `strategy` is its spec."""


@hookspec
def nasapi_result(result: Result) -> None:
    """A trial of the run ended, successfully or not."""


@hookspec
def nasapi_run_finished(history: History) -> None:
    """A run ended."""
