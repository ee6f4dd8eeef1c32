"""HTTP to addresses that somebody wrote down: webhooks, learning platforms.

Whoever may write an address must not reach through this server what only this server reaches. So a
name is looked up once, every address it has is judged, and the connection goes to one that was
judged: a name that changes its mind in between (DNS rebinding) gains nothing. Redirects are not
followed. OWASP, Server-Side Request Forgery Prevention.
"""

import asyncio
import socket
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import BoundedSemaphore
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpcore

from proctor_app.errors import Invalid, Unavailable

MAX_URL = 1000
_TIMEOUT_S = 10.0
_MOST_BYTES = 256 * 1024
_AT_ONCE = 20
LOOKUP_THREADS = 6
LOOKUPS = 16
"""Names that are looked up, or wait for it, at once; a resolver that hangs holds up no more."""
_SOCKET_OPTIONS = Iterable[Any]
_Address = IPv4Address | IPv6Address
_Found = list[tuple[Any, ...]]
_REFUSED_V4 = (ip_network("0.0.0.0/8"), ip_network("192.88.99.0/24"))
_PUBLIC_V6 = ip_network("2000::/3")
_REFUSED_V6 = (ip_network("2001::/32"), ip_network("2002::/16"), ip_network("3fff::/20"))
_ISATAP = (0x00005EFE, 0x02005EFE)


class Unreachable(Unavailable):
    """Nobody answered there, or not as HTTP has it."""

    code = "unreachable"


