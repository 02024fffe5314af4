"""The architectures of AG-Net's transfer to ImageNet (Lukasik, Jung & Keuper, ECCV 2022, table 4), with their sizes.

Nothing is trained here: the genotypes are those that the authors publish, and parameters and multiply-additions are
counted from the published skeletons.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nasapi.errors import InvalidOption, near
from nasapi.plugins import Reproduction
from nasapi_darts.skeletons import SKELETONS, sizes
from nasapi_darts.space import DARTS

QUERIES = 304
_BY_SURROGATE = f"searched on CIFAR-10 by the surrogate of NAS-Bench-301, {QUERIES} queries"
_BY_PROXIES = "searched by the training-free scores of TE-NAS"


class Found(NamedTuple):
    """One architecture: who found it and how, and its two cells as operations with their inputs."""

    method: str
    how: str
    name: str
    """What the authors call it in their file of genotypes."""
    normal: str
    reduce: str

    @property
    def genotype(self) -> str:
        """The literature's own string."""
        normal, reduce = map(_pairs, (self.normal, self.reduce))
        return f"Genotype(normal=[{normal}], normal_concat=range(2, 6), reduce=[{reduce}], reduce_concat=range(2, 6))"


FOUND = (
    Found(
        "AG-Net",
        _BY_SURROGATE,
        "AG_Net_NB301_cifar10",
        "sep5 0 skip 1 skip 0 sep3 1 sep3 1 sep5 3 sep5 0 sep5 2",
        "max 0 avg 1 avg 0 sep5 1 sep5 0 sep5 1 sep5 0 sep5 1",
    ),
    Found(
        "AG-Net, XGBoost",
        _BY_SURROGATE,
        "XGB_NB301_cifar10",
        "skip 0 skip 1 skip 1 sep5 2 sep5 2 sep3 3 sep3 0 sep3 3",
        "sep5 0 sep5 1 sep5 0 sep5 1 sep5 0 sep5 1 sep5 1 dil5 2",
    ),
    Found(
        "AG-Net, XGBoost and ranking",
        _BY_SURROGATE,
        "XGB_ranking_NB301_cifar10",
        "skip 0 skip 1 skip 1 sep3 2 sep3 1 sep3 2 sep3 2 sep3 3",
        "sep5 0 sep5 1 sep5 0 sep5 1 sep5 1 sep5 2 sep5 0 sep5 1",
    ),
    Found(
        "AG-Net, training-free, CIFAR-10",
        _BY_PROXIES,
        "AG_Net_cifar10",
        "dil3 0 sep3 1 sep3 0 sep5 1 sep5 2 sep3 3 sep3 3 sep5 4",
        "dil3 0 avg 1 avg 0 dil5 2 dil5 2 dil3 3 dil3 1 sep3 4",
    ),
    Found(
        "AG-Net, training-free, ImageNet",
        _BY_PROXIES,
        "AG_Net_imagenet",
        "skip 0 sep3 1 sep3 0 sep3 1 sep3 2 sep3 3 sep3 1 sep3 3",
        "avg 0 sep3 1 sep3 0 dil5 2 dil5 0 sep3 1 sep3 1 max 3",
    ),
    Found(
        "TE-NAS, CIFAR-10",
        "Chen, Gong & Wang, ICLR 2021",
        "TENAS_cifar10",
        "dil3 0 sep5 1 sep3 0 sep3 2 skip 0 dil5 1 sep3 1 sep5 3",
        "sep5 0 sep5 1 sep5 1 sep5 2 sep3 1 sep3 3 sep5 2 sep3 4",
    ),
    Found(
        "TE-NAS, ImageNet",
        "Chen, Gong & Wang, ICLR 2021",
        "TENAS_imagenet",
        "sep3 0 skip 1 dil5 1 sep3 2 sep3 0 dil5 3 sep3 0 dil3 4",
        "dil3 0 sep5 1 dil3 0 sep3 2 sep3 0 dil3 1 sep3 0 sep5 4",
    ),
    Found(
        "DARTS, second order",
        "Liu, Simonyan & Yang, ICLR 2019",
        "DARTS_V2",
        "sep3 0 sep3 1 sep3 0 sep3 1 sep3 1 skip 0 skip 0 dil3 2",
        "max 0 max 1 skip 2 max 1 max 0 skip 2 skip 2 max 1",
    ),
)
"""As in `genotypes.py` of jovitalukasik/AG-Net (MIT); of the baselines there, those that are of the space."""
_LONG = {
    "skip": "skip_connect",
    "max": "max_pool_3x3",
    "avg": "avg_pool_3x3",
    **{f"{kind}{side}": f"{kind}_conv_{side}x{side}" for kind in ("sep", "dil") for side in (3, 5)},
}
VERDICT = "counted here"


