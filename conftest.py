"""Published tables that are not shipped are looked for beside the repository, unless NASAPI_SHARED_DATA says where."""

import gc
import os
from pathlib import Path

if not os.environ.get("NASAPI_SHARED_DATA"):
    os.environ["NASAPI_SHARED_DATA"] = str(Path(__file__).resolve().parent.parent / "shared" / "data")


def pytest_collection_finish() -> None:
    """Let the garbage collector leave alone what lives to the end: thousands of tests, and what they import."""
    gc.collect()
    gc.freeze()
