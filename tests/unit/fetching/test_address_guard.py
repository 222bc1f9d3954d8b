from __future__ import annotations

import ipaddress
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.address_guard import AddressGuard, is_public, literal_address
from connectors.web_address import web_address, without_credentials
from schemas.errors import ConfigError, FailReason, PermanentError


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "127.255.255.254",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "203.0.113.9",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "100::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ],
)
def test_address_off_the_open_internet_is_refused(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public_address_is_permitted(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@given(st.integers(0, 2**32 - 1), st.data())
def test_every_spelling_of_an_address_is_the_same_address(value: int, data: st.DataObject) -> None:
    parts = data.draw(st.integers(1, 4))
    numbers = [(value >> (8 * (3 - place))) & 255 for place in range(parts - 1)]
    numbers.append(value & (256 ** (5 - parts) - 1))
    spelled = ".".join(data.draw(st.sampled_from(["{:d}", "0x{:x}", "0X{:08X}", "0{:o}"])).format(n) for n in numbers)

    assert literal_address(spelled) == IPv4Address(value)
    assert web_address(f"http://{spelled}/").host == str(IPv4Address(value))


@pytest.mark.parametrize("host", ["news.example", "1.example", "0x7f.example", "cafe", "a.b.c.d", "123-4.example"])
def test_name_is_no_address(host: str) -> None:
    assert literal_address(host) is None


@pytest.mark.parametrize("host", ["1.2.3.4.5", "256.1.1.1", "1.2.3.256", "4294967296", "08.1.1.1"])
def test_number_that_is_no_address_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        literal_address(host)
    with pytest.raises(PermanentError):
        web_address(f"http://{host}/")


@pytest.mark.parametrize(
    ("allowed", "host", "port", "address"),
    [
        ("intranet.example", "intranet.example", 80, "10.0.0.1"),
        ("Intranet.Example", "intranet.example", 80, "10.0.0.1"),
        ("*.corp.example", "a.corp.example", 80, "10.0.0.1"),
        ("intranet.example:8080", "intranet.example", 8080, "10.0.0.1"),
        ("10.0.0.0/8", "anything.example", 80, "10.9.9.9"),
        ("127.0.0.1", "localhost", 80, "127.0.0.1"),
        ("127.0.0.1:9200", "localhost", 9200, "127.0.0.1"),
        ("::1", "localhost", 80, "::1"),
        ("[::1]:8080", "localhost", 8080, "::1"),
        ("fd00::/8", "x.example", 80, "fd00::1"),
        ("10.0.0.0/8", "mapped.example", 80, "::ffff:10.0.0.1"),
    ],
)
def test_what_is_named_may_be_private(allowed: str, host: str, port: int, address: str) -> None:
    AddressGuard((allowed,)).check(host, port, ipaddress.ip_address(address))


@pytest.mark.parametrize(
    ("allowed", "host", "port", "address"),
    [
        ("intranet.example", "evil.example", 80, "10.0.0.1"),
        ("intranet.example", "intranet.example.evil", 80, "10.0.0.1"),
        ("*.corp.example", "corp.example.evil", 80, "10.0.0.1"),
        ("*.corp.example", "evilcorp.example", 80, "10.0.0.1"),
        ("intranet.example:8080", "intranet.example", 80, "10.0.0.1"),
        ("127.0.0.1:9200", "localhost", 80, "127.0.0.1"),
        ("10.0.0.0/24", "x.example", 80, "10.0.1.1"),
        ("127.0.0.1", "localhost", 80, "::1"),
    ],
)
def test_what_is_not_named_stays_refused(allowed: str, host: str, port: int, address: str) -> None:
    with pytest.raises(PermanentError) as caught:
        AddressGuard((allowed,)).check(host, port, ipaddress.ip_address(address))

    assert caught.value.reason is FailReason.PRIVATE_ADDRESS


@pytest.mark.parametrize("item", ["", "http://a.example", "a b", "10.0.0.0/99", "host:port", "a/b", ":80"])
def test_unreadable_allowance_is_a_settings_error(item: str) -> None:
    with pytest.raises(ConfigError, match="allow_private"):
        AddressGuard((item,))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("HTTP://News.Example/Path?B=1#x", "http://news.example/Path?B=1"),
        ("https://news.example./a", "https://news.example/a"),
        ("http://news.example/%EA%B0%80?q=%B0%A1", "http://news.example/%EA%B0%80?q=%B0%A1"),
        ("http://新聞.example/記事", "http://" + "新聞".encode("idna").decode() + ".example/%E8%A8%98%E4%BA%8B"),
        (" http://news.example/a ", "http://news.example/a"),
        ("http://１２７.0.0.1/", "http://127.0.0.1/"),
    ],
)
def test_url_is_requested_in_one_form(text: str, address: str) -> None:
    assert str(web_address(text)) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "news.example/a",
        "ftp://news.example/",
        "javascript:alert(1)",
        "http://",
        "http:///path",
        "http://[::1",
        "http://[fe80::1%25eth0]/",
        "http://a:b@news.example/",
        "http://news.example:22/",
        "http://news.example:99999/",
        "http://" + "a" * 9000,
    ],
)
def test_url_that_cannot_be_requested_is_refused(text: str) -> None:
    with pytest.raises(PermanentError) as caught:
        web_address(text)

    assert caught.value.reason is FailReason.BAD_URL


@given(st.text(max_size=60))
def test_any_text_is_a_url_or_a_typed_error(text: str) -> None:
    for candidate in (text, f"http://{text}", f"http://news.example/{text}"):
        try:
            address = web_address(candidate)
        except PermanentError as error:
            outcome = error.reason
        else:
            outcome = FailReason.BAD_URL if web_address(str(address)) == address else None
        assert outcome is FailReason.BAD_URL


def test_credentials_are_not_shown() -> None:
    assert without_credentials("http://a:b@c@d.example/x@y") == "http://d.example/x@y"
    assert without_credentials("http://d.example/x@y") == "http://d.example/x@y"
