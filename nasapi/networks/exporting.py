"""Networks as files that run without this package: torch.export's .pt2, and ONNX."""

from __future__ import annotations

import io
import logging
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nasapi.errors import InterfaceError, NotAvailable, how_to_install
from nasapi.files.replacing import write_whole
from nasapi.networks.inputs import example_inputs
from nasapi.space import SearchSpace

if TYPE_CHECKING:
    from torch import Tensor, nn
    from torch.export import ExportedProgram

_TOLERANCE = 1e-4
_OUTPUT, _MANY = "logits", "n"  # what ONNX calls the output, and the number of images
_TRACED = 3  # images; one or two could be taken for a constant


def export(path: str | os.PathLike[str], network: nn.Module, space: SearchSpace, **arguments: Any) -> Path:
    """Write a network in evaluation mode as a program of `torch.export`, and give the place of the file.

    `torch.export.load(path).module()` runs it. Networks of images take any number of them; others take inputs of the
    shapes of `example_inputs(space, network, 3, arguments)`. What was written is read back and run beside the network.
    `arguments` are what the network was built with; its mode is as it was. Raises InterfaceError where torch cannot
    follow the network, or the program gives something else than it; StoreError where the file cannot be written.
    """
    import torch

    was_training = network.training
    try:
        program, inputs = _exported(network.eval(), space, arguments)
        file = io.BytesIO()
        torch.export.save(program, file)
        again = torch.export.load(io.BytesIO(file.getvalue())).module()
        for given in (inputs, example_inputs(space, network, 5, arguments)) if _images(inputs) else (inputs,):
            _demand_alike(network, again(*given), given)
    finally:
        network.train(was_training)
    return write_whole(path, file.getvalue())


def export_onnx(path: str | os.PathLike[str], network: nn.Module, space: SearchSpace, **arguments: Any) -> Path:
    """Write a network in evaluation mode as ONNX, and give the place of the file; otherwise as `export`.

    The model is checked by onnx and run by its reference evaluator beside the network. Raises NotAvailable without the
    packages onnx and onnxscript.
    """
    try:
        import onnx
        import onnx.reference
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise NotAvailable(
            f"ONNX is written with onnx and onnxscript: {error}; {how_to_install('nasapi[onnx]')}."
        ) from error
    import torch

    was_training = network.training
    try:
        program, inputs = _exported(network.eval(), space, arguments)
        with _quiet():
            written = torch.onnx.export(program, (), output_names=[_OUTPUT], verbose=False)
        if written is None:
            raise InterfaceError(f"torch.onnx gave no model of the network of {space.id}.")
        model = written.model_proto
        for each in (*model.graph.input, *model.graph.output, *model.graph.value_info):
            for size in each.type.tensor_type.shape.dim:
                if size.dim_param:
                    size.dim_param = _MANY  # torch numbers its symbols
        onnx.checker.check_model(model)
        names = [one.name for one in model.graph.input]
        given = {name: tensor.numpy() for name, tensor in zip(names, inputs, strict=True)}
        found: Any = onnx.reference.ReferenceEvaluator(model).run(None, given)
        _demand_alike(network, torch.from_numpy(found[0]), inputs)
    finally:
        network.train(was_training)
    return write_whole(path, model.SerializeToString())


@contextmanager
def _quiet() -> Iterator[None]:
    """Nothing of what torch.onnx tells of its own parts and of packages that it looks for."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            logger.setLevel(level)


def _exported(
    network: nn.Module, space: SearchSpace, arguments: Mapping[str, Any]
) -> tuple[ExportedProgram, tuple[Tensor, ...]]:
    """The program of a network, and the inputs that it was traced with.

    Raises InterfaceError where torch cannot follow what the network does.
    """
    import torch

    inputs = example_inputs(space, network, _TRACED, arguments)
    shapes = ({0: torch.export.Dim(_MANY, min=1)},) if _images(inputs) else None
    try:
        with torch.no_grad():
            return torch.export.export(network, inputs, dynamic_shapes=shapes), inputs
    except Exception as error:  # of torch's compiler, or of the network's own code
        reason = str(error).strip().partition("\n")[0].rstrip(".")
        raise InterfaceError(
            f"The network of {space.id} cannot be exported: {type(error).__name__}: {reason}. Its `forward` must run "
            "the same operations for any number of rows: `images.shape[0]` is followed, `len(images)` is a constant."
        ) from error


def _images(inputs: Sequence[Tensor]) -> bool:
    """Whether the inputs are one batch of images, of which there may be any number."""
    return len(inputs) == 1 and inputs[0].ndim == 4


def _demand_alike(network: nn.Module, found: Tensor, inputs: Sequence[Tensor]) -> None:
    """Raise InterfaceError where what a written network gives is not what the network gives."""
    import torch

    with torch.no_grad():
        wanted = network(*inputs)
    if found.shape != wanted.shape or not torch.allclose(found, wanted, rtol=_TOLERANCE, atol=_TOLERANCE):
        raise InterfaceError("The exported network gives other numbers than the network itself; it was not written.")
