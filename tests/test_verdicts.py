"""The simulated studies behind docs/statistics.md: a quick version, and what is stored."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

pytest.importorskip("nasapi_report", reason="the statistics are its own")

from claims.kept import read
from files_by_path import module_at
from nasapi_report.stats.coverage import COVERAGE, coverage_of

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def verdicts() -> ModuleType:
    return module_at(ROOT / "benchmarks" / "verdicts.py")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def test_intervals_of_means_cover(
    verdicts: ModuleType, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdicts, "NUMBERS", (30,))
    for name, found in verdicts.coverage(150, rng).items():
        assert found["30"]["covered"] >= (0.85 if name == "lognormal" else 0.9), name
        assert found["30"]["no width"] == 0


def test_intervals_of_the_better_run_cover(
    verdicts: ModuleType, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdicts, "NUMBERS", (10,))
    assert min(found["10"] for found in verdicts.better(150, rng).values()) >= 0.9


def test_pages_of_alike_strategies_are_rarely_wrong(verdicts: ModuleType, rng: np.random.Generator) -> None:
    for found in verdicts.pages(120, rng).values():
        assert max(found.values()) <= 0.1


def test_what_a_page_may_say_is_found_by_a_test_that_is_quick(verdicts: ModuleType, rng: np.random.Generator) -> None:
    a, b = rng.normal(0, 1, (40, 20)), rng.normal(0.8, 1, (40, 20))
    near = verdicts._near(a, b)
    for row, other, found in zip(a, b, near, strict=True):
        (compared,) = verdicts._compared({"a": (row, row), "b": (other, other)}, False)
        assert found or (36 * compared.means.p >= 0.05 and 36 * compared.runs.p >= 0.05)
    assert 0 < near.sum() < 40


def test_looking_on_is_allowed_for_and_quick(verdicts: ModuleType, rng: np.random.Generator) -> None:
    found = verdicts.looking(150, rng)
    assert max(found["told apart though alike"].values()) <= 0.1
    assert found["median runs"] <= 60
    assert found["power of 100 runs"] >= 0.85
    assert found["equal though the region apart"] <= 0.1


@pytest.mark.parametrize("part", ["coverage", "better", "pages", "shapes", "looking"])
def test_what_is_stored_is_of_two_thousand_studies(part: str) -> None:
    assert "2,000 studies a number" in read(f"verdicts-{part}").what


def test_the_promises_of_the_page_are_kept_by_what_is_stored() -> None:
    for name, rows in read("verdicts-coverage").found.items():
        assert all(row["no width"] == 0 for number, row in rows.items() if number != "10"), name
        if name != "lognormal":
            assert min(rows["30"]["covered"], rows["100"]["covered"]) >= 0.93, name
    for rows in read("verdicts-better").found.values():
        assert min(rows["30"], rows["100"]) >= 0.93
    for rows in read("verdicts-pages").found.values():
        assert max(rows.values()) <= 0.05
    looking = read("verdicts-looking").found
    assert max(looking["told apart though alike"].values()) <= 0.05
    assert looking["median runs"] <= 50
    assert looking["power of 100 runs"] >= 0.94


def test_the_report_passes_on_the_coverage_that_is_stored() -> None:
    found = read("verdicts-coverage").found
    for number, shares in COVERAGE.items():
        assert shares == {name: rows[str(number)]["covered"] for name, rows in found.items()}
    assert coverage_of(3) == coverage_of(29) != coverage_of(30)
    assert "with 30 runs, intervals called 95% held the truth in 91% (lognormal) and 95% (normal)" in coverage_of(30)
