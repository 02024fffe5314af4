"""The tables of NAS-Bench-NLP: where each is published, what it holds, and how it is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasapi.plugins import TableSource

if TYPE_CHECKING:
    from nasapi.tables import Table

TABLES = {"wikitext2": "nlp-wikitext2", "ptb": "nlp-ptb"}
"""The table of each task, by the name that `nasapi data` knows."""
TEXTS = {"wikitext2": "WikiText-2", "ptb": "the Penn Treebank"}
"""The text of each task."""
_PAGE = "https://github.com/fmsnew/nas-bench-nlp-release"
CITATION = (
    "Klyuchnikov et al., NAS-Bench-NLP: Neural Architecture Search Benchmark for Natural Language Processing, 2020, "
    "arXiv:2006.07116"
)

SOURCES = [
    TableSource(
        name,
        f"NAS-Bench-NLP, {title}",
        f"Train, validation and test loss and seconds of each epoch, status and parameters of {runs}.",
        f"nasapi_nlp.importers.official:import_{text}",
        lacks=lacks,
        urls=(f"{_PAGE}/raw/master/{folder}/logs.zip",),
        page=_PAGE,
        licence="Apache-2.0",
        citation=CITATION,
        sha256=sha256,
        other_forms=True,
        benchmarks=benchmarks,
    )
    for name, text, title, runs, folder, lacks, sha256, benchmarks in (
        (
            "nlp-wikitext2",
            "wikitext2",
            "WikiText-2",
            "345 runs",
            "train_logs_wikitext-2",
            "Weights; a second run of most networks.",
            "f5052d6bea6398001e32c986322a243e8cdedffa906caf242eb0a62ee105aa12",
            ("nlp/wikitext2-v1",),
        ),
        (
            "nlp-ptb",
            "ptb",
            "Penn Treebank",
            "14,322 runs",
            "train_logs_single_run",
            "Weights; a second run of most networks.",
            None,
            ("nlp/ptb-v1",),
        ),
        (
            "nlp-ptb-repeated",
            "ptb",
            "Penn Treebank, several runs a network",
            "several runs each of some networks",
            "train_logs_multi_runs",
            "Weights; most of the networks of nlp-ptb. Read by nlp/ptb with its folder as the option table.",
            None,
            (),
        ),
    )
]
"""The official logs. Of the archive of WikiText-2 the digest is known; folders and npz files are read as well."""


def opened(task: str, table: str | None) -> Table:
    """The table in the folder `table`, or that of the task; raises NotAvailable where it is not here."""
    from nasapi import data
    from nasapi.tables import Table

    return Table(table) if table is not None else data.open_table(TABLES[task])
