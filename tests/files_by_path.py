"""Python files of no package, such as the scripts of `docs/` and `benchmarks/`, as modules."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType


def module_at(path: Path, name: str | None = None) -> ModuleType:
    """The module of a file under `name`, by default that of the file; kept as imported, so that it can be pickled."""
    name = path.stem if name is None else name
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
