"""Who comes in: from an INVITE to the call it becomes, or to the code it is refused with.

Refused are callers that a draining or a full node can't take, telephones that may not dial, and
numbers that are no hotline of ours. For all others it finds out who calls and how the call shall
go, and runs it.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import ExitStack
from typing import Any, Final, Protocol

from voicegw.calls.choices import choices_for
from voicegw.calls.flow_start import flow_start
from voicegw.calls.inbound import Inbound
from voicegw.calls.live_call import LiveCall
from voicegw.calls.outcome import Ending
from voicegw.calls.parts import CallParts
from voicegw.directory.match import CallerMatch
from voicegw.errors import VoicegwError
from voicegw.model.call import Call, CallStatus, Direction, LegRole
from voicegw.model.directory import Hotline
from voicegw.model.event import EventType
from voicegw.model.ids import IdKind, new_id
from voicegw.model.numbers import normalise
from voicegw.model.routing import Routing
from voicegw.sip.caller import asserted_caller, number_withheld
from voicegw.sip.dialog import MAX_FORWARDS
from voicegw.sip.events import SessionEvent, SessionListener
from voicegw.sip.session_uas import UasSession
from voicegw.sip.telephone_uri import called_numbers
from voicegw.sip.trunk import PhoneSource, Trunk, TrunkSource

_log = logging.getLogger(__name__)

_RETRY_AFTER_S: Final = 30
_TRUNK_RETRY_AFTER_S: Final = 5
"""A trunk's place may be free in a moment; a carrier sends us nothing at all until then."""


_RECENT_DAYS: Final = Routing().recent_days
"""For whose number it is, where nobody is rung for having dialled it."""


