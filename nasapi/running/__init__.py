"""Running: one run of a strategy on a benchmark, and many runs on any number of workers."""

from nasapi.running.arrays import scheduled_shard
from nasapi.running.leaderboard import Leaderboard, leaderboards
from nasapi.running.loop import run
from nasapi.running.processor import processor
from nasapi.running.study import Progress, Study

__all__ = ["Leaderboard", "Progress", "Study", "leaderboards", "processor", "run", "scheduled_shard"]
