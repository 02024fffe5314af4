"""From training logs to a table: a row a run, the runs of isomorphic recipes together."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nasapi.errors import CorruptData, InvalidArchitecture
from nasapi.space import Codes
from nasapi.tables import Column, Table, write_table
from nasapi_nlp.importers.logs import LOSSES, Run, read_runs
from nasapi_nlp.space import NLP
from nasapi_nlp.tables import CITATION, TABLES

_MOST_OUTSIDE = 0.01  # share of recipes outside the space up to which a file counts as one of NAS-Bench-NLP
_MOST_LOSS = float(np.log(np.finfo(np.float64).max))
_DATA = {"ptb": "Penn Treebank", "wikitext2": "WikiText-2"}
_FOLDERS = {"ptb": ("ptb", "penn"), "wikitext2": ("wikitext",)}  # what the settings of a log call the text


def import_wikitext2(path: Path, target: Path) -> Table:
    """Write the table of the WikiText-2 runs, from the official logs or a numpy archive of them."""
    return import_logs(path, target, "wikitext2")


def import_ptb(path: Path, target: Path) -> Table:
    """Write the table of the Penn-Treebank runs, from the official logs."""
    return import_logs(path, target, "ptb")


def import_logs(path: Path, target: Path, data: str) -> Table:
    """Write a table of all runs in `path`, as `read_runs` reads them, trained on the text `data`.

    A row is a run, with the canonical code of its network: recipes that are isomorphic were trained several times, and
    their runs follow each other in the order of the recipes' numbers. A loss whose perplexity is infinite is kept as
    NaN: a failure. Recipes outside the space are left out, and their numbers kept as the attribute `outside`; where
    they are more than one in a hundred, where one run is there twice, where two runs of one network disagree about
    parameters, or where the settings of a run name another text than `data`, CorruptData says so, and nothing is
    written.
    """
    found = read_runs(Path(path))
    seen: dict[tuple[str, bytes], str] = {}
    for run in found:
        _require_text(run, data)
        values = np.concatenate(list(run.curves.values()))
        if not np.isfinite(values).any():
            continue  # runs that failed before their first epoch are all alike
        measured = run.recipe, values.tobytes()
        if measured in seen:
            raise CorruptData(f"{seen[measured]!r} and {run.name!r} are one run, with all values alike; leave one.")
        seen[measured] = run.name
    runs, codes, outside = _placed(found, Path(path).name)
    epochs = {run.epochs for run in runs}
    if len(epochs) != 1:
        raise CorruptData(f"{Path(path).name!r} has runs of {sorted(epochs)} epochs; wanted one number of epochs.")
    length = epochs.pop()
    order = np.lexsort(([run.identity for run in runs], *codes.T[::-1]))
    runs, codes = [runs[at] for at in order.tolist()], codes[order]
    curves = {name: np.full((len(runs), length), np.nan) for name in (*LOSSES, "seconds")}
    kinds = ["OK", *sorted({run.status for run in runs} - {"OK"})]
    for row, run in enumerate(runs):
        for name, curve in run.curves.items():
            kept = curve if name == "seconds" else np.where(curve > _MOST_LOSS, np.nan, curve)
            curves[name][row, : len(curve)] = kept
    params = np.array([run.params for run in runs])
    same = np.concatenate([[False], (codes[1:] == codes[:-1]).all(axis=1)])
    for row in np.flatnonzero(same & (params != np.roll(params, 1)))[:1].tolist():
        raise CorruptData(
            f"{runs[row].name!r} has {params[row]:,} parameters; another run of the same network has "
            f"{params[row - 1]:,}."
        )
    about = f"cross entropy on {_DATA[data]} by epoch"
    return write_table(
        target,
        {
            "cell": Column(codes.astype(np.int8), "canonical code of the network"),
            **{f"{name}_loss": Column(curves[name], about, "nats/word", name) for name in LOSSES},
            "epoch_seconds": Column(curves["seconds"], "time of each epoch's training", "s"),
            "params": Column(params, "trainable parameters", "count"),
            "status": Column(np.array([kinds.index(run.status) for run in runs]), "how it ended: place in `statuses`"),
            "recipe": Column(np.array([run.identity for run in runs]), "number of the recipe in the authors' list"),
        },
        space="nlp",
        title=f"NAS-Bench-NLP, {_DATA[data]}: {len(runs):,} runs of {int((~same).sum()):,} networks",
        data=data,
        statuses=kinds,
        outside=outside,
        source=Path(path).name,
        licence="Apache-2.0",
        citation=CITATION,
    )


def _require_text(run: Run, data: str) -> None:
    """Raise CorruptData where a run's settings say that it was trained on another text."""
    of = next((text for text, names in _FOLDERS.items() if any(name in run.text.lower() for name in names)), data)
    if of != data:
        raise CorruptData(
            f"{run.name!r} is of a training on {_DATA[of]} (its settings have 'data': {run.text!r:.80}), not on "
            f"{_DATA[data]}; import it with `nasapi data import {TABLES[of]} FILE`."
        )


def _placed(runs: list[Run], file: str) -> tuple[list[Run], Codes, list[int]]:
    """The runs whose recipes are in the space, their canonical codes, and the numbers of the other recipes."""
    space, inside, codes, outside = NLP(), [], [], []
    reason: InvalidArchitecture | None = None
    for run in runs:
        try:
            codes.append(space.parse(run.recipe))
            inside.append(run)
        except InvalidArchitecture as error:
            outside.append(run.identity)
            reason = reason or error
    if len(outside) > _MOST_OUTSIDE * len(runs):
        raise CorruptData(
            f"{len(outside)} of {len(runs)} recipes in {file!r} are no cells of nlp; of the first: {reason}"
        )
    return inside, space.canonical(np.array(codes)), outside
