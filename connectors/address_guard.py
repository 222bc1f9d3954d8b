"""Which network addresses may be connected to: public ones, and private ones that the settings name."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from aiohttp.abc import AbstractResolver, ResolveResult

from schemas.errors import ConfigError, FailReason, PermanentError, TransientError

Address = IPv4Address | IPv6Address
Lookup = Callable[[str], Awaitable[list[str]]]
"""A host name to its addresses; raises OSError. The system's resolver unless a test brings its own."""

_LOOKUP_THREADS = 32  # a dead name blocks its thread for seconds; the system call cannot be cancelled

# What `ipaddress` calls global and is not for us: Azure's metadata service has a public address, the
# 6to4 relay prefix is retired (RFC 7526), site-local addresses are deprecated but still routed (RFC 3879),
# and the first two are pinned here because `is_global` differs between Python versions.
_REFUSED_NETWORKS = tuple(
    ipaddress.ip_network(network)
    for network in (
        "100.64.0.0/10",
        "192.0.0.0/24",
        "168.63.129.16/32",
        "192.88.99.0/24",
        "fec0::/10",
        "64:ff9b:1::/48",
        "::/96",
    )
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_public(address: Address) -> bool:
    """Whether the address belongs to the open internet.

    An IPv6 address that carries an IPv4 address (mapped, NAT64, 6to4, Teredo) is judged by that one.

    >>> is_public(ipaddress.ip_address("::ffff:10.0.0.1")), is_public(ipaddress.ip_address("8.8.8.8"))
    (False, True)

    Source: the IANA special-purpose address registries (RFC 6890), RFC 4291, 6052, 3056, 4380.
    """
    if isinstance(address, IPv6Address):
        carried = _carried_addresses(address)
        if carried:
            return all(is_public(inner) for inner in carried)
    if any(address in network for network in _REFUSED_NETWORKS if network.version == address.version):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _carried_addresses(address: IPv6Address) -> tuple[IPv4Address, ...]:
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    if address in _NAT64:
        return (IPv4Address(int(address) & 0xFFFFFFFF),)
    if address.sixtofour is not None:
        return (address.sixtofour,)
    return address.teredo or ()


def literal_address(host: str) -> Address | None:
    """The address that a host written as digits stands for, or None for a name.

    Every spelling that the system's resolver takes for IPv4 is understood: decimal, octal and hexadecimal
    parts, one to four of them.

    >>> literal_address("0x7f.1"), literal_address("news.example")
    (IPv4Address('127.0.0.1'), None)

    Errors: ValueError when the host can only be an address, and is not one.
    Source: WHATWG URL Standard, section 3.5 (IPv4 parser).
    """
    bare = host.removeprefix("[").removesuffix("]")
    if ":" in bare:
        return IPv6Address(bare.partition("%")[0])
    parts = bare.removesuffix(".").split(".")
    if not _is_number(parts[-1]):
        return None
    if len(parts) > 4:
        raise ValueError(f"{host} is not an address")
    numbers = [_number(part) for part in parts]
    limit = 256 ** (5 - len(numbers))
    if any(number > 255 for number in numbers[:-1]) or numbers[-1] >= limit:
        raise ValueError(f"{host} is not an address")
    value = numbers[-1]
    for place, number in enumerate(numbers[:-1]):
        value += number * 256 ** (3 - place)
    return IPv4Address(value)


def _is_number(part: str) -> bool:
    if part.isascii() and part.isdigit():
        return True
    return part[:2].lower() == "0x" and all(letter in "0123456789abcdefABCDEF" for letter in part[2:])


def _number(part: str) -> int:
    if part[:2].lower() == "0x":
        return int(part[2:] or "0", 16)
    if len(part) > 1 and part.startswith("0"):
        return int(part, 8)
    return int(part)


@dataclass(frozen=True, slots=True)
class _AllowedHost:
    host: str  # "" matches every host within the network
    port: int | None
    network: IPv4Network | IPv6Network | None

    def covers(self, host: str, port: int, address: Address) -> bool:
        if self.port is not None and self.port != port:
            return False
        if self.network is not None:
            return address.version == self.network.version and address in self.network
        return self.host == host or (self.host.startswith("*.") and host.endswith(self.host[1:]))


class AddressGuard:
    """Decides, after DNS, which addresses of a host may be connected to.

    Args:
        allow_private: what may be private: a host name (``intranet.example``, ``*.intranet.example``), an
            address, either with ``:port``, or a network (``127.0.0.0/8``).
    Errors: ConfigError for an item that is none of these.

    """

    def __init__(self, allow_private: Iterable[str] = ()) -> None:
        self._allowed = tuple(_parse_allowed(item) for item in allow_private)

    def check(self, host: str, port: int, address: Address) -> None:
        """Let a permitted address pass.

        Errors: PermanentError(private_address) naming the host and the setting that would allow it.
        """
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if is_public(address) or any(allowed.covers(host, port, address) for allowed in self._allowed):
            return
        raise PermanentError(
            FailReason.PRIVATE_ADDRESS,
            f"{host} is at {address}, which is not public; --allow-private {host} permits it",
        )


def _parse_allowed(item: str) -> _AllowedHost:
    text = item.strip().lower()
    try:
        return _AllowedHost("", None, ipaddress.ip_network(text, strict=False))
    except ValueError:
        host, separator, port = text.rpartition(":")
        if not separator:
            host, port = text, ""
    bare = host.removeprefix("[").removesuffix("]")
    if not bare or "/" in bare or " " in bare or (separator and not port.isdigit()) or (":" in bare and host == bare):
        raise ConfigError(f"allow_private: {item!r} is no host, host:port, address or network such as 127.0.0.0/8")
    number = int(port) if port else None
    try:
        return _AllowedHost("", number, ipaddress.ip_network(bare))
    except ValueError:
        return _AllowedHost(bare, number, None)


class GuardedResolver(AbstractResolver):
    """aiohttp's way to addresses: looks a name up once and hands out only addresses that were checked.

    aiohttp connects to exactly what is returned here, so a name that changes its address between check and
    connection (DNS rebinding) gains nothing. ``localhost`` and names under it are loopback without a lookup
    (RFC 6761, section 6.3).

    Errors: PermanentError(private_address) when no address of the host is permitted; TransientError(dns).
    """

    def __init__(self, guard: AddressGuard, timeout_seconds: float, lookup: Lookup | None = None) -> None:
        self._guard = guard
        self._timeout_seconds = timeout_seconds
        self._threads = ThreadPoolExecutor(_LOOKUP_THREADS, thread_name_prefix="straitwire-dns")
        self._lookup = lookup or self._system_lookup

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        refusal: PermanentError | None = None
        results: list[ResolveResult] = []
        for address in await self._addresses(host):
            if family not in (socket.AF_UNSPEC, _family(address)):
                continue
            try:
                self._guard.check(host, port, address)
            except PermanentError as error:
                refusal = error
                continue
            results.append(
                ResolveResult(
                    hostname=host,
                    host=str(address),
                    port=port,
                    family=_family(address),
                    proto=socket.IPPROTO_TCP,
                    flags=socket.AI_NUMERICHOST,
                )
            )
        if results:
            return results
        raise refusal or TransientError(FailReason.DNS, f"{host} has no address")

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _addresses(self, host: str) -> list[Address]:
        if host == "localhost" or host.endswith(".localhost"):
            return [IPv4Address("127.0.0.1"), IPv6Address("::1")]
        try:
            async with asyncio.timeout(self._timeout_seconds):
                texts = await self._lookup(host)
            return [ipaddress.ip_address(text.partition("%")[0]) for text in texts]
        except TimeoutError as error:
            raise TransientError(FailReason.DNS, f"{host} could not be looked up in time") from error
        except (OSError, UnicodeError) as error:
            raise TransientError(FailReason.DNS, f"{host} could not be looked up") from error

    async def _system_lookup(self, host: str) -> list[str]:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, _system_addresses, host)
        return list(dict.fromkeys(found))


def _system_addresses(host: str) -> list[str]:
    return [str(row[4][0]) for row in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]


def _family(address: Address) -> socket.AddressFamily:
    return socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
