"""Torch for a while as it is when it is imported, on so many threads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def on_threads(count: int = 1) -> Iterator[None]:
    """Torch on `count` threads for as long as the block lasts, with gradients, and numbers of float32 by default.

    Sums of several threads depend on how many there are, and without gradients nothing is trained. What the caller had
    torch do is put back, its global generators as well.
    """
    import torch

    before, dtype = torch.get_num_threads(), torch.get_default_dtype()
    devices = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else ()
    with torch.random.fork_rng(devices=devices), torch.inference_mode(False), torch.enable_grad():
        torch.set_num_threads(count)
        torch.set_default_dtype(torch.float32)
        try:
            yield
        finally:
            torch.set_default_dtype(dtype)
            torch.set_num_threads(before)
