"""Networks: any architecture of a space with a builder as a torch module, its size, its weights, its exported file."""

from nasapi.networks.building import arguments_of, build, builder_of, settled
from nasapi.networks.counting import Size, count
from nasapi.networks.exporting import export, export_onnx
from nasapi.networks.images import Classes, Inputs, Side, Stem, require_side
from nasapi.networks.inputs import example_inputs
from nasapi.networks.seeds import MOST_SEED, require_seed
from nasapi.networks.threads import on_threads
from nasapi.networks.weights import load_weights, save_weights

__all__ = [
    "MOST_SEED",
    "Classes",
    "Inputs",
    "Side",
    "Size",
    "Stem",
    "arguments_of",
    "build",
    "builder_of",
    "count",
    "example_inputs",
    "export",
    "export_onnx",
    "load_weights",
    "on_threads",
    "require_seed",
    "require_side",
    "save_weights",
    "settled",
]
