"""One article, one address: URLs normalised by rule, and the ids that follow from them.

Pure. The rules are data (``schemas/data/url_rules.yaml``). Paths are never lower-cased: ids in them are case-sensitive.
"""

from __future__ import annotations

import base64
import binascii
import re
from functools import cache, lru_cache
from ipaddress import ip_address
from urllib.parse import unquote, urljoin, urlsplit

import xxhash
from tld import get_fld

from schemas.url_parts import DEFAULT_PORTS, UrlParts, split_url
from schemas.url_rules import UrlRule, load_url_rules

_MAX_ROUNDS = 8
"""Wrappers in wrappers (a click counter around an AMP address around a mobile one); with more, a URL stays as it is."""

_HOME_PATH = re.compile(r"/(?:(?:index|default|main|home)\.[a-z]{2,5}|[a-z]{2}(?:[-_][a-z]{2})?|home|main)?/?", re.I)
_INDEX_PAGES = frozenset({"index.html", "index.htm", "index.php", "index.jsp"})


@lru_cache(maxsize=65_536)
def normalise_url(url: str) -> str:
    """The URL in its rule-normalised form.

    Scheme and host in lower case, default port, user name, fragment, trackers and session ids gone, percent
    encoding and dot segments settled, parameters sorted by name; AMP, mobile, portal and click-counter forms
    turned into the article's own address. What is not an http(s) URL comes back without its outer white space.

    Guarantees: idempotent; total (never raises).

    >>> normalise_url("HTTPS://M.YNA.co.kr:443/view/AKR1?section=politics/all&utm_source=x#top")
    'https://www.yna.co.kr/view/AKR1'
    """
    current = url.strip()
    seen: list[str] = []
    for _ in range(_MAX_ROUNDS):
        seen.append(current)
        following, settled = _normalise_once(current)
        if settled or following == current:
            return following
        if following in seen:
            return min(seen[seen.index(following) :])
        current = following
    return url.strip()


def url_identity(url: str) -> str:
    """What the addresses of one article have in common.

    The normalised URL without scheme, ``www.``, the name of a folder's index page, and the last slash.

    >>> url_identity("http://example.com/a/") == url_identity("https://www.example.com/a")
    True
    """
    normalised = normalise_url(url)
    scheme, separator, rest = normalised.partition("://")
    if not separator or scheme not in DEFAULT_PORTS:
        return normalised
    host, slash, path = rest.removeprefix("www.").partition("/")
    path, mark, query = path.partition("?")
    folder, _, page = path.rpartition("/")
    path = folder if page in _INDEX_PAGES else path
    return f"{host}{slash}{path.rstrip('/')}{mark}{query}"


def article_id(url: str) -> str:
    """32 hex digits: xxh3_128 of the URL's identity.

    >>> article_id("https://example.com/a?fbclid=1") == article_id("https://example.com/a")
    True
    """
    return xxhash.xxh3_128_hexdigest(url_identity(url).encode("utf-8", "surrogatepass"))


def content_id(text: str) -> str:
    """32 hex digits for a text without an address: white space apart, equal texts have equal ids.

    >>> content_id("one two") == content_id("one  two ")
    True
    """
    return xxhash.xxh3_128_hexdigest(b"content\0" + " ".join(text.split()).encode("utf-8", "surrogatepass"))


def registrable_domain(host: str) -> str:
    """The part of a host name that somebody registered (``yna.co.kr``), else the host itself.

    >>> registrable_domain("en.yna.co.kr")
    'yna.co.kr'
    """
    host = host.lower().rstrip(".")
    return _registrable_domain(host)


def host_of(url: str) -> str:
    """The host of an http(s) URL in lower case, or "".

    >>> host_of("https://Example.com:8080/a")
    'example.com'
    """
    try:
        return (urlsplit(url.strip()).hostname or "").rstrip(".")
    except ValueError:
        return ""


def same_site(a: str, b: str) -> bool:
    """Whether two URLs belong to one registered domain (or one literal address).

    >>> same_site("https://en.yna.co.kr/view/1", "https://m.yna.co.kr/")
    True
    >>> same_site("https://a.co.kr/", "https://b.co.kr/")
    False
    """
    first, second = host_of(a), host_of(b)
    return bool(first) and registrable_domain(first) == registrable_domain(second)


def is_home_page(url: str) -> bool:
    """Whether the URL is a site's front door rather than one of its pages.

    >>> is_home_page("https://www.example.com/ko/"), is_home_page("https://www.example.com/?p=123")
    (True, False)
    """
    try:
        parts = urlsplit(normalise_url(url))
    except ValueError:
        return False
    return parts.scheme in DEFAULT_PORTS and not parts.query and bool(_HOME_PATH.fullmatch(parts.path or "/"))


def sane_canonical(declared: str, reached: str) -> str:
    """The normalised address that a page's rel=canonical states when it can be believed, else the one reached.

    Believed when it is http(s), of the same site, and neither the home page nor a mere section above the page.
    ``reached`` may be "" (a local file); ``declared`` may be relative.

    >>> sane_canonical("/news/1", "https://example.com/news/1?from=app")
    'https://example.com/news/1'
    >>> sane_canonical("https://example.com/", "https://example.com/news/1")
    'https://example.com/news/1'
    """
    reached_url = normalise_url(reached) if reached else ""
    try:
        claim = normalise_url(urljoin(reached, declared.strip())) if declared.strip() else ""
        scheme = urlsplit(claim).scheme
    except ValueError:
        return reached_url
    if scheme not in DEFAULT_PORTS or not host_of(claim) or is_home_page(claim):
        return reached_url
    if reached_url and not (same_site(claim, reached_url) and not _is_section_above(claim, reached_url)):
        return reached_url
    return claim


