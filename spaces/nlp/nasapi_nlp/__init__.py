"""NAS-Bench-NLP for nasapi: the space of recurrent cells, its tables, its benchmarks and a surrogate of its runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasapi.plugins import Entry, TableSource, hookimpl

if TYPE_CHECKING:
    import click

__version__ = "0.1.0"

_PAGE = "https://github.com/fmsnew/nas-bench-nlp-release"
CITATION = (
    "Klyuchnikov et al., NAS-Bench-NLP: Neural Architecture Search Benchmark for Natural Language Processing, 2020, "
    "arXiv:2006.07116"
)
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
    return [
        TableSource(
            name,
            f"NAS-Bench-NLP, {title}",
            f"Train, validation and test loss and seconds of each epoch, status and parameters of {runs}.",
            f"nasapi_nlp.importer:import_{text}",
            lacks=lacks,
            urls=(f"{_PAGE}/raw/master/{folder}/logs.zip",),
            page=_PAGE,
            licence="Apache-2.0",
            citation=CITATION,
        )
        for name, text, title, runs, folder, lacks in (
            (
                "nlp-wikitext2",
                "wikitext2",
                "WikiText-2",
                "345 runs",
                "train_logs_wikitext-2",
                "Weights; a second run of most networks.",
            ),
            (
                "nlp-ptb",
                "ptb",
                "Penn Treebank",
                "14,322 runs",
                "train_logs_single_run",
                "Weights; a second run of most networks.",
            ),
            (
                "nlp-ptb-repeated",
                "ptb",
                "Penn Treebank, several runs a network",
                "several runs each of some networks",
                "train_logs_multi_runs",
                "Weights; most of the networks of nlp-ptb. Read by nlp/ptb with its folder as the option table.",
            ),
        )
    ]


@hookimpl
def nasapi_commands(group: click.Group) -> None:
    """Add the verb `nlp`."""
    from nasapi_nlp.command import nlp

    group.add_command(nlp)
