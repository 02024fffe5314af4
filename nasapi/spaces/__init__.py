"""Spaces made of other spaces or of rules: the architectures of a table, or those that a rule accepts."""

from nasapi.spaces.listed import ListedSpace
from nasapi.spaces.ruled import RuledSpace

__all__ = ["ListedSpace", "RuledSpace"]
