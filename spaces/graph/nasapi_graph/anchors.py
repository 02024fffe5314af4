"""Networks of NAS-Bench-Graph with the values that its light table has for them: the best, and an ordinary one."""

from __future__ import annotations

from nasapi.reference import Anchor

SOURCE = "the light table of nas-bench-graph 1.4.0, looked up by its own hash"
_ORDINARY = "Arch([0, 0, 0, 1], ['fc', 'skip', 'cheb', 'fc'])"
_VALUES = {
    "cora": (("Arch([0, 1, 2, 3], ['fc', 'gat', 'fc', 'gin'])", 81.933, 82.633), (_ORDINARY, 57.933, 55.667)),
    "citeseer": (("Arch([0, 0, 1, 2], ['gcn', 'gcn', 'sage', 'sage'])", 72.8, 71.033), (_ORDINARY, 53.4, 52.9)),
    "pubmed": (("Arch([0, 0, 1, 2], ['gat', 'gin', 'gin', 'sage'])", 81.133, 75.6), (_ORDINARY, 70.933, 69.933)),
    "cs": (("Arch([0, 0, 1, 1], ['graph', 'arma', 'gat', 'cheb'])", 92.133, 90.586), (_ORDINARY, 90.667, 89.689)),
    "physics": (("Arch([0, 1, 1, 2], ['gat', 'fc', 'gcn', 'fc'])", 94.0, 91.345), (_ORDINARY, 90.433, 89.126)),
    "photo": (("Arch([0, 0, 1, 2], ['gat', 'fc', 'sage', 'cheb'])", 94.067, 92.084), (_ORDINARY, 89.567, 86.717)),
    "computers": (("Arch([0, 1, 2, 2], ['cheb', 'gat', 'cheb', 'cheb'])", 91.9, 82.033), (_ORDINARY, 81.567, 69.958)),
    "arxiv": (("Arch([0, 1, 2, 3], ['cheb', 'arma', 'cheb', 'cheb'])", 73.667, 71.954), (_ORDINARY, 65.967, 64.607)),
    "proteins": (
        ("Arch([0, 1, 2, 2], ['sage', 'arma', 'fc', 'skip'])", 85.333, 76.112),
        ("Arch([0, 1, 1, 3], ['fc', 'skip', 'arma', 'skip'])", 82.1, 77.347),
    ),
}


def anchors(dataset: str, valid: str, test: str) -> tuple[Anchor, ...]:
    """Validation and test values of two networks, under the names of the two metrics."""
    return tuple(
        Anchor(network, metric, value, SOURCE, 0.0006)
        for network, *values in _VALUES[dataset]
        for metric, value in zip((valid, test), values, strict=True)
    )
