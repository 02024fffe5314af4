"""Importing, finding and verifying tables in the data folder."""

import functools
import hashlib
import http.server
import os
import threading
import zipfile
from pathlib import Path

import pytest
from number_tables import OFFICIAL, SHA256, numbers
from stores import snapshot

from nasapi import data
from nasapi.data.tables import receipt_place
from nasapi.errors import CorruptData, NotAvailable, StoreError
from nasapi.files.lock import locked


@pytest.fixture
def serve(tmp_path):
    """Serve files over http from a folder that starts empty; gives the folder and the address."""
    folder = tmp_path / "served"
    folder.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format, *args):
            pass

    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
def official(serve, offer):
    """A served official file with its digest recorded."""
    folder, address = serve
    (folder / "numbers.txt").write_bytes(OFFICIAL)
    offer(numbers(urls=(f"{address}/numbers.txt",), size=len(OFFICIAL), sha256=SHA256))
    return folder / "numbers.txt"


def silent(sentence):
    raise AssertionError(sentence)


def test_a_table_is_downloaded_converted_and_opened(official):
    table = data.get("numbers", notify=silent)
    assert table["number"].tolist() == [1, 2, 3]
    assert data.open_table("numbers")["number"].tolist() == [1, 2, 3]
    assert data.available("numbers")


def test_a_fetched_table_needs_no_network(official):
    data.get("numbers")
    official.unlink()
    assert data.get("numbers")["number"].tolist() == [1, 2, 3]


def test_only_the_table_and_its_receipt_stay(official):
    data.get("numbers")
    assert sorted(path.name for path in data.folder().iterdir() if not any_of(path)) == ["numbers.json", "numbers.zarr"]


def any_of(path):
    return path.name == "downloads" and not list(path.iterdir())


def test_the_receipt_says_where_a_table_came_from(official):
    data.get("numbers")
    receipt = data.verify("numbers")
    assert receipt["sha256"] == SHA256
    assert receipt["size"] == len(OFFICIAL)
    assert receipt["verified"] is True
    assert receipt["url"].endswith("/numbers.txt")


def test_a_receipt_of_more_than_a_megabyte_is_not_read(official):
    place = data.get("numbers").path
    receipt = receipt_place(place)
    receipt.write_text(receipt.read_text() + " " * (1 << 20))
    with pytest.raises(CorruptData, match=r"has more than 1,048,576 bytes\. Import the table again"):
        data.receipt("numbers")


def test_a_table_is_replaced_when_asked_for_again(official, offer):
    data.get("numbers")
    before = data.receipt("numbers")
    data.get("numbers", again=True)
    assert data.receipt("numbers").keys() == before.keys()
    assert data.open_table("numbers").rows == 3


def test_wrong_bytes_leave_nothing(official):
    official.write_bytes(b"1 2 4")
    with pytest.raises(CorruptData, match=r"Table 'numbers' was not kept: .* not the official"):
        data.get("numbers")
    assert not data.available("numbers")
    assert [path.name for path in data.folder().rglob("*") if path.is_file()] == []


def test_a_file_without_a_known_digest_is_never_taken_in_silence(serve, offer):
    folder, address = serve
    (folder / "numbers.txt").write_bytes(OFFICIAL)
    offer(numbers(urls=(f"{address}/numbers.txt",)))
    received = []
    data.get("numbers", notify=received.append)
    assert len(received) == 1
    assert f"cannot be verified: nobody recorded its official SHA-256. This file has {SHA256}" in received[0]
    assert data.receipt("numbers")["verified"] is False
    assert data.receipt("numbers")["sha256"] == SHA256


def test_what_cannot_be_verified_is_reported_on_stderr_by_default(offer, tmp_path, capsys):
    offer(numbers())
    (tmp_path / "own.txt").write_bytes(OFFICIAL)
    data.import_file("numbers", tmp_path / "own.txt")
    assert "nasapi: Table 'numbers' cannot be verified" in capsys.readouterr().err


def test_an_archive_is_unpacked_before_it_is_imported(serve, offer):
    folder, address = serve
    with zipfile.ZipFile(folder / "numbers.zip", "w") as archive:
        archive.writestr("numbers.txt", OFFICIAL)
    sha256 = hashlib.sha256((folder / "numbers.zip").read_bytes()).hexdigest()
    offer(numbers(urls=(f"{address}/numbers.zip",), sha256=sha256, unpack=True))
    assert data.get("numbers")["number"].tolist() == [1, 2, 3]


