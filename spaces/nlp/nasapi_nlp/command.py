"""The verb `nasapi nlp train-surrogate`: fit a surrogate on a table of logs, measure it and keep it."""

from __future__ import annotations

import click


@click.group("nlp", no_args_is_help=True)
def nlp() -> None:
    """What NAS-Bench-NLP needs beyond the common verbs."""


@nlp.command("train-surrogate")
@click.argument("table")
@click.option(
    "-o", "--output", type=click.Path(file_okay=False), help="Where to; the default of nlp/surrogate otherwise."
)
@click.option(
    "--folds", default=10, show_default=True, help="Parts in which networks are left out to measure the error."
)
@click.option("--components", default=6, show_default=True, help="Main components of the learning curves.")
@click.option("--rounds", default=300, show_default=True, help="Trees for each component.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="Decides the parts and the trees.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def train_surrogate(
    table: str, output: str | None, folds: int, components: int, rounds: int, seed: int, as_json: bool
) -> None:
    """Fit a surrogate on TABLE, the name or the folder of an imported table of logs, and keep it.

    First its error is measured on networks left out of the fit, and kept with it.
    """
    from pathlib import Path

    import attrs
    import numpy as np

    from nasapi import data
    from nasapi.cli.console import show_json, show_pairs
    from nasapi.tables import Table
    from nasapi_nlp.cross_validation import cross_validate
    from nasapi_nlp.predicted import place
    from nasapi_nlp.surrogate import Settings, curves_of, fit
    from nasapi_nlp.surrogate_files import require_room, save

    opened = Table(table) if Path(table).exists() else data.open_table(table)
    settings = Settings(components=components, rounds=rounds, seed=seed)
    target = place(output)
    require_room(target)  # before minutes of fitting
    curves = curves_of(opened)
    scores = cross_validate(curves, settings, folds, np.random.default_rng(seed))
    about = {
        "table": opened.attributes.get("title", table),
        "networks": len(curves),
        "settings": attrs.asdict(settings),
        "left out": scores,
    }
    save(attrs.evolve(fit(curves, settings), about=about), target)
    if as_json:
        show_json({"surrogate": str(target), **about})
        return
    rows = zip(scores["epochs"], scores["tau"], scores["R2"], scores["MAE"], strict=True)
    low, high = scores["tau interval"]
    show_pairs(
        {
            "surrogate": str(target),
            "fitted on": f"{about['table']}; {len(curves)} networks trained to the end",
            "left out": f"{folds} parts; tau over all epochs {scores['tau'][-1]:.3f} ({low:.3f} to {high:.3f})",
            **{f"{epoch} epochs": f"tau {tau:.3f}, R² {r2:.2f}, MAE {mae:.3f}" for epoch, tau, r2, mae in rows},
        }
    )
