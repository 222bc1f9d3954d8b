from __future__ import annotations

import json
import resource
import socket
import ssl
import time

import pytest

from connectors.http_client import ANY_TYPE, FEED_TYPES
from schemas.errors import ConfigError, FailReason, PermanentError, TransientError
from tests.misbehaving_site import KOREAN_PAGE, PAGE, Exchange, MisbehavingSite, self_signed_certificate
from tests.unit.fetching.one_request import get, quick

R = FailReason


def test_page_arrives_with_type_charset_and_headers(site: MisbehavingSite) -> None:
    response = get(site.url("/page#top"))

    assert (response.status, response.content) == (200, PAGE)
    assert (response.content_type, response.charset) == ("text/html", "utf-8")
    assert response.url == site.url("/page")
    assert response.headers["content-length"] == str(len(PAGE))
    assert response.redirects == ()


def test_request_says_who_asks_and_what_it_takes(site: MisbehavingSite) -> None:
    settings = quick(user_agent="pressroom/2", contact="https://press.example/bot")
    said = json.loads(get(site.url("/echo"), settings, headers={"X-Feed": "1"}).content)

    assert said["user-agent"] == "pressroom/2 (+https://press.example/bot)"
    assert said["accept-encoding"] == "gzip, deflate, br, zstd"
    assert said["accept"].startswith("text/html, ")
    assert said["x-feed"] == "1"


@pytest.mark.parametrize("agent", ["", "  /1.0", "신문/1"])
def test_unusable_user_agent_is_a_settings_error(agent: str) -> None:
    with pytest.raises(ConfigError, match="user_agent"):
        get("http://site.localhost/", quick(user_agent=agent))


@pytest.mark.parametrize("coding", ["gzip", "two-members", "deflate", "raw-deflate", "br", "zstd", "gzip-then-br"])
def test_compressed_page_is_decoded(site: MisbehavingSite, coding: str) -> None:
    assert get(site.url(f"/coded/{coding}")).content == PAGE


@pytest.mark.parametrize(
    ("path", "reason", "error"),
    [
        ("/status/401", R.HTTP_FORBIDDEN, PermanentError),
        ("/status/403", R.HTTP_FORBIDDEN, PermanentError),
        ("/status/404", R.HTTP_NOT_FOUND, PermanentError),
        ("/status/410", R.HTTP_GONE, PermanentError),
        ("/status/418", R.HTTP_CLIENT_ERROR, PermanentError),
        ("/status/408", R.HTTP_CLIENT_ERROR, TransientError),
        ("/status/429", R.HTTP_TOO_MANY_REQUESTS, TransientError),
        ("/status/500", R.HTTP_SERVER_ERROR, TransientError),
        ("/status/501", R.HTTP_SERVER_ERROR, PermanentError),
        ("/too-many/hour", R.HTTP_TOO_MANY_REQUESTS, TransientError),
        ("/slow-headers", R.TIMEOUT, TransientError),
        ("/slow-body", R.TIMEOUT, TransientError),
        ("/silent", R.TIMEOUT, TransientError),
        ("/endless", R.BODY_TOO_LARGE, PermanentError),
        ("/huge-length", R.BODY_TOO_LARGE, PermanentError),
        ("/bomb/gzip", R.BODY_TOO_LARGE, PermanentError),
        ("/bomb/br", R.BODY_TOO_LARGE, PermanentError),
        ("/bomb/zstd", R.BODY_TOO_LARGE, PermanentError),
        ("/bomb/nested", R.BODY_TOO_LARGE, PermanentError),
        ("/chain/11", R.REDIRECT_LOOP, PermanentError),
        ("/loop/1", R.REDIRECT_LOOP, PermanentError),
        ("/growing/1", R.REDIRECT_LOOP, PermanentError),
        ("/to?http://169.254.169.254/latest", R.PRIVATE_ADDRESS, PermanentError),
        ("/to?http://[::ffff:10.0.0.1]/", R.PRIVATE_ADDRESS, PermanentError),
        ("/to?http://0xA.1/", R.PRIVATE_ADDRESS, PermanentError),
        ("/to?http://167772161/", R.PRIVATE_ADDRESS, PermanentError),
        ("/to?http://012.0.0.1/", R.PRIVATE_ADDRESS, PermanentError),
        ("/to?file:///etc/passwd", R.BAD_URL, PermanentError),
        ("/to?gopher://site.localhost/", R.BAD_URL, PermanentError),
        ("/to?http://user:word@site.localhost/", R.BAD_URL, PermanentError),
        ("/to?http://site.localhost:25/", R.BAD_URL, PermanentError),
        ("/to?http://256.256.256.256/", R.BAD_URL, PermanentError),
        ("/to?http://[::1", R.BAD_URL, PermanentError),
        ("/to?http://nowhere.invalid/", R.DNS, TransientError),
        ("/nowhere", R.HTTP_CLIENT_ERROR, PermanentError),
        ("/truncated/chunks", R.RESET, TransientError),
        ("/truncated/length", R.RESET, TransientError),
        ("/truncated/gzip", R.RESET, TransientError),
        ("/broken/gzip", R.UNDECODABLE, PermanentError),
        ("/broken/coding", R.UNDECODABLE, PermanentError),
        ("/no-answer", R.RESET, TransientError),
        ("/image", R.WRONG_CONTENT_TYPE, PermanentError),
    ],
)
def test_misbehaviour_has_its_typed_outcome(
    site: MisbehavingSite, path: str, reason: FailReason, error: type[Exception]
) -> None:
    settings = quick(read_timeout_seconds=0.5, total_timeout_seconds=1) if reason is R.TIMEOUT else quick()
    with pytest.raises(error) as caught:
        get(site.url(path), settings)

    assert caught.value.reason is reason  # type: ignore[attr-defined]  # both error classes have it


