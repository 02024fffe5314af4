"""The verb `nasapi attack`: one network's accuracies under attacks and corruptions, and its attacked images."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from torch import nn

_COLUMNS = ("images", "accuracy", "metric", "confidence right", "wrong", "calibration error", "CPU s")
_FILES = ("attacked.svg", "attacked.png", "attacked.csv")


@click.command("attack")
@click.argument("space", metavar="SPACE")
@click.argument("architecture", metavar="ARCH")
@click.option("--notation", metavar="NAME", help="How ARCH is written; `nasapi info SPACE` lists the names.")
@click.option("--weights", required=True, metavar="FILE", help="The trained weights, a safetensors file.")
@click.option(
    "--network", default="", metavar="OPTIONS", help="Arguments of the space's builder, 'channels=8,cells=1'."
)
@click.option(
    "--mean", metavar="NUMBERS", help="What pixels were normalised by in training, one a channel: 0.49,0.48,0.45."
)
@click.option("--std", metavar="NUMBERS", help="The deviation that goes with --mean.")
@click.option(
    "--data",
    required=True,
    metavar="DATA",
    help="An .npz with `images` and `labels`, a data set's name, or the path, with a slash, of a folder of images.",
)
@click.option(
    "--split", show_default="test", help="Of a data set with a name or of a folder: test, valid, train, or all of them."
)
@click.option(
    "--side",
    type=click.IntRange(1),
    show_default="the network's",
    help="Pixels along a side: folders' images are made so, others must be.",
)
@click.option(
    "-n", "--images", "count", default=500, show_default=True, type=click.IntRange(1), help="At most so many images."
)
@click.option(
    "-a",
    "--attacks",
    multiple=True,
    default=("fgsm[eps=1/255],pgd[eps=1/255],apgd[eps=1/255],square[eps=1/255]",),
    show_default=True,
    help="Attacks and presets (jung2023, strong), commas between; repeatable.",
)
@click.option("--corruptions", is_flag=True, help="Also every corruption that images of this size have.")
@click.option("--severity", default=3, show_default=True, type=click.IntRange(1, 5), help="Of the corruptions.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="Of random starts and noise.")
@click.option("-o", "--output", type=click.Path(file_okay=False, path_type=Path), help="Folder for figure and table.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    space: str,
    architecture: str,
    notation: str | None,
    weights: str,
    network: str,
    mean: str | None,
    std: str | None,
    data: str,
    split: str | None,
    side: int | None,
    count: int,
    attacks: tuple[str, ...],
    corruptions: bool,
    severity: int,
    seed: int,
    output: Path | None,
    as_json: bool,
) -> None:
    """Attack the network of ARCH with trained weights, and say what is left of its accuracy.

    Pixels are from 0 to 1 and epsilons shares of that: 8/255 or 0.03. Where a file of weights says what the network was
    built with, it is built so; `--network` says it where the file does not. A network that was trained on normalised
    images needs --mean and --std, which then go before it. Images have the channels and the side that
    it was built for; those of a folder are made so. What libraries warn of stands below the table.
    """
    from nasapi.cli.console import show, show_json, show_message, show_table
    from nasapi.files import require_outputs
    from nasapi.plugins import Spec, load_space
    from nasapi_attacks.attacking import Target
    from nasapi_attacks.data import read_images
    from nasapi_attacks.networks import normalized_by
    from nasapi_attacks.presets import parse_attacks
    from nasapi_attacks.weights import images_taken, load_network

    if output is not None:
        require_outputs(output, _FILES)  # before minutes of attacks
    chosen = parse_attacks(attacks)
    built = Spec.parse(f"network[{network}]").options if network else {}
    found = load_space(space)
    code = found.read(architecture, notation)
    taken = images_taken(weights, found, **built)
    model = normalized_by(load_network(weights, found, code, **built).eval(), taken.channels, mean, std)
    images = read_images(data, split, count, taken, side)
    target = Target(model, images.pixels, images.labels)
    for one in chosen:
        target.require(one)  # all of them before the first, which may take minutes
    if corruptions:
        _corrupted(model, images.pixels[:1], images.labels[:1], severity, seed)  # as well
    done = [target.attack(one, seed) for one in chosen]
    first = done[0]
    rows = [_row("clean", "clean_accuracy", first.clean_logits, first.labels, 0.0)]
    rows += [_row(one.spec.title, one.spec.metric_name, one.logits, one.labels, one.seconds) for one in done]
    if corruptions:
        rows += _corrupted(model, images.pixels, images.labels, severity, seed)
    notes = [f"{one.spec}: {sentence}" for one in done for sentence in (*one.warnings, one.spec.caution) if sentence]
    written = [] if output is None else _written(output, images.pixels, done, rows)  # before a reader may leave
    if as_json:
        show_json(
            {
                "of": images.title,
                "seed": seed,
                "rows": [dict(zip(_COLUMNS, row, strict=True)) for row in rows],
                "notes": notes,
            }
        )
    else:
        show(f"Accuracy in percent on {images.title}, seed {seed}.")
        show_table(_COLUMNS, rows, right=(_COLUMNS[1], *_COLUMNS[3:]))
        for note in notes:
            show(note)
    for path in written:
        show_message(f"Wrote {path}.")


def _row(title: str, metric: str, logits: Any, labels: Any, seconds: float) -> tuple[object, ...]:
    from nasapi_networks.predictions import Predictions

    predictions = Predictions(logits, labels)
    sure = predictions.confidence
    numbers = (sure["right"], sure["wrong"], predictions.calibration_error())
    return (title, round(predictions.accuracy, 3), metric, *(round(value, 3) for value in numbers), round(seconds, 2))


def _corrupted(model: nn.Module, pixels: Any, labels: Any, severity: int, seed: int) -> list[tuple[object, ...]]:
    from time import process_time

    from nasapi_attacks.attacking import BATCH
    from nasapi_attacks.corruptions import corrupt, corruption_metric, corruption_names
    from nasapi_attacks.inputs import logits

    height, width = pixels.shape[2:]
    rows = []
    for name in corruption_names(height, width):
        start = process_time()
        predictions = logits(model, corrupt(pixels, name, severity, seed), BATCH).cpu().numpy()
        called = corruption_metric(name, severity, "these images", "none", side=min(height, width)).name
        rows.append(
            _row(f"{name.replace('_', ' ')}, severity {severity}", called, predictions, labels, process_time() - start)
        )
    return rows


def _written(folder: Path, pixels: Any, done: list[Any], rows: list[tuple[object, ...]]) -> list[Path]:
    from nasapi_report.formats import to_csv

    from nasapi.files import write_outputs
    from nasapi_attacks.figures import attacked_figure

    figure = attacked_figure(pixels, done)
    contents: tuple[str | bytes, ...] = (figure.svg, figure.png, to_csv(_COLUMNS, rows))
    return write_outputs(folder, dict(zip(_FILES, contents, strict=True)))