class AdmittingNode(Protocol):
    """What admission needs of the node's calls (:class:`voicegw.calls.service.CallService`)."""

    draining: bool

    def recording_ready(self) -> bool:
        """Whether a call may begin as far as recording it goes."""
        ...

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Have `work` done by a task that ends with the node."""
        ...

    async def carry(self, call: LiveCall, flow: Callable[[LiveCall], Awaitable[Ending]]) -> None:
        """Count `call` among the live ones and run it to its end."""
        ...


class Admission:
    """Takes the sessions that are offered to this node."""

    def __init__(self, parts: CallParts, region: str, node: AdmittingNode) -> None:
        """Admit to `node`; national numbers are at home in `region`."""
        self._parts = parts
        self._region = region
        self._node = node
        self.refused: Counter[str] = Counter()
        """How many were refused, by reason."""

    def offered(self, session: UasSession) -> SessionListener | None:
        """Take a new INVITE from an allowed source; None when it was refused."""
        refusal = self._why_refused(session)
        if refusal is not None:
            self._refuse(session, *refusal)
            return None
        trunk = session.source.trunk if isinstance(session.source, TrunkSource) else None
        if trunk is not None and not self._parts.router.arrive(trunk):
            self._refuse(session, 503, "trunk-full", retry_after_s=_TRUNK_RETRY_AFTER_S)
            return None
        receiver = _EarlyEvents()
        self._node.start(self._admitted(session, receiver, trunk))
        return receiver

    def _why_refused(self, session: UasSession) -> tuple[int, str] | None:
        if self._node.draining:
            return 503, "draining"
        if isinstance(session.source, PhoneSource):
            # Telephones registered here are rung; what they may dial comes with dial-through.
            return 403, "phone-may-not-dial"
        if not self._node.recording_ready():
            return 503, "recording-unavailable"
        return None

    def _refuse(
        self, session: UasSession, status: int, why: str, *, retry_after_s: int = _RETRY_AFTER_S
    ) -> None:
        self.refused[why] += 1
        headers = [("Retry-After", str(retry_after_s))] if status == 503 else []
        session.reject(status, headers=headers)

    async def _admitted(
        self, session: UasSession, receiver: _EarlyEvents, trunk: Trunk | None
    ) -> None:
        """Admit the caller; whatever goes wrong, the INVITE is answered and its place is freed."""
        place = ExitStack()
        if trunk is not None:
            place.callback(self._parts.router.depart, trunk)
        try:
            await self._admit(session, receiver, place)
        except Exception:  # noqa: BLE001 - one caller's fault; counted, logged whole and refused
            self._parts.counters.flow_faults += 1
            _log.exception("fault before a call", extra={"session": session.id})
            self._refuse(session, 500, "internal-error")
        finally:
            place.close()

    async def _admit(self, session: UasSession, receiver: _EarlyEvents, place: ExitStack) -> None:
        """Find out whom the caller wants and run the call; at its end `place` is closed."""
        try:
            hotline = await self._dialled_hotline(session)
        except VoicegwError as error:
            _log.error("hotline look-up failed", extra={"why": error.slug})
            self._refuse(session, 503, error.slug)
            return
        if hotline is None:
            self._refuse(session, 404, "unknown-hotline")
            return
        number = await self._caller_number(session, hotline)
        if number is not None and await self._is_hotline(number):
            self._refuse(session, 482, "loop")
            return
        match = await self._match(number, hotline)
        withheld = number_withheld(session.invite)
        if withheld:
            # It has led to the owner; nobody is to read it anywhere.
            number = None
        if self._node.draining:
            self._refuse(session, 503, "draining")
            return
        choices = await choices_for(self._parts, hotline, match, self._parts.clock.now())
        start = await flow_start(
            self._parts, hotline, choices.likely, number=number, is_withheld=withheld
        )
        call = LiveCall(self._caller_record(hotline, match, number), self._parts)
        caller = call.add_leg(LegRole.CUSTOMER, manager_id=None, number=number)
        if isinstance(session.source, TrunkSource):
            caller.record.trunk = session.source.trunk.name
        caller.withheld = withheld
        caller.attach(session)
        call.max_forwards = _hops_left(session)
        call.owner_id = call.record.manager_id
        # With the call, not with this task: that waits for the store, which may be away for hours.
        call.at_end(place.close)
        flow = Inbound(session, hotline, choices, self._parts.settings.max_talk_s, start)

        async def begin(call: LiveCall) -> Ending:
            call.save(EventType.CALL_INITIATED)
            call.guard_session(caller, session)
            # Only now: the caller may have given up, and the journal closes what it has opened.
            receiver.hand_over(caller.on_session_event)
            return await flow(call)

        await self._node.carry(call, begin)

    def _caller_record(self, hotline: Hotline, match: CallerMatch, number: str | None) -> Call:
        return Call(
            id=new_id(IdKind.CALL),
            direction=Direction.INBOUND,
            status=CallStatus.INITIATED,
            node=self._parts.settings.node,
            created_at=self._parts.clock.now(),
            hotline_id=hotline.id,
            display_number=hotline.shown,
            group_id=hotline.group_id,
            manager_id=match.manager.id if match.manager is not None else None,
            customer_id=match.customer.id if match.customer is not None else None,
            customer_number=number,
        )

    async def _dialled_hotline(self, session: UasSession) -> Hotline | None:
        source = session.source
        registered_as = source.trunk.username if isinstance(source, TrunkSource) else ""
        for number in called_numbers(session.invite, registered_as):
            dialled = normalise(number, self._region)
            if dialled is not None:
                hotline = await self._parts.directory.hotline_by_number(dialled)
                if hotline is not None:
                    return hotline
        return None

    async def _caller_number(self, session: UasSession, hotline: Hotline) -> str | None:
        """Return who calls, a local number completed by the area code of the hotline's group."""
        asserted = asserted_caller(session.invite)
        if asserted is None:
            return None
        try:
            area_code = await self._parts.directory.area_code(hotline.group_id)
        except VoicegwError:
            area_code = None
        return normalise(asserted, self._region, area_code)

    async def _is_hotline(self, number: str) -> bool:
        """Whether `number` is shown by calls of ours: one that comes from it has come back to us.

        So even through agents that left nothing else of the call (see voicegw.sip.own_mark).
        """
        try:
            return await self._parts.directory.hotline_by_number(number) is not None
        except VoicegwError:
            return False

    async def _match(self, number: str | None, hotline: Hotline) -> CallerMatch:
        if number is None:
            return CallerMatch(None, None)
        try:
            return await self._parts.directory.caller(
                number, recent_days=hotline.routing.recent_days or _RECENT_DAYS
            )
        except VoicegwError as error:
            # The customer hears that the manager can't be reached; the call is kept as missed.
            _log.error("caller look-up failed", extra={"why": error.slug})
            return CallerMatch(None, None)


def _hops_left(session: UasSession) -> int:
    """Return how many hops the call that came in may still take (RFC 7332 §5)."""
    given = session.invite.max_forwards
    return MAX_FORWARDS if given is None else max(0, min(given, MAX_FORWARDS) - 1)


class _EarlyEvents:
    """Keeps what a session tells before its call exists, then passes everything on."""

    def __init__(self) -> None:
        self._queue: list[SessionEvent] = []
        self._listener: SessionListener | None = None

    def __call__(self, event: SessionEvent) -> None:
        if self._listener is None:
            self._queue.append(event)
        else:
            self._listener(event)

    def hand_over(self, listener: SessionListener) -> None:
        """Pass on what was kept, and all that comes."""
        self._listener = listener
        for event in self._queue:
            listener(event)
        self._queue.clear()