@pytest.mark.parametrize("path", ["/broken/chunks", "/not-http", "/endless-headers"])
def test_what_is_not_http_is_a_typed_error(site: MisbehavingSite, path: str) -> None:
    with pytest.raises((TransientError, PermanentError)) as caught:
        get(site.url(path))

    assert caught.value.reason in (R.RESET, R.HTTP_SERVER_ERROR)


def test_ten_gigabytes_in_ten_megabytes_are_stopped_at_the_cap(site: MisbehavingSite) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises(PermanentError, match="larger than 16000000"):
        get(site.url("/bomb/ten-gigabytes"), quick(max_body_bytes=16_000_000, total_timeout_seconds=60))

    grown_kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kilobytes < 120_000  # the bomb itself, served from this process, is about 10 MB twice


def test_endless_body_is_left_soon_after_the_cap(site: MisbehavingSite) -> None:
    with pytest.raises(PermanentError):
        get(site.url("/endless"))

    assert site.asked("/endless")[0].sent_bytes < 30_000_000  # what the sockets' buffers took, not gigabytes


def test_untyped_answer_is_taken(site: MisbehavingSite) -> None:
    response = get(site.url("/untyped"))

    assert (response.content_type, response.content) == ("", PAGE)


@pytest.mark.parametrize("accept", [ANY_TYPE, ("image/png",)])
def test_accept_decides_which_types_are_taken(site: MisbehavingSite, accept: tuple[str, ...]) -> None:
    assert get(site.url("/image"), accept=accept).content_type == "image/png"


def test_html_wall_reaches_the_feed_parser(site: MisbehavingSite) -> None:
    assert get(site.url("/page"), accept=FEED_TYPES).content_type == "text/html"


def test_wrong_charset_header_leaves_the_bytes_alone(site: MisbehavingSite) -> None:
    response = get(site.url("/wrong-charset"))

    assert response.charset == "iso-8859-1"
    assert response.content == KOREAN_PAGE.encode("cp949")


def test_redirects_are_listed_in_order(site: MisbehavingSite) -> None:
    response = get(site.url("/chain/3"))

    assert response.url == site.url("/page")
    assert response.redirects == tuple((302, site.url(f"/chain/{left}")) for left in (3, 2, 1))


def test_ten_redirects_are_followed(site: MisbehavingSite) -> None:
    assert len(get(site.url("/chain/10")).redirects) == 10


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_every_redirect_status_is_followed(site: MisbehavingSite, status: int) -> None:
    assert get(site.url(f"/to/{status}?/page")).redirects[0][0] == status


