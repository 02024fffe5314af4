"""Importers: surrogates and trained cells of the DARTS space that users bring, made into nasapi tables."""
