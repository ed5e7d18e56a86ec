"""A stream of events to one reader: server-sent events with heart-beats and an end that is told.

Own code rather than sse-starlette: that library has neither a bound on what waits for a slow reader
nor a last word to it, and it ends streams by replacing a method of uvicorn's server, which is the
node's here. What is left of it, frames and a loop, is less than what would surround it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.problems import ApiProblem
from api.sse import MEDIA_TYPE, frame, heart_beat, notice, opening
from voicegw.errors import StoreUnavailableError
from voicegw.events.tail import PAGE, EndReason, Subscription, SubscriptionEndedError, TailedEvent
from voicegw.model.directory import Role
from voicegw.model.event_filter import EventFilter

_log = logging.getLogger(__name__)

HEART_BEAT_S: Final = 15.0
RECHECK_S: Final = 5.0
"""How often a stream asks whether its reader may still read."""
STALLED_S: Final = 20.0
"""How long a reader may take nothing at all of what lies ready for it."""
PACE_S: Final = 0.1
"""How long a reader who has been sent what there was waits for more to gather: hundreds of readers
of every single event would otherwise keep the node from its calls."""
RETRY_MS: Final = 2000
_HEADERS: Final = {
    "Cache-Control": "no-store",
    # Proxies of nginx's kind gather answers unless they are told not to.
    "X-Accel-Buffering": "no",
}

DROPPED: Final = "voicegw.dropped"
"""The last event to a reader who was too slow."""
CLOSED: Final = "voicegw.closed"
"""The last event of a stream that ends for any other reason."""


class NoLongerAllowedError(Exception):
    """The reader may not read what the stream shows. `code` is the slug of a problem."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


Recheck = Callable[[], Awaitable[EventFilter]]
"""Returns what the reader may see now. Raises NoLongerAllowedError or ApiProblem: no more;
StoreUnavailableError: nobody knows, so the last answer holds."""


class EventStream(Response):
    """The answer that ends when its reader goes, is too slow, may read no more, or the node ends.

    Each event has its id, so that a reader comes back with `Last-Event-ID`; the beginning and
    heart-beats name the place, too, for who has seen no event for long or at all. The last one,
    without an id, says why the stream ends and which event was the last.
    """

    media_type = MEDIA_TYPE

    def __init__(
        self,
        subscription: Subscription,
        role: Role,
        recheck: Recheck,
        *,
        on_end: Callable[[str], None] = lambda _reason: None,
        heart_beat_s: float = HEART_BEAT_S,
        recheck_s: float = RECHECK_S,
        stalled_s: float = STALLED_S,
        pace_s: float = PACE_S,
    ) -> None:
        """Send what `subscription` brings, as `role` may see it; closes it at the end.

        `on_end` is told the reason why the stream has ended; `gone` when its reader went.
        """
        super().__init__(headers=_HEADERS)
        del self.headers["content-length"]
        self._subscription = subscription
        self._role = role
        self._recheck = recheck
        self._on_end = on_end
        self._heart_beat_s = heart_beat_s
        self._recheck_s = recheck_s
        self._stalled_s = stalled_s
        self._pace_s = pace_s
        self._last_id: str | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream to its end."""
        del scope
        reason = "gone"
        works = [
            asyncio.create_task(self._gone(receive), name="stream-reader"),
            asyncio.create_task(self._watch(), name="stream-watch"),
            asyncio.create_task(self._send_all(send), name="stream"),
        ]
        try:
            done, _ = await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
            reason = next(iter(done)).result()
            if reason != "gone":
                await self._stop(works)
                await self._last_word(send, reason)
        finally:
            await self._stop(works)
            self._subscription.close()
            self._on_end(reason)

    @staticmethod
    async def _stop(works: Sequence[asyncio.Task[str]]) -> None:
        for work in works:
            work.cancel()
        await asyncio.gather(*works, return_exceptions=True)

    @staticmethod
    async def _gone(receive: Receive) -> str:
        """Return when the reader has gone."""
        while (await receive())["type"] != "http.disconnect":
            pass
        return "gone"

    async def _watch(self) -> str:
        """Return why the reader may read no more, as soon as that is so."""
        while True:
            await asyncio.sleep(self._recheck_s)
            try:
                self._subscription.wanted = await self._recheck()
            except StoreUnavailableError:
                continue
            except (NoLongerAllowedError, ApiProblem) as problem:
                return problem.code

    async def _send_all(self, send: Send) -> str:
        """Send events until there are no more, and return why."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        place = self._subscription.began_after
        if await self._send(send, opening(RETRY_MS, place)):
            self._last_id = place
        while True:
            try:
                async with asyncio.timeout(self._heart_beat_s):
                    found = await self._subscription.take()
            except TimeoutError:
                taken = await self._beat(send)
            except SubscriptionEndedError as end:
                return end.reason
            else:
                taken = await self._send_events(send, found)
                # A whole page is not all there is: a reader who is behind is not held up.
                await asyncio.sleep(self._pace_s if len(found) < PAGE else 0)
            if not taken:
                return EndReason.SLOW_READER

    async def _beat(self, send: Send) -> bool:
        """Tell that the stream lives, and its place if that has moved; whether it was taken."""
        place = self._subscription.place
        if place is None or place == self._last_id:
            return await self._send(send, heart_beat())
        sent = await self._send(send, heart_beat(place))
        if sent:
            self._last_id = place
        return sent

    async def _send_events(self, send: Send, events: Sequence[TailedEvent]) -> bool:
        """Send events; return whether the reader has taken them in time."""
        told = [(one.event.id, one.event.type, one.document(self._role)) for one in events]
        sent = await self._send(send, b"".join(frame(*one) for one in told))
        if sent:
            self._last_id = told[-1][0]
        return sent

    async def _send(self, send: Send, body: bytes) -> bool:
        try:
            async with asyncio.timeout(self._stalled_s):
                await send({"type": "http.response.body", "body": body, "more_body": True})
        except TimeoutError:
            return False
        return True

    async def _last_word(self, send: Send, reason: str) -> None:
        """Tell why the stream ends; to a reader who reads nothing at all that can't be told."""
        _log.info("stream of events ended", extra={"reason": reason})
        kind = DROPPED if reason == EndReason.SLOW_READER else CLOSED
        data = msgspec.json.encode({"reason": reason, "last_id": self._last_id})
        try:
            async with asyncio.timeout(self._heart_beat_s):
                await send(
                    {"type": "http.response.body", "body": notice(kind, data), "more_body": False}
                )
        except TimeoutError:
            _log.info("reader of events has stalled")
