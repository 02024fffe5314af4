"""Quick results measured again, one process at a time, and compared with what is kept."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import frozen

from claims.kept import RESULTS, ROOT, Result, every, head, read
from nasapi.data import available
from nasapi.errors import NasapiError

FOLDER = ROOT / "build" / "claims"
"""Where results measured again lie; what is there of the same commit is not measured once more."""
MOST = 20
"""How many differences of one result are told."""


@frozen
class Outcome:
    """How a result came out when it was measured again."""

    name: str
    state: str
    """"same", "differs", "failed" or "skipped"."""
    message: str


def quick() -> list[str]:
    """The names of the quick results."""
    return [name for name, result in every() if result.quick]


def measured_again(names: Iterable[str], fresh: bool = False, renew: bool = False) -> Iterator[Outcome]:
    """Each of the named results measured again and compared with what is kept, as it is done.

    With `renew` what is the same takes the place of what is kept, so that a result is of the present commit.
    """
    return (_outcome(name, read(name), fresh, renew) for name in names)


def _outcome(name: str, kept: Result, fresh: bool, renew: bool) -> Outcome:
    if missing := [data for data in kept.needs if not available(data)]:
        return Outcome(name, "skipped", f"needs {', '.join(missing)}, which nasapi data import brings")
    folder = FOLDER / head().replace("+", "-changed")
    path = folder / f"{name}.json"
    if fresh or not path.is_file():
        words = shlex.split(kept.command)
        done = subprocess.run(
            [sys.executable, *words[1:], "--into", str(folder)],
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode or not path.is_file():
            return Outcome(name, "failed", (done.stderr.strip().splitlines() or ["it wrote no result"])[-1])
    try:
        found = read(name, folder)
    except (NasapiError, ValueError) as error:
        return Outcome(name, "failed", str(error))
    if kept.tolerance is None:
        return Outcome(name, "failed", "it says no tolerance, by which it could be compared")
    apart = list(differences(kept.found, found.found, kept.tolerance))
    more = [f"and {len(apart) - MOST} more"] if len(apart) > MOST else []
    cost = f"{found.cpu_seconds:.0f} CPU s"
    if renew and not apart:
        shutil.copyfile(path, RESULTS / path.name)
    return Outcome(name, "differs" if apart else "same", "; ".join([*apart[:MOST], *more]) or cost)


def differences(kept: Any, found: Any, tolerance: float, at: str = "") -> Iterator[str]:
    """Where two results are further apart than a tolerance allows, each in a few words.

    Numbers below 1 in size may be apart by the tolerance, larger ones by that share of themselves.
    """
    if isinstance(kept, Mapping) and isinstance(found, Mapping):
        for key in kept.keys() | found.keys():
            if key in kept and key in found:
                yield from differences(kept[key], found[key], tolerance, f"{at}.{key}")
            else:
                yield f"{at}.{key} is only {'kept' if key in kept else 'found'}"
    elif _listed(kept) and _listed(found) and len(kept) == len(found):
        for place, (one, other) in enumerate(zip(kept, found, strict=True)):
            yield from differences(one, other, tolerance, f"{at}[{place}]")
    elif _number(kept) and _number(found):
        if abs(kept - found) > tolerance * max(1.0, abs(kept)):
            yield f"{at} was {kept:.6g} and is {found:.6g}"
    elif kept != found:
        yield f"{at} was {json.dumps(kept)[:60]} and is {json.dumps(found)[:60]}"


def _listed(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
