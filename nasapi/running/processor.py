"""The processor of this machine, on which the last digits of trained networks depend."""

from __future__ import annotations

from pathlib import Path


def processor() -> str:
    """Its model as the system names it; its family where the system does not say."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        import platform

        return platform.processor() or platform.machine()
