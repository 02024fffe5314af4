"""Numbers as people read them: rounded to what their intervals support."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from nasapi_report.stats.intervals import Estimate

ABSENT = "–"


def decimals(estimates: Iterable[Estimate]) -> int:
    """How many decimals show two digits of the narrowest interval's half-width, at most 5; 2 without any interval."""
    halves = [(row.high - row.low) / 2 for row in estimates]
    halves = [half for half in halves if np.isfinite(half) and half > 0]
    return int(np.clip(1 - np.floor(np.log10(min(halves))), 0, 5)) if halves else 2


def number(value: float, digits: int = 2) -> str:
    """A number with so many decimals and thousands apart; a dash for none."""
    if not np.isfinite(value):
        return ABSENT
    text = f"{value:,.{digits}f}"
    return text.removeprefix("-") if float(text.replace(",", "")) == 0 else text.replace("-", "−")


def interval(row: Estimate | None, digits: int = 2) -> str:
    """An estimate as "91.19 [91.12, 91.26]", without brackets where it has no interval."""
    if row is None or not np.isfinite(row.value):
        return ABSENT
    if not np.isfinite(row.low):
        return number(row.value, digits)
    return f"{number(row.value, digits)} [{number(row.low, digits)}, {number(row.high, digits)}]"


def share(value: float) -> str:
    """A share as a percentage that says 0% and 100% only when it is exactly that."""
    if not np.isfinite(value):
        return ABSENT
    percent = 100 * value
    if 0 < percent < 1:
        return "<1%"
    if 99 < percent < 100:
        return ">99%"
    return f"{percent:.0f}%"


def probability(p: float) -> str:
    """A p-value as "p = 0.034" or "p < 0.001"."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def probability_cell(p: float) -> str:
    """A p-value in a column of them, "0.012" or "<0.001"."""
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def format_duration(seconds: float) -> str:
    """Seconds in the unit a person would use; a dash for none."""
    return format_durations([seconds])[0]


def format_durations(seconds: Sequence[float]) -> list[str]:
    """Seconds of a column in the unit of the shortest, that they compare; each in its own where they are far apart."""
    finite = [one for one in seconds if np.isfinite(one)]
    apart = bool(finite) and max(finite) > 1000 * min(finite)
    return [_in_unit(one, one if apart else min(finite)) if np.isfinite(one) else ABSENT for one in seconds]


def _in_unit(seconds: float, like: float) -> str:
    """Seconds in the largest unit of which the duration `like` has two, of seconds one; else in milliseconds."""
    units = (("days", 86400.0, 2), ("h", 3600.0, 2), ("min", 60.0, 2), ("s", 1.0, 1), ("ms", 1e-3, 0))
    unit, size = next((unit, size) for unit, size, least in units if like >= least * size)
    return f"{seconds / size:,.0f} {unit}" if seconds >= 100 * size else f"{seconds / size:.3g} {unit}"


def listing(names: Sequence[str]) -> str:
    """Names as "a, b and c"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def with_unit(text: str, unit: str) -> str:
    """A difference with its unit; percentages differ by points."""
    return f"{text} {'points' if unit == '%' else unit}".rstrip()
