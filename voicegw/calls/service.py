"""All calls of this node: begins them, finds them and ends them.

The only writer of the table of live calls. Everything a call needs is handed to it as
:class:`~voicegw.calls.parts.CallParts`.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from voicegw.calls.click_to_dial import ClickToDial
from voicegw.calls.control import DialRequest, DisclosureRequest
from voicegw.calls.disclosure import abort_disclosure, begin_disclosure
from voicegw.calls.inbound import Inbound
from voicegw.calls.live_call import LiveCall
from voicegw.calls.outcome import Ending, ending_of_refusal
from voicegw.calls.parts import CallParts
from voicegw.calls.policy import DialFacts, DialRules, RateBook, check_dial, no_trunk_free
from voicegw.calls.ports import Reservation
from voicegw.calls.recording_pause import pause_recording, resume_recording
from voicegw.directory.match import CallerMatch
from voicegw.errors import NotFoundError, PolicyError, StoreUnavailableError, VoicegwError
from voicegw.identity import Presentation
from voicegw.model.call import (
    Call,
    CallStatus,
    Direction,
    HangupSource,
    LegRole,
)
from voicegw.model.directory import Customer, Hotline, Manager
from voicegw.model.event import EventType
from voicegw.model.ids import IdKind, new_id
from voicegw.model.numbers import normalise
from voicegw.routing.plan import PlanFacts, inbound_plan
from voicegw.sip.caller import asserted_caller, number_withheld
from voicegw.sip.dialog import MAX_FORWARDS
from voicegw.sip.events import SessionEvent, SessionListener
from voicegw.sip.session_uas import UasSession
from voicegw.sip.telephone_uri import called_numbers
from voicegw.sip.trunk import PhoneSource, Trunk, TrunkSource

_log = logging.getLogger(__name__)

_RETRY_AFTER_S = 30
_TRUNK_RETRY_AFTER_S = 5
"""A trunk's place may be free in a moment; a carrier sends us nothing at all until then."""
_STORE_RETRY_S = 1.0
#: Calls that ended while the store is away are answered from memory up to this many.
_MAX_ENDED = 5000


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """What the service itself needs of the configuration."""

    region: str
    rules: DialRules
    recording_required: bool
    timezone: str = "Asia/Shanghai"


