"""Encoders that surrogate models read: counts of operations and links, functional paths, dense graphs."""
