"""Storage: where runs are kept, checked when they are read."""

from nasapi.storage.merging import JoinedStores, digest, merge
from nasapi.storage.store import Store
from nasapi.storage.summary import BenchmarkSummary, StrategySummary

__all__ = ["BenchmarkSummary", "JoinedStores", "Store", "StrategySummary", "digest", "merge"]
