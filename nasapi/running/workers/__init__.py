"""Workers: processes that do runs, on this machine or on a cluster, and what becomes of one that dies."""
