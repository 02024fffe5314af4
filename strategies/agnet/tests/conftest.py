"""The published numbers, for every test here."""

from published_numbers import hardware, reference

__all__ = ["hardware", "reference"]