def test_a_missing_file_names_the_way_by_hand(serve, offer):
    offer(numbers(urls=(f"{serve[1]}/gone.txt",)))
    with pytest.raises(NotAvailable, match=r"gone.txt: the server answered 404 .*`nasapi data import numbers FILE`"):
        data.get("numbers")


def test_a_local_official_file_is_imported_and_left_alone(official, tmp_path):
    data.import_file("numbers", official)
    assert data.open_table("numbers")["number"].tolist() == [1, 2, 3]
    assert official.read_bytes() == OFFICIAL


def test_a_local_folder_is_imported_and_reported_to_be_unverified(offer, tmp_path):
    offer(numbers(unpack=True))
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "numbers.txt").write_bytes(OFFICIAL)
    received = []
    assert data.import_file("numbers", str(tmp_path / "own"), notify=received.append).rows == 3
    assert received == [f"Table 'numbers' comes from the folder '{tmp_path / 'own'}', which cannot be verified."]


def test_another_form_of_the_official_file_is_imported_as_unverified_and_downloads_are_held_to_the_digest(
    serve, offer, tmp_path
):
    folder, address = serve
    (folder / "numbers.txt").write_bytes(OFFICIAL)
    offer(numbers(urls=(f"{address}/numbers.txt",), sha256=SHA256, other_forms=True))
    (tmp_path / "own.txt").write_bytes(b"4 5 6")
    received = []
    data.import_file("numbers", tmp_path / "own.txt", notify=received.append)
    assert "cannot be verified: this is not the official file. This file has" in received[0]
    assert data.receipt("numbers")["verified"] is False
    data.get("numbers", again=True, notify=received.append)
    assert received[1].startswith("Table 'numbers' replaces the one that was here: 3 rows from 'own.txt', imported 2")
    assert len(received) == 2 and data.receipt("numbers")["verified"] is True
    (folder / "numbers.txt").write_bytes(b"4 5 6")
    with pytest.raises(CorruptData, match="not the official"):
        data.get("numbers", again=True)


def test_a_local_file_of_another_digest_is_refused(official, tmp_path):
    (tmp_path / "own.txt").write_bytes(b"4 5 6")
    with pytest.raises(CorruptData, match=r"own.txt' is not the official file of table 'numbers': its SHA-256 is"):
        data.import_file("numbers", tmp_path / "own.txt")
    assert not data.available("numbers")


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"page": "https://numbers.org"}, r"Wanted is the file of three numbers, from https://numbers\.org\.$"),
        ({}, r"Wanted is three numbers: Numbers\.$"),
    ],
)
def test_a_wrong_file_is_answered_with_the_one_that_is_wanted(offer, tmp_path, changes, wanted):
    (tmp_path / "archs.csv").write_text("a,b")
    for importer in ("not_ours", "bad_stream"):
        offer(
            numbers(name=f"of-{importer.replace('_', '-')}", importer=f"number_tables:{importer}", **changes),
            name=importer,
        )
        with pytest.raises(CorruptData, match=wanted):
            data.import_file(f"of-{importer.replace('_', '-')}", tmp_path / "archs.csv")


def test_a_table_without_a_page_says_what_its_file_is(offer):
    offer(numbers())
    with pytest.raises(
        NotAvailable, match=r"is nowhere to be fetched\. Numbers\. Where you have the file, run `nasapi d"
    ):
        data.open_table("numbers")


def test_a_local_file_that_is_not_there_is_named(offer, tmp_path):
    offer(numbers())
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(NotAvailable, match=r"pipe' is a pipe or a device, and table 'numbers' is imported from a file"):
        data.import_file("numbers", tmp_path / "pipe")
    with pytest.raises(NotAvailable, match=r"There is no file '.*gone.txt' to import table 'numbers' from"):
        data.import_file("numbers", tmp_path / "gone.txt")