def test_redirect_that_may_not_be_followed_is_the_response(site: MisbehavingSite) -> None:
    target = site.url("/page", "elsewhere.localhost")

    response = get(site.url(f"/to?{target}"), follow=lambda url: "elsewhere" not in url)

    assert (response.status, response.location, response.content) == (302, target, b"")
    assert not site.asked("/page")


def test_wall_that_only_wants_its_cookie_back_is_passed(site: MisbehavingSite) -> None:
    assert get(site.url("/cookie-wall")).content == PAGE


def test_cookies_of_one_site_are_not_sent_to_another(site: MisbehavingSite) -> None:
    other = site.url("/echo", "other.localhost")

    async def sets_cookie(exchange: Exchange) -> None:
        await exchange.redirect(other if exchange.visit() == 2 else "/sets", Set_Cookie=f"n{exchange.visit()}=secret")

    site.serve("/sets", sets_cookie)
    sent_on = json.loads(get(site.url("/sets")).content)

    assert site.asked("/sets")[1].headers["cookie"] == "n1=secret"
    assert "cookie" not in sent_on


def test_private_headers_stay_with_their_origin(site: MisbehavingSite) -> None:
    secret = {"Authorization": "Basic c2VjcmV0", "Cookie": "id=secret"}
    own = json.loads(get(site.url("/to?/echo"), headers=secret, etag='"v9"').content)
    other = json.loads(
        get(site.url(f"/to?{site.url('/echo', 'other.localhost')}"), headers=secret, etag='"v9"').content
    )

    assert (own["authorization"], own["cookie"], own["if-none-match"]) == ("Basic c2VjcmV0", "id=secret", '"v9"')
    assert not {"authorization", "cookie", "if-none-match"} & other.keys()


def test_validators_bring_not_modified(site: MisbehavingSite) -> None:
    first = get(site.url("/conditional"))
    again = get(site.url("/conditional"), etag=first.headers["etag"], last_modified=first.headers["last-modified"])

    assert not first.not_modified
    assert again.not_modified
    assert again.content == b""
    assert site.log[-1].headers["if-modified-since"] == "Mon, 02 Mar 2026 08:00:00 GMT"


def test_flapping_server_is_asked_again(site: MisbehavingSite) -> None:
    assert get(site.url("/flapping"), quick(attempts=2)).content == PAGE
    assert len(site.asked("/flapping")) == 2


@pytest.mark.parametrize("path", ["/too-many/seconds", "/too-many/date"])
def test_retry_after_is_waited_out(site: MisbehavingSite, path: str) -> None:
    assert get(site.url(path), quick(attempts=2)).content == PAGE

    first, second = site.asked(path)
    assert 0.95 <= second.started - first.started <= 10


def test_long_retry_after_is_left_to_a_later_round(site: MisbehavingSite) -> None:
    with pytest.raises(TransientError) as caught:
        get(site.url("/too-many/hour"), quick(attempts=5))

    assert caught.value.retry_after_seconds == 3600.0
    assert len(site.asked("/too-many/hour")) == 1


@pytest.mark.parametrize(
    ("path", "requests"),
    [("/status/404", 1), ("/status/403", 1), ("/endless", 1), ("/status/502", 3), ("/no-answer", 3), ("/silent", 3)],
)
def test_only_what_may_pass_is_tried_again(site: MisbehavingSite, path: str, requests: int) -> None:
    settings = quick(attempts=3, read_timeout_seconds=0.2) if path == "/silent" else quick(attempts=3)
    with pytest.raises((TransientError, PermanentError)):
        get(site.url(path), settings)

    # A server that closes without a word may have dropped an idle connection: aiohttp asks once more by itself.
    assert requests <= len(site.asked(path)) <= 2 * requests


def test_attempts_are_shared_along_a_chain_of_redirects(site: MisbehavingSite) -> None:
    with pytest.raises(TransientError):
        get(site.url("/to?/status/503"), quick(attempts=2))

    assert (len(site.asked("/to?/status/503")), len(site.asked("/status/503"))) == (1, 2)


