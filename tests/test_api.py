"""The check of the interface against a tag: what public modules no longer promise is named, private ones are free."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

pytest.importorskip("griffe", reason="griffe is not installed; `make .venv/dev.stamp` installs it")

import api

PROMISED = "def sample(n: int, seed: int = 0) -> list[int]:\n    return [seed] * n\n"


@pytest.fixture
def tagged(tmp_path: Path) -> Path:
    """A repository with one public and one private module, at its first tag."""
    for name in ("space", "meter"):
        (tmp_path / "nasapi").mkdir(exist_ok=True)
        (tmp_path / "nasapi" / f"{name}.py").write_text(PROMISED)
    (tmp_path / "nasapi" / "__init__.py").write_text("")
    mine = ["-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["add", "."], [*mine, "commit", "-qm", "first"], ["tag", "v1"]):
        subprocess.run(["git", "-C", str(tmp_path), *words], check=True)
    return tmp_path


def test_what_is_added_keeps_every_promise(tagged: Path) -> None:
    (tagged / "nasapi" / "space.py").write_text(
        PROMISED.replace("= 0", "= 0, more: bool = False") + "def more(): ...\n"
    )
    assert api.last_tag(tagged) == "v1" and list(api.broken("v1", tagged)) == []


@pytest.mark.parametrize(
    ("was", "now", "sentence"),
    [
        ("def sample", "def draw", "Public object was removed"),
        ("seed: int = 0", "", "Parameter was removed"),
        ("n: int", "n: int, more: int", "Parameter was added as required"),
        ("= 0", "= 1", "Parameter default was changed"),
    ],
)
def test_a_promise_that_is_broken_is_named_in_a_public_module_alone(
    tagged: Path, was: str, now: str, sentence: str
) -> None:
    (tagged / "nasapi" / "meter.py").write_text(PROMISED.replace(was, now))
    assert list(api.broken("v1", tagged)) == []
    (tagged / "nasapi" / "space.py").write_text(PROMISED.replace(was, now))
    assert any("sample" in line and sentence in line for line in api.broken("v1", tagged))


def test_before_the_first_tag_there_is_nothing_to_compare(
    tagged: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    subprocess.run(["git", "-C", str(tagged), "tag", "-d", "v1"], check=True, capture_output=True)
    assert api.last_tag(tagged) is None
    monkeypatch.setattr("sys.argv", ["api.py"])
    monkeypatch.setattr(api, "last_tag", lambda: None)
    assert api.main() == 0 and capsys.readouterr().out.startswith("There is no tag yet")
