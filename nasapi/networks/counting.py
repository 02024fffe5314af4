"""The size of a network: trainable parameters, and multiply-additions of a forward pass."""

from __future__ import annotations

from typing import Any

from attrs import frozen
from numpy.typing import ArrayLike

from nasapi.networks.building import build, builder_of, within_memory
from nasapi.networks.inputs import example_inputs
from nasapi.space import SearchSpace


@frozen
class Size:
    """How large a network is."""

    parameters: int
    """Trainable numbers."""
    buffers: int
    """Numbers that are kept but not trained, such as a batch norm's running statistics."""
    flops: int
    """Floating-point operations of one image, node or position: torch's count, two for a multiply-addition.

    Convolutions and matrix products are counted; batch norms, poolings, sums and biases are not.
    """

    @property
    def multiply_additions(self) -> int:
        """Half the FLOPs; what most papers of the field call FLOPs."""
        return self.flops // 2


def count(space: SearchSpace, code: ArrayLike, **arguments: Any) -> Size:
    """The size of an architecture's network, which is built without weights; `arguments` are the builder's.

    Counted by `torch.utils.flop_counter` on a forward pass of one input in evaluation mode. Raises as `build` does.
    """
    builder_of(space)  # says so where there is no builder, or no torch
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    with torch.device("meta"):
        network = build(space, code, **arguments).eval()
    with within_memory(space, arguments), torch.no_grad(), FlopCounterMode(display=False) as counter:
        network(*example_inputs(space, network, 1, arguments))
    return Size(
        parameters=sum(weights.numel() for weights in network.parameters() if weights.requires_grad),
        buffers=sum(numbers.numel() for numbers in network.buffers()),
        flops=int(counter.get_total_flops()),
    )