def test_total_time_bounds_a_trickle(site: MisbehavingSite) -> None:
    started = time.monotonic()
    with pytest.raises(TransientError):
        get(site.url("/slow-body"), quick(total_timeout_seconds=0.5, read_timeout_seconds=10))

    assert time.monotonic() - started < 3


def test_closed_port_is_a_connection_error() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]

        with pytest.raises(TransientError) as caught:
            get(f"http://site.localhost:{port}/")

    assert caught.value.reason is R.CONNECT


@pytest.mark.parametrize("days", [2, -1], ids=["self-signed", "expired"])
def test_certificate_that_is_not_accepted_is_a_tls_error(tmp_path, days: int) -> None:
    with MisbehavingSite(self_signed_certificate(tmp_path, days=days)) as site:
        with pytest.raises(PermanentError, match="certificate not accepted") as caught:
            get(site.url("/page"))

        assert caught.value.reason is R.TLS
        assert not site.log


def test_certificate_of_a_known_authority_is_accepted_for_its_own_name_only(tmp_path) -> None:
    certificate = self_signed_certificate(tmp_path)
    context = ssl.create_default_context(cafile=str(certificate[0]))
    with MisbehavingSite(certificate) as site:
        assert get(site.url("/page"), client_options={"ssl_context": context}).content == PAGE
        with pytest.raises(PermanentError, match="certificate not accepted"):
            get(site.url("/page", "other.localhost"), client_options={"ssl_context": context})


def test_plain_server_behind_https_is_a_tls_error(site: MisbehavingSite) -> None:
    with pytest.raises((TransientError, PermanentError)) as caught:
        get(site.url("/page").replace("http:", "https:"))

    assert caught.value.reason is R.TLS


@pytest.mark.parametrize(
    "url",
    ["http://{name}/?token=hushhush", "http://hush:hushhush@{name}/", "http://{name}/to?http://10.0.0.1/?k=hushhush"],
)
def test_no_secret_of_a_url_is_in_an_error(site: MisbehavingSite, url: str) -> None:
    with pytest.raises((TransientError, PermanentError)) as caught:
        get(url.format(name=f"site.localhost:{site.port}"))

    assert "hushhush" not in f"{caught.value!r} {caught.value}"
    assert caught.value.__suppress_context__ or "hushhush" not in repr(caught.value.__context__)


@pytest.mark.parametrize(
    "host", ["site.localhost", "localhost", "127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::1]"]
)
def test_loopback_in_every_spelling_is_refused_by_default(site: MisbehavingSite, host: str) -> None:
    with pytest.raises(PermanentError) as caught:
        get(site.url("/page", host), allow_private=())

    assert caught.value.reason is R.PRIVATE_ADDRESS
    assert not site.log


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "127.1"])
def test_allowed_network_is_reached_in_every_spelling(site: MisbehavingSite, host: str) -> None:
    assert get(site.url("/page", host), allow_private=("127.0.0.0/8",)).url == site.url("/page", "127.0.0.1")


def test_allowed_host_allows_no_other(site: MisbehavingSite) -> None:
    with pytest.raises(PermanentError) as caught:
        get(site.url(f"/to?{site.url('/page', 'other.localhost')}"), allow_private=("site.localhost",))

    assert caught.value.reason is R.PRIVATE_ADDRESS
    assert not site.asked("/page")


def test_rebinding_name_is_connected_to_only_where_it_was_checked(site: MisbehavingSite) -> None:
    answers = iter([["127.0.0.1"], ["10.0.0.1"], ["10.0.0.1"]])

    async def lookup(host: str) -> list[str]:
        return next(answers)

    response = get(
        site.url("/page", "rebinding.example"),
        allow_private=("127.0.0.1",),
        client_options={"lookup": lookup},
    )

    assert response.status == 200  # one lookup, checked and used; the second answer is never asked for
    assert next(answers) == ["10.0.0.1"]


def test_private_address_among_public_ones_is_never_connected_to(site: MisbehavingSite) -> None:
    async def lookup(host: str) -> list[str]:
        return ["10.0.0.1", "169.254.169.254", "fd00:ec2::254", "127.0.0.1"]

    response = get(site.url("/page", "mixed.example"), allow_private=("127.0.0.1",), client_options={"lookup": lookup})

    assert response.status == 200
