"""Importers: the official logs of NAS-Bench-NLP that users bring, made into nasapi tables."""
