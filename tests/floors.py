"""The lowest versions that the distributions declare: written as pins for pip, to install them all and run the tests.

    python tests/floors.py . spaces/nb201 > floors.txt

Each requirement `name>=version` of the folders' pyproject.toml, those of their optional groups too, becomes
`name==version`, the highest floor where several distributions declare one. The distributions of this repository are
left out, and so is what no test of the core needs and is large: torch, which constraints.txt pins, and ray.
"""

import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

LEFT_OUT = {"torch", "ray"}


def floors(folders: Iterable[Path]) -> dict[str, Version]:
    """The highest declared lower bound of each requirement; raises ValueError for one that declares none."""
    found: dict[str, Version] = {}
    for folder in folders:
        for text in declared(folder):
            wanted = Requirement(text)
            if wanted.name.startswith("nasapi") or wanted.name in LEFT_OUT:
                continue
            bounds = [Version(part.version) for part in wanted.specifier if part.operator in (">=", "==", "~=")]
            if not bounds:
                raise ValueError(f"{folder}: {text!r} declares no lowest version; write {wanted.name}>=VERSION.")
            found[wanted.name] = max([*bounds, *filter(None, [found.get(wanted.name)])])
    return found


def declared(folder: Path) -> list[str]:
    """The requirements of a distribution, those of its optional groups too."""
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = project.get("optional-dependencies", {}).values()
    return [*project.get("dependencies", ()), *(text for group in groups for text in group)]


if __name__ == "__main__":
    for name, version in sorted(floors(map(Path, sys.argv[1:])).items()):
        print(f"{name}=={version}")
