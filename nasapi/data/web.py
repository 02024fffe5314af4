"""Requests over http and https alone: a redirection leads to neither a file, nor ftp, nor from https to http."""

from __future__ import annotations

import http.client
import urllib.request
from collections.abc import Mapping
from typing import IO, Any
from urllib.parse import urljoin, urlsplit


class RedirectRefused(Exception):
    """A redirection to a place that is not fetched."""


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirections that stay as safe as the address that was asked for."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        """The request that a redirection leads to; raises RedirectRefused for one that is less safe."""
        require_safe(req.full_url, newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)

    def http_error_302(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any
    ) -> IO[bytes] | None:
        """Look at the address before urllib does, whose own error for other schemes is that of a broken server."""
        if target := headers.get("location") or headers.get("uri"):
            require_safe(req.full_url, urljoin(req.full_url, target))
        return super().http_error_302(req, fp, code, msg, headers)

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


def require_safe(url: str, target: str) -> None:
    """Raise RedirectRefused where `target` is neither http nor https, or is http and `url` is https."""
    scheme = urlsplit(target).scheme
    if scheme not in ("http", "https"):
        raise RedirectRefused(f"it redirects to {target[:200]!r}; only http and https are fetched")
    if scheme == "http" and urlsplit(url).scheme == "https":
        raise RedirectRefused(f"it redirects from https to {target[:200]!r}, where anybody on the way could change it")


def open_web(url: str, headers: Mapping[str, str], timeout: float) -> http.client.HTTPResponse:
    """The answer of a server, after redirections; raises what urllib raises, and RedirectRefused."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _Redirects(),
    ):
        opener.add_handler(handler)
    answer: http.client.HTTPResponse = opener.open(urllib.request.Request(url, headers=dict(headers)), timeout=timeout)
    return answer
