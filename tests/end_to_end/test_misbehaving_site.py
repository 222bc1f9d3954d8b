"""One round over outlets of which one behaves: the others have their typed outcomes, and the good one loses nothing."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
import yaml

from connectors.index import Kind
from connectors.open_index import open_index
from tests.end_to_end.commands import PROJECT
from tests.end_to_end.live_press import LivePress
from tests.index_snapshot import snapshot
from tests.misbehaving_site import MisbehavingSite, brotli_bomb, gzip_bomb, self_signed_certificate

MOST_MEGABYTES = 400
IS_FULL_SIZE = os.environ.get("STRAITWIRE_FULL_SIZE", "") == "yes"
"""4,000 hosts and 50,000 entries take minutes: on request, a tenth of them otherwise."""
ROBOTS_HOSTS = 4_000 if IS_FULL_SIZE else 400
LONG_FEED_ENTRIES = 50_000 if IS_FULL_SIZE else 2_000
PRIVATE = (
    "http://10.0.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[::ffff:192.168.0.1]/",
    "http://0xa000001/",
)

PAGES = {
    "/slow-headers": "timeout",
    "/slow-body": "timeout",
    "/silent": "timeout",
    "/endless": "body_too_large",
    "/endless-headers": "http_server_error",
    "/huge-length": "body_too_large",
    "/bomb/ten-gigabytes": "body_too_large",
    "/bomb/br-ten-gigabytes": "body_too_large",
    "/bomb/nested": "body_too_large",
    "/bomb/zstd": "body_too_large",
    "/loop/1": "redirect_loop",
    "/growing/x": "redirect_loop",
    "/chain/20": "redirect_loop",
    "/nowhere": "http_client_error",
    "/truncated/chunks": "reset",
    "/truncated/length": "reset",
    "/truncated/gzip": "reset",
    "/broken/chunks": "http_server_error",
    "/broken/gzip": "undecodable",
    "/broken/coding": "undecodable",
    "/no-answer": "reset",
    "/not-http": "http_server_error",
    "/too-many/hour": "http_too_many_requests",
    "/status/503": "http_server_error",
    "/status/401": "http_forbidden",
    "/status/404": "http_not_found",
    "/status/410": "http_gone",
    "/image": "wrong_content_type",
    "/empty": "empty_body",
    **{f"/to?{target}": "private_address" for target in PRIVATE},
}
FEEDS = {
    "/slow-headers": "timeout",
    "/slow-body": "timeout",
    "/endless": "body_too_large",
    "/bomb/ten-gigabytes": "body_too_large",
    "/bomb/br-ten-gigabytes": "body_too_large",
    "/loop/1": "redirect_loop",
    "/to?http://169.254.169.254/": "private_address",
    "/too-many/hour": "http_too_many_requests",
    "/status/503": "http_server_error",
    "/status/410": "http_gone",
    "/truncated/chunks": "reset",
    "/page": "html_instead_of_feed",
    "/empty": "empty_body",
    "/wall": "unparsable_feed",
}
HEALED = ("/too-many/seconds", "/too-many/date", "/flapping", "/wrong-charset")
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha ha ha ha ha ha ha ha">'
    + b"".join(
        b'<!ENTITY %c "%s">' % (later, b"&%c;" % earlier * 20) for earlier, later in itertools.pairwise(b"abcdefghij")
    )
    + b"]><rss version='2.0'><channel><title>&j;</title><item><title>&j;</title><link>%s</link></item></channel></rss>"
)
EXTERNAL = (
    b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY y SYSTEM "http://10.0.0.1/">]>'
    b"<rss version='2.0'><channel><title>&y;</title><item><title>Read &x; here</title><link>%s</link></item>"
    b"</channel></rss>"
)


@pytest.fixture
def press():
    gzip_bomb(10_000_000_000), brotli_bomb(10_000_000_000)  # made before the clock runs
    with MisbehavingSite() as site:
        yield LivePress(site)


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from Linux's /proc")
def test_a_round_over_a_misbehaving_site_indexes_the_good_outlet_as_if_it_were_alone(press, tmp_path):
    for number, language in enumerate(("en", "ko", "ja", "en")):
        press.publish("good.localhost", f"/news/{number}", language)
    good = press.feed_url("good.localhost")
    alone, _ = run(tmp_path / "alone", [good])
    expected = only_good(snapshot(alone))
    assert len(expected["articles"]) == 4

    with MisbehavingSite(self_signed_certificate(tmp_path)) as tls:
        feeds = {good: "", tls.url("/feed"): "tls", **bad_feeds(press.site)}
        location, peak = run(tmp_path / "together", list(feeds))
    assert only_good(snapshot(location)) == expected
    index = open_index(location)
    states = {row["listed_url"]: row["failure"] for row in index.scan(Kind.FEEDS)}
    entries = list(index.scan(Kind.ENTRIES))
    articles = {row["url"]: row["body"] for row in index.scan(Kind.ARTICLES)}
    index.close()
    assert {url: failure for url, failure in states.items() if failure != feeds[url]} == {}
    outcomes = {row["url"].partition(".localhost")[0].rpartition("/")[2]: row for row in entries}
    reached = {path: outcomes[name]["reason"] for name, path in named(PAGES)}
    assert reached == {path: f"fetch_pages: {reason}" for path, reason in PAGES.items()}
    for name, path in named(HEALED):
        assert outcomes[name]["outcome"] == "indexed", f"{path}: {outcomes[name]['reason']}"
    assert any("똠방각하" in body for body in articles.values()), "read as cp949 whatever the header says"
    reasons = Counter(row["reason"] for row in entries)
    assert reasons["fetch_pages: forbidden_by_robots"] == ROBOTS_HOSTS + LONG_FEED_ENTRIES
    assert not [body for body in articles.values() if "root:" in body or "ha ha" in body]
    sys.stderr.write(f"peak memory in megabytes: {peak}\n")
    assert peak["process"] < MOST_MEGABYTES, peak


def named(paths):
    """(host label, path) of each."""
    return [(f"h{number}-{'page' if paths is PAGES else 'healed'}", path) for number, path in enumerate(paths)]


def bad_feeds(site):
    """URL of each feed and the failure that its record must hold."""
    korean = "<html><head><title>항구 소식</title></head><body><article>" + (
        "<p>항구 회담이 월요일 다시 열렸다. 똠방각하 배가 부산을 떠나 후쿠오카로 갔다고 당국자가 밝혔다.</p>" * 4
    )
    sentences = "".join(f"<p>Delegates of {n} ports met in the harbour hall on day {n}.</p>" for n in range(9))
    story = f"<html><head><title>Talks</title></head><body><article>{sentences}</article></body></html>".encode()

    async def wrong_charset(exchange):
        await exchange.answer(korean.encode("cp949"), content_type="text/html; charset=iso-8859-1")

    def after_first(status, **headers):
        async def answer(exchange):
            if exchange.visit() == 1:
                await exchange.answer(b"", status, **headers)
            else:
                await exchange.answer(story)

        return answer

    site.serve("/wrong-charset", wrong_charset)
    site.serve("/too-many/seconds", after_first(429, Retry_After="1"))
    site.serve("/flapping", after_first(503))
    site.serve("/too-many/date", _until_date(story))
    site.serve("/wall", _document(b"<wall><p>Sign in to read.</p></wall>"))
    site.serve("/robots.txt", _robots)
    site.serve("/laughs", _document(LAUGHS % site.url("/status/404", "laughs.localhost").encode()))
    site.serve("/external", _document(EXTERNAL % site.url("/status/404", "external.localhost").encode()))
    pages = [site.url(path, f"{name}.localhost") for paths in (PAGES, HEALED) for name, path in named(paths)]
    robots = [site.url("/page", f"robots{number}.localhost") for number in range(ROBOTS_HOSTS)]
    long_feed = [site.url(f"/pages/{number}", "robots-long.localhost") for number in range(LONG_FEED_ENTRIES)]
    for path, urls in (("/list/pages", pages), ("/list/robots", robots), ("/list/long", long_feed)):
        site.serve(path, _document(_feed_of(urls)))
    feeds = {site.url(path, f"f{number}.localhost"): reason for number, (path, reason) in enumerate(FEEDS.items())}
    harmless = ("/list/pages", "/list/robots", "/list/long", "/laughs", "/external")
    return feeds | {site.url(path, f"lists{number}.localhost"): "" for number, path in enumerate(harmless)}


def _feed_of(urls):
    items = "".join(f"<item><title>Talks at harbour {n}</title><link>{url}</link></item>" for n, url in enumerate(urls))
    return f'<rss version="2.0"><channel><title>List</title>{items}</channel></rss>'.encode()


def _document(body):
    async def answer(exchange):
        await exchange.answer(body, content_type="application/rss+xml")

    return answer


def _until_date(body):
    from datetime import UTC, datetime, timedelta
    from email.utils import format_datetime

    async def answer(exchange):
        if exchange.visit() == 1:
            moment = datetime.now(UTC) + timedelta(seconds=2)
            await exchange.answer(b"", 429, Retry_After=format_datetime(moment, usegmt=True))
        else:
            await exchange.answer(body)

    return answer


async def _robots(exchange):
    """Rules that forbid us in what is hardly a file of rules; none at the other hosts."""
    host = exchange.request.host
    if not host.startswith("robots"):
        await exchange.answer(b"", 404)
        return
    number = int(host.partition(".")[0].removeprefix("robots").replace("-long", "0"))
    noise = (b"Allow: /*a*b*c*$\n" * 300, b"\xff\xfe\0\0" * 500, b"<p>not found</p>\n" * 200, b"#" * 20_000)[number % 4]
    await exchange.answer(noise + b"\nUser-agent: *\nDisallow: /\n", content_type="text/html")


def only_good(held):
    """What is the good outlet's in a snapshot; its feed's outlet lists every one of these."""
    return {
        kind: {identity: row for identity, row in rows.items() if "good.localhost" in json.dumps(row)}
        for kind, rows in held.items()
        if kind != "stories"
    }


def run(folder, feeds):
    """``straitwire run`` in a process of its own: its index and its memory at the peak, in megabytes."""
    folder.mkdir()
    (folder / "feeds.yaml").write_text(yaml.safe_dump({"feeds": feeds}))
    location = str(folder / "news.db")
    fetch = {
        "per_host_gap_seconds": 0, "attempts": 2, "connect_timeout_seconds": 5, "read_timeout_seconds": 3,
        "total_timeout_seconds": 4, "concurrency": 128,
    }  # fmt: skip
    values = {"feeds": [str(folder / "feeds.yaml")], "index": location, "allow_private": ["127.0.0.0/8", "::1"]}
    (folder / "settings.yaml").write_text(yaml.safe_dump({**values, "batch_entries": 500, "fetch": fetch}))
    command = [sys.executable, "-m", "pipeline", "run", "--settings", str(folder / "settings.yaml"), "--json"]
    with (folder / "output").open("w") as output, (folder / "errors").open("w") as errors:
        process = subprocess.Popen(command, cwd=PROJECT, stdout=output, stderr=errors)
        peaks = Counter()
        watch = threading.Thread(target=_watch, args=(process, peaks), daemon=True)
        watch.start()
        code = process.wait(timeout=2900)
        watch.join()
    told = (folder / "errors").read_text()[-2000:]
    assert code in (0, 1), told
    assert json.loads((folder / "output").read_text())["balanced"], told
    return location, dict(peaks)


def _watch(process, peaks):
    while process.poll() is None:
        try:
            status = dict(line.split(":", 1) for line in Path(f"/proc/{process.pid}/status").read_text().splitlines())
            peaks["process"] = max(peaks["process"], int(status.get("VmHWM", "0").split()[0]) // 1024)
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            both = sum(_proportional_megabytes(number) for number in [process.pid, *children])
            peaks["with children"] = max(peaks["with children"], both)
        except (OSError, ValueError):
            pass
        time.sleep(0.2)


def _proportional_megabytes(number):
    for line in Path(f"/proc/{number}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) // 1024
    return 0
