"""Surrogate models: one interface, and the models that keep to it."""
