"""Torch on so many threads for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def on_threads(count: int = 1) -> Iterator[None]:
    """Torch on `count` threads for as long as the block lasts; its number and its global generator are put back.

    Sums of several threads depend on how many there are.
    """
    import torch

    before = torch.get_num_threads()
    with torch.random.fork_rng(devices=[]):
        torch.set_num_threads(count)
        try:
            yield
        finally:
            torch.set_num_threads(before)
