"""Importers: the light files of NAS-Bench-Graph, read without running anything in them."""
