"""Codes in the terms of NAS-Bench-301's configuration space, which its surrogates take as features."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nasapi.space import Codes
from nasapi_darts.cells import CELLS, Ints, split
from nasapi_darts.configuration import inputs_name, numbered_edge

NODES = 4
"""Intermediate nodes of a cell for which surrogates exist."""
EDGES = NODES * (NODES + 3) // 2
"""Possible edges of a cell, counted by node and then by input: 14."""


def edges(codes: Codes) -> Ints:
    """(n, 2, 14): the operation on every possible edge of both cells, -1 where there is no edge."""
    sources, operations = split(codes, NODES)
    found = np.full((len(codes), 2, EDGES), -1)
    nodes = np.arange(NODES)[:, None]
    every, cell = np.arange(len(codes))[:, None, None, None], np.arange(2)[:, None, None]
    found[every, cell, nodes * (nodes + 3) // 2 + sources] = operations
    return found


def inputs(codes: Codes) -> Ints:
    """(n, 2, 3): the pair of inputs of nodes 3, 4 and 5 of both cells, counted lexicographically."""
    return np.asarray(codes, np.int64).reshape(len(codes), 2, 3 * NODES - 1)[:, :, 2 * NODES :]


_FIXED = {
    "CreateImageDataLoader:batch_size": 0.5863451791322553,
    "ImageAugmentation:augment": 0.0,
    "ImageAugmentation:autoaugment": 0.0,
    "ImageAugmentation:cutout": 0.0,
    "ImageAugmentation:cutout_holes": 0.16666444442962952,
    "ImageAugmentation:cutout_length": 0.3099999239999697,
    "ImageAugmentation:fastautoaugment": 0.0,
    "LossModuleSelectorIndices:loss_module": 0.0,
    "NetworkSelectorDatasetInfo:darts:auxiliary": 0.0,
    "NetworkSelectorDatasetInfo:darts:drop_path_prob": 0.0,
    "NetworkSelectorDatasetInfo:darts:init_channels": 0.003149999006299998,
    "NetworkSelectorDatasetInfo:darts:layers": 0.000749999001499998,
    "NetworkSelectorDatasetInfo:network": 0.0,
    "OptimizerSelector:optimizer": 0.0,
    "OptimizerSelector:sgd:learning_rate": -3.6888794541139363,
    "OptimizerSelector:sgd:momentum": 0.8988764044943821,
    "OptimizerSelector:sgd:weight_decay": -8.111728083308073,
    "SimpleLearningrateSchedulerSelector:cosine_annealing:T_max": 0.009949999019899998,
    "SimpleLearningrateSchedulerSelector:cosine_annealing:eta_min": 1e-12,
    "SimpleLearningrateSchedulerSelector:lr_scheduler": 0.0,
    "SimpleTrainNode:batch_loss_computation_technique": 0.0,
    "SimpleTrainNode:mixup:alpha": 0.7051278400653053,
}
"""The parameters that are the same for every architecture, as ConfigSpace 0.4.12 scales the values that
NAS-Bench-301 fixes (batch size 96, 8 layers, 32 channels, 100 epochs, …)."""


def names() -> list[str]:
    """The 56 features of the official surrogates in their order.

    ConfigSpace lists parameters by how many others they depend on, then by name: the fixed ones, the inputs of nodes
    and the edges of each cell's first node, which are always there, before the other edges, which depend on inputs.
    """
    always = [inputs_name(cell, node) for cell in CELLS for node in range(1, NODES)]
    always += [numbered_edge(cell, source) for cell in CELLS for source in (0, 1)]
    others = [numbered_edge(cell, number) for cell in CELLS for number in range(2, EDGES)]
    return sorted([*always, *_FIXED]) + sorted(others)


def vectors(codes: Codes) -> NDArray[np.float64]:
    """(n, 56): what the official surrogates take: positions of values among their parameter's choices, -1 if absent."""
    chosen, pairs = edges(codes), inputs(codes)
    columns = {
        numbered_edge(name, number): chosen[:, cell, number]
        for cell, name in enumerate(CELLS)
        for number in range(EDGES)
    }
    columns |= {
        inputs_name(name, node): pairs[:, cell, node - 1] for cell, name in enumerate(CELLS) for node in range(1, NODES)
    }
    found = np.empty((len(codes), len(columns) + len(_FIXED)))
    for place, name in enumerate(names()):
        found[:, place] = _FIXED[name] if name in _FIXED else columns[name]
    return found
