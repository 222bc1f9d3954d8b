from __future__ import annotations

import asyncio
import time
import tracemalloc

import pytest
from yarl import URL

from connectors.host_politeness import HostMemory
from connectors.http_client import HttpClient
from connectors.robots_policy import ForbiddenByRobotsError, RobotsAnswer, RobotsPolicy, RobotsRules
from schemas.errors import FailReason, PermanentError, TransientError
from tests.misbehaving_site import PAGE, Exchange, MisbehavingSite
from tests.unit.fetching.one_request import LOOPBACK, get, quick

RULES = b"User-agent: *\nDisallow: /pages/\n\nUser-agent: straitwire\nDisallow: /secret\n"


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        (None, "/a", True),
        ("", "/a", True),
        ("User-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow: /", "/robots.txt", True),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("User-agent: *\nDisallow: /*.pdf$", "/x.pdf", False),
        ("User-agent: *\nDisallow: /*.pdf$", "/x.pdf?y", True),
        ("User-agent: *\nDisallow: /기사", "/%EA%B8%B0%EC%82%AC/1", False),  # "article"
        ("User-agent: otherbot\nDisallow: /", "/a", True),
        ("User-agent: straitwire\nDisallow: /\nUser-agent: *\nAllow: /", "/a", False),
        ("User-agent: *\nDisallow: /\nUser-agent: Straitwire\nAllow: /", "/a", True),
        ("<html><body>Disallow: /</body></html>", "/a", True),
        ("Disallow: /", "/a", True),
        ("\x00\x01\x02", "/a", True),
        ("user-AGENT : *\nDISALLOW : /a # why", "/a", False),
        ("User-agent: *\rDisallow: /a", "/a", False),
    ],
)
def test_rules_are_read_as_the_standard_says(text: str | None, path: str, allowed: bool) -> None:
    assert RobotsRules(text, "straitwire").allows(URL(f"https://news.example{path}")) is allowed


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, 0.0),
        ("User-agent: *\nCrawl-delay: 2.5", 2.5),
        ("User-agent: *\nCrawl-delay: 86400", 30.0),
        ("User-agent: *\nCrawl-delay: -1", 0.0),
        ("User-agent: *\nCrawl-delay: nan", 0.0),
        ("User-agent: *\nCrawl-delay: soon", 0.0),
        ("User-agent: *\nRequest-rate: 1/5", 5.0),
        ("User-agent: *\nCrawl-delay: 9\nUser-agent: straitwire\nDisallow: /x", 0.0),
    ],
)
def test_crawl_delay_is_read_up_to_a_cap(text: str | None, seconds: float) -> None:
    assert RobotsRules(text, "straitwire").crawl_delay_seconds() == seconds


def test_hostile_patterns_do_not_hang() -> None:
    stars = "*a" * 2000
    text = "User-agent: *\n" + "".join(f"Disallow: /{stars}{number}$\n" for number in range(50))
    started = time.process_time()

    assert RobotsRules(text, "straitwire").allows(URL("https://news.example/" + "a" * 3000))
    assert time.process_time() - started < 5


def test_four_thousand_rules_are_no_trouble() -> None:
    text = "User-agent: *\n" + "".join(f"Disallow: /section{number}/\n" for number in range(4000))
    rules = RobotsRules(text, "straitwire")

    assert not rules.allows(URL("https://news.example/section3999/a"))
    assert rules.allows(URL("https://news.example/other/a"))


def test_disallowed_page_is_not_asked_for(site: MisbehavingSite) -> None:
    site.robots["site.localhost"] = (200, b"User-agent: *\nDisallow: /pages/\n")

    with pytest.raises(ForbiddenByRobotsError):
        get(site.url("/pages/1"), quick(obey_robots=True))

    assert [row.path for row in site.log] == ["/robots.txt"]


def test_site_may_name_us(site: MisbehavingSite) -> None:
    site.robots["site.localhost"] = (200, b"User-agent: straitwire\nDisallow: /page\n")

    with pytest.raises(ForbiddenByRobotsError):
        get(site.url("/page"), quick(obey_robots=True))
    assert get(site.url("/page"), quick(obey_robots=True, user_agent="pressroom/1")).content == PAGE


def test_feed_may_be_polled_where_pages_may_not(site: MisbehavingSite) -> None:
    site.robots["site.localhost"] = (200, b"User-agent: *\nDisallow: /\n")

    assert get(site.url("/page"), quick(obey_robots=True), obey_robots=False).content == PAGE


def test_redirect_is_checked_at_the_host_it_leads_to(site: MisbehavingSite) -> None:
    site.robots["closed.localhost"] = (200, b"User-agent: *\nDisallow: /\n")

    with pytest.raises(ForbiddenByRobotsError, match=r"closed\.localhost"):
        get(site.url(f"/to?{site.url('/page', 'closed.localhost')}"), quick(obey_robots=True))

    assert not site.asked("/page")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_missing_file_allows_everything(site: MisbehavingSite, status: int) -> None:
    site.robots["site.localhost"] = (status, b"User-agent: *\nDisallow: /\n")

    assert get(site.url("/page"), quick(obey_robots=True)).content == PAGE


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (500, FailReason.HTTP_SERVER_ERROR),
        (501, FailReason.HTTP_SERVER_ERROR),
        (503, FailReason.HTTP_SERVER_ERROR),
        (429, FailReason.HTTP_TOO_MANY_REQUESTS),
    ],
)
def test_server_in_distress_keeps_us_away_for_now(site: MisbehavingSite, status: int, reason: FailReason) -> None:
    site.robots["site.localhost"] = (status, b"")

    with pytest.raises(TransientError) as caught:
        get(site.url("/page"), quick(obey_robots=True))

    assert caught.value.reason is reason
    assert not site.asked("/page")


