"""Passing a request about a call on to the node that the call runs on.

The request goes as it came: the same path, body and authorization, the same id. The other node
checks all of it again, as if its sender had asked there, and its answer comes back as it is. The
only addresses are those that nodes have written to the store themselves.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import quote

import httpx
from starlette.requests import Request
from starlette.responses import Response

from api.client import client_in
from api.metrics import Figure
from api.problems import ApiProblem
from voicegw import tracing
from voicegw.clock import Clock
from voicegw.model.node import RegisteredNode

logger = logging.getLogger(__name__)

FORWARDED: Final = "X-Voicegw-Forwarded"
"""Names the node that passed a request on; such a request is passed on by nobody else."""
RETRY_AFTER_S: Final = 5

_SENT: Final = ("authorization", "cookie", "x-csrf-token", "content-type", "accept", "if-match")
"""What is passed on of a request. Not `Origin`: it names the node that was asked, and has been
compared with that."""
_RETURNED: Final = (
    "content-type",
    "cache-control",
    "etag",
    "location",
    "retry-after",
    "www-authenticate",
)


class NodeBook(Protocol):
    """Where nodes are registered; `voicegw.store.nodes.NodeRepository` is one."""

    async def get(self, name: str) -> RegisteredNode | None:
        """Return a node. Raises StoreUnavailableError."""
        ...


@dataclass(frozen=True, slots=True)
class PeerLimits:
    """What a request at another node may take: seconds to connect and in all, bytes, requests."""

    connect_s: float = 2.0
    total_s: float = 10.0
    answer_bytes: int = 1 << 20
    at_once: int = 32


class PeerNodes:
    """The other nodes on this store, as somebody to ask."""

    def __init__(
        self,
        nodes: NodeBook,
        clock: Clock,
        name: str,
        *,
        limits: PeerLimits | None = None,
        make_tls: Callable[[], ssl.SSLContext] = ssl.create_default_context,
    ) -> None:
        """Ask in the name of the node `name`; `make_tls` says whose certificates are believed."""
        self._nodes = nodes
        self._clock = clock
        self._name = name
        self._limits = limits or PeerLimits()
        self._make_tls = make_tls
        self._making = asyncio.Lock()
        self._transport: httpx.AsyncHTTPTransport | None = None
        self._results: Counter[str] = Counter()

    async def pass_on(self, request: Request, node: str) -> Response:
        """Return what the node `node` answers to `request`.

        Raises ApiProblem `call-elsewhere` when it is this node, has told no address, or the request
        has been passed on already; `node-away` when it does not answer; StoreUnavailableError.
        """
        url = await self._address(request, node)
        try:
            async with asyncio.timeout(self._limits.total_s):
                answer = await self._ask(request, url)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise self._away(node, "Nothing was done.", error) from None
        except (httpx.TransportError, httpx.InvalidURL, TimeoutError) as error:
            raise self._away(node, "Look at the call to see what was done.", error) from None
        self._results["answered"] += 1
        return answer

    async def close(self) -> None:
        """Close the connections to other nodes."""
        if self._transport is not None:
            await self._transport.aclose()

    def figures(self) -> Iterator[Figure]:
        """Yield what `/metrics` shows of it."""
        for result in ("answered", "away"):
            yield Figure("http_requests_passed_on", self._results[result], {"result": result})

    async def _address(self, request: Request, node: str) -> str:
        elsewhere = ApiProblem("call-elsewhere", f"The call runs on node {node}.")
        if node == self._name or FORWARDED in request.headers:
            raise elsewhere
        found = await self._nodes.get(node)
        if found is None or found.url is None:
            raise elsewhere
        if found.lease_until <= self._clock.now():
            # Somebody else may be at that address by now: a key is not for just anybody.
            raise self._away(node, "Nothing was done.", None)
        return found.url

    async def _ask(self, request: Request, url: str) -> Response:
        transport = await self._open()
        query = request.url.query
        asked = httpx.Request(
            request.method,
            url + quote(request.scope["path"]) + (f"?{query}" if query else ""),
            headers=self._headers(request),
            content=await request.body(),
            extensions={"timeout": self._timeouts()},
        )
        answer = await transport.handle_async_request(asked)
        try:
            body = await self._body(answer)
        finally:
            await answer.aclose()
        kept = {name: answer.headers[name] for name in _RETURNED if name in answer.headers}
        return Response(body, answer.status_code, kept)

    async def _open(self) -> httpx.AsyncHTTPTransport:
        """Return the connections: no proxy of the environment, no cookie kept, no redirection."""
        async with self._making:
            if self._transport is None:
                # Certificates are read from the disk.
                tls = await asyncio.to_thread(self._make_tls)
                limits = httpx.Limits(
                    max_connections=self._limits.at_once,
                    max_keepalive_connections=self._limits.at_once,
                )
                self._transport = httpx.AsyncHTTPTransport(
                    verify=tls, limits=limits, trust_env=False
                )
        return self._transport

    def _timeouts(self) -> Mapping[str, float | None]:
        return httpx.Timeout(self._limits.total_s, connect=self._limits.connect_s).as_dict()

    def _headers(self, request: Request) -> dict[str, str]:
        client = client_in(request.scope)
        traceparent = tracing.traceparent()
        return {
            **({} if traceparent is None else {"traceparent": traceparent}),
            **{name: request.headers[name] for name in _SENT if name in request.headers},
            "accept-encoding": "identity",
            "user-agent": "voicegw",
            "x-request-id": str(request.scope.get("voicegw.request_id", "")),
            "x-forwarded-for": client.address,
            "x-forwarded-proto": "https" if client.is_https else "http",
            FORWARDED: self._name,
        }

    async def _body(self, answer: httpx.Response) -> bytes:
        parts: list[bytes] = []
        left_bytes = self._limits.answer_bytes
        async for part in answer.aiter_raw():
            left_bytes -= len(part)
            if left_bytes < 0:
                raise httpx.RemoteProtocolError("the answer is too long")
            parts.append(part)
        return b"".join(parts)

    def _away(self, node: str, what: str, error: Exception | None) -> ApiProblem:
        self._results["away"] += 1
        why = "its lease has run out" if error is None else type(error).__name__
        logger.warning("node does not answer", extra={"asked": node, "why": why})
        headers = {"Retry-After": str(RETRY_AFTER_S)}
        return ApiProblem("node-away", f"Node {node} does not answer. {what}", headers=headers)
