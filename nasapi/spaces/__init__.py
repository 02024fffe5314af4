"""Spaces made of other spaces: the architectures of a table, and no others."""

from nasapi.spaces.listed import ListedSpace

__all__ = ["ListedSpace"]
