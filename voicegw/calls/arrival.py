"""What came in, whoever called: how it becomes a leg, is answered, and told the last there is.

A caller may be told things before the leg is answered, in early media; whoever offered no
description can't be, and hears the network's own words instead.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from voicegw.calls.interruption import Interruption
from voicegw.calls.leg import CallLeg
from voicegw.calls.live_call import LiveCall
from voicegw.calls.speech import say
from voicegw.calls.terms import codecs_for, terms_for
from voicegw.model.call import PHONE, LegRole
from voicegw.model.event import EventType
from voicegw.sip.caller import number_withheld
from voicegw.sip.dialog import MAX_FORWARDS
from voicegw.sip.events import SessionEnded, SessionEvent, SessionListener
from voicegw.sip.session_uas import UasSession
from voicegw.sip.trunk import TrunkSource


class EarlyEvents:
    """Keeps what a session tells before its call exists, then passes everything on."""

    def __init__(self) -> None:
        """Keep from now on."""
        self.on_end: Callable[[], None] | None = None
        """Called when the session ends before it is anybody's."""
        self._queue: list[SessionEvent] = []
        self._listener: SessionListener | None = None

    def __call__(self, event: SessionEvent) -> None:
        """Take an event of the session (SessionListener)."""
        if self._listener is not None:
            self._listener(event)
            return
        self._queue.append(event)
        if isinstance(event, SessionEnded) and self.on_end is not None:
            self.on_end()

    @property
    def has_ended(self) -> bool:
        """Whether the session ended before it was anybody's."""
        return any(isinstance(event, SessionEnded) for event in self._queue)

    def hand_over(self, listener: SessionListener) -> None:
        """Pass on what was kept, and all that comes."""
        self._listener = listener
        for event in self._queue:
            listener(event)
        self._queue.clear()


@dataclass(frozen=True, slots=True)
class Arrival:
    """A session that came in and is no call's yet; `place` gives back what it has taken."""

    session: UasSession
    events: EarlyEvents
    place: ExitStack
    number: str | None = None
    """Who calls, as far as a trunk says so, even where nobody is to read it."""

    def join(
        self, call: LiveCall, role: LegRole, *, manager_id: str | None, number: str | None
    ) -> CallLeg:
        """Make the session a leg of `call`, which keeps its place to the end.

        Its events wait for :meth:`follow`.
        """
        leg = call.add_leg(role, manager_id=manager_id, number=number)
        source = self.session.source
        leg.record.trunk = source.trunk.name if isinstance(source, TrunkSource) else PHONE
        leg.withheld = number_withheld(self.session.invite)
        leg.attach(self.session)
        call.max_forwards = min(call.max_forwards, _hops_left(self.session))
        # With the call, not with a task: that waits for the store, which may be away for hours.
        call.at_end(self.place.pop_all().close)
        return leg

    def follow(self, call: LiveCall, leg: CallLeg) -> None:
        """Have the journal know how the session is ended, and the leg what it tells.

        Only now: the caller may have given up, and the journal closes what it has opened.
        """
        call.guard_session(leg, self.session)
        self.events.hand_over(leg.on_session_event)


def _hops_left(session: UasSession) -> int:
    """Return how many hops the call that came in may still take (RFC 7332 §5)."""
    given = session.invite.max_forwards
    return MAX_FORWARDS if given is None else max(0, min(given, MAX_FORWARDS) - 1)


async def describe(call: LiveCall, session: UasSession, leg: CallLeg) -> str:
    """Return our description for `leg`, made once. Raises SdpError (answer 488)."""
    if leg.local_sdp is None:
        sound = await call.sound.session()
        offer = session.remote_sdp
        settings, source = call.parts.settings, session.source
        listed = source.trunk.codecs if isinstance(source, TrunkSource) else None
        terms = terms_for(settings, session.peer, codecs_for(settings, listed))
        leg.terms = terms
        if offer is None:
            leg.local_sdp = await sound.offer(leg.id, leg.role, terms)
        else:
            leg.local_sdp = await sound.answer(leg.id, leg.role, offer, terms)
    call.check()
    return leg.local_sdp


async def answer(call: LiveCall, session: UasSession, leg: CallLeg) -> bool:
    """Answer `leg`; False when it had been answered before. Raises SdpError."""
    if leg.answered:
        return False
    session.answer(await describe(call, session, leg))
    leg.mark_answered(call.parts.clock.now())
    call.save(EventType.LEG_ANSWERED, leg=leg.record)
    return True


async def hear_last(
    call: LiveCall, session: UasSession, leg: CallLeg, names: Sequence[str]
) -> None:
    """Say the last there is to say to `leg`, in early media where it isn't answered.

    Whoever hangs up on it has heard enough: the reason of the end stays the reason.
    """
    if not leg.answered and session.remote_sdp is None:
        return  # an offerless INVITE can't carry early media
    with contextlib.suppress(Interruption):
        if not leg.answered:
            session.ring(183, await describe(call, session, leg))
        await say(call, leg, names=tuple(names))
