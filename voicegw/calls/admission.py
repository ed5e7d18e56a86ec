"""Who comes in: from an INVITE to the call it becomes, or to the code it is refused with.

Refused are callers that a draining or a full node can't take, telephones that may not dial, and
numbers that are no hotline of ours. For all others it finds out who calls, a customer or a manager
(:mod:`voicegw.calls.dial_in`), and how the call shall go, and runs it.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, Final, Protocol

from voicegw.calls.arrival import Arrival, EarlyEvents
from voicegw.calls.choices import choices_for, recent_days
from voicegw.calls.dial_gate import count_in_group
from voicegw.calls.dial_in import DialDoor, DialledIn, NotDialled
from voicegw.calls.explain import Refusal
from voicegw.calls.flow_start import flow_start
from voicegw.calls.inbound import Inbound
from voicegw.calls.leg import CallLeg
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
from voicegw.sip.caller import asserted_caller, number_withheld
from voicegw.sip.events import SessionListener
from voicegw.sip.session_uas import UasSession
from voicegw.sip.telephone_uri import called_numbers
from voicegw.sip.trunk import PhoneSource, Trunk, TrunkSource

_log = logging.getLogger(__name__)

_RETRY_AFTER_S: Final = 30
_TRUNK_RETRY_AFTER_S: Final = 5
"""A trunk's place may be free in a moment; a carrier sends us nothing at all until then."""


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

    def __init__(self, parts: CallParts, region: str, node: AdmittingNode, door: DialDoor) -> None:
        """Admit to `node`; national numbers are at home in `region`, managers come by `door`."""
        self._parts = parts
        self._region = region
        self._node = node
        self._door = door
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
        events = EarlyEvents()
        self._node.start(self._admitted(session, events, trunk))
        return events

    def refusal(self) -> Refusal | None:
        """Return why whoever calls now is refused, None where nobody is."""
        if self._node.draining:
            return Refusal("draining", "this node takes no new calls", _RETRY_AFTER_S)
        if not self._node.recording_ready():
            return Refusal("recording-unavailable", "calls can't be recorded now", _RETRY_AFTER_S)
        return None

    def _why_refused(self, session: UasSession) -> tuple[int, str] | None:
        is_phone = isinstance(session.source, PhoneSource)
        if is_phone and self._door.is_emergency(session):
            return None
        refusal = self.refusal()
        return None if refusal is None else (503, refusal.code)

    def _refuse(
        self, session: UasSession, status: int, why: str, *, retry_after_s: int = _RETRY_AFTER_S
    ) -> None:
        self.refused[why] += 1
        headers = [("Retry-After", str(retry_after_s))] if status == 503 else []
        session.reject(status, headers=headers)

    async def _admitted(
        self, session: UasSession, events: EarlyEvents, trunk: Trunk | None
    ) -> None:
        """Admit the caller; whatever goes wrong, the INVITE is answered and its place is freed."""
        place = ExitStack()
        if trunk is not None:
            place.callback(self._parts.router.depart, trunk)
        try:
            await self._admit(Arrival(session, events, place))
        except Exception:  # noqa: BLE001 - one caller's fault; counted, logged whole and refused
            self._parts.counters.flow_faults += 1
            _log.exception("fault before a call", extra={"session": session.id})
            self._refuse(session, 500, "internal-error")
        finally:
            place.close()

    async def _admit(self, arrival: Arrival) -> None:
        """Find out who wants whom and run the call, or refuse it."""
        session = arrival.session
        number: str | None = None
        dialled: DialledIn | NotDialled | None
        try:
            if isinstance(session.source, PhoneSource):
                hotline, dialled = None, await self._dialled_by_phone(session, session.source)
            elif (hotline := await self._dialled_hotline(session)) is None:
                dialled = NotDialled(404, "unknown-hotline")
            else:
                number = await self._caller_number(session, hotline)
                dialled = await self._dialled_by_trunk(session, number, hotline)
        except VoicegwError as error:
            _log.error("hotline look-up failed", extra={"why": error.slug})
            self._refuse(session, 503, error.slug)
            return
        if isinstance(dialled, NotDialled):
            self._refuse(session, dialled.status, dialled.why)
        elif dialled is not None:
            await self._admit_manager(arrival, number, dialled)
        elif hotline is not None:
            await self._admit_caller(replace(arrival, number=number), number, hotline)

    async def _dialled_by_phone(
        self, session: UasSession, source: PhoneSource
    ) -> DialledIn | NotDialled:
        """Return what a call of a registered telephone becomes."""
        emergency = await self._door.emergency(session, source.username)
        if emergency is not None:
            return emergency
        hotline = await self._dialled_hotline(session)
        return await self._door.by_phone(session, source.username, hotline)

    async def _dialled_by_trunk(
        self, session: UasSession, number: str | None, hotline: Hotline
    ) -> DialledIn | NotDialled | None:
        """Return what a call over a trunk becomes that is a manager's; None: it is a caller's."""
        if number is not None and await self._is_hotline(number):
            return NotDialled(482, "loop")
        return await self._door.by_trunk(session, number, hotline)

    async def _admit_manager(
        self, arrival: Arrival, number: str | None, dialled: DialledIn
    ) -> None:
        """Run the call of a manager who dials."""
        call = LiveCall(dialled.record, dialled.parts)
        if number_withheld(arrival.session.invite):
            number = None
        leg = arrival.join(
            call, LegRole.MANAGER, manager_id=dialled.record.manager_id, number=number
        )
        await self._carry(arrival, call, leg, dialled.flow)

    async def _admit_caller(self, arrival: Arrival, number: str | None, hotline: Hotline) -> None:
        """Find out how a customer's call shall go and run it."""
        session = arrival.session
        expected = None if number is None else self._parts.glare.find(number)
        if expected is not None and await expected.meet(arrival):
            return  # the customer's leg of a call that was on its way there
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
        leg = arrival.join(call, LegRole.CUSTOMER, manager_id=None, number=number)
        call.owner_id = call.record.manager_id
        count_in_group(call)
        flow = Inbound(session, hotline, choices, self._parts.settings.max_talk_s, start)
        await self._carry(arrival, call, leg, flow)

    async def _carry(
        self,
        arrival: Arrival,
        call: LiveCall,
        leg: CallLeg,
        flow: Callable[[LiveCall], Awaitable[Ending]],
    ) -> None:
        async def begin(call: LiveCall) -> Ending:
            call.save(EventType.CALL_INITIATED)
            arrival.follow(call, leg)
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
            task_id=match.task_id,
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
            return await self._parts.directory.caller(number, recent_days=recent_days(hotline))
        except VoicegwError as error:
            # The customer hears that the manager can't be reached; the call is kept as missed.
            _log.error("caller look-up failed", extra={"why": error.slug})
            return CallerMatch(None, None)