class CallService:
    """Implements :class:`~voicegw.calls.control.CallControl` and takes offered sessions."""

    def __init__(
        self,
        parts: CallParts,
        settings: ServiceSettings,
        rates: RateBook,
        *,
        store_ready: Callable[[], bool],
        overloaded: Callable[[], bool] = lambda: False,
    ) -> None:
        """Begin without calls.

        `store_ready` tells whether the store can be written, `overloaded` whether signalling has
        more to do than it can, so that nothing new is dialled.
        """
        self.parts = parts
        self._settings = settings
        self._rates = rates
        self._store_ready = store_ready
        self._overloaded = overloaded
        self._calls: dict[str, LiveCall] = {}
        self._ended: dict[str, LiveCall] = {}
        """Calls that are over and not in the store yet: who asks now must not be told less."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._empty = asyncio.Event()
        self._empty.set()
        self.draining = False
        self.refused: Counter[str] = Counter()

    # -- CallControl -----------------------------------------------------------------------------

    async def dial(self, request: DialRequest) -> Call:
        """Start a click-to-dial and return it once it is in the store (CallControl)."""
        manager, customer, number, hotline = await self._resolve(request)
        # From here on nothing waits until all that is counted is taken: two requests can't both
        # pass where one may.
        reserved = self._checked_places(manager, customer, number, hotline)
        dialled_at = self.parts.clock.now().timestamp()
        self._rates.record(number, dialled_at)
        call = LiveCall(
            self._new_record(request, manager, customer, number, hotline),
            replace(self.parts, router=reserved),
        )
        call.occupy(manager.id)
        call.at_end(reserved.give_back)
        flow: Callable[[LiveCall], Awaitable[Ending]] = ClickToDial(
            manager=manager,
            customer_number=number,
            hotline=hotline,
            ring_s=request.ring_s or hotline.max_ring_s,
            max_talk_s=request.max_talk_s or self.parts.settings.max_talk_s,
        )
        if reserved.delay_s > 0:
            call.record.status = CallStatus.QUEUED
            flow = _Queued(flow, self.parts.clock.monotonic() + reserved.delay_s)
        self._register(call)
        try:
            position = call.save(EventType.CALL_INITIATED)
            if position is None:
                raise StoreUnavailableError("the journal can't be written")
            await self.parts.journal.committed(position)
        except BaseException:
            # Nothing was dialled and nothing will be: the record ends before its flow begins.
            self._rates.take_back(number, dialled_at)
            self._spawn(call, _refused)
            raise
        self._spawn(call, flow)
        return call.snapshot()

    async def hangup(self, call_id: str) -> Call:
        """End a live call (CallControl)."""
        call = self._known(call_id)
        if call_id in self._calls:
            call.hangup(HangupSource.API)
        return call.snapshot()

    async def pause_recording(self, call_id: str) -> Call:
        """Record nothing of a live call until it is resumed (CallControl)."""
        call = self._known(call_id)
        pause_recording(call)
        return call.snapshot()

    async def resume_recording(self, call_id: str) -> Call:
        """Record a live call again (CallControl)."""
        call = self._known(call_id)
        resume_recording(call)
        return call.snapshot()

    async def disclose(self, call_id: str, request: DisclosureRequest) -> Call:
        """Begin to play statements to the customer of a live call (CallControl)."""
        call = self._known(call_id)
        begin_disclosure(call, request)
        return call.snapshot()

    async def abort_disclosure(self, call_id: str) -> Call:
        """Stop playing statements (CallControl)."""
        call = self._known(call_id)
        abort_disclosure(call)
        return call.snapshot()

    def _known(self, call_id: str) -> LiveCall:
        call = self._calls.get(call_id) or self._ended.get(call_id)
        if call is None:
            raise NotFoundError("call", call_id)
        return call

    def live(self, call_id: str) -> Call | None:
        """Return a copy of a call that is live or not in the store yet (CallControl)."""
        call = self._calls.get(call_id) or self._ended.get(call_id)
        return call.snapshot() if call is not None else None

    def live_count(self) -> int:
        """Return how many calls run on this node (CallControl)."""
        return len(self._calls)

    def forget_old(self) -> None:
        """Forget calls that no rate can see any more; call now and then."""
        self._rates.forget_before(self.parts.clock.now().timestamp())

    # -- click-to-dial ---------------------------------------------------------------------------

    async def _resolve(self, request: DialRequest) -> tuple[Manager, Customer | None, str, Hotline]:
        directory = self.parts.directory
        manager = await directory.manager(request.manager_id)
        if manager is None:
            raise NotFoundError("manager", request.manager_id)
        customer: Customer | None = None
        number = request.customer_number
        if request.customer_id is not None:
            customer = await directory.customer(request.customer_id)
            if customer is None:
                raise NotFoundError("customer", request.customer_id)
            if not customer.numbers:
                raise PolicyError("prefix-not-allowed", "the customer has no number")
            number = customer.numbers[0]
        elif number is not None:
            customer = (await directory.caller(number)).customer
        if number is None:
            raise NotFoundError("customer", "")
        if request.hotline_id is not None:
            hotline = await directory.hotline(request.hotline_id)
            if hotline is None:
                raise NotFoundError("hotline", request.hotline_id)
        else:
            hotline = await directory.default_hotline(manager.group_id)
            if hotline is None:
                raise NotFoundError("hotline", manager.group_id)
        return manager, customer, number, hotline

    def _checked_places(
        self, manager: Manager, customer: Customer | None, number: str, hotline: Hotline
    ) -> Reservation:
        """Take places on trunks for a call that the rules allow. Raises PolicyError."""
        reserved = self.parts.router.reserve(
            _numbers_on_trunks(manager, number), Presentation(hotline.shown)
        )
        try:
            self._check(manager, customer, number, trunk_free=reserved is not None)
        except BaseException:
            if reserved is not None:
                reserved.give_back()
            raise
        if reserved is None:
            raise no_trunk_free()
        return reserved

    def _check(
        self, manager: Manager, customer: Customer | None, number: str, *, trunk_free: bool
    ) -> None:
        now = self.parts.clock.now()
        check_dial(
            self._settings.rules,
            DialFacts(
                number=number,
                customer=customer,
                local_now=now.astimezone(ZoneInfo(self._settings.timezone)),
                customer_retry_after_s=self._rates.retry_after_s(
                    number, now.timestamp(), also=customer.numbers if customer is not None else ()
                ),
                manager_busy=self.parts.manager_slots.full(manager.id),
                trunk_free=trunk_free,
                recording_ready=self._recording_ready(),
                store_ready=self._store_ready(),
                draining=self.draining,
                overloaded=self._overloaded(),
            ),
        )

    def _recording_ready(self) -> bool:
        if not (self.parts.settings.recording and self._settings.recording_required):
            return True
        return self.parts.recordings.ready()

    def _new_record(
        self,
        request: DialRequest,
        manager: Manager,
        customer: Customer | None,
        number: str,
        hotline: Hotline,
    ) -> Call:
        return Call(
            id=new_id(IdKind.CALL),
            direction=Direction.CLICK_TO_DIAL,
            status=CallStatus.INITIATED,
            node=self.parts.settings.node,
            created_at=self.parts.clock.now(),
            hotline_id=hotline.id,
            display_number=hotline.shown,
            group_id=manager.group_id,
            manager_id=manager.id,
            customer_id=customer.id if customer is not None else None,
            customer_number=number,
            task_id=request.task_id,
            client_state=request.client_state,
        )

    # -- inbound ---------------------------------------------------------------------------------

    def session_offered(self, session: UasSession, now: float) -> SessionListener | None:
        """Take a new INVITE from an allowed source (UserAgentUser); None when it was refused."""
        del now
        refusal = self._why_refused(session)
        if refusal is not None:
            self._refuse(session, *refusal)
            return None
        trunk = session.source.trunk if isinstance(session.source, TrunkSource) else None
        if trunk is not None and not self.parts.router.arrive(trunk):
            self._refuse(session, 503, "trunk-full", retry_after_s=_TRUNK_RETRY_AFTER_S)
            return None
        receiver = _EarlyEvents()
        self._start(self._admitted(session, receiver, trunk))
        return receiver

    def _why_refused(self, session: UasSession) -> tuple[int, str] | None:
        if self.draining:
            return 503, "draining"
        if isinstance(session.source, PhoneSource):
            # Telephones registered here are rung; what they may dial comes with dial-through.
            return 403, "phone-may-not-dial"
        if not self._recording_ready():
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
            place.callback(self.parts.router.depart, trunk)
        try:
            await self._admit(session, receiver, place)
        except Exception:  # noqa: BLE001 - one caller's fault; counted, logged whole and refused
            self.parts.counters.flow_faults += 1
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
        match = await self._match(number)
        withheld = number_withheld(session.invite)
        if withheld:
            # It has led to the owner; nobody is to read it anywhere.
            number = None
        if self.draining:
            self._refuse(session, 503, "draining")
            return
        plan = inbound_plan(
            PlanFacts(
                customer=match.customer,
                owner=match.manager,
                owner_busy=match.manager is not None
                and self.parts.manager_slots.full(match.manager.id),
                at=self.parts.clock.now(),
            )
        )
        call = LiveCall(self._caller_record(hotline, match, number), self.parts)
        caller = call.add_leg(LegRole.CUSTOMER, manager_id=None, number=number)
        if isinstance(session.source, TrunkSource):
            caller.record.trunk = session.source.trunk.name
        caller.withheld = withheld
        caller.attach(session)
        call.max_forwards = _hops_left(session)
        # With the call, not with this task: that waits for the store, which may be away for hours.
        call.at_end(place.close)
        flow = Inbound(session, hotline, plan, self.parts.settings.max_talk_s)

        async def begin(call: LiveCall) -> Ending:
            call.save(EventType.CALL_INITIATED)
            call.guard_session(caller, session)
            # Only now: the caller may have given up, and the journal closes what it has opened.
            receiver.hand_over(caller.on_session_event)
            return await flow(call)

        self._register(call)
        await self._run(call, begin)

    def _caller_record(self, hotline: Hotline, match: CallerMatch, number: str | None) -> Call:
        return Call(
            id=new_id(IdKind.CALL),
            direction=Direction.INBOUND,
            status=CallStatus.INITIATED,
            node=self.parts.settings.node,
            created_at=self.parts.clock.now(),
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
            dialled = normalise(number, self._settings.region)
            if dialled is not None:
                hotline = await self.parts.directory.hotline_by_number(dialled)
                if hotline is not None:
                    return hotline
        return None

    async def _caller_number(self, session: UasSession, hotline: Hotline) -> str | None:
        """Return who calls, a local number completed by the area code of the hotline's group."""
        asserted = asserted_caller(session.invite)
        if asserted is None:
            return None
        try:
            area_code = await self.parts.directory.area_code(hotline.group_id)
        except VoicegwError:
            area_code = None
        return normalise(asserted, self._settings.region, area_code)

    async def _is_hotline(self, number: str) -> bool:
        """Whether `number` is shown by calls of ours: one that comes from it has come back to us.

        So even through agents that left nothing else of the call (see voicegw.sip.own_mark).
        """
        try:
            return await self.parts.directory.hotline_by_number(number) is not None
        except VoicegwError:
            return False

    async def _match(self, number: str | None) -> CallerMatch:
        if number is None:
            return CallerMatch(None, None)
        try:
            return await self.parts.directory.caller(number)
        except VoicegwError as error:
            # The customer hears that the manager can't be reached; the call is kept as missed.
            _log.error("caller look-up failed", extra={"why": error.slug})
            return CallerMatch(None, None)

    # -- running and ending ----------------------------------------------------------------------

    def _register(self, call: LiveCall) -> None:
        self._calls[call.record.id] = call
        self._empty.clear()

    def _spawn(self, call: LiveCall, flow: Callable[[LiveCall], Awaitable[Ending]]) -> None:
        self._start(self._run(call, flow))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, call: LiveCall, flow: Callable[[LiveCall], Awaitable[Ending]]) -> None:
        try:
            await call.run(flow)
        finally:
            self._calls.pop(call.record.id, None)
            if not self._calls:
                self._empty.set()
        if call.written is None:
            return
        self._ended[call.record.id] = call
        try:
            while not await self._is_stored(call.written):
                if self.draining or len(self._ended) > _MAX_ENDED:
                    return
                await asyncio.sleep(_STORE_RETRY_S)
        finally:
            del self._ended[call.record.id]

    async def _is_stored(self, position: int) -> bool:
        try:
            await self.parts.journal.committed(position, urgent=False)
        except StoreUnavailableError:
            return False
        return True

    async def drain(self, timeout_s: float) -> None:
        """Refuse new calls and wait until the live ones have ended, at most `timeout_s`.

        What is left then is hung up; each still gets its one outcome.
        """
        self.draining = True
        _log.info("draining", extra={"calls": len(self._calls)})
        try:
            async with asyncio.timeout(timeout_s):
                await self._empty.wait()
        except TimeoutError:
            await self.end_all()

    async def end_all(self) -> None:
        """Hang up every live call and wait until each has been closed."""
        self.draining = True
        for call in list(self._calls.values()):
            call.hangup(HangupSource.GATEWAY)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=5)


def _numbers_on_trunks(manager: Manager, customer_number: str) -> list[str]:
    """Return the numbers that a click-to-dial dials over trunks, in order."""
    first = min(manager.phones, key=lambda phone: phone.order, default=None)
    if first is None or first.number is None:
        return [customer_number]
    return [first.number, customer_number]


@dataclass(frozen=True, slots=True)
class _Queued:
    """A flow that begins when the trunk's rate allows, at `at` on the monotonic clock."""

    flow: Callable[[LiveCall], Awaitable[Ending]]
    at: float

    async def __call__(self, call: LiveCall) -> Ending:
        """Wait, attentively, and run the flow."""
        await call.pause(max(0.0, self.at - call.parts.clock.monotonic()))
        call.record.status = CallStatus.INITIATED
        call.save()
        return await self.flow(call)


async def _refused(call: LiveCall) -> Ending:
    """The flow of a call that must not be dialled because it could not be stored."""
    del call
    return ending_of_refusal("store-unavailable")


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
