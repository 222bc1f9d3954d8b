"""A web address in pieces, its spelling settled: case, ports, percent encoding, dot segments. Pure."""

from __future__ import annotations

import posixpath
import re
from urllib.parse import quote, urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}
_UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_SAFE = "!$&'()*+,/:;=?@[]%~|"
_WHITE_SPACE = re.compile(r"[\x00-\x20\x7f]+")
_SETTLED = re.compile(r"[A-Za-z0-9._~!$&'()*+,/:;=?@|\[\]-]*")
_SESSION_IN_PATH = re.compile(r";(?:jsessionid|phpsessid)=[^/?#;]*", re.I)


class UrlParts:
    """A URL in pieces while rules work on it."""

    __slots__ = ("fragment", "host", "path", "port", "query", "scheme")

    def __init__(self, scheme: str, host: str, port: str, path: str, query: list[str], fragment: str) -> None:
        self.scheme, self.host, self.port = scheme, host, port
        self.path, self.query, self.fragment = path, query, fragment

    def text(self) -> str:
        """The URL."""
        query = "?" + "&".join(self.query) if self.query else ""
        return f"{self.scheme}://{self.host}{self.port}{self.path}{query}{self.fragment}"


def split_url(url: str) -> UrlParts | None:
    """The pieces of an http(s) URL without user name, session id in the path and fragment; None for what is none.

    A fragment that begins with ``!`` is part of the address: such sites tell their pages apart by it.

    >>> split_url("HTTP://user@Example.com:80/%7Ea/../b#c").text()
    'http://example.com/b'
    """
    text = url.strip()
    if _WHITE_SPACE.search(text):
        text = _WHITE_SPACE.sub(lambda found: "" if found[0].strip(" ") else "%20", text)
    if text.startswith("//"):
        text = "https:" + text
    try:
        split = urlsplit(text)
        host, port = (split.hostname or "").rstrip("."), split.port
    except ValueError:
        return None
    if split.scheme not in DEFAULT_PORTS or not host:
        return None
    shown_port = f":{port}" if port not in (None, DEFAULT_PORTS[split.scheme]) else ""
    path = _without_dot_segments(_SESSION_IN_PATH.sub("", _settle(split.path or "/")))
    query = [_settle(pair) for pair in split.query.split("&") if pair]
    fragment = "#" + _settle(split.fragment) if split.fragment.startswith("!") else ""
    return UrlParts(split.scheme, _ascii_host(host), shown_port, path, query, fragment)


def _ascii_host(host: str) -> str:
    if ":" in host:
        return f"[{host}]"
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return quote(host)


def _without_dot_segments(path: str) -> str:
    if "/." not in path:
        return path
    slash = "/" if path.endswith(("/", "/.", "/..")) else ""
    settled = posixpath.normpath("/" + path.lstrip("/"))
    return settled if settled == "/" else settled + slash


def _settle(text: str) -> str:
    """Percent encoding in one form: hex in capitals, letters never encoded, everything else always."""

    def settle(found: re.Match[str]) -> str:
        character = chr(int(found[1], 16))
        return character if character in _UNRESERVED else "%" + found[1].upper()

    if _SETTLED.fullmatch(text):
        return text
    encoded = quote(text, safe=_SAFE, errors="replace")
    lone = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", encoded)
    return _ESCAPE.sub(settle, lone)
