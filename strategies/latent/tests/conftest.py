"""The published numbers of AG-Net, whose generator these searches retrain."""

from published_numbers import hardware, reference

__all__ = ["hardware", "reference"]
