"""Networks: any architecture of a space with a builder as a torch module, its size, its weights, its exported file."""

from nasapi.networks.building import arguments_of, build, builder_of, settled
from nasapi.networks.counting import Size, count
from nasapi.networks.exporting import export, export_onnx
from nasapi.networks.inputs import example_inputs
from nasapi.networks.weights import load_weights, save_weights

__all__ = [
    "Size",
    "arguments_of",
    "build",
    "builder_of",
    "count",
    "example_inputs",
    "export",
    "export_onnx",
    "load_weights",
    "save_weights",
    "settled",
]
