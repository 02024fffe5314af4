"""`nasapi build`: the network of an architecture as a file that runs without this package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from nasapi.cli.arguments import BuilderCommand, arguments_in, notation_option
from nasapi.cli.console import show_pairs
from nasapi.errors import InvalidOption


@click.command("build", cls=BuilderCommand)
@click.argument("space", metavar="SPACE")
@click.argument("architecture", metavar="ARCH")
@notation_option
@click.option("--output", "-o", required=True, metavar="FILE", help="A new file .pt2, .onnx or .safetensors.")
@click.option(
    "--weights", metavar="FILE", help="Weights of this architecture, a safetensors file; else they are drawn."
)
@click.option("--seed", show_default="0", type=click.IntRange(min=0), help="Seed of drawn weights.")
def command(
    space: str,
    architecture: str,
    notation: str | None,
    output: str,
    weights: str | None,
    seed: int | None,
    **given: Any,
) -> None:
    """Build the network of ARCH and write it: .pt2 by torch.export, .onnx, or its weights alone as .safetensors.

    ARCH is the literature's own string of the space, or what else --notation says. `nasapi build SPACE --help` lists
    what networks of a space take, by default what was published. An exported network is in evaluation mode and was run
    once beside the original.
    """
    from nasapi.files.places import require_place
    from nasapi.networks import (
        build,
        builder_of,
        count,
        example_inputs,
        export,
        export_onnx,
        load_weights,
        save_weights,
    )
    from nasapi.plugins.loading import load_space

    ending = Path(output).suffix
    if ending not in (".pt2", ".onnx", ".safetensors"):
        raise InvalidOption(f"{output!r} is no file .pt2, .onnx or .safetensors, by whose ending the format is chosen.")
    if weights is not None and seed is not None:
        raise InvalidOption("--seed is that of weights that are drawn; leave it or --weights out.")
    found = load_space(space)
    builder_of(found)  # says of a space without one so, whatever the architecture is
    code = found.read(architecture, notation)
    arguments = arguments_in(given)
    place = require_place(output, _taken)
    if weights is None:
        network = build(found, code, seed=seed or 0, **arguments)
    else:
        network = load_weights(weights, found, code, **arguments)
    if ending == ".safetensors":
        save_weights(place, network, found, code, **arguments)
    else:
        (export if ending == ".pt2" else export_onnx)(place, network, found, **arguments)
    size = count(found, code, **arguments)
    two, three = (example_inputs(found, network, n, arguments) for n in (2, 3))
    shapes = [zip(one.shape, other.shape, strict=True) for one, other in zip(two, three, strict=True)]
    show_pairs(
        {
            "network": f"{found.id} {found.format(code)}",
            "inputs": ", ".join(
                " x ".join("n" if one != other else str(one) for one, other in shape) for shape in shapes
            ),
            "parameters": f"{size.parameters:,}",
            "multiply-additions": f"{size.multiply_additions:,}",
            "weights": f"drawn with seed {seed or 0}" if weights is None else weights,
            "written": output,
        }
    )


def _taken(place: Path) -> str:
    """Why nothing is written where something is: weights may have taken days to train."""
    return f"is {'a folder' if place.is_dir() else 'there already'}; name a file that is not"
