"""Importers: the files of NAS-Bench-101 that users bring, made into nasapi tables."""