def table4() -> Reproduction:
    """The table as `nasapi reproduce table4` prints it."""
    return Reproduction(
        "table4",
        "Transfer to ImageNet: the architectures found in the DARTS space, and how large they are",
        "Lukasik, Jung & Keuper, Learning Where To Look, ECCV 2022, table 4; genotypes from the authors' repository, "
        "jovitalukasik/AG-Net",
        (),
        notes="Sizes are counted here: millions of trainable parameters and of multiply-additions for one image, "
        "without the auxiliary head, of 20 cells of 36 channels (CIFAR-10) and 14 of 48 (ImageNet).",
        run="nasapi_darts.transfer:run",
        missing=(
            "errors on ImageNet, which take days of training on GPUs an architecture, and whose published values are "
            "not in the sources of this project: read them in table 4 of the paper, or build a network "
            "(nasapi.load_space('darts'), stem='imagenet') and train it.",
            "the baselines NASNet-A and AmoebaNet-A, which have ten edges a cell and 7x7 convolutions and are no "
            "architectures of this space.",
        ),
        searches=False,
    )


def run(
    *,
    strategies: Sequence[str],
    benchmarks: Sequence[str],
    seeds: int,
    jobs: int,
    store: Path,
    as_json: bool,
) -> None:
    """Print the table; `strategies` are methods or names of genotypes, empty for all, and nothing is run."""
    from nasapi.cli.console import show, show_json, show_table

    if benchmarks:
        raise InvalidOption("Table 4 is of no benchmark; give methods with -s, or nothing.")
    known = [name for found in FOUND for name in (found.method, found.name)]
    for name in strategies:
        if name not in known:
            raise InvalidOption(f"No row is of {name!r}. {near(name, known)}")
    rows = [found for found in FOUND if not strategies or {found.method, found.name} & set(strategies)]
    counted = counts(rows)
    if as_json:
        show_json(
            [
                {**found._asdict(), "genotype": found.genotype, "verdict": VERDICT}
                | {f"{stem}_{what}": int(counted[stem][i][row]) for stem in SKELETONS for i, what in enumerate(_COUNTS)}
                for row, found in enumerate(rows)
            ]
        )
        return
    item = table4()
    show(f"{item.title}\nPublished: {item.source}.\n{item.notes}")
    columns = ["method", "found by", *(f"{stem} {what}, M" for stem in SKELETONS for what in ("params", "mult-adds"))]
    show_table(
        [*columns, "verdict"],
        [
            (
                found.method,
                found.how,
                *(
                    f"{counted[stem][kind][row] / 1e6:.{digits}f}"
                    for stem in SKELETONS
                    for kind, digits in ((0, 2), (1, 0))
                ),
                VERDICT,
            )
            for row, found in enumerate(rows)
        ],
        right=columns[2:],
    )
    for found in rows:
        show(f"{found.name} = {found.genotype}")


def counts(found: Sequence[Found]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Parameters and multiply-additions, (n,) each, by skeleton."""
    space = DARTS()
    codes = np.array([space.parse(each.genotype) for each in found])
    return {stem: sizes(codes, stem=stem) for stem in SKELETONS}


_COUNTS = ("parameters", "multiply_additions")


def _pairs(cell: str) -> str:
    words = cell.split()
    return ", ".join(f"('{_LONG[name]}', {node})" for name, node in zip(words[::2], words[1::2], strict=True))
