"""Asks systems outside where a caller is to go: one JSON request, within its time.

Nothing an answer holds is trusted: it is bounded in size, taken only with status 200, and no
redirection is followed. The address a name leads to is looked up once, checked, and used as it is,
so that a name can't lead somewhere else between the check and the request.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

import httpx
import msgspec

from voicegw.calls.flow_terms import Answered, Ask, Unanswered

MAX_ANSWER_BYTES: Final = 16 << 10

_Address = IPv4Address | IPv6Address
_Network = IPv4Network | IPv6Network
_ASSIGNED: Final = IPv6Network("2000::/3")
"""All of IPv6 that leads to anybody (RFC 4291 §2.4); below lie forms of IPv4, too (§2.5.5)."""
_NOT_ASKED: Final = (IPv6Network("2002::/16"), IPv6Network("3fff::/20"))
"""What stands for some IPv4 address, private ones too (RFC 3056), and what is for books."""
_NO_HOST: Final = IPv4Network("192.88.99.0/24")
"""A relay to 2002::/16, deprecated (RFC 7526)."""
_MAX_LOOKING_UP: Final = 4


class _Answer(msgspec.Struct):
    """What an outside system may say; what else it says is not looked at."""

    next: str | None = None
    set: dict[str, str | int | float | bool] = {}


class _RefusedError(Exception):
    """It is not asked, or its answer is not taken. The text is the reason, a slug."""


def may_ask(address: _Address, allowed: Iterable[_Network]) -> bool:
    """Whether an address may be asked: a public one, or one of the `allowed` networks. Pure."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if any(address in network for network in allowed):
        return True
    if isinstance(address, IPv4Address):
        is_asked = address not in _NO_HOST
    else:
        is_asked = address in _ASSIGNED and not any(address in one for one in _NOT_ASKED)
    return is_asked and address.is_global and not address.is_multicast


class OutsideHttp:
    """Asks by HTTP (voicegw.calls.flow_terms.OutsideSystems). `close` at the end."""

    def __init__(self, allowed_networks: Sequence[str] = (), *, max_asking: int = 50) -> None:
        """Ask public addresses and those of `allowed_networks` (CIDR), `max_asking` at a time."""
        self._allowed = tuple(map(ip_network, allowed_networks))
        self._free = asyncio.Semaphore(max_asking)
        # Threads of its own: names that nobody answers for must not hold up those of trunks, which
        # the loop's few threads look up.
        self._names = ThreadPoolExecutor(_MAX_LOOKING_UP, "outside-names")
        # Connections are not kept: one is proven for a name, and the next may bear another.
        self._client = httpx.AsyncClient(
            verify=ssl.create_default_context(),
            trust_env=False,
            follow_redirects=False,
            limits=httpx.Limits(max_connections=max_asking, max_keepalive_connections=0),
            timeout=None,  # noqa: S113 - each question has its own, as a whole
        )

    async def close(self) -> None:
        """Close what is open."""
        self._names.shutdown(wait=False, cancel_futures=True)
        await self._client.aclose()

    async def ask(self, request: Ask) -> Answered | Unanswered:
        """Return the answer, at the latest after `request.timeout_s`. Never raises."""
        if self._free.locked():
            return Unanswered("too-many")
        try:
            async with self._free, asyncio.timeout(request.timeout_s):
                return _read(await self._post(request))
        except _RefusedError as error:
            return Unanswered(str(error))
        except TimeoutError:
            return Unanswered("timeout")
        except (httpx.HTTPError, httpx.InvalidURL, OSError):
            return Unanswered("unreachable")

    async def _post(self, request: Ask) -> bytes:
        url = httpx.URL(request.url)
        address = await self._address(url)
        headers = {
            "Host": url.netloc.decode(),
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
        }
        async with self._client.stream(
            "POST",
            url.copy_with(host=str(address)),
            headers=headers,
            content=msgspec.json.encode(request.body),
            extensions={"sni_hostname": url.host},
        ) as response:
            if response.status_code != httpx.codes.OK:
                raise _RefusedError(f"status-{response.status_code}")
            if "content-encoding" in response.headers:
                raise _RefusedError("encoded")
            answer = bytearray()
            async for chunk in response.aiter_raw():
                answer += chunk
                if len(answer) > MAX_ANSWER_BYTES:
                    raise _RefusedError("too-long")
            return bytes(answer)

    async def _address(self, url: httpx.URL) -> _Address:
        """Return an address of the URL's host that may be asked."""
        port = url.port or (443 if url.scheme == "https" else 80)
        look_up = partial(socket.getaddrinfo, url.host, port, type=socket.SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(self._names, look_up)
        for *_, place in found:
            address = ip_address(str(place[0]).partition("%")[0])
            if may_ask(address, self._allowed):
                return address
        raise _RefusedError("private-address")


def _read(body: bytes) -> Answered | Unanswered:
    try:
        answer = msgspec.json.decode(body, type=_Answer)
    except msgspec.DecodeError:
        return Unanswered("unreadable")
    return Answered(answer.next, {name: _text(value) for name, value in answer.set.items()})


def _text(value: str | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
