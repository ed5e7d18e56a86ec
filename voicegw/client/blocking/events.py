"""Events: in pages, or as they happen.

Written from `aio/events.py` by `make client`.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Final, Unpack

import msgspec

from voicegw.client.blocking.transport import Transport
from voicegw.client.models import Event
from voicegw.client.models.filters import EventFilters
from voicegw.client.page import Page
from voicegw.client.problems import NoAnswerError, ProblemError, StreamEndedError
from voicegw.client.request import Value, query, request
from voicegw.client.retrying import Reconnecting
from voicegw.client.sse import MessageReader

#: A stream without even a comment for so long is broken; the gateway sends one every 15 s.
_SILENCE_S: Final = 35.0
#: Why the gateway ends a stream that may be opened again at once.
_COME_BACK: Final = frozenset({"stopping", "slow-reader"})
#: What the gateway says of the stream itself, before it ends it.
_ENDS: Final = frozenset({"voicegw.closed", "voicegw.dropped"})


class _Ended(msgspec.Struct):
    reason: str


class Connected:
    """A stream was opened without a place: it begins now."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Nothing has happened; after a break the stream goes on after the event `last_id`."""

    last_id: str


class Events:
    """What happened, in the order in which it was committed."""

    def __init__(self, transport: Transport) -> None:
        """All requests go by `transport`."""
        self._transport = transport

    def page(
        self, *, after: str | None = None, limit: int = 100, **filters: Unpack[EventFilters]
    ) -> Page[Event]:
        """Return the events after the one with the id `after`; None: from the oldest at hand.

        Keep the id of the last one and go on after it, and none is missed. Raise GoneError when
        `after` was archived.
        """
        params = query(filters, after=after, limit=limit)
        return self._transport.get(request("GET", "/v1/events", params=params), Page[Event])

    def list(
        self, *, after: str | None = None, **filters: Unpack[EventFilters]
    ) -> Generator[Event, None, None]:
        """Yield all events after `after` that there are by now."""
        return self._transport.pages(
            "/v1/events", Page[Event], query(filters, after=after), place="after"
        )

    def stream(
        self, *, after: str | None = None, **filters: Unpack[EventFilters]
    ) -> Generator[Event, None, None]:
        """Yield events as they happen, without an end, each once.

        With `after` the stream goes on after that event and misses none, whatever happens to the
        connection or the node: it is opened again after the last event that came. Without it the
        stream begins now, and goes on from there.

        Raise StreamEndedError when the gateway ends it for good (the key was revoked), a
        ProblemError when it can't be opened, NoAnswerError when the gateway stays away for longer
        than the client's retries last.
        """
        with closing(self.watch(query(filters), after)) as watched:
            for one in watched:
                if isinstance(one, Event):
                    yield one

    def watch(
        self, params: dict[str, Value], last_id: str | None
    ) -> Generator[Event | Connected, None, None]:
        """Yield what `stream` does, and `Connected` each time that it begins without a place."""
        again = Reconnecting(self._transport.retries)
        while True:
            failure: NoAnswerError | ProblemError | None = None
            try:
                with closing(self._once(params, last_id)) as events:
                    for event in events:
                        if event is None:
                            again.worked()
                            continue
                        if isinstance(event, _Place):
                            last_id = event.last_id
                            continue
                        if isinstance(event, Event):
                            last_id = event.id
                            again.worked()
                        yield event
            except (NoAnswerError, ProblemError) as error:
                failure = error
            pause_s = again.pause_s(failure)
            if pause_s is None:
                raise failure or StreamEndedError("ended again and again", last_id)
            time.sleep(pause_s)

    def _once(
        self, params: dict[str, Value], last_id: str | None
    ) -> Generator[Event | Connected | _Place | None, None, None]:
        """Yield what comes over one connection, until the gateway asks to come back.

        None is a heart-beat: nothing has happened, and the stream lives.
        """
        place = last_id or ""
        headers = {"Accept": "text/event-stream"}
        if last_id is not None:
            headers["Last-Event-ID"] = last_id
        reader = MessageReader()
        asked = request("GET", "/v1/events", params=params, headers=headers)
        with self._transport.stream(asked, _SILENCE_S) as answer:
            if last_id is None:
                yield Connected()
            for line in answer.iter_lines():
                if line.startswith(":"):
                    yield None
                message = reader.line(line)
                if reader.last_id not in {"", place}:
                    place = reader.last_id
                    if message is None:
                        yield _Place(place)
                if message is None:
                    continue
                if message.name in _ENDS:
                    ended = msgspec.json.decode(message.data, type=_Ended)
                    if ended.reason in _COME_BACK:
                        return
                    raise StreamEndedError(ended.reason, message.last_id or last_id)
                yield msgspec.json.decode(message.data, type=Event)
