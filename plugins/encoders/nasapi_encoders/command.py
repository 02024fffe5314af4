"""The verb `nasapi pretrain`: train an encoder on samples of a space, measure it, and write its weights."""

from __future__ import annotations

import click


@click.command("pretrain")
@click.argument("space")
@click.option("-e", "--encoder", default="svge", show_default=True, help="svge or vgae, options in brackets.")
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="The checkpoint; SPACE-ENCODER.safetensors here.")
@click.option(
    "-n", "--samples", default=50_000, show_default=True, type=click.IntRange(1), help="Uniform codes to learn."
)
@click.option("--networks", is_flag=True, help="Learn different networks instead of uniform codes.")
@click.option("--objective", help="Also say how distances compare with differences of its first metric.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="Decides samples and weights.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def pretrain(
    space: str,
    encoder: str,
    output: str | None,
    samples: int,
    networks: bool,
    objective: str | None,
    seed: int,
    as_json: bool,
) -> None:
    """Train an encoder on samples of SPACE, without any values, and write a checkpoint.

    Prints what it reconstructs, how valid, distinct and new its samples are, and the CPU seconds of training.
    """
    from time import process_time

    import numpy as np

    from nasapi.cli.console import show_json, show_pairs
    from nasapi.errors import InvalidOption
    from nasapi.plugins import Spec, load_encoder, load_objective, load_space
    from nasapi_encoders import corpus
    from nasapi_encoders.checkpoint import require_room
    from nasapi_encoders.quality import describe, distances
    from nasapi_encoders.svge import SVGe
    from nasapi_encoders.vgae import VGAE

    spec = Spec.parse(encoder)
    name = spec.id
    if name not in ("svge", "vgae"):
        raise InvalidOption(f"Encoder {name!r} has no weights to train; choose svge or vgae.")
    if spec.options.get("checkpoint") is not None:
        raise InvalidOption(f"New weights begin with none that are there; leave 'checkpoint' out of {encoder!r}.")
    made = load_encoder(name, load_space(space), **{**spec.options, "checkpoint": None})
    assert isinstance(made, SVGe | VGAE)
    source = None if objective is None else load_objective(objective)
    if source is not None and source.space.id != made.space.id:
        raise InvalidOption(
            f"Objective {objective!r} measures architectures of {source.space.id}, not of {made.space.id}; "
            f"give one of {made.space.id}, or none."
        )
    path = output or f"{made.space.id}-{name}.safetensors"
    require_room(path)  # before minutes of training
    rng = np.random.default_rng(seed)
    codes = corpus.networks(made.space, samples, rng) if networks else made.space.sample(samples, rng)
    start = process_time()
    made.fit(codes, rng)
    seconds = process_time() - start
    made.save(path)
    found = {"checkpoint": path, "CPU seconds": round(seconds, 2), **describe(made.space, made, codes, rng)}
    if source is not None:
        codes = source.space.sample(2_000, rng)
        found |= distances(made, codes, source.evaluate(codes)[source.metrics[0].name], 20_000, rng)
    (show_json if as_json else show_pairs)(found)
