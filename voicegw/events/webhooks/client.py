"""Posts to receivers: one attempt, within its time, to an address that was checked.

A name is resolved once for each connection, the addresses found are checked, and the connection is
made to one of them: a name that leads elsewhere a moment later (DNS rebinding) gains nothing. TLS
is verified against the name. Redirects are never followed, no proxy is used, and little is read of
an answer.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import httpcore

from voicegw.events.webhooks.addresses import Address, Network
from voicegw.events.webhooks.resolving import resolved
from voicegw.events.webhooks.target import parse_target, usable
from voicegw.model.webhook import DeliveryError

_CONNECT_S: Final = 5.0
_MAX_ADDRESSES: Final = 3
"""How many addresses of a name are tried, within the time to connect."""
_MAX_ANSWER_BYTES: Final = 16_384
_ANSWER_S: Final = 1.0
"""How long the rest of an answer is waited for, to keep the connection; its status counts alone."""
_IDLE_S: Final = 30.0
_GONE: Final = 410
_BUSY: Final = frozenset({429, 503})


class AddressRefusedError(Exception):
    """A name leads to no address that may be connected to."""


class UnresolvedError(Exception):
    """A name leads to no address."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one attempt: `error` None means that the receiver has taken it.

    `retry_after` is that header of a 429 or 503, as it came.
    """

    error: DeliveryError | None
    status_code: int | None = None
    retry_after: str | None = None


class GatheringStream(httpcore.AsyncNetworkStream):
    """A connection that sends what was written when an answer is awaited: one packet, not four."""

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        """Take `inner` over."""
        self._inner = inner
        self._unsent = bytearray()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Send what waits, then read."""
        if self._unsent:
            data, self._unsent = bytes(self._unsent), bytearray()
            await self._inner.write(data, timeout)
        return await self._inner.read(max_bytes, timeout)

    async def write(
        self,
        buffer: bytes,
        timeout: float | None = None,  # noqa: ARG002 - httpcore's signature
    ) -> None:
        """Keep `buffer` until the next read; requests are small, so it is bounded."""
        self._unsent += buffer

    async def aclose(self) -> None:
        """Close the connection."""
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Return the connection, encrypted from now on."""
        inner = await self._inner.start_tls(ssl_context, server_hostname, timeout)
        return GatheringStream(inner)

    def get_extra_info(self, info: str) -> Any:
        """Return what the connection tells of itself."""
        return self._inner.get_extra_info(info)


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to addresses that may be connected to, and no others."""

    def __init__(
        self, scheme: str, allowed: Sequence[Network], resolvers: ThreadPoolExecutor
    ) -> None:
        """For URLs of `scheme`; `allowed` are networks that may be reached though not public."""
        self._scheme = scheme
        self._allowed = allowed
        self._resolvers = resolvers
        self._turn = asyncio.Lock()
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to one of the addresses of `host`.

        Raises UnresolvedError, AddressRefusedError, and what httpcore raises.
        """
        try:
            async with asyncio.timeout(timeout):
                return await self._connect(host, port, local_address, socket_options)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error

    async def _connect(
        self,
        host: str,
        port: int,
        local_address: str | None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None,
    ) -> httpcore.AsyncNetworkStream:
        failure: httpcore.ConnectError | None = None
        for address in (await self._addresses(host))[:_MAX_ADDRESSES]:
            try:
                stream = await self._inner.connect_tcp(
                    str(address),
                    port,
                    local_address=local_address,
                    socket_options=socket_options,
                )
            except httpcore.ConnectError as error:
                failure = error
            else:
                return GatheringStream(stream)
        raise failure or httpcore.ConnectError

    async def _addresses(self, host: str) -> list[Address]:
        # One look-up at a time: a name server that is silent takes one thread of a webhook.
        async with self._turn:
            found = await resolved(host, self._resolvers)
        if not found:
            raise UnresolvedError
        chosen = usable(self._scheme, found, self._allowed)
        if not chosen:
            raise AddressRefusedError
        return chosen


class Poster:
    """Posts to one receiver, over connections that are kept while they are used."""

    def __init__(
        self,
        url: str,
        *,
        at_once: int,
        timeout_s: float,
        allowed: Sequence[Network],
        tls: ssl.SSLContext,
        resolvers: ThreadPoolExecutor,
    ) -> None:
        """At most `at_once` postings may be under way.

        Raises InvalidError for a URL that nothing can be posted to.
        """
        network = CheckedNetwork(parse_target(url).scheme, allowed, resolvers)
        self.url = url
        self._timeout_s = timeout_s
        # One pool a connection: a pool looks at all of its connections for each request.
        self._pools = [
            httpcore.AsyncConnectionPool(
                ssl_context=tls,
                max_connections=1,
                keepalive_expiry=_IDLE_S,
                network_backend=network,
            )
            for _ in range(at_once)
        ]
        self._free = list(self._pools)
        self._used_s: float | None = None

    async def close(self) -> None:
        """Close all connections; the next posting opens one again."""
        self._used_s = None
        for pool in self._pools:
            await pool.aclose()

    async def rest(self) -> None:
        """Close the connections when nothing was posted for a while; call it now and then."""
        if self._used_s is None or len(self._free) < len(self._pools):
            return
        if asyncio.get_running_loop().time() - self._used_s > _IDLE_S:
            await self.close()

    async def post(self, headers: Sequence[tuple[str, str]], body: bytes) -> Answer:
        """Post `body` once and return what came of it. Raises nothing but CancelledError."""
        pool = self._free.pop()
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._post(pool, headers, body)
        except (TimeoutError, httpcore.TimeoutException):
            return Answer(DeliveryError.TIMEOUT)
        except AddressRefusedError:
            return Answer(DeliveryError.ADDRESS_REFUSED)
        except UnresolvedError:
            return Answer(DeliveryError.DNS_FAILED)
        except httpcore.ConnectError as error:
            is_tls = any(isinstance(one, ssl.SSLError) for one in error.args)
            return Answer(DeliveryError.TLS_FAILED if is_tls else DeliveryError.CONNECT_FAILED)
        except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError):
            return Answer(DeliveryError.CONNECTION_LOST)
        finally:
            # The one used last is the next: the others may rest.
            self._free.append(pool)
            self._used_s = asyncio.get_running_loop().time()

    async def _post(
        self,
        pool: httpcore.AsyncConnectionPool,
        headers: Sequence[tuple[str, str]],
        body: bytes,
    ) -> Answer:
        extensions = {"timeout": {"connect": _CONNECT_S, "pool": self._timeout_s}}
        async with pool.stream(
            "POST", self.url, headers=list(headers), content=body, extensions=extensions
        ) as response:
            with suppress(TimeoutError, httpcore.NetworkError, httpcore.ProtocolError):
                async with asyncio.timeout(_ANSWER_S):
                    await _read_a_little(response)
            named = {name.lower(): value for name, value in response.headers}
            wish = named.get(b"retry-after") if response.status in _BUSY else None
            return Answer(
                _error_of(response.status),
                response.status,
                None if wish is None else wish.decode("ascii", errors="replace"),
            )


async def _read_a_little(response: httpcore.Response) -> None:
    """Read an answer to its end, if that is near; else its connection will be closed."""
    read = 0
    async for chunk in response.aiter_stream():
        read += len(chunk)
        if read > _MAX_ANSWER_BYTES:
            return


def _error_of(status: int) -> DeliveryError | None:
    if 200 <= status < 300:
        return None
    if status == _GONE:
        return DeliveryError.GONE
    return DeliveryError.REDIRECT if 300 <= status < 400 else DeliveryError.REFUSED
