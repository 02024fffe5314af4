"""Fetching: what is here is not downloaded again, what servers say of a file, and what plugins may offer."""

import hashlib
import http.server
import inspect
import json
import threading

import pytest
from number_tables import OFFICIAL, SHA256, numbers
from stores import snapshot

from nasapi import data
from nasapi.data.download import MOST_BYTES, Download, forget
from nasapi.data.fetch import get
from nasapi.data.given import fingerprint_of
from nasapi.data.registry import _checked, importer_of
from nasapi.errors import CorruptData, InvalidOption, NotAvailable, PluginError, StoreError
from nasapi.files.replacing import _Spot
from nasapi.plugins.hooks import TableSource

CONTENT = bytes(range(256)) * 8


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves `content` with `fields`; half of it to the first who asks, and nothing while it is `gone`."""

    def log_message(self, format, *args):
        pass

    def do_GET(self):
        server = self.server
        server.asked.append(dict(self.headers))
        if server.gone:
            self.send_error(server.gone)
            return
        wanted = self.headers.get("Range")
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
        rest = server.content[start:]
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(rest)))
        if wanted and "Content-Range" not in server.fields:
            self.send_header("Content-Range", f"bytes {start}-{len(server.content) - 1}/{len(server.content)}")
        for name, value in server.fields.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(rest if wanted or not server.breaks else rest[: len(rest) // 2])


@pytest.fixture
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.asked, running.fields, running.content = [], {}, CONTENT
        running.gone, running.breaks = 0, False
        running.url = f"http://127.0.0.1:{running.server_address[1]}/numbers.txt"
        thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


# Downloads


@pytest.mark.parametrize(
    ("fields", "asked"),
    [
        ({"ETag": '"one"', "Last-Modified": "Mon, 01 Jan 2024 00:00:00 GMT"}, '"one"'),
        ({"Last-Modified": "Mon, 01 Jan 2024 00:00:00 GMT"}, "Mon, 01 Jan 2024 00:00:00 GMT"),
        ({"ETag": 'W/"one"'}, None),
        ({}, None),
    ],
)
def test_the_rest_of_a_file_is_asked_for_if_it_is_the_same_by_what_its_server_says_of_it(
    server, tmp_path, fields, asked
):
    server.fields, server.breaks = fields, True
    fetched = Download([server.url]).to(tmp_path / "file")
    first, second = server.asked
    assert ("Range" in first, "If-Range" in first) == (False, False)
    assert (second["Range"], second.get("If-Range")) == (f"bytes={len(CONTENT) // 2}-", asked)
    assert (second["User-Agent"], second["Accept-Encoding"]) == ("nasapi", "identity")
    assert fetched.sha256 == hashlib.sha256(CONTENT).hexdigest()


@pytest.mark.parametrize(("code", "times"), [(500, 3), (503, 3), (408, 3), (429, 3), (404, 1), (403, 1), (416, 1)])
def test_a_server_that_may_answer_later_is_asked_again_and_any_other_once(server, tmp_path, code, times):
    server.gone = code
    with pytest.raises(NotAvailable, match=f"the server answered {code}"):
        Download([server.url], attempts=3).to(tmp_path / "file")
    assert len(server.asked) == times


def test_waits_double_up_to_half_a_minute(server, tmp_path):
    server.gone, waits = 503, []
    with pytest.raises(NotAvailable, match="503 Service Unavailable, 7 times in a row"):
        Download([server.url], attempts=7, wait=waits.append).to(tmp_path / "file")
    assert waits == [2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


def test_a_part_that_is_the_whole_file_is_not_fetched_again(server, tmp_path):
    (tmp_path / "file.part").write_bytes(CONTENT)
    server.gone = 416
    fetched = Download([server.url], len(CONTENT), hashlib.sha256(CONTENT).hexdigest()).to(tmp_path / "file")
    assert (fetched.size, len(server.asked)) == (len(CONTENT), 1)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def part_of(tmp_path, url, total):
    """A part of five bytes of a file that had so many."""
    (tmp_path / "file.part").write_bytes(CONTENT[:5])
    (tmp_path / "file.part.json").write_text(json.dumps({"url": url, "validator": "", "total": total}))


def test_the_rest_of_a_file_that_has_another_size_now_is_refused_with_both(server, tmp_path):
    part_of(tmp_path, server.url, 3000)
    message = "the server sent 'bytes 5-2047/2048' with 2,048 bytes after an earlier part of 3,000, which do not fit"
    with pytest.raises(NotAvailable, match=message):
        Download([server.url]).to(tmp_path / "file")
    assert list(tmp_path.iterdir()) == []


def test_a_rest_that_ends_before_the_file_does_is_refused(server, tmp_path):
    part_of(tmp_path, server.url, None)
    server.fields = {"Content-Range": "bytes 5-2046/2048"}
    message = "with 2,048 bytes after an earlier part of an unknown number, which do not fit"
    with pytest.raises(NotAvailable, match=message):
        Download([server.url]).to(tmp_path / "file")
    server.fields = {}
    part_of(tmp_path, server.url, None)
    assert Download([server.url]).to(tmp_path / "file").size == len(CONTENT)


@pytest.mark.parametrize("wrong", [len(CONTENT) - 1, len(CONTENT) + 1])
def test_a_file_of_another_size_is_refused_before_it_is_read(server, tmp_path, wrong):
    message = f"the server offers {len(CONTENT)} bytes, not the {wrong} of the official file"
    with pytest.raises(CorruptData, match=message):
        Download([server.url], wrong).to(tmp_path / "file")
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_just_the_most_bytes_is_taken_and_one_more_is_not(server, tmp_path):
    assert Download([server.url], most=len(CONTENT)).to(tmp_path / "file").size == len(CONTENT)
    with pytest.raises(NotAvailable, match="the server offers 2,048 bytes; a file of unknown size may have 2,047"):
        Download([server.url], most=len(CONTENT) - 1).to(tmp_path / "other")
    assert MOST_BYTES == 16 * 1024**3
    assert fingerprint_of(tmp_path / "file") == (2048, hashlib.sha256(CONTENT).hexdigest())


def test_a_download_is_forgotten_with_all_that_is_there_of_it(tmp_path):
    for name in ("file", "file.part", "file.part.json", "file.other"):
        (tmp_path / name).write_text("x")
    forget(tmp_path / "file")
    forget(tmp_path / "file")
    assert [path.name for path in tmp_path.iterdir()] == ["file.other"]


# Getting and importing


def numbers_that_fail(path, target):
    raise TypeError("not today")


def test_what_was_fetched_and_not_imported_is_gone_on_with(server, offer, monkeypatch):
    server.content = OFFICIAL
    offer(numbers(urls=(server.url,), sha256=SHA256))
    with monkeypatch.context() as failing:
        failing.setattr("number_tables.importer", numbers_that_fail)
        with pytest.raises(PluginError, match="failed on"):
            data.get("numbers")
    server.gone = 404
    assert data.get("numbers")["number"].tolist() == [1, 2, 3]
    assert len(server.asked) == 1
    receipt = data.receipt("numbers")
    assert (receipt["url"], receipt["size"], receipt["sha256"]) == (server.url, len(OFFICIAL), SHA256)
    assert (receipt["name"], receipt["file"]) == ("numbers", "official-numbers.txt")
    assert not (data.folder() / "downloads" / "numbers").exists()


def test_a_file_without_a_digest_is_fetched_again_after_a_failed_import(server, offer, monkeypatch, capsys):
    server.content = OFFICIAL
    offer(numbers(urls=(server.url,)))
    with monkeypatch.context() as failing:
        failing.setattr("number_tables.importer", numbers_that_fail)
        with pytest.raises(PluginError, match="failed on"):
            data.get("numbers")
    server.content = b"7 8"
    assert data.get("numbers")["number"].tolist() == [7, 8]
    assert capsys.readouterr().err.count("nasapi: Table 'numbers' cannot be verified") == 2


def test_a_silent_server_is_waited_for_as_long_by_get_as_by_a_download():
    assert inspect.signature(get).parameters["timeout"].default == Download([]).timeout == 30.0


def test_progress_and_patience_of_get_reach_its_download(server, offer, monkeypatch):
    server.content, calls, slept = OFFICIAL, [], []
    offer(numbers(urls=(server.url,), sha256=SHA256, size=len(OFFICIAL)))
    monkeypatch.setattr("time.sleep", slept.append)
    server.gone = 503
    with pytest.raises(NotAvailable, match=r"could not be downloaded: .*503"):
        data.get("numbers", timeout=3.0)
    assert slept and max(slept) == 3.0
    server.gone = 0
    data.get("numbers", progress=lambda here, total: calls.append((here, total)))
    assert calls[-1] == (len(OFFICIAL), len(OFFICIAL))


def test_a_receipt_of_a_folder_has_no_digest(offer, tmp_path):
    offer(numbers(sha256=SHA256))
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "numbers.txt").write_bytes(OFFICIAL)
    data.import_file("numbers", tmp_path / "own", notify=str)
    receipt = data.receipt("numbers")
    assert {name: receipt[name] for name in ("file", "size", "sha256", "verified")} == {
        "file": "own",
        "size": None,
        "sha256": None,
        "verified": False,
    }
    assert receipt["imported"].endswith("+00:00")
    assert len(receipt["imported"]) == len("2024-01-01T00:00:00+00:00")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "own.txt' is empty. Wanted is"),
        (b"\xef\xbb\xbf\n<!DOCTYPE html><title>Virus scan warning</title>", "own.txt' is a web page, such as"),
        (b"<HTML>", "own.txt' is a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "own.txt' is a pointer of Git LFS"),
        (b"/annex/objects/SHA256E-s1--0\n", "own.txt' is a pointer of git-annex"),
    ],
)
def test_what_stands_in_the_place_of_a_file_is_named(content, message, offer, tmp_path):
    offer(numbers())
    (tmp_path / "own.txt").write_bytes(content)
    with pytest.raises(CorruptData, match=message):
        data.import_file("numbers", tmp_path / "own.txt", notify=str)
    assert not data.available("numbers")


def test_a_folder_in_the_place_of_a_file_is_named(offer, tmp_path):
    offer(numbers(importer="number_tables:of_a_file"))
    with pytest.raises(CorruptData, match=r"is a folder; name the file in it\. Wanted is"):
        data.import_file("numbers", tmp_path, notify=str)


def test_an_importer_may_have_a_folder_of_its_own_beside_its_target(offer, tmp_path):
    offer(numbers(importer="number_tables:unpacking"))
    (tmp_path / "own.txt").write_bytes(OFFICIAL)
    assert data.import_file("numbers", tmp_path / "own.txt", notify=str)["number"].tolist() == [1, 2, 3]
    assert not list(data.folder().rglob("unpacked-by-importer"))


def test_a_table_moved_aside_by_a_process_that_was_killed_is_back_when_it_is_looked_for(offer, tmp_path):
    offer(numbers())
    (tmp_path / "own.txt").write_bytes(OFFICIAL)
    data.import_file("numbers", tmp_path / "own.txt", notify=str)
    place = data.path("numbers")
    place.rename(_Spot.of(place).old)
    assert data.available("numbers")
    assert data.open_table("numbers")["number"].tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda place: place.mkdir(), "is a folder, not a receipt; move it away"),
        (lambda place: place.write_text("a thesis"), "is no receipt of a table; move it away"),
        (lambda place: place.write_text('{"verified": 1}'), "is no receipt of a table; move it away"),
    ],
)
def test_what_is_no_receipt_stays(offer, tmp_path, made, message):
    offer(numbers())
    (tmp_path / "own.txt").write_bytes(OFFICIAL)
    data.folder().mkdir()
    made(data.folder() / "numbers.json")
    before = snapshot(data.folder() / "numbers.json")
    with pytest.raises(StoreError, match=message):
        data.import_file("numbers", tmp_path / "own.txt", notify=str)
    assert snapshot(data.folder() / "numbers.json") == before
    assert not data.available("numbers")


def test_an_empty_receipt_of_an_import_that_was_killed_is_replaced(offer, tmp_path):
    offer(numbers())
    (tmp_path / "own.txt").write_bytes(OFFICIAL)
    data.folder().mkdir()
    (data.folder() / "numbers.json").write_text("{")
    data.import_file("numbers", tmp_path / "own.txt", notify=str)
    assert data.receipt("numbers")["name"] == "numbers"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "x" * 10_001),
        ("file", 1),
        ("url", None),
        ("size", -1),
        ("sha256", "A" * 64),
        ("sha256", "a" * 63),
        ("verified", "yes"),
        ("imported", "\x1b"),
    ],
)
def test_a_receipt_that_says_what_none_can_is_refused(offer, field, value):
    with pytest.raises(CorruptData, match=rf"numbers\.json' is not a receipt of a table: .*{field}"):
        receipt_with(offer, {field: value})


def test_a_receipt_may_say_as_much_as_it_has_room_for_and_more_than_is_known(offer):
    receipt = {**dict.fromkeys(("name", "file", "url", "imported"), "x" * 10_000), "later": [1]}
    assert receipt_with(offer, receipt) == receipt


def receipt_with(offer, contents):
    """The receipt of a table beside which this was written."""
    offer(numbers())
    data.folder().mkdir()
    (data.folder() / "numbers.json").write_text(json.dumps(contents))
    return data.receipt("numbers")


def test_the_folder_of_tables_is_the_one_that_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path / "x"))
    assert data.folder() == tmp_path / "x"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NASAPI_DATA", "~/tables")
    assert data.folder() == tmp_path / "tables"
    monkeypatch.setenv("NASAPI_DATA", "~nobody-of-this-name/tables")
    with pytest.raises(InvalidOption, match="there is no such user; set it to a folder"):
        data.folder()
    monkeypatch.delenv("NASAPI_DATA")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    assert data.folder() == tmp_path / "share" / "nasapi"


# What plugins offer

WRONG = [
    ("a", "wanted TableSource"),
    (numbers(title=3), "the title of table 'numbers' is no text"),
    (numbers(contents="a\x1b[31m"), "the contents of table 'numbers' is no text"),
    (numbers(citation="x" * 10_001), "the citation of table 'numbers' is no text"),
    (numbers(name="Numbers"), "the table name 'Numbers' is not made of small letters"),
    (numbers(name=".numbers"), "the table name '.numbers' is not made of"),
    (numbers(importer="a:b:c"), "the importer 'a:b:c' of 'numbers' is not of the form"),
    (numbers(sha256="0" * 63), "the SHA-256 '0+' of 'numbers' is not 64"),
    (numbers(sha256=7), "the SHA-256 7 of 'numbers' is not 64"),
    (numbers(urls=("http://x", 3)), r"the urls of 'numbers' are \('http://x', 3\); wanted a tuple of strings"),
    (numbers(urls=None), "the urls of 'numbers' are None; wanted a tuple of strings"),
    (numbers(files="a.npz"), "the files of 'numbers' are one string; wanted a tuple of them"),
    (numbers(files=("a.npz", 3)), r"the files of 'numbers' are \('a.npz', 3\); wanted a tuple of strings"),
    (numbers(files=("../a.npz",)), "the file '../a.npz' of 'numbers' is no name of a file in a folder"),
    (numbers(files=("..",)), "the file '..' of 'numbers' is no name of a file in a folder"),
    (numbers(size=-1), "the size of 'numbers' is -1; wanted a number of bytes, or None"),
    (numbers(size=True), "the size of 'numbers' is True"),
    (numbers(size=2.5), "the size of 'numbers' is 2.5"),
    (numbers(unpack=1), "`unpack` of 'numbers' is 1; wanted True or False"),
    (numbers(other_forms="no"), "`other_forms` of 'numbers' is 'no'; wanted True or False"),
]


@pytest.mark.parametrize(("given", "message"), WRONG)
def test_a_table_that_cannot_be_offered_is_refused(given, message):
    with pytest.raises((TypeError, ValueError), match=message):
        _checked(given)


def test_a_table_is_offered_with_all_that_it_may_say():
    whole = numbers(
        contents="two\nlines",
        citation="x" * 10_000,
        sha256="0" * 64,
        size=0,
        urls=["http://x"],
        requires="nasapi-x[official]",
        unpack=True,
    )
    assert _checked(whole) == whole._replace(urls=("http://x",))
    assert isinstance(_checked(numbers(name="a.b-c_1")), TableSource)


def test_an_importer_that_is_no_function_is_named():
    with pytest.raises(PluginError, match="'number_tables:SHA256' is no function"):
        importer_of(numbers(importer="number_tables:SHA256"))
    with pytest.raises(NotAvailable, match=r"cannot be converted here: .*Reinstall its plugin"):
        importer_of(numbers(importer="no_such_module:x"))
    assert importer_of(numbers(importer="number_tables:numbers")) is numbers
