"""Latencies and energies of the first cell of NAS-Bench-201, as the authors of HW-NAS-Bench show them."""

from __future__ import annotations

from nasapi.reference import Anchor

_SOURCE = "the example of HW-NAS-Bench (Li et al., ICLR 2021)"
_FIRST = "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|"
_CIFAR10 = {
    "edgegpu": {"latency": 5.80742, "energy": 24.22661},
    "raspi4": {"latency": 10.48198},
    "edgetpu": {"latency": 0.95718},
    "pixel3": {"latency": 3.60585},
    "eyeriss": {"latency": 3.64562, "energy": 0.68728},
    "fpga": {"latency": 2.57296, "energy": 18.01072},
}
"""Milliseconds and millijoules on CIFAR-10 by device."""


def measurements(dataset: str, device: str) -> tuple[Anchor, ...]:
    """The published latency and energy of the first cell on a device, where there are any."""
    published = _CIFAR10.get(device, {}) if dataset == "cifar10" else {}
    return tuple(Anchor(_FIRST, measure, value, _SOURCE, 0.00005) for measure, value in published.items())
