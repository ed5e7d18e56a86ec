"""Refuses who asks too often, before anything else is done for the request.

A key has a bucket of its own; whoever has none that this node knows shares the bucket of the
address, so that guessing keys and flooding without one are bounded, too. Telling whose key it is
costs one hash and asks nobody: a key's first request on a node counts for its address.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth import Principal
from api.client import client_in
from api.problems import ApiProblem
from api.rates import Rate, RateBook, header_fields
from voicegw.clock import Clock

_PROBES: Final = frozenset({"/healthz", "/readyz", "/metrics"})
"""What watches a node must see it most of all when it is asked too much."""


@dataclass(frozen=True, slots=True)
class RateLimits:
    """How often may be asked: by one key, and by one address without a key. None: no limit.

    `files` is the rate at which one address may ask for the console's files.
    """

    key: Rate | None = None
    address: Rate | None = None
    files: Rate | None = None

    def of(self, principal: Principal) -> Rate | None:
        """Return the rate of a key: its own, whose burst grows as its rate does, or everybody's."""
        own_per_s = principal.requests_per_s
        if own_per_s is None:
            return self.key
        at_once_s = self.key.burst / self.key.per_s if self.key is not None else 1.0
        return Rate(own_per_s, max(1, round(own_per_s * at_once_s)))


class RateLimiter:
    """Wraps the application, within the envelope of requests, which answers its refusals."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        limits: RateLimits,
        known: Callable[[Headers], Principal | None],
        clock: Clock,
        is_file: Callable[[Scope], bool] | None = None,
    ) -> None:
        """`known` tells from memory who asks; it must be quick.

        `is_file` tells what is no request to the API but for one of the console's files. They are
        counted by themselves: a page needs a few dozen at once, for an office full of people behind
        one address, and what else comes from there must not keep a page from its scripts.
        """
        self._app = app
        self._limits = limits
        self._known = known
        self._is_file = is_file
        self._clock = clock
        self._book = RateBook()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request. Raises ApiProblem `rate-limited`."""
        if scope["type"] != "http" or scope["path"] in _PROBES:
            await self._app(scope, receive, send)
            return
        for_file = self._is_file is not None and self._is_file(scope)
        principal = None if for_file else self._known(Headers(scope=scope))
        policy, asker, rate = self._asker(scope, principal, for_file=for_file)
        if rate is None:
            await self._app(scope, receive, send)
            return
        verdict = self._book.take(asker, rate, self._clock.monotonic())
        fields = header_fields(policy, rate, verdict)
        if not verdict.allowed:
            whose = "key" if principal is not None else "address"
            raise ApiProblem("rate-limited", f"The {whose} asks too often.", headers=fields)

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(fields)
            await send(message)

        await self._app(scope, receive, told)

    def _asker(
        self, scope: Scope, principal: Principal | None, *, for_file: bool
    ) -> tuple[str, str, Rate | None]:
        """Return the name of the policy, whose bucket it is, and the rate."""
        if principal is not None:
            return "key", principal.id, self._limits.of(principal)
        source = client_in(scope).source
        if for_file:
            return "files", f"/{source}", self._limits.files
        return "address", f"@{source}", self._limits.address
