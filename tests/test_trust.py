"""What a store names is loaded only where a plugin registers it; nothing else of it is imported or called."""

import contextlib
import html
import json
import sqlite3
import struct

import pytest
from hostile import TOY_SPEC, changed, renamed, store_named
from hypothesis import given
from hypothesis import strategies as st
from stores import shard

from nasapi.cli.main import main
from nasapi.errors import CorruptData, StoreError, UnknownId, UntrustedId
from nasapi.plugins.trust import require_registered
from nasapi.running.study import Study

pytest.importorskip("nasapi_report", reason="reports are what stores are opened for")

from nasapi_report import write_report

HOSTILE = [
    "os:system[command='touch PWNED']",
    "bomb:make",
    "bomb.py:make",
    "./bomb.py:Make",
    "toy/formula-v1[x=os:system]",
    "toy/formula-v1[encoder='path+bomb:make']",
    "toy/formula-v1[encoder='path[checkpoint=/etc/passwd]']",
    "toy/formula-v1[x='a[b=\"c[d=bomb.py:make]\"]']",
    "toy/formula-v1[x='../y']",
    "toy/formula-v1[x=bomb.py]",
]
SUPER_JOURNAL = bytes.fromhex("d9d505f920a163d7")
"""How the file ends that makes SQLite delete another."""
BOMB = "from pathlib import Path\nPath('PWNED').write_text('')\ndef make(**_): Path('PWNED').write_text('')\n"


@pytest.fixture
def bomb(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "bomb.py").write_text(BOMB)
    return tmp_path / "PWNED"


@pytest.mark.parametrize("spec", HOSTILE[::5])
def test_a_benchmark_of_a_store_is_not_run(spec, bomb, tmp_path, capsys):
    store = store_named(tmp_path / "s.zarr", spec)
    with pytest.raises(SystemExit) as ended:
        main(["report", str(store), "-o", "page"])
    assert ended.value.code == 0
    assert "which no installed plugin registers" in capsys.readouterr().err
    page = (tmp_path / "page" / "index.html").read_text()
    assert "which no installed plugin registers" in page
    command = json.loads((tmp_path / "page" / "report.json").read_text())["command"]
    assert all(line.startswith("# ") for line in command.splitlines())
    assert not bomb.exists()


@pytest.mark.parametrize("space", ["bomb:make", "/x/bomb.py:make"])
def test_a_space_of_a_store_is_not_run(space, bomb, tmp_path):
    store = renamed(store_named(tmp_path / "s.zarr", "toy/formula-v1"), "space", space)
    write_report(Study.open(store), tmp_path / "page")
    page = html.unescape((tmp_path / "page" / "index.html").read_text())
    assert f"names '{space}', which no installed plugin registers" in page
    assert not bomb.exists()


@pytest.mark.parametrize("spec", HOSTILE)
def test_a_study_opened_from_a_store_does_not_run_what_it_names(spec, bomb, tmp_path):
    study = Study.open(store_named(tmp_path / "s.zarr", spec))
    for load in (study.run, lambda: study.benchmark(spec)):
        with pytest.raises(UntrustedId, match=r"Store '.*s.zarr' names .*, which no installed plugin registers"):
            load()
    assert not bomb.exists()


@pytest.mark.parametrize("spec", ["bomb.py:Mine", "os:system", "Drawing"])
def test_a_strategy_of_a_store_is_not_loaded(spec, bomb, tmp_path):
    study = Study.open(store_named(tmp_path / "s.zarr", "toy/formula-v1", strategy=spec))
    with pytest.raises(UntrustedId, match=f"names '{spec}', which no installed plugin registers"):
        study.run()
    assert not bomb.exists()


