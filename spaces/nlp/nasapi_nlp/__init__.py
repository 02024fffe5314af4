"""NAS-Bench-NLP for nasapi: the space of recurrent cells, its tables, its benchmarks and a surrogate of its runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasapi.plugins import Entry, TableSource, hookimpl

if TYPE_CHECKING:
    import click

__version__ = "0.1.0"

_TASKS = (
    ("wikitext2", "measured perplexities of the 345 WikiText-2 runs, and no other cells"),
    ("ptb", "measured perplexities of the Penn-Treebank runs, and no other cells"),
)


@hookimpl
def nasapi_entries() -> list[Entry]:
    """The space, an objective and a benchmark for each text, and the predictions of a surrogate."""
    entries = [Entry("space", "nlp", "nasapi_nlp.space:NLP", "NAS-Bench-NLP: recurrent cells of at most 25 nodes")]
    for task, summary in _TASKS:
        fixed = {"task": task}
        entries += [
            Entry("space", f"nlp-{task}", "nasapi_nlp.listed:of_task", "the cells of one table and no others", fixed),
            Entry("objective", f"nlp/{task}", "nasapi_nlp.objectives:measured", summary, fixed),
            Entry("benchmark", f"nlp/{task}-v1", "nasapi_nlp.benchmarks:measured_v1", summary, fixed),
        ]
    summary = "predicted, not measured: perplexities of any cell by a surrogate that you fit on a table"
    return [
        *entries,
        Entry("objective", "nlp/surrogate", "nasapi_nlp.predicted:surrogate", summary),
        Entry("benchmark", "nlp/surrogate-v1", "nasapi_nlp.predicted:surrogate_v1", summary),
    ]


@hookimpl
def nasapi_tables() -> list[TableSource]:
    """The official logs; neither their sizes nor their digests are published."""
    from nasapi_nlp.tables import SOURCES

    return SOURCES


@hookimpl
def nasapi_commands(group: click.Group) -> None:
    """Add the verb `nlp`."""
    from nasapi.cli.lazy import LazyCommand

    group.add_command(LazyCommand("nlp", "nasapi_nlp.command:nlp", "What NAS-Bench-NLP needs beyond the common verbs."))
