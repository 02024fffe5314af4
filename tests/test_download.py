"""Downloads from a server that breaks off, lies, ignores ranges or is slow."""

import hashlib
import http.server
import threading
from pathlib import Path

import pytest

from nasapi.data.download import Download
from nasapi.errors import CorruptData, NotAvailable, StoreError

CONTENT = bytes(range(256)) * 400
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Server(http.server.ThreadingHTTPServer):
    """Serves CONTENT at addresses that misbehave in one way each, and counts what was asked."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str | None]] = []
        self.failures = {"/breaks": 3, "/stalls": 2, "/busy": 2, "/changes": 1, "/dies": 2}
        self.release = threading.Event()

    def handle_error(self, request, client_address):
        pass

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def log_message(self, format, *args):
        pass

    def do_GET(self):
        wanted = self.headers.get("Range")
        self.server.asked.append((self.path, wanted))
        fails = self.server.failures.get(self.path, 0) > 0
        self.server.failures[self.path] = self.server.failures.get(self.path, 0) - 1
        if self.path == "/missing":
            self.send_error(404)
        elif (self.path == "/busy" and fails) or (self.path == "/dies" and fails and wanted):
            self.send_error(503)
        elif self.path == "/wrong":
            self.answer(200, bytes(len(CONTENT)))
        elif self.path == "/long":
            self.answer(200, CONTENT + b"more")
        elif self.path == "/endless":
            self.answer(200, CONTENT + b"more", length=False)
        elif self.path == "/ignores-ranges":
            self.answer(200, CONTENT)
        elif self.path == "/other-range" and wanted:
            self.answer(206, CONTENT[5:], start=5)
        elif self.path == "/short" and wanted:
            self.send_error(416)
        elif self.path == "/changes":
            etag = '"old"' if fails else '"new"'
            content = bytes(len(CONTENT)) if fails else CONTENT
            same = self.headers.get("If-Range") in (None, etag)
            self.answer(206 if wanted and same else 200, content, etag=etag, cut=1000 if fails else None)
        else:
            start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
            if self.path == "/stalls" and fails:
                self.answer(206 if wanted else 200, CONTENT[start:], start=start, cut=30_000, stall=True)
            else:
                cut = 30_000 if self.path in ("/breaks", "/dies") and fails else None
                self.answer(206 if wanted else 200, CONTENT[start:], start=start, cut=cut)

    def answer(self, status, content, *, start=0, length=True, cut=None, stall=False, etag=None):
        self.send_response(status)
        if length:
            self.send_header("Content-Length", str(len(content)))
        if status == 206:
            self.send_header("Content-Range", f"bytes {start}-{start + len(content) - 1}/{start + len(content)}")
        if etag:
            self.send_header("ETag", etag)
        self.end_headers()
        self.wfile.write(content[:cut])
        self.wfile.flush()
        if stall:
            self.server.release.wait(5)


@pytest.fixture
def server():
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield running
        running.release.set()
        running.shutdown()
        thread.join()


@pytest.fixture
def target(tmp_path) -> Path:
    return tmp_path / "file"


def left(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir())


def test_a_file_is_downloaded_and_fingerprinted(server, target):
    fetched = Download([server.url("/good")], len(CONTENT), SHA256).to(target)
    assert (fetched.url, fetched.size, fetched.sha256) == (server.url("/good"), len(CONTENT), SHA256)
    assert target.read_bytes() == CONTENT
    assert left(target) == ["file"]


@pytest.mark.parametrize("known", [True, False])
def test_a_connection_that_breaks_off_goes_on_where_it_stopped(server, target, known):
    size, sha256 = (len(CONTENT), SHA256) if known else (None, None)
    Download([server.url("/breaks")], size, sha256).to(target)
    assert target.read_bytes() == CONTENT
    assert [wanted for _, wanted in server.asked] == [None, "bytes=30000-", "bytes=60000-", "bytes=90000-"]


def test_a_connection_that_falls_silent_goes_on_where_it_stopped(server, target):
    Download([server.url("/stalls")], len(CONTENT), SHA256, timeout=0.2).to(target)
    assert target.read_bytes() == CONTENT
    assert [wanted for _, wanted in server.asked] == [None, "bytes=30000-", "bytes=60000-"]


def test_an_earlier_call_is_gone_on_with(server, target):
    with pytest.raises(NotAvailable, match="/dies: the server answered 503 Service Unavailable, 1 times in a row"):
        Download([server.url("/dies")], len(CONTENT), SHA256, attempts=1).to(target)
    Download([server.url("/dies")], len(CONTENT), SHA256).to(target)
    assert target.read_bytes() == CONTENT
    assert [wanted for _, wanted in server.asked] == [None, "bytes=30000-", "bytes=30000-"]


@pytest.mark.parametrize("name", ["file.part", "file.part.json"])
@pytest.mark.parametrize("plant", [type(Path()).symlink_to, type(Path()).hardlink_to])
def test_a_part_that_is_a_link_leads_nowhere(server, target, name, plant):
    victim = target.with_name("thesis.tex")
    victim.write_text("years of work")
    plant(target.with_name(name), victim)
    with pytest.raises(StoreError, match=rf"{name}' is a link or no regular file, and nasapi does not"):
        Download([server.url("/good")], len(CONTENT), SHA256).to(target)
    assert victim.read_text() == "years of work"
    assert server.asked == []


def test_a_server_that_ignores_ranges_makes_a_fresh_start(server, target):
    target.with_name("file.part").write_bytes(b"x" * 500)
    Download([server.url("/ignores-ranges")], len(CONTENT), SHA256).to(target)
    assert target.read_bytes() == CONTENT
    assert server.asked == [("/ignores-ranges", "bytes=500-")]


def test_a_server_that_sends_another_range_is_not_believed(server, target):
    target.with_name("file.part").write_bytes(CONTENT[:500])
    with pytest.raises(NotAvailable, match="the server sent 'bytes 5-102399/102400', not the rest from 500"):
        Download([server.url("/other-range")], len(CONTENT), SHA256).to(target)
    assert not target.exists()


def test_a_part_that_the_server_has_no_rest_of_is_dropped(server, target):
    target.with_name("file.part").write_bytes(b"x" * 500)
    Download([server.url("/short")], len(CONTENT), SHA256).to(target)
    assert target.read_bytes() == CONTENT


def test_a_file_replaced_between_connections_is_not_mixed_with_the_old_one(server, target):
    Download([server.url("/changes")]).to(target)
    assert target.read_bytes() == CONTENT


def test_a_part_of_another_address_is_not_gone_on_with_unless_the_digest_is_known(server, target):
    target.with_name("file.part").write_bytes(b"x" * 500)
    Download([server.url("/good")]).to(target)
    assert target.read_bytes() == CONTENT
    assert server.asked == [("/good", None)]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/wrong", f"/wrong: got a file of SHA-256 [0-9a-f]{{64}}, not the official {SHA256}"),
        ("/long", "the server offers 102404 bytes, not the 102400 of the official file"),
        ("/endless", "the server sends more than the 102400 bytes of the official file"),
    ],
)
def test_wrong_bytes_leave_no_file(server, target, path, message):
    with pytest.raises(CorruptData, match=message):
        Download([server.url(path)], len(CONTENT), SHA256).to(target)
    assert left(target) == []


def test_the_next_mirror_is_tried_after_a_missing_file_and_after_wrong_bytes(server, target):
    urls = [server.url("/missing"), server.url("/wrong"), server.url("/good")]
    assert Download(urls, len(CONTENT), SHA256).to(target).url == urls[2]
    assert target.read_bytes() == CONTENT


def test_a_busy_server_is_asked_again_after_a_wait(server, target):
    waits: list[float] = []
    Download([server.url("/busy")], wait=waits.append).to(target)
    assert waits == [2.0, 4.0]
    assert target.read_bytes() == CONTENT


def test_every_mirror_that_fails_is_named(server, target):
    urls = [server.url("/missing"), "file:///etc/hostname", "http://127.0.0.1:9/closed"]
    with pytest.raises(NotAvailable) as caught:
        Download(urls, attempts=2).to(target)
    assert "/missing: the server answered 404 Not Found" in str(caught.value)
    assert "file:///etc/hostname: only http and https are fetched" in str(caught.value)
    assert "/closed: no connection" in str(caught.value)
    assert left(target) == []


def test_no_address_is_reported(target):
    with pytest.raises(NotAvailable, match="no address is known"):
        Download([]).to(target)


def test_a_folder_that_cannot_be_written_is_named(server, tmp_path):
    with pytest.raises(StoreError, match=r"'.*gone/file.part' cannot be written: No such file or directory"):
        Download([server.url("/good")]).to(tmp_path / "gone" / "file")


def test_progress_is_called_with_bytes_up_to_the_whole(server, target):
    received: list[tuple[int, int | None]] = []
    Download([server.url("/breaks")], progress=lambda here, total: received.append((here, total))).to(target)
    assert received[-1] == (len(CONTENT), len(CONTENT))
    assert [here for here, _ in received] == sorted(here for here, _ in received)
