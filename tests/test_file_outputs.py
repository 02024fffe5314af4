"""Figures and tables that verbs write to a folder: they replace what was written there before, and nothing else."""

import os

import pytest

from nasapi.errors import StoreError
from nasapi.files import require_outputs, write_outputs, write_whole
from nasapi.files.outputs import NOTE

REFUSED = "'a.csv' is there and was not written by nasapi, or was changed since; name another folder"


def test_what_was_written_is_replaced_and_what_is_of_others_or_changed_is_not(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first = {"a.csv": "one", "b.png": b"\x00"}
    assert [str(place) for place in write_outputs(".", first)] == ["a.csv", "b.png"]
    write_outputs(".", {"a.csv": "two"})
    write_outputs(".", first)
    assert (tmp_path / "a.csv").read_text() == "one"
    (tmp_path / "a.csv").write_text("mine")
    for call in (
        lambda: require_outputs(".", ["b.png", "a.csv"]),
        lambda: write_outputs(".", {"b.png": "", "a.csv": ""}),
    ):
        with pytest.raises(StoreError, match=REFUSED):
            call()
    assert ((tmp_path / "a.csv").read_text(), (tmp_path / "b.png").read_bytes()) == ("mine", b"\x00")
    write_outputs(".", {"a.csv": "mine"})  # nothing would be lost


@pytest.mark.parametrize("note", ["[[[", "{}", "[1, null]", "\ud800", "7"])
def test_a_note_of_somebody_else_gives_nothing_away(tmp_path, note):
    (tmp_path / NOTE).write_bytes(note.encode(errors="surrogatepass"))
    (tmp_path / "a.csv").write_text("mine")
    with pytest.raises(StoreError, match="was not written by nasapi, or was changed since"):
        write_outputs(tmp_path, {"a.csv": ""})
    write_outputs(tmp_path, {"other.csv": "new"})
    write_outputs(tmp_path, {"other.csv": "newer"})


def test_a_link_or_a_folder_of_that_name_is_refused(tmp_path):
    (tmp_path / "kept.txt").write_text("kept")
    os.symlink(tmp_path / "kept.txt", tmp_path / "a.csv")
    (tmp_path / "b.csv").mkdir()
    for name, reason in (("a.csv", "is neither a file nor a folder"), ("b.csv", "is a folder; name another place")):
        with pytest.raises(StoreError, match=reason):
            write_outputs(tmp_path, {name: "new"})
    assert (tmp_path / "kept.txt").read_text() == "kept"


def test_what_a_killed_process_had_written_is_known(tmp_path, monkeypatch):
    def dying(place, *others):
        write_whole(place, *others)
        if place.name == "a.csv":
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("nasapi.files.outputs.write_whole", dying)
        with pytest.raises(KeyboardInterrupt):
            write_outputs(tmp_path, {"a.csv": "one"})
    assert (tmp_path / "a.csv").read_text() == "one"
    write_outputs(tmp_path, {"a.csv": "two"})
    assert (tmp_path / "a.csv").read_text() == "two"
