"""Downloads from servers that send elsewhere, lie about lengths, or never end."""

import hashlib
import http.server
import threading
from contextlib import nullcontext
from itertools import chain, repeat
from urllib.parse import urlsplit

import pytest

from nasapi.data.download import Download
from nasapi.data.web import RedirectRefused, require_safe
from nasapi.errors import NotAvailable

CONTENT = bytes(range(256)) * 40
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers with the header lines that the address asks for: /?Name=value&…"""

    def log_message(self, format, *args):
        pass

    def do_GET(self):
        parts = urlsplit(self.path)
        code = int(parts.path.strip("/") or 200)
        self.send_response(code)
        for line in parts.query.split("&") if parts.query else []:
            name, _, value = line.partition("=")
            self.send_header(name, value.replace("%20", " "))
        self.end_headers()
        if parts.path.startswith("/2"):
            begun = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))
            while parts.fragment != "once":
                try:
                    self.wfile.write(CONTENT[begun:] if code == 206 else CONTENT)
                except OSError:
                    return
                if "endless" not in parts.query:
                    return
                self.server.pause.wait(0.01)


@pytest.fixture(scope="module")
def at():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.pause = True, threading.Event()
    server.handle_error = lambda *_: None
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield lambda path: f"http://127.0.0.1:{server.server_address[1]}{path}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("target", ["ftp://127.0.0.1/x", "file:///etc/passwd", "data:text/plain,x", "gopher://x/"])
@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirection_out_of_the_web_is_refused(at, tmp_path, target, code):
    with pytest.raises(NotAvailable, match=r"redirects to '.*'; only http and https are fetched"):
        Download([at(f"/{code}?Location={target}")]).to(tmp_path / "file")
    assert list(tmp_path.iterdir()) == []


def test_a_redirection_within_the_web_is_followed(at, tmp_path):
    where = at("/200")
    assert Download([at(f"/302?Location={where}")], len(CONTENT), SHA256).to(tmp_path / "file").sha256 == SHA256


def test_a_redirection_from_https_to_http_is_refused():
    require_safe("http://a/", "https://b/")
    require_safe("https://a/", "https://b/")
    with pytest.raises(RedirectRefused, match=r"redirects from https to 'http://b/'"):
        require_safe("https://a/", "http://b/")


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "file:///etc/passwd", "FILE:///etc/passwd", "x", ""])
def test_an_address_of_another_kind_is_refused(url, tmp_path):
    with pytest.raises(NotAvailable, match="only http and https are fetched"):
        Download([url]).to(tmp_path / "file")


@pytest.mark.parametrize("length", ["-5", "ten", "1e5", "0x10", "9" * 30, "1,2"])
def test_a_strange_length_is_a_sentence(at, tmp_path, length):
    with pytest.raises(NotAvailable, match=r"the server says that it sends '.*' bytes, which is no number of them"):
        Download([at(f"/200?Content-Length={length}")]).to(tmp_path / "file")


def test_a_file_of_unknown_size_has_a_ceiling(at, tmp_path):
    with pytest.raises(NotAvailable, match="the server offers 20,000 bytes; a file of unknown size may have 5,000"):
        Download([at("/200?Content-Length=20000")], most=5000).to(tmp_path / "file")
    with pytest.raises(NotAvailable, match="sends more than the 50,000 bytes of a file of unknown size"):
        Download([at("/200?endless=1")], most=50_000).to(tmp_path / "file")
    assert list(tmp_path.iterdir()) == []


def test_a_download_ends_however_slowly_bytes_come(at, tmp_path):
    with pytest.raises(NotAvailable, match=r"it took more than 0 seconds; [\d,]+ bytes are kept"):
        Download([at("/200?endless=1")], deadline=0.2).to(tmp_path / "file")
    assert not (tmp_path / "file").exists()


def test_a_download_may_take_a_day(at, tmp_path, monkeypatch):
    for seconds, kept in ((86_400.0, True), (86_401.0, False)):
        ticks = chain([0.0], repeat(seconds))
        with monkeypatch.context() as patch:
            patch.setattr("time.monotonic", ticks.__next__)
            with nullcontext() if kept else pytest.raises(NotAvailable, match=r"it took more than 86,400 seconds"):
                Download([at("/200")]).to(tmp_path / str(kept))
        assert (tmp_path / str(kept)).exists() is kept


@pytest.mark.parametrize(
    "answer",
    ["bytes 5-", "bytes 5-10239/*", "bytes 5-9/10240", "bytes 5-10239/99999999", "lines 5-9/10", "bytes -5-9/10"],
)
def test_a_part_that_does_not_fit_is_refused(at, tmp_path, answer):
    url = at(f"/206?Content-Range={answer.replace(' ', '%20')}&Content-Length={len(CONTENT) - 5}")
    (tmp_path / "file.part").write_bytes(CONTENT[:5])
    (tmp_path / "file.part.json").write_text(f'{{"url": "{url}", "validator": "", "total": {len(CONTENT)}}}')
    with pytest.raises(NotAvailable, match="the server sent"):
        Download([url]).to(tmp_path / "file")
    assert not (tmp_path / "file").exists()
