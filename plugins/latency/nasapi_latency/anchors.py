"""Latencies of the first cell of NAS-Bench-201, as the authors of HW-NAS-Bench show them."""

from __future__ import annotations

from nasapi.reference import Anchor

_SOURCE = "the example of HW-NAS-Bench (Li et al., ICLR 2021)"
_FIRST = "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|"
_CIFAR10 = {"edgegpu": 5.8074, "raspi4": 10.48198, "edgetpu": 0.95718, "pixel3": 3.60585, "eyeriss": 3.64562}
"""Milliseconds on CIFAR-10 by device."""


def latencies(dataset: str, device: str) -> tuple[Anchor, ...]:
    """The published latency of the first cell on a device, where there is one."""
    if dataset != "cifar10" or device not in _CIFAR10:
        return ()
    return (Anchor(_FIRST, "latency", _CIFAR10[device], _SOURCE, 0.0005),)
