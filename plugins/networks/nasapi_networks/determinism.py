"""Torch made deterministic for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from nasapi.networks import on_threads


@contextmanager
def pinned() -> Iterator[None]:
    """Torch on one thread and deterministic, its generator put back afterwards."""
    mode = torch.get_deterministic_debug_mode()
    settings: Any = torch.utils.deterministic
    filled = settings.fill_uninitialized_memory
    with on_threads(1):
        torch.set_deterministic_debug_mode("error")  # `use_deterministic_algorithms` imports torch's compiler as well
        settings.fill_uninitialized_memory = False  # nobody reads it, and it costs an eighth
        try:
            yield
        finally:
            settings.fill_uninitialized_memory = filled
            torch.set_deterministic_debug_mode(mode)