def _is_section_above(claim: str, reached: str) -> bool:
    """Whether the claim is a folder of the page's own path that names no article: no number, no long slug."""
    above, below = urlsplit(claim), urlsplit(reached)
    folder = above.path.rstrip("/") + "/"
    last = folder.rstrip("/").rpartition("/")[2]
    names_article = bool(re.search(r"\d{3}", last)) or last.count("-") >= 3
    return not above.query and not names_article and below.path.startswith(folder) and below.path != folder


@lru_cache(maxsize=16_384)
def _registrable_domain(host: str) -> str:
    if _is_address(host):
        return host
    domain = get_fld(f"http://{host}/", fail_silently=True, search_private=True) if host else None
    # Names without a public suffix (outlet.test, desk.localhost): the last two labels play that part.
    return domain or ".".join(host.split(".")[-2:])


def _is_address(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _normalise_once(url: str) -> tuple[str, bool]:
    """The URL after one pass, and whether another one could change nothing."""
    parts = split_url(url)
    if parts is None:
        return url, True
    rewritten = _rewrite(parts)
    if rewritten is not None:
        parts = split_url(rewritten)
        if parts is None:
            return url, True
    host = parts.host
    parts.host = _desktop_host(host)
    parts.query = sorted(_without_trackers(parts), key=lambda pair: pair.partition("=")[0])
    return parts.text(), rewritten is None and parts.host == host


def _desktop_host(host: str) -> str:
    """``m.example.com`` -> ``www.example.com``; ``m.news.example.com`` -> ``news.example.com``."""
    label, _, rest = host.partition(".")
    if label not in load_url_rules().mobile_labels or "." not in rest or _is_address(host):
        return host
    domain = registrable_domain(host)
    if host == domain:
        return host
    return f"www.{rest}" if rest == domain else rest


@cache
def _rules_for_all() -> tuple[UrlRule, ...]:
    return tuple(rule for rule in load_url_rules().rules if not rule.hosts)


@cache
def _rules_by_host() -> dict[str, tuple[UrlRule, ...]]:
    listed: dict[str, list[UrlRule]] = {}
    for rule in load_url_rules().rules:
        for host in rule.hosts:
            listed.setdefault(host, []).append(rule)
    return {host: tuple(rules) for host, rules in listed.items()}


@lru_cache(maxsize=16_384)
def _rules_of(host: str) -> tuple[UrlRule, ...]:
    """The rules for this host: what takes an address out of another one first, then the host's own."""
    labels = host.split(".")
    by_host = _rules_by_host()
    own = [rule for start in range(len(labels)) for rule in by_host.get(".".join(labels[start:]), ())]
    return tuple(sorted((*own, *_rules_for_all()), key=lambda rule: rule.kind != "unwrap"))


@lru_cache(maxsize=16_384)
def _rewrites_of(host: str) -> tuple[tuple[UrlRule, re.Pattern[str]], ...]:
    return tuple((rule, re.compile(rule.when)) for rule in _rules_of(host) if rule.when)


def _rewrite(parts: UrlParts) -> str | None:
    place = parts.host + parts.path
    for rule, pattern in _rewrites_of(parts.host):
        if rule.needs in place and (found := pattern.fullmatch(place)):
            rewritten = _apply(rule, found, parts)
            if rewritten is not None:
                return rewritten
    return _google_news_target(parts)


def _apply(rule: UrlRule, found: re.Match[str], parts: UrlParts) -> str | None:
    captured = {name: value or "" for name, value in found.groupdict().items()}
    others = []
    for pair in parts.query:
        name, _, value = pair.partition("=")
        pattern = rule.query.get(name)
        if pattern is None or name in captured or not re.fullmatch(pattern, value):
            others.append(pair)
        else:
            captured[name] = value
    if any(name not in captured for name in rule.query):
        return None
    target = rule.becomes.format_map(captured)
    if rule.kind == "unwrap" and "%3A" in target[:12].upper():
        target = unquote(target)
    if target.startswith("//"):
        target = f"{parts.scheme}:{target}"
    if rule.keep_query and others:
        target += ("&" if "?" in target else "?") + "&".join(others)
    return target if host_of(target) else None


def _google_news_target(parts: UrlParts) -> str | None:
    """The address inside a Google News id, as ids issued until July 2024 carry it in base64."""
    found = re.fullmatch(r"/(?:rss/)?(?:articles|read)/(CBM[\w-]+)", parts.path)
    if parts.host != "news.google.com" or not found:
        return None
    token = found[1]
    try:
        decoded = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return None
    inside = re.search(rb"https?://[\x21-\x7e]+", decoded)
    return inside[0].decode("ascii") if inside else None


@lru_cache(maxsize=16_384)
def _query_rules_of(host: str) -> tuple[tuple[UrlRule, re.Pattern[str]], ...]:
    rules = [rule for rule in _rules_of(host) if rule.names]
    return tuple((rule, _name_pattern(rule.names)) for rule in rules)


@cache
def _name_pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(name).replace(r"\*", ".*") for name in names), re.IGNORECASE)


def _without_trackers(parts: UrlParts) -> list[str]:
    kept = []
    for pair in parts.query:
        name, _, value = pair.partition("=")
        named = [rule for rule, pattern in _query_rules_of(parts.host) if pattern.fullmatch(name)]
        protected = any(rule.kind == "keep_query" for rule in named)
        dropped = any(
            rule.kind == "drop_query" and (not rule.values or re.fullmatch(rule.values, value)) for rule in named
        )
        if protected or not dropped:
            kept.append(pair)
    return kept
