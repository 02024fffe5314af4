"""Encodings that need nothing but a space's codes or graphs: adjacency, genes and paths."""
