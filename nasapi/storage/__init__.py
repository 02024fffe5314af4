"""Storage: where runs are kept, checked when they are read."""
