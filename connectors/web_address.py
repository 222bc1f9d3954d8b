"""URLs that may be requested: http or https, a real host, no credentials, every spelling of an address folded."""

from __future__ import annotations

import re

from yarl import URL

from connectors.address_guard import literal_address
from schemas.errors import FailReason, PermanentError

_LONGEST_URL_CHARS = 8192
# Mail, shells, databases and the like: a page that links there wants the fetcher to speak for it.
# Source: WHATWG Fetch, section 2.8 (bad ports), those that matter to a newsroom's network.
_REFUSED_PORTS = frozenset({7, 9, 19, 21, 22, 23, 25, 53, 110, 111, 119, 135, 139, 143, 389, 445, 465, 514, 587}) | {
    993, 995, 1433, 2049, 2375, 3306, 5432, 6000, 6379, 11211, 27017,
}  # fmt: skip


def web_address(text: str) -> URL:
    """The URL as it will be requested: no fragment, host in lower case, numeric hosts in canonical form.

    >>> str(web_address("HTTP://News.Example/A b?q=1#top"))
    'http://news.example/A%20b?q=1'

    Errors: PermanentError(bad_url); the text names what is wrong, never the URL, which may hold a secret.
    """
    if len(text) > _LONGEST_URL_CHARS:
        raise PermanentError(FailReason.BAD_URL, f"longer than {_LONGEST_URL_CHARS} characters")
    try:
        return checked(URL(text.strip()))
    except (ValueError, TypeError) as error:
        raise PermanentError(FailReason.BAD_URL, "this is not a URL") from error


def checked(url: URL) -> URL:
    """The same for a parsed URL.

    Errors: PermanentError(bad_url); ValueError for a host that can only be an address and is not one.
    """
    if not url.scheme:
        raise PermanentError(FailReason.BAD_URL, "this is not a web address, which begins with https:// or http://")
    if url.scheme not in ("http", "https"):
        raise PermanentError(FailReason.BAD_URL, f"only http and https are fetched, not {url.scheme[:20]!r}")
    host = (url.raw_host or "").rstrip(".")
    if not host or "%" in host:
        raise PermanentError(FailReason.BAD_URL, "the URL names no host")
    if url.raw_user or url.raw_password:
        raise PermanentError(FailReason.BAD_URL, f"the URL of {host} holds credentials: give them as a header instead")
    if url.port in _REFUSED_PORTS or not url.port:
        raise PermanentError(FailReason.BAD_URL, f"port {url.port} of {host} is not for web pages")
    address = literal_address(host)
    return url.with_host(str(address) if address is not None else host).with_fragment(None)


def host_key(url: URL) -> str:
    """The host for politeness: without the port when it is the scheme's own.

    >>> host_key(URL("https://news.example/a")), host_key(URL("http://news.example:8080/"))
    ('news.example', 'news.example:8080')
    """
    return url.raw_host or "" if url.is_default_port() else f"{url.raw_host}:{url.port}"


def origin(url: URL) -> str:
    """Scheme, host and port.

    >>> origin(URL("https://news.example/a"))
    'https://news.example'
    """
    return str(url.origin())


def without_credentials(text: str) -> str:
    """The URL as it may be shown and stored: without user and password.

    >>> without_credentials("https://me:secret@news.example/a?b=1")
    'https://news.example/a?b=1'
    """
    return re.sub(r"^([A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*@", r"\1//", text)
