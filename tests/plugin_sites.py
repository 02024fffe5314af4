"""Installed plugins in a folder of their own, as the tests of discovery write them."""

import json
import os
import subprocess
import sys
import textwrap

HOOK = "from nasapi.plugins.hooks import hookimpl\n@hookimpl\ndef {hook}({arguments}):\n    {body}\n"
"""The entry module of a plugin that has one hook, with room for its name, arguments and body."""


class Site:
    """A folder of installed distributions, and commands run with it on the path."""

    def __init__(self, folder):
        self.folder = folder

    def install(self, name, code, group="nasapi.v1", points=None):
        """A distribution `name` of version 1.2 whose entry module has this code."""
        module = name.replace("-", "_")
        (self.folder / f"{module}.py").write_text(textwrap.dedent(code))
        info = self.folder / f"{module}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
        lines = points or [f"{name} = {module}"]
        (info / "entry_points.txt").write_text("\n".join([f"[{group}]", *lines, ""]))

    def run(self, *arguments, cwd=None, **environment):
        """Run Python with the folder on its path."""
        env = {**os.environ, "PYTHONPATH": str(self.folder), "OMP_NUM_THREADS": "1", **environment}
        return subprocess.run(
            [sys.executable, *arguments], capture_output=True, text=True, env=env, cwd=cwd, timeout=120
        )

    def nasapi(self, *arguments, cwd=None, **environment):
        """Run the command line."""
        return self.run("-c", "from nasapi.cli.main import main; main()", *arguments, cwd=cwd, **environment)

    def plugins(self, **environment):
        """Every plugin by name, as `nasapi plugins --json` gives them, and the finished process."""
        done = self.nasapi("plugins", "--json", **environment)
        return {plugin["name"]: plugin for plugin in json.loads(done.stdout)}, done
