"""Polling over real HTTP: conditional, scheduled, typed, and one feed's trouble is nobody else's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.feed_poller import Outcome, poll_feeds
from schemas.errors import ConfigError, FailReason
from schemas.feeds import FeedSource
from tests.unit.feeds.feed_server import ALLOWED, SETTINGS, START, Feed, Rounds, document

DAY = timedelta(days=1)


def test_first_poll_gives_every_entry_and_a_health_record(site):
    feed = Feed(site, body=document("a", "b", channel="<ttl>120</ttl>"))
    result = Rounds(feed.source).poll_one()
    assert result.outcome is Outcome.POLLED
    assert [entry.url for entry in result.entries] == ["https://news.example/a", "https://news.example/b"]
    state = result.state
    assert (state.format, state.title, state.entries, state.undated) == ("rss20", "News", 2, 0)
    assert (state.succeeded_at, state.new_entry_at, state.failure) == (START, START, "")
    assert START + timedelta(hours=2) <= state.next_poll_at <= START + timedelta(hours=2.2)


def test_feed_is_not_asked_before_its_time(site):
    feed = Feed(site)
    rounds = Rounds(feed.source)
    rounds.poll()
    assert rounds.poll_one(timedelta(minutes=9)).outcome is Outcome.NOT_DUE
    assert len(feed.asked()) == 1


def test_unchanged_feed_is_asked_with_its_validators(site):
    feed = Feed(site, ETag='"one"', Last_Modified="Fri, 01 May 2026 09:00:00 GMT")
    rounds = Rounds(feed.source)
    rounds.poll()
    result = rounds.poll_one()
    assert (result.outcome, result.entries) == (Outcome.NOT_MODIFIED, ())
    assert feed.asked()[1].headers["if-none-match"] == '"one"'
    assert feed.asked()[1].headers["if-modified-since"] == "Fri, 01 May 2026 09:00:00 GMT"


def test_changed_validator_with_the_same_body_costs_nothing(site):
    feed = Feed(site, ETag='"one"')
    rounds = Rounds(feed.source)
    rounds.poll()
    feed.headers["ETag"] = '"two"'
    assert (rounds.poll_one().outcome, rounds.state(feed.source).etag) == (Outcome.NOT_MODIFIED, '"two"')


def test_changed_body_behind_an_unchanged_validator_is_found_within_a_day(site):
    feed = Feed(site, ETag='"same for ever"')
    rounds = Rounds(feed.source)
    rounds.poll()
    feed.body = document("c", "a", "b")
    assert rounds.poll_one().outcome is Outcome.NOT_MODIFIED
    result = rounds.poll_one(1.2 * DAY)
    assert "if-none-match" not in feed.asked()[-1].headers
    assert len(result.entries) == 3
    rounds.poll()
    assert "if-none-match" in feed.asked()[-1].headers


def test_rotating_ids_and_link_tokens_leave_one_entry(site):
    feed = Feed(site)
    rounds = Rounds(feed.source)
    keys, revisions = set(), set()
    for number in range(4):
        feed.body = (
            document("a")
            .replace(b"news.example/a", b"news.example/a?t=%d" % number)
            .replace(b"<guid>a", b"<guid>%d" % number)
        )
        (entry,) = rounds.poll_one().entries
        keys.add(entry.key)
        revisions.add(entry.revision)
    assert (len(keys), len(revisions)) == (1, 1)


def test_feed_that_dates_entries_anew_does_not_change_them(site):
    feed = Feed(site, body=document(*"abcdef"))
    rounds = Rounds(feed.source)
    rounds.poll()
    revisions = []
    for hour in (10, 11, 12):
        feed.body = document(*"abcdef").replace(b" 09:", b" %d:" % hour)
        revisions.append([entry.revision for entry in rounds.poll_one().entries])
    assert rounds.state(feed.source).volatile_dates
    assert revisions[0] == revisions[1] == revisions[2]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/page", FailReason.HTML_INSTEAD_OF_FEED),
        ("/status/401", FailReason.HTTP_FORBIDDEN),
        ("/status/403", FailReason.HTTP_FORBIDDEN),
        ("/status/404", FailReason.HTTP_NOT_FOUND),
        ("/status/410", FailReason.HTTP_GONE),
        ("/status/500", FailReason.HTTP_SERVER_ERROR),
        ("/loop/1", FailReason.REDIRECT_LOOP),
        ("/silent", FailReason.TIMEOUT),
        ("/empty-body", FailReason.EMPTY_BODY),
        ("/no-xml", FailReason.UNPARSABLE_FEED),
    ],
)
def test_every_failure_has_its_type(site, path, reason):
    if path == "/empty-body":
        Feed(site, path, body=b" ")
    if path == "/no-xml":
        Feed(site, path, body=b"Service temporarily unavailable")
    source = FeedSource("f", site.url(path))
    result = Rounds(source).poll_one()
    assert (result.outcome, result.failed.reason, result.failed.url) == (Outcome.FAILED, reason, source.url)
    assert (result.state.failure, result.state.failing_since, result.state.consecutive_failures) == (reason, START, 1)
    assert result.state.next_poll_at > START


def test_private_addresses_are_refused(site):
    source = FeedSource("f", site.url("/rss"))
    (result,) = poll_feeds([source], {}, SETTINGS, (), START)
    assert result.failed.reason is FailReason.PRIVATE_ADDRESS


def test_readable_feed_without_entries_is_not_a_failure_but_is_told(site):
    feed = Feed(site, body=b'<rss version="2.0"><channel><title>Quiet</title></channel></rss>', ETag='"q"')
    rounds = Rounds(feed.source)
    result = rounds.poll_one()
    assert (result.outcome, result.failed, result.state.failure) == (Outcome.EMPTY, None, "empty_feed")
    assert rounds.poll_one().state.failure == "empty_feed"
    feed.body, feed.headers["ETag"] = document("a"), '"r"'
    assert rounds.poll_one().state.failure == ""


def test_failures_back_off_and_success_ends_them(site):
    feed = Feed(site)
    rounds = Rounds(feed.source)
    rounds.poll()
    feed.status = 500
    waits = []
    for _ in range(9):
        state = rounds.poll_one().state
        waits.append((state.next_poll_at - rounds.now) / timedelta(hours=1))
    assert waits[:5] == sorted(waits[:5])
    assert 24 <= waits[-1] <= 26.4
    assert state.consecutive_failures == 9
    assert state.succeeded_at == START
    feed.status = 200
    feed.body = document("z")
    state = rounds.poll_one().state
    assert (state.failure, state.failing_since, state.consecutive_failures) == ("", None, 0)


def test_retry_after_is_honoured(site):
    feed = Feed(site, Retry_After="30000")
    feed.status = 429
    state = Rounds(feed.source).poll_one().state
    assert state.failure == FailReason.HTTP_TOO_MANY_REQUESTS
    assert state.next_poll_at >= START + timedelta(seconds=30000)


def test_gone_feed_is_retired_and_asked_once_a_month(site):
    feed = Feed(site)
    feed.status = 410
    rounds = Rounds(feed.source)
    assert rounds.poll_one().state.retired
    assert rounds.poll_one(29 * DAY).outcome is Outcome.NOT_DUE
    feed.status = 200
    result = rounds.poll_one(2 * DAY)
    assert (result.outcome, result.state.retired) == (Outcome.POLLED, False)


def test_permanent_move_is_believed_when_it_repeats(site):
    feed, target = Feed(site, "/old"), Feed(site, "/new")
    feed.location, feed.status = target.source.url, 301
    rounds = Rounds(feed.source)
    for _ in range(3):
        rounds.poll()
    assert rounds.state(feed.source).url == target.source.url
    asked = len(feed.asked())
    rounds.poll()
    assert len(feed.asked()) == asked


def test_new_address_that_stops_answering_gives_way_to_the_listed_one(site):
    feed, target = Feed(site, "/old"), Feed(site, "/new")
    feed.location, feed.status = target.source.url, 301
    rounds = Rounds(feed.source)
    for _ in range(3):
        rounds.poll()
    feed.location, feed.status, target.status = "", 200, 404
    outcomes = [rounds.poll_one().outcome for _ in range(4)]
    assert outcomes[:3] == [Outcome.FAILED] * 3
    assert outcomes[3] is not Outcome.FAILED
    assert rounds.state(feed.source).url == feed.source.url


def test_not_modified_that_nobody_asked_for_is_a_failure(site):
    feed = Feed(site)
    feed.body, feed.status = b"", 304
    result = Rounds(feed.source).poll_one()
    assert (result.outcome, result.failed.reason) == (Outcome.FAILED, FailReason.EMPTY_BODY)


def test_temporary_redirect_moves_nothing(site):
    feed, target = Feed(site, "/old"), Feed(site, "/new")
    feed.location, feed.status = target.source.url, 302
    rounds = Rounds(feed.source)
    for _ in range(4):
        rounds.poll()
    assert rounds.state(feed.source).url == feed.source.url


def test_address_changed_in_the_list_starts_the_record_anew_but_knows_its_entries(site):
    feed, other = Feed(site, "/one", ETag='"v"'), Feed(site, "/two", ETag='"v"')
    rounds = Rounds(feed.source)
    key = rounds.poll_one().entries[0].key
    moved = FeedSource(feed.source.feed_id, other.source.url)
    rounds.sources = (moved,)
    result = rounds.poll_one(timedelta(0))
    assert "if-none-match" not in other.asked()[0].headers
    assert result.entries[0].key == key


def test_sitemap_index_is_followed_to_the_news(site):
    address = site.url("/sitemap.xml")
    Feed(
        site,
        "/sitemap.xml",
        f"""<sitemapindex><sitemap><loc>{site.url("/archive.xml")}</loc><lastmod>2026-05-01</lastmod>
        </sitemap><sitemap><loc>{site.url("/news.xml")}</loc></sitemap></sitemapindex>""".encode(),
    )
    Feed(
        site,
        "/news.xml",
        b"<urlset><url><loc>https://news.example/n</loc><lastmod>2026-05-01T09:00:00Z</lastmod></url></urlset>",
    )
    result = Rounds(FeedSource("s", address)).poll_one()
    assert [entry.url for entry in result.entries] == ["https://news.example/n"]
    assert len(site.asked("/news.xml")) == 1


def test_headers_come_from_the_environment_and_go_to_the_feeds_host_only(site, monkeypatch):
    monkeypatch.setenv("EXAMPLE_SESSION", "secret")
    feed, target = Feed(site, "/old"), Feed(site, "/new")
    feed.location, feed.status = site.url("/new", "other.localhost"), 302
    source = FeedSource("f", feed.source.url, headers=(("Cookie", "session=${EXAMPLE_SESSION}"),))
    result = Rounds(source).poll_one()
    assert result.outcome is Outcome.POLLED
    assert feed.asked()[0].headers["cookie"] == "session=secret"
    assert "cookie" not in target.asked()[0].headers
    assert "secret" not in repr(result)


def test_secrets_come_from_files_and_make_basic_authentication(site, monkeypatch, tmp_path):
    (tmp_path / "session").write_text("from-file\n")
    monkeypatch.setenv("EXAMPLE_LOGIN", "reader:pass word")
    feed = Feed(site, "/rss")
    headers = (("Authorization", "Basic ${basic:EXAMPLE_LOGIN}"), ("Cookie", f"session=${{file:{tmp_path}/session}}"))
    Rounds(FeedSource("f", feed.source.url, headers=headers)).poll_one()
    sent = feed.asked()[0].headers
    assert sent["cookie"] == "session=from-file"
    assert sent["authorization"] == "Basic cmVhZGVyOnBhc3Mgd29yZA=="
    missing = FeedSource("f", feed.source.url, headers=(("Cookie", "${file:/nowhere/at/all}"),))
    with pytest.raises(ConfigError, match="/nowhere/at/all"):
        Rounds(missing).poll_one()


def test_wishes_of_the_document_outlive_not_modified(site):
    wishes = "<ttl>2880</ttl><skipDays><day>Monday</day></skipDays>"
    feed = Feed(site, "/rss", document("a", channel=wishes), ETag='"1"')
    rounds = Rounds(feed.source)
    rounds.poll_one()
    for _ in range(3):
        result = rounds.poll_one()
        assert result.outcome in (Outcome.NOT_MODIFIED, Outcome.POLLED)
        assert result.state.next_poll_at - rounds.now >= timedelta(days=2)
        assert result.state.next_poll_at.weekday() != 0


def test_missing_environment_variable_is_said_before_anything_is_fetched(site, monkeypatch):
    monkeypatch.delenv("EXAMPLE_SESSION", raising=False)
    source = FeedSource("f", site.url("/rss"), headers=(("Cookie", "${EXAMPLE_SESSION}"),))
    with pytest.raises(ConfigError, match="EXAMPLE_SESSION"):
        list(poll_feeds([source], {}, SETTINGS, ALLOWED, START))
    assert not site.log


def test_language_that_differs_from_the_declared_one_is_flagged(site):
    feed = Feed(
        site,
        body=document("a").replace(b"The story of a in full", "양국 외교장관이 서울에서 만나 협력을 논의했다".encode()),
    )
    state = Rounds(feed.source).poll_one().state
    assert (state.language, state.measured_language, state.language_mismatch) == ("en", "ko", True)


def test_one_hostile_feed_leaves_the_others_alone(site):
    good = [Feed(site, f"/good/{number}").source for number in range(20)]
    bad = [
        FeedSource(path, site.url(path))
        for path in ("/endless", "/loop/1", "/slow-headers", "/status/500", "/bomb/gzip", "/no-answer")
    ]
    results = Rounds(*good, *bad, FeedSource("x", "http://[")).poll()
    outcomes = {result.source.feed_id: result.outcome for result in results}
    assert {outcomes[source.feed_id] for source in good} == {Outcome.POLLED}
    assert {outcomes[source.feed_id] for source in bad} == {Outcome.FAILED}
    assert len(results) == 27


def test_consumer_that_stops_early_stops_the_downloads(site):
    feeds = [Feed(site, f"/good/{number}").source for number in range(100)]
    results = poll_feeds(feeds, {}, SETTINGS, ALLOWED, START)
    next(results)
    results.close()
    assert len(site.log) < 100


def test_poll_after_a_restart_is_the_same_poll(site):
    feed = Feed(site)
    rounds = Rounds(feed.source)
    rounds.poll()
    before = dict(rounds.documents)
    feed.body = document("c", "a", "b")
    first = rounds.poll_one()
    rounds.documents = before
    again = rounds.poll_one(timedelta(0))
    assert (again.entries, again.state) == (first.entries, first.state)


def test_record_tells_rhythm_lag_and_what_was_new(site):
    feed = Feed(site, body=document(*"abcd"))
    rounds = Rounds(feed.source)
    rounds.poll()
    feed.body = document(*"eabcd")
    state = rounds.poll_one().state
    assert state.new_entry_at == rounds.now
    assert state.entries_per_week > 4
    assert state.lag_seconds == pytest.approx((rounds.now - START + timedelta(hours=3)).total_seconds(), abs=1)
    assert 0 < state.seen_share < 1