def test_silent_robots_file_keeps_us_away_for_now(site: MisbehavingSite) -> None:
    async def silent(exchange: Exchange) -> None:
        await asyncio.Event().wait()

    site.serve("/robots.txt", silent)

    with pytest.raises(TransientError) as caught:
        get(site.url("/page"), quick(obey_robots=True, read_timeout_seconds=0.2))

    assert caught.value.reason is FailReason.TIMEOUT
    assert not site.asked("/page")


def test_robots_file_may_be_redirected(site: MisbehavingSite) -> None:
    async def moved(exchange: Exchange) -> None:
        await exchange.redirect(exchange.site.url("/rules", "other.localhost"), 301)

    async def rules(exchange: Exchange) -> None:
        await exchange.answer(b"User-agent: *\nDisallow: /page", content_type="text/plain")

    site.serve("/robots.txt", moved)
    site.serve("/rules", rules)

    with pytest.raises(ForbiddenByRobotsError):
        get(site.url("/page"), quick(obey_robots=True))


def test_robots_file_that_redirects_for_ever_is_no_file(site: MisbehavingSite) -> None:
    async def round_and_round(exchange: Exchange) -> None:
        await exchange.redirect("/robots.txt?" + "x" * exchange.visit() + exchange.request.path[-9:])

    site.serve("/robots.txt", round_and_round)

    assert get(site.url("/page"), quick(obey_robots=True)).content == PAGE


def test_endless_robots_file_is_read_as_far_as_the_standard_asks(site: MisbehavingSite) -> None:
    async def long(exchange: Exchange) -> None:
        await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nUser-agent: *\nDisallow: /page\n")
        while True:
            await exchange.send(b"# and so on\n" * 5000)

    site.serve("/robots.txt", long)

    with pytest.raises(ForbiddenByRobotsError):
        get(site.url("/page"), quick(obey_robots=True))
    assert site.log[0].sent_bytes < 20_000_000


def test_file_is_fetched_once_for_many_pages(site: MisbehavingSite) -> None:
    async def many() -> None:
        async with HttpClient(quick(obey_robots=True, per_host_concurrency=8), LOOPBACK, memory=HostMemory()) as client:
            await asyncio.gather(*(client.get(site.url(f"/pages/{number}")) for number in range(20)))

    asyncio.run(many())

    assert len(site.asked("/robots.txt")) == 1
    assert len(site.log) == 21


def test_file_is_remembered_from_client_to_client(site: MisbehavingSite) -> None:
    memory = HostMemory()
    for number in range(3):
        get(site.url(f"/pages/{number}"), quick(obey_robots=True), client_options={"memory": memory})

    assert len(site.asked("/robots.txt")) == 1


class _Robots:
    """A robots.txt server without a network, and a clock that tests move."""

    def __init__(self, *answers: RobotsAnswer | Exception) -> None:
        self.now = 1000.0
        self.asked = 0
        self._answers = list(answers)
        self.policy = RobotsPolicy(self._fetch, "straitwire", HostMemory(), lambda: self.now)

    async def _fetch(self, url: URL) -> RobotsAnswer:
        self.asked += 1
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def rules(self) -> RobotsRules:
        return asyncio.run(self.policy.rules(URL("https://news.example/a")))


def test_file_is_kept_for_a_day() -> None:
    robots = _Robots(RobotsAnswer(200, RULES))
    robots.rules()
    robots.now += 23 * 3600
    robots.rules()
    assert robots.asked == 1
    robots.now += 2 * 3600
    robots.rules()
    assert robots.asked == 2


def test_failure_is_kept_for_minutes_only() -> None:
    robots = _Robots(TransientError(FailReason.DNS, "gone"), RobotsAnswer(200, RULES))
    for _ in range(3):
        with pytest.raises(TransientError, match="gone"):
            robots.rules()
    assert robots.asked == 1
    robots.now += 400
    assert not robots.rules().allows(URL("https://news.example/secret"))


def test_unusable_file_leaves_the_verdict_to_the_page() -> None:
    robots = _Robots(PermanentError(FailReason.REDIRECT_LOOP, "round and round"))

    assert robots.rules().allows(URL("https://news.example/a"))


def test_byte_order_mark_and_broken_bytes_do_not_hide_rules() -> None:
    robots = _Robots(RobotsAnswer(200, b"\xef\xbb\xbfUser-agent: *\n# \xff\xfe\nDisallow: /a\n"))

    assert not robots.rules().allows(URL("https://news.example/a"))


def test_huge_files_do_not_pile_up() -> None:
    text = ("User-agent: *\n" + "".join(f"Disallow: /*{number}\n" for number in range(8000))).encode()
    robots = _Robots(RobotsAnswer(200, text))
    tracemalloc.start()
    try:
        for number in range(12):
            asyncio.run(robots.policy.rules(URL(f"https://outlet{number}.example/a")))
        held_bytes = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    asyncio.run(robots.policy.rules(URL("https://outlet11.example/a")))

    assert held_bytes < 80_000_000
    assert robots.asked == 12  # the newest is still known