@dataclass(frozen=True, slots=True)
class Answered:
    """body: at most what was asked for; a longer one is Unreachable."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Outgoing:
    """Lives on one event loop. allowed: networks and host names that may be private, and may be
    asked without encryption."""

    def __init__(self, allowed: tuple[str, ...]) -> None:
        self._networks = tuple(ip_network(part) for part in allowed if "/" in part)
        self._hosts = frozenset(part for part in allowed if "/" not in part)
        self._pool: httpcore.AsyncConnectionPool | None = None
        # Apart from the loop's own threads, which pages and routes wait for.
        self._lookups = ThreadPoolExecutor(LOOKUP_THREADS, thread_name_prefix="lookup")
        self._may_look_up = BoundedSemaphore(LOOKUPS)

    def check(self, url: str) -> str:
        """The address if it can be asked, as far as can be told without looking its name up; raises
        Invalid with what is wrong with it."""
        parts = _parts(url)
        host = parts.hostname or ""
        if not self._may_be_plain(host) and parts.scheme != "https":
            raise Invalid("url_not_https", "Use an address that begins with https://.")
        if (address := _as_address(host)) is not None:
            self._judge(host, address)
        return url

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        timeout_s: float = _TIMEOUT_S,
        max_bytes: int = _MOST_BYTES,
    ) -> Answered:
        """Ask once, follow nothing. timeout_s: for all of it. Raises Invalid for an address that
        must not be asked, Unreachable."""
        self.check(url)
        try:
            async with asyncio.timeout(timeout_s):
                return await self._ask(method, url, dict(headers or {}), body, max_bytes)
        except TimeoutError as error:
            raise Unreachable("timeout", "There was no answer in time.") from error
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
            raise Unreachable("no_connection", _words(error)) from error
        except (ValueError, TypeError) as error:  # what the client library makes of odd addresses
            raise Invalid("url_not_valid", "This is not an address.") from error

    async def close(self) -> None:
        """Ends connections; a look-up that hangs is not waited for."""
        self._lookups.shutdown(wait=False, cancel_futures=True)
        if self._pool is not None:
            await self._pool.aclose()

    async def _ask(
        self, method: str, url: str, headers: dict[str, str], body: bytes, max_bytes: int
    ) -> Answered:
        if self._pool is None:
            self._pool = httpcore.AsyncConnectionPool(
                max_connections=_AT_ONCE,
                keepalive_expiry=5.0,
                network_backend=_Judging(self),
            )
        sent: list[tuple[str | bytes, str | bytes]] = [("user-agent", "Proctor"), *headers.items()]
        found = bytearray()
        async with self._pool.stream(method, url, headers=sent, content=body) as answer:
            async for part in answer.aiter_stream():
                found += part
                if len(found) > max_bytes:
                    raise Unreachable("answer_too_large", "The answer is too large.")
        told = {name.decode("latin-1").lower(): v.decode("latin-1") for name, v in answer.headers}
        return Answered(answer.status, told, bytes(found))

    async def addresses(self, host: str, port: int) -> list[str]:
        """The addresses of a name, all of which may be asked. Raises Invalid, Unreachable."""
        try:
            found = await asyncio.wrap_future(self._look_up(host, port))
        except (OSError, UnicodeError) as error:
            raise Unreachable("name_unknown", f"The name {host[:100]} is not known.") from error
        addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
        for one in addresses:
            self._judge(host, ip_address(one.partition("%")[0]))
        return addresses

    def _look_up(self, host: str, port: int) -> "Future[_Found]":
        """Ask the resolver in a thread of its own. Raises Unreachable: too many are asked now."""
        if not self._may_look_up.acquire(blocking=False):
            raise Unreachable("lookups_busy", "Too many names are being looked up. Try again.")
        try:
            job = self._lookups.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        except RuntimeError as error:
            self._may_look_up.release()
            raise Unreachable("no_connection", "The installation is stopping.") from error
        job.add_done_callback(lambda _: self._may_look_up.release())  # when its thread is free
        return job

    def _judge(self, host: str, address: _Address) -> None:
        mapped = getattr(address, "ipv4_mapped", None)
        address = mapped or address
        if host.lower() in self._hosts or any(address in one for one in self._networks):
            return
        if not address.is_global or address.is_multicast or _is_special(address):
            raise Invalid(
                "address_private", "This is a private address; the installation allows none."
            )

    def _may_be_plain(self, host: str) -> bool:
        address = _as_address(host)
        inside = address is not None and any(address in one for one in self._networks)
        return inside or host.lower() in self._hosts


class _Judging(httpcore.AsyncNetworkBackend):
    """Connects to judged addresses alone."""

    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's signature
        local_address: str | None = None,
        socket_options: _SOCKET_OPTIONS | None = None,
    ) -> httpcore.AsyncNetworkStream:
        last: Exception | None = None
        for address in await self._outgoing.addresses(host, port):
            try:
                return await self._inner.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except httpcore.ConnectError as error:
                last = error
        raise httpcore.ConnectError("no address answers") from last

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise Invalid("url_not_valid", "This is not an address.") from error
    is_plain = url.isascii() and url.isprintable() and not any(c in url for c in ' "<>\\^`{|}')
    if len(url) > MAX_URL or not is_plain or parts.scheme not in ("http", "https"):
        raise Invalid("url_not_valid", f"An address is https://..., {MAX_URL} characters at most.")
    if not parts.hostname or parts.username is not None or parts.password is not None:
        raise Invalid("url_not_valid", "An address has a host, and no name or password in it.")
    return parts


def _as_address(host: str) -> _Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _is_special(address: _Address) -> bool:
    """Whether it is outside of what is given out to hosts, or may lead on to an IPv4 address that
    was not judged: 6to4 (RFC 3056) and its relays (RFC 7526), Teredo (RFC 4380), ISATAP (RFC 5214);
    NAT64 and addresses with IPv4 in them lie outside of 2000::/3."""
    if isinstance(address, IPv4Address):
        return any(address in one for one in _REFUSED_V4)
    is_isatap = (int(address) >> 32) & 0xFFFFFFFF in _ISATAP
    return address not in _PUBLIC_V6 or is_isatap or any(address in one for one in _REFUSED_V6)


def _words(error: Exception) -> str:
    return f"There is no connection ({type(error).__name__})."
