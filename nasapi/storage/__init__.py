"""Storage: where runs are kept, checked when they are read."""

from nasapi.storage.merging import Several, digest, merge
from nasapi.storage.store import Store
from nasapi.storage.summary import BenchmarkSummary, StrategySummary

__all__ = ["BenchmarkSummary", "Several", "Store", "StrategySummary", "digest", "merge"]
