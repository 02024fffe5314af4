"""Importers: the official files of the size space that users bring, made into nasapi tables."""
