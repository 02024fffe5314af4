"""Plugins: what they say of themselves, how they are found, and how ids become objects."""
