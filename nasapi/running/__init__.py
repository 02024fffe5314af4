"""Running: one run of a strategy on a benchmark, and many runs on any number of workers."""
