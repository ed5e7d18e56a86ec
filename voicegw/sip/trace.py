"""The last messages of each call, as they were on the wire. Pure.

The signalling core notes every message of a session, by its Call-ID; calls say which sessions are
theirs. Messages are kept as bytes and looked at only when somebody asks, so that noting one costs
about a microsecond. Everything is bounded: per message, per call (the middle is given up: how a
call began and how it ended matter most) and in all (the oldest calls are given up first).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Final, NamedTuple

from voicegw.model.call import LegRole
from voicegw.model.trace import CallTrace, TraceDirection, TracedMessage, pack
from voicegw.sip.redaction import without_caller, without_secrets
from voicegw.sip.wire import Peer

#: How a message that we have written names its session.
_CALL_ID: Final = b"\r\nCall-ID: "
#: What a kept message costs beside its bytes.
_OVERHEAD_BYTES: Final = 200


@dataclass(frozen=True, slots=True)
class TraceLimits:
    """What is kept at most. `messages` 0 keeps nothing.

    A call's trace is due for storing `settle_s` after its end, when the last answers have come, and
    stays in memory for `linger_s` after that.
    """

    messages: int = 200
    message_bytes: int = 4096
    total_bytes: int = 64 * 1024 * 1024
    settle_s: float = 5.0
    linger_s: float = 60.0


@dataclass(frozen=True, slots=True)
class TracedLeg:
    """Whose session it is. `peer` is the trunk's name, or `phone`.

    Of who is `withheld` neither number nor name is kept.
    """

    id: str
    role: LegRole
    peer: str
    withheld: bool = False


class _Noted(NamedTuple):
    at_s: float
    session: str
    is_received: bool
    transport: str
    data: bytes


@dataclass(slots=True)
class _Trail:
    """The messages of a call, or of a session that belongs to no call yet."""

    limits: TraceLimits
    legs: dict[str, TracedLeg | None] = field(default_factory=dict)
    first: list[_Noted] = field(default_factory=list)
    last: deque[_Noted] = field(default_factory=deque)
    dropped: int = 0
    size_bytes: int = 0
    ended_at_s: float | None = None
    taken_at_s: float | None = None

    def add(self, noted: _Noted) -> None:
        """Keep a message, in place of one from the middle when there are too many."""
        self.size_bytes += len(noted.data) + _OVERHEAD_BYTES
        if len(self.first) < self.limits.messages // 4:
            self.first.append(noted)
            return
        self.last.append(noted)
        if len(self.first) + len(self.last) > self.limits.messages:
            gone = self.last.popleft()
            self.size_bytes -= len(gone.data) + _OVERHEAD_BYTES
            self.dropped += 1

    def noted(self) -> Iterator[_Noted]:
        yield from self.first
        yield from self.last


@dataclass(frozen=True, slots=True)
class SettledTrace:
    """The trace of a call to which nothing is added any more; usable in any thread."""

    call_id: str
    _traced: Callable[[], CallTrace]

    def packed(self) -> bytes:
        """Return it as it is to be kept."""
        return pack(self._traced())


class TraceBook:
    """The traces of a node. `size_bytes` is what they hold, `given_up` how many had to go."""

    def __init__(self, limits: TraceLimits | None = None, *, epoch_offset_s: float = 0.0) -> None:
        """`epoch_offset_s` turns the core's seconds into seconds since the epoch."""
        self.limits = limits or TraceLimits()
        self.size_bytes = 0
        self.given_up = 0
        self._epoch_offset_s = epoch_offset_s
        self._by_session: dict[str, _Trail] = {}
        self._by_call: dict[str, _Trail] = {}

    # What the signalling core tells ------------------------------------------------------------

    def session_begun(self, session: str) -> None:
        """Note from now on what belongs to the Call-ID `session`.

        A far end that calls again may use the Call-ID of its call before: that one's trace is shut.
        """
        trail = self._by_session.get(session)
        if self.limits.messages and (trail is None or trail.legs.get(session) is not None):
            self._by_session[session] = _Trail(self.limits, {session: None})

    def session_over(self, session: str) -> None:
        """Forget a session that never became part of a call."""
        trail = self._by_session.get(session)
        if trail is not None and trail.legs.get(session) is None:
            del self._by_session[session]
            self.size_bytes -= trail.size_bytes

    def received(self, session: str, data: bytes, peer: Peer, now: float) -> None:
        """Note a message that came in."""
        trail = self._by_session.get(session)
        if trail is not None:
            self._note(trail, _Noted(now, session, True, peer.transport, data))

    def sent(self, data: bytes, peer: Peer, now: float) -> None:
        """Note a message that goes out."""
        start = data.find(_CALL_ID) + len(_CALL_ID)
        session = data[start : data.find(b"\r\n", start)].decode("utf-8", "replace")
        trail = self._by_session.get(session)
        if trail is not None:
            self._note(trail, _Noted(now, session, False, peer.transport, data))

    # What calls tell ---------------------------------------------------------------------------

    def belongs(self, session: str, call_id: str, leg: TracedLeg) -> None:
        """Say that the Call-ID `session` is a leg of a call, with all that was noted of it."""
        found = self._by_session.get(session)
        if found is None:
            return
        call = self._by_call.setdefault(call_id, _Trail(self.limits))
        call.legs[session] = leg
        if found is call:
            return
        self._by_session[session] = call
        before = call.size_bytes + found.size_bytes
        for noted in found.noted():
            call.add(noted)
        self.size_bytes += call.size_bytes - before

    def call_ended(self, call_id: str, now: float) -> None:
        """Say that nothing but last answers will come."""
        trail = self._by_call.get(call_id)
        if trail is not None:
            trail.ended_at_s = now

    # What is asked -----------------------------------------------------------------------------

    def trace(self, call_id: str) -> CallTrace | None:
        """Return what is held of a call, None when that is nothing."""
        trail = self._by_call.get(call_id)
        return None if trail is None else self._traced(call_id, trail)

    def take_settled(self, now: float, *, everything: bool = False) -> Sequence[SettledTrace]:
        """Return the traces of calls that have ended and settled, each once.

        With `everything` they need not have settled. What was taken long ago is dropped.
        """
        settled = []
        for call_id, trail in list(self._by_call.items()):
            if trail.taken_at_s is not None:
                if now - trail.taken_at_s >= self.limits.linger_s:
                    self._drop(call_id)
            elif trail.ended_at_s is not None and (
                everything or now - trail.ended_at_s >= self.limits.settle_s
            ):
                trail.taken_at_s = now
                settled.append(SettledTrace(call_id, partial(self._traced, call_id, trail)))
        return settled

    # -------------------------------------------------------------------------------------------

    def _note(self, trail: _Trail, noted: _Noted) -> None:
        if trail.taken_at_s is not None:
            return
        if len(noted.data) > self.limits.message_bytes:
            noted = noted._replace(data=noted.data[: self.limits.message_bytes])
        before = trail.size_bytes
        trail.add(noted)
        self.size_bytes += trail.size_bytes - before
        if self.size_bytes > self.limits.total_bytes:
            self._make_room()

    def _make_room(self) -> None:
        """Give up calls until a tenth is free: those that are stored first, then the oldest.

        Sessions that belong to no call go before calls that are not stored.
        """
        enough_bytes = self.limits.total_bytes * 9 // 10
        for call_id, trail in list(self._by_call.items()):
            if self.size_bytes <= enough_bytes:
                return
            if trail.taken_at_s is not None:
                self._drop(call_id)
        for session in list(self._by_session):
            if self.size_bytes <= enough_bytes:
                return
            self.session_over(session)
        for call_id in list(self._by_call):
            if self.size_bytes <= enough_bytes:
                return
            self.given_up += 1
            self._drop(call_id)

    def _drop(self, call_id: str) -> None:
        trail = self._by_call.pop(call_id)
        self.size_bytes -= trail.size_bytes
        for session in trail.legs:
            if self._by_session.get(session) is trail:
                del self._by_session[session]

    def _traced(self, call_id: str, trail: _Trail) -> CallTrace:
        messages = []
        for noted in sorted(trail.noted(), key=lambda noted: noted.at_s):
            leg = trail.legs.get(noted.session)
            if leg is None:
                continue
            text = without_secrets(noted.data.decode("utf-8", "replace"))
            messages.append(
                TracedMessage(
                    at=datetime.fromtimestamp(noted.at_s + self._epoch_offset_s, UTC),
                    leg=leg.id,
                    role=leg.role,
                    direction=TraceDirection.IN if noted.is_received else TraceDirection.OUT,
                    peer=leg.peer,
                    transport=noted.transport,
                    text=without_caller(text) if leg.withheld else text,
                )
            )
        return CallTrace(call_id, tuple(messages), trail.dropped)