def test_a_failed_import_keeps_the_table_that_was_there(offer, tmp_path):
    offer(numbers())
    (tmp_path / "good.txt").write_bytes(OFFICIAL)
    (tmp_path / "bad.txt").write_bytes(b"1 two")
    data.import_file("numbers", tmp_path / "good.txt", notify=str)
    with pytest.raises(CorruptData, match=r"'bad.txt' holds"):
        data.import_file("numbers", tmp_path / "bad.txt", notify=str)
    assert data.open_table("numbers")["number"].tolist() == [1, 2, 3]


def test_a_table_that_is_not_here_names_the_command_that_gets_it(offer):
    offer(numbers(urls=("http://127.0.0.1:9/x",), requires="nasapi-x[official]"))
    with pytest.raises(NotAvailable, match=r"run `pip install 'nasapi-x\[official\]'` and then `nasapi data get numb"):
        data.open_table("numbers")


def test_a_table_that_no_program_can_fetch_says_where_a_person_finds_it(offer):
    offer(numbers(page="https://example.org/data"))
    with pytest.raises(
        NotAvailable, match=r"from https://example.org/data, then run `nasapi data import numbers FILE`"
    ):
        data.get("numbers")


def test_a_flipped_bit_is_found(official):
    table = data.get("numbers")
    chunk = max((path for path in table.path.rglob("c/*") if path.is_file()), key=lambda path: path.stat().st_size)
    content = bytearray(chunk.read_bytes())
    content[len(content) // 2] ^= 1
    chunk.write_bytes(content)
    with pytest.raises(CorruptData, match="Column 'number' of table"):
        data.verify("numbers")


def test_a_damaged_receipt_is_named(official):
    data.get("numbers")
    (data.folder() / "numbers.json").write_text("{")
    with pytest.raises(CorruptData, match=r"numbers.json' is not a receipt of a table"):
        data.receipt("numbers")


def test_a_table_that_is_not_here_has_no_receipt(offer):
    offer(numbers())
    assert data.receipt("numbers") == {}


def test_what_killed_imports_left_half_made_is_swept_and_nothing_else(official):
    work = data.folder() / "downloads" / "numbers"
    for name in ("importing.nasapi-partial/nats-abc/half", "mine.partial"):
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (work / name).write_text("half")
    data.get("numbers")
    assert [path.name for path in work.iterdir()] == ["mine.partial"]


def test_what_is_no_table_or_receipt_is_not_replaced_nor_anything_fetched(official):
    for name in ("numbers.zarr/thesis.tex", "numbers.json"):
        (data.folder() / name).parent.mkdir(parents=True, exist_ok=True)
        (data.folder() / name).write_text("years of work")
    before = snapshot(data.folder())
    with pytest.raises(StoreError, match=r"numbers\.zarr' holds 'thesis\.tex', which is no part of a table"):
        data.get("numbers", again=True)
    (data.folder() / "numbers.zarr").rename(data.folder() / "moved")
    with pytest.raises(StoreError, match=r"numbers\.json' is no receipt of a table; move it away"):
        data.import_file("numbers", official)
    (data.folder() / "moved").rename(data.folder() / "numbers.zarr")
    assert {k: v[3] for k, v in snapshot(data.folder()).items()} == {k: v[3] for k, v in before.items()}


def test_a_table_is_never_beside_the_receipt_of_another(official, monkeypatch):
    data.get("numbers")

    def full(source, target, replace=os.replace):
        if Path(target).name == "numbers.json":
            raise OSError(28, "No space left on device")
        replace(source, target)

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(StoreError, match=r"numbers\.json' cannot be written: No space left on device"):
        data.import_file("numbers", official)
    assert data.available("numbers") and data.receipt("numbers") == {}


def test_one_process_at_a_time_fetches_a_table(official):
    (data.folder() / "downloads" / "numbers").mkdir(parents=True)
    with (
        locked(data.folder() / "downloads" / "numbers"),
        pytest.raises(StoreError, match="is being written by process"),
    ):
        data.get("numbers")


def test_a_place_that_is_a_file_is_refused(official, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path / "file"))
    with pytest.raises(StoreError, match=r"Table 'numbers' cannot be kept in '.*file': Not a directory. Set NASAPI_DA"):
        data.get("numbers")


def test_without_NASAPI_DATA_tables_are_in_the_users_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("NASAPI_DATA", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert data.folder().name == "nasapi"
