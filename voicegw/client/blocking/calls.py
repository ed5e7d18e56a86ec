"""Calls: start them, follow them to their end, say what came of them.

Written from `aio/calls.py` by `make client`.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import closing
from typing import Unpack

from voicegw.client.blocking.events import Connected, Events
from voicegw.client.blocking.transport import Transport
from voicegw.client.models import Call, Event
from voicegw.client.models.filters import CallFilters
from voicegw.client.page import Page
from voicegw.client.problems import WaitedTooLongError
from voicegw.client.request import given, idempotent, query, request, segment


class Calls:
    """Calls, from the request to their outcome."""

    def __init__(self, transport: Transport, events: Events) -> None:
        """All requests go by `transport`; what happens is told by `events`."""
        self._transport = transport
        self._events = events

    def start(
        self,
        *,
        manager_id: str | None = None,
        manager_external_id: str | None = None,
        customer_id: str | None = None,
        customer_external_id: str | None = None,
        customer_number: str | None = None,
        hotline_id: str | None = None,
        task_id: str | None = None,
        client_state: str | None = None,
        ring_s: int | None = None,
        max_talk_s: int | None = None,
        idempotency_key: str | None = None,
    ) -> Call:
        """Start a call: the manager's telephone rings first, then the customer's.

        It takes one way to name the manager and one to name the customer. It is tried again where
        that is safe: an Idempotency-Key goes with it, `idempotency_key` or one made up here. Give
        your own (an order and how often you tried, say) to be safe beyond a restart of your own.

        Raise a ProblemError when the call may not be made; nothing was or will be dialled then.
        After a NoAnswerError it may have been: ask again with the same `idempotency_key`.
        """
        body = given(
            manager_id=manager_id,
            manager_external_id=manager_external_id,
            customer_id=customer_id,
            customer_external_id=customer_external_id,
            customer_number=customer_number,
            hotline_id=hotline_id,
            task_id=task_id,
            client_state=client_state,
            ring_s=ring_s,
            max_talk_s=max_talk_s,
        )
        headers = idempotent(idempotency_key)
        asked = request("POST", "/v1/calls", headers=headers, body=body, repeatable=True)
        return self._transport.get(asked, Call)

    def get(self, call_id: str) -> Call:
        """Return a call as it is now. Raise NotFoundError."""
        return self._transport.get(request("GET", _path(call_id)), Call)

    def list(self, **filters: Unpack[CallFilters]) -> Generator[Call, None, None]:
        """Yield all calls that fit, the newest first, page by page as they are needed."""
        return self._transport.pages("/v1/calls", Page[Call], query(filters))

    def page(
        self, *, limit: int = 50, cursor: str | None = None, **filters: Unpack[CallFilters]
    ) -> Page[Call]:
        """Return one page of the list, at most 200 calls."""
        params = query(filters, limit=limit, cursor=cursor)
        return self._transport.get(request("GET", "/v1/calls", params=params), Page[Call])

    def events(self, call_id: str) -> Generator[Event, None, None]:
        """Yield what has happened to a call by now."""
        return self._transport.pages(f"{_path(call_id)}/events", Page[Event], {})

    def follow(
        self,
        call_id: str,
        *,
        last: str = "call.ended",
    ) -> Generator[Event, None, None]:
        """Yield everything that happens to a call, from its beginning to the event `last`.

        Each event comes once, in order, also when the connection breaks or the node is started
        again meanwhile. With `last="call.settled"` it goes on until recording and transcript are
        final or given up. Raise what `Events.stream` does.
        """
        seen: set[str] = set()
        with closing(self._events.watch({"subject": call_id}, None)) as watched:
            for one in watched:
                # A stream without a place begins now: what was before it is in the list.
                new = self.events(call_id) if isinstance(one, Connected) else _one(one)
                with closing(new) as events:
                    for event in events:
                        if event.id in seen:
                            continue
                        seen.add(event.id)
                        yield event
                        if event.type == last:
                            return

    def wait_until_ended(
        self, call_id: str, *, timeout_s: float = 3600, every_s: float = 1
    ) -> Call:
        """Return the call once it is over: `outcome` says what became of it.

        It is asked for every `every_s` seconds. Raise WaitedTooLongError after `timeout_s`.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            call = self.get(call_id)
            if call.outcome is not None:
                return call
            if time.monotonic() + every_s > deadline:
                raise WaitedTooLongError(f"the call has not ended within {timeout_s:g} s")
            time.sleep(every_s)

    def hang_up(self, call_id: str) -> Call:
        """End a call. That it has ended already is no error.

        Raise a ProblemError (`node-away`, `call-elsewhere`) when its node can't be reached.
        """
        asked = request("POST", f"{_path(call_id)}/hangup", repeatable=True)
        return self._transport.get(asked, Call)

    def set_disposition(self, call_id: str, code: str, *, note: str = "") -> Call:
        """Say what came of a call, by a code of your own and in words."""
        body = {"code": code, "note": note}
        asked = request("PUT", f"{_path(call_id)}/disposition", body=body)
        return self._transport.get(asked, Call)


def _path(call_id: str) -> str:
    return f"/v1/calls/{segment(call_id)}"


def _one(event: Event) -> Generator[Event, None, None]:
    yield event
