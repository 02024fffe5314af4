"""Settings that libraries keep for a whole process, by which the numbers of whatever runs there next would change."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

_TORCH: Mapping[str, tuple[str, Any]] = {
    "torch's default type": ("get_default_dtype", "torch.float32"),
    "torch's default device": ("get_default_device", "cpu"),
    "whether torch follows gradients": ("is_grad_enabled", "True"),
    "whether torch's algorithms are deterministic": ("get_deterministic_debug_mode", "0"),
    "the precision of torch's products": ("get_float32_matmul_precision", "highest"),
}
"""The function that gives a setting of torch, and what it gives where nobody set it."""

_SKLEARN = {"transform_output": "default", "assume_finite": False}
_FRAMES = 1000  # Python's own recursion limit; packages raise it, and only less harms others


def process_settings() -> dict[str, object]:
    """The settings by name; those of a library that is not loaded as they are where nobody set them."""
    torch, sklearn = sys.modules.get("torch"), sys.modules.get("sklearn")
    configuration: Mapping[str, Any] = getattr(sklearn, "get_config", dict)()
    return {
        "numpy's handling of errors": np.geterr(),
        "how many kinds of warnings are errors": sum(entry[0] == "error" for entry in warnings.filters),
        "the recursion limit": min(sys.getrecursionlimit(), _FRAMES),
        **{
            name: str(getattr(torch, function)()) if hasattr(torch, function) else usual
            for name, (function, usual) in _TORCH.items()
        },
        **{f"scikit-learn's {name}": configuration.get(name, usual) for name, usual in _SKLEARN.items()},
    }
