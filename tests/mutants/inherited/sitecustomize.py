"""Loads one module of a process with a fault in it, and of the Python processes that it starts; no file is changed."""

import os
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import PathFinder, SourceFileLoader

NAME, SOURCE = "NASAPI_MUTANT_NAME", "NASAPI_MUTANT_SOURCE"


class _Loader(SourceFileLoader):
    def __init__(self, name, path, source):
        super().__init__(name, path)
        self.faulty = source

    def get_code(self, fullname):
        return compile(self.faulty, self.path, "exec", dont_inherit=True)

    def get_source(self, fullname):
        return self.faulty


class _Finder(MetaPathFinder):
    def __init__(self, name, source):
        self._name, self._source = name, source

    def find_spec(self, fullname, path, target=None):
        if fullname != self._name:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None:
            spec.loader = _Loader(spec.loader.name, spec.loader.path, self._source)
        return spec


def plant(name, source):
    """Let every later import of the module `name` take this source."""
    sys.meta_path.insert(0, _Finder(name, source))


if NAME in os.environ:
    with open(os.environ[SOURCE], encoding="utf-8") as stream:
        plant(os.environ[NAME], stream.read())
