"""Errors: each is also the builtin that a caller would catch, in a text that a person reads, with near names."""

from __future__ import annotations

import pickle
import shlex
import tomllib
from pathlib import Path

import pytest

from nasapi import errors
from nasapi.errors import how_to_install, near, with_article


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (errors.InvalidArchitecture, ValueError),
        (errors.InvalidOption, ValueError),
        (errors.NotAvailable, LookupError),
        (errors.UnknownId, LookupError),
        (errors.UntrustedId, errors.UnknownId),
        (errors.PluginError, RuntimeError),
        (errors.InterfaceError, TypeError),
        (errors.StrategyFailed, RuntimeError),
        (errors.CorruptData, ValueError),
        (errors.StoreError, OSError),
        (errors.StudyError, RuntimeError),
    ],
)
def test_an_error_is_caught_as_ours_and_as_the_builtin(kind: type[Exception], builtin: type[Exception]) -> None:
    for caught in (errors.NasapiError, builtin):
        with pytest.raises(caught, match=r"^It broke\.$"):
            raise kind("It broke.")
    assert 1000 < len(str(kind("x" * 100_000))) <= 2000
    assert str(pickle.loads(pickle.dumps(kind("It broke.")))) == "It broke."


def test_a_study_names_its_failures() -> None:
    error = errors.StudyError("two failed", ["a", "b"])
    assert (str(error), error.failures) == ("two failed", ("a", "b"))
    assert errors.StudyError("none").failures == ()


@pytest.mark.parametrize(
    ("name", "known", "message"),
    [
        ("evolutoin", ["evolution", "random"], "Did you mean 'evolution'?"),
        ("abcdef", ["abcdxx", "abcdex", "abcdef", "abcxxx"], "Did you mean 'abcdef' or 'abcdex' or 'abcdxx'?"),
        ("zzz", ["b", "a"], "Known: a, b."),
        ("zzz", ["n64", "n8", "n16", "8", "n٣", "m9"], "Known: 8, m9, n8, n16, n64, n٣."),
        ("zzz", [f"n{number:02}" for number in range(12)], f"Known: {', '.join(f'n{n:02}' for n in range(12))}."),
        ("zzz", [f"n{number:02}" for number in range(13)], f"Known: {', '.join(f'n{n:02}' for n in range(12))}, …."),
        ("zzz", [], "None is installed."),
        ("abcd", ["abxy"], "Did you mean 'abxy'?"),
        ("abcd", ["axyz"], "Known: axyz."),
    ],
)
def test_near_names_are_offered_the_nearest_first_and_else_all(name: str, known: list[str], message: str) -> None:
    assert near(name, known) == message


def test_a_noun_has_its_article() -> None:
    assert [with_article(noun) for noun in ("objective", "encoder", "space", "array", "image")] == [
        *("an objective", "an encoder", "a space", "an array", "an image")
    ]


@pytest.mark.parametrize("name", ["nasapi", "nasapi-report", "nasapi-nb201[official]", "nasapi-agnet[xgb]"])
def test_how_to_install_names_the_folder_where_there_is_a_checkout(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quoted = shlex.quote(name)
    command, _, here = how_to_install(name).partition(", from this checkout ")
    assert command == f"`pip install {quoted}`"
    folder, bracket, extras = shlex.split(here.strip("`"))[-1].partition("[")
    distribution = tomllib.loads((Path(folder) / "pyproject.toml").read_text(encoding="utf-8"))["project"]["name"]
    assert f"{distribution}{bracket}{extras}" == name
    monkeypatch.setattr(errors, "__file__", str(tmp_path / "site-packages" / "nasapi" / "errors.py"))
    assert how_to_install(name) == f"`pip install {quoted}`"