def test_what_a_person_calls_trusted_is_loaded(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(
        "import nasapi\nfrom nasapi.testing.toy import toy_v1\ndef mine() -> nasapi.Benchmark: return toy_v1()\n"
    )
    store = store_named(tmp_path / "s.zarr", "mine.py:mine")
    for options, commented in (([], True), (["--trusted"], False)):
        with pytest.raises(SystemExit):
            main(["report", str(store), "-o", "page", *options])
        assert ("no installed plugin" in (tmp_path / "page" / "index.html").read_text()) is commented
        command = json.loads((tmp_path / "page" / "report.json").read_text())["command"]
        assert command.startswith("# ") is commented
        assert ("with --trusted" in capsys.readouterr().err) is commented


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("benchmark", "toy/formula-v1"),
        ("benchmark", "toy/formula-v1[budget=7,noise=true,unit=unique]"),
        ("encoder", "path[encoder=adjacency]"),
        ("encoder", "path[encoder='path+adjacency']"),
        ("encoder", "path[encoder='path[x=adjacency+path]']"),
        ("space", "toy"),
    ],
)
def test_registered_ids_with_plain_words_are_loaded(kind, spec):
    require_registered(kind, spec)


@given(st.text(max_size=30))
def test_no_text_of_an_option_reaches_a_module_or_a_file(text):
    quote = "'" if "'" not in text else '"'
    try:
        require_registered("encoder", f"path[x={quote}{text}{quote}]")
    except UntrustedId:
        return
    assert not set(text) & set(":\\~") and ".." not in text and not text.endswith(".py") and not text.startswith("/")


@pytest.mark.parametrize("spec", ["", "a\nb", "a\x00", "x" * 2001, 3, None, ["toy"]])
@pytest.mark.parametrize("part", ["benchmarks", "strategies"])
def test_a_spec_of_a_header_is_a_line_of_text(spec, part, tmp_path):
    def change(header):
        header[part][0]["spec"] = spec

    store = changed(store_named(tmp_path / "s", TOY_SPEC), change)
    with pytest.raises(CorruptData, match=rf"{part}\[0\]\.spec is .*wanted"):
        Study.open(store)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER t AFTER INSERT ON runs BEGIN DELETE FROM header; END",
        "CREATE VIEW v AS SELECT load_extension('bomb')",
        "CREATE TABLE more (x)",
        "PRAGMA journal_mode = WAL",
        "PRAGMA application_id = 7",
    ],
)
def test_a_database_with_more_than_a_shards_tables_is_refused(statement, tmp_path):
    store = store_named(tmp_path / "s", TOY_SPEC)
    with contextlib.closing(sqlite3.connect(shard(store))) as database:
        database.execute(statement)
    with pytest.raises(CorruptData, match="is not a nasapi store"):
        Study.open(store)


def test_a_journal_that_names_another_file_deletes_nothing(tmp_path):
    store, victim = store_named(tmp_path / "s", TOY_SPEC), tmp_path / "thesis.tex"
    victim.write_text("years of work")
    name = str(victim).encode()
    page = (1 << 30) // 4096 + 1
    end = struct.pack(">I", page) + name + struct.pack(">II", len(name), sum(name)) + SUPER_JOURNAL
    start = bytes.fromhex("d9d505f920a163d7") + struct.pack(">IIIII", 0, 7, 6, 512, 4096)
    (store / "shard-0000.sqlite-journal").write_bytes(start.ljust(512, b"\0") + end)
    with pytest.raises(StoreError, match="names another file, which no journal of nasapi does"):
        Study(["toy/formula-v1"], ["random"], 1, store).run()
    assert victim.read_text() == "years of work"


def test_a_shard_that_is_a_link_is_not_followed(tmp_path):
    store, victim = store_named(tmp_path / "s", "toy/formula-v1"), tmp_path / "victim"
    shard(store).rename(victim)
    before = victim.read_bytes()
    shard(store).symlink_to(victim)
    with pytest.raises(StoreError, match="is a link or no regular file"):
        Study(["toy/formula-v1"], ["random"], 1, store).run()
    assert victim.read_bytes() == before


def test_what_is_refused_is_still_an_unknown_id():
    with pytest.raises(UnknownId, match="This store names 'os:system', which no installed plugin registers, and what"):
        require_registered("benchmark", "os:system")
