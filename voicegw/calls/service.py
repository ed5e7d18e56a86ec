"""All calls of this node: begins them, finds them and ends them.

The only writer of the table of live calls. Everything a call needs is handed to it as
:class:`~voicegw.calls.parts.CallParts`.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from voicegw.calls.admission import Admission
from voicegw.calls.click_to_dial import ClickToDial
from voicegw.calls.control import (
    DialRequest,
    DisclosureRequest,
    ExplainRequest,
    HandOnRequest,
)
from voicegw.calls.dial_desk import DialDesk
from voicegw.calls.dial_gate import DialGate, NodeState, count_in_group, numbers_on_trunks
from voicegw.calls.dial_in import DialDoor
from voicegw.calls.dial_target import DialTarget, dial_target
from voicegw.calls.disclosure import abort_disclosure, begin_disclosure
from voicegw.calls.explain import (
    Explanation,
    at_another_time,
    explain_caller,
    explain_dial,
)
from voicegw.calls.live_call import LiveCall
from voicegw.calls.midcall import MidCall
from voicegw.calls.outcome import Ending, ending_of_refusal
from voicegw.calls.parts import CallParts
from voicegw.calls.policy import DialRules, RateBook
from voicegw.calls.recording_pause import pause_recording, resume_recording
from voicegw.calls.spans import traced_call
from voicegw.calls.waiting_room import QueueState
from voicegw.errors import ConflictError, NotFoundError, PolicyError, StoreUnavailableError
from voicegw.identity import Presentation
from voicegw.model.call import (
    Call,
    CallStatus,
    Direction,
    HangupSource,
    HeldBy,
)
from voicegw.model.directory import Customer, Hotline, Manager
from voicegw.model.event import EventType
from voicegw.model.ids import IdKind, new_id
from voicegw.model.survey import Disposition, is_same_result
from voicegw.sip.events import SessionListener
from voicegw.sip.session_uas import UasSession

_log = logging.getLogger(__name__)

_STORE_RETRY_S = 1.0
#: Calls that ended while the store is away are answered from memory up to this many.
_MAX_ENDED = 5000


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """What the service itself needs of the configuration."""

    region: str
    rules: DialRules
    recording_required: bool


class CallService:
    """Implements :class:`~voicegw.calls.control.CallControl` and takes offered sessions."""

    def __init__(
        self,
        parts: CallParts,
        settings: ServiceSettings,
        rates: RateBook,
        desk: DialDesk,
        *,
        store_ready: Callable[[], bool],
        overloaded: Callable[[], bool] = lambda: False,
    ) -> None:
        """Begin without calls; `desk` serves managers who dial.

        `store_ready` tells whether the store can be written, `overloaded` whether signalling has
        more to do than it can, so that nothing new is dialled.
        """
        self.parts = parts
        self._settings = settings
        self._rates = rates
        self.gate = DialGate(
            parts,
            settings.rules,
            rates,
            NodeState(
                store_ready=store_ready,
                overloaded=overloaded,
                draining=lambda: self.draining,
                recording_ready=self.recording_ready,
            ),
        )
        self._calls: dict[str, LiveCall] = {}
        self._ended: dict[str, LiveCall] = {}
        """Calls that are over and not in the store yet: who asks now must not be told less."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._empty = asyncio.Event()
        self._empty.set()
        self.draining = False
        door = DialDoor(parts, desk, self.gate)
        self._admission = Admission(parts, settings.region, self, door)

    @property
    def refused(self) -> Counter[str]:
        """How many callers were refused before there was a call, by reason."""
        return self._admission.refused

    # -- CallControl -----------------------------------------------------------------------------

    async def dial(self, request: DialRequest) -> Call:
        """Start a click-to-dial and return it once it is in the store (CallControl)."""
        manager, target, hotline = await self._resolve(request)
        # From here on nothing waits until all that is counted is taken: two requests can't both
        # pass where one may.
        passage = self.gate.enter(
            manager,
            target,
            hotline,
            on_trunks=numbers_on_trunks(manager, target.number),
            manager_busy=self.parts.manager_slots.full(manager.id),
        )
        reserved = passage.reserved
        call = LiveCall(
            self._new_record(request, manager, target, hotline),
            replace(self.parts, router=reserved),
        )
        call.occupy(manager.id)
        count_in_group(call)
        call.at_end(reserved.give_back)
        flow: Callable[[LiveCall], Awaitable[Ending]] = ClickToDial(
            manager=manager,
            customer_number=target.number,
            hotline=hotline,
            ring_s=request.ring_s or hotline.max_ring_s,
            max_talk_s=request.max_talk_s or self.parts.settings.max_talk_s,
            also=() if target.customer is None else tuple(target.customer.numbers),
            quiet_in=target.group_id,
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
            if request.still_wanted is not None:
                await request.still_wanted()
        except BaseException as error:
            # Nothing was dialled and nothing will be: the record ends before its flow begins.
            passage.undo()
            why = error.slug if isinstance(error, ConflictError) else "store-unavailable"
            self._spawn(call, partial(_refused, why))
            raise
        self._spawn(call, flow)
        return call.snapshot()

    async def explain(self, request: ExplainRequest) -> Explanation:
        """Tell what a call would do; nothing is dialled, taken or written (CallControl)."""
        now = self.parts.clock.now()
        at = request.at or now
        if request.dial is not None:
            manager, target, hotline = await self._resolve(request.dial, at)
            facts = self.gate.facts(
                target,
                manager.group_id,
                manager_busy=self.parts.manager_slots.full(manager.id),
                trunk_free=self.parts.router.has_room(
                    numbers_on_trunks(manager, target.number), Presentation(hotline.shown)
                ),
            )
            if request.at is not None:
                facts = at_another_time(facts)
            refusal = self.gate.would_refuse(facts)
            return explain_dial(self.parts, manager, target, hotline, at, refusal=refusal)
        called = await self.parts.directory.hotline(request.hotline_id or "")
        if called is None:
            raise NotFoundError("hotline", request.hotline_id or "")
        refusal = self._admission.refusal() if request.at is None else None
        return await explain_caller(
            self.parts, called, request.caller, at, is_now=request.at is None, refusal=refusal
        )

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

    async def hold(self, call_id: str, *, on: bool) -> Call:
        """Hold the customer, or connect the two again (CallControl)."""
        call = self._known(call_id)
        _talk_of(call).hold(HeldBy.API, on=on)
        return call.snapshot()

    async def hand_on(self, call_id: str, request: HandOnRequest) -> Call:
        """Begin to hand the customer on, or to have somebody join (CallControl)."""
        call = self._known(call_id)
        await _talk_of(call).ask(request)
        return call.snapshot()

    async def complete_transfer(self, call_id: str) -> Call:
        """Hand the customer on to the colleague who is asked (CallControl)."""
        call = self._known(call_id)
        _talk_of(call).complete()
        return call.snapshot()

    async def cancel_transfer(self, call_id: str) -> Call:
        """Go back to customer and manager alone (CallControl)."""
        call = self._known(call_id)
        _talk_of(call).cancel()
        return call.snapshot()

    async def dispose(self, call_id: str, disposition: Disposition) -> Call:
        """Note what came of a live call's talk (CallControl)."""
        call = self._known(call_id)
        if not is_same_result(call.record.disposition, disposition):
            call.record.disposition = disposition
            call.save(EventType.DISPOSITION_RECEIVED)
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

    def queues(self) -> Sequence[QueueState]:
        """Return the queues of this node that somebody has come to (CallControl)."""
        return self.parts.waiting_room.states()

    def forget_old(self) -> None:
        """Forget calls that no rate can see any more; call now and then."""
        self._rates.forget_before(self.parts.clock.now().timestamp())

    # -- click-to-dial ---------------------------------------------------------------------------

    async def _resolve(
        self, request: DialRequest, at: datetime | None = None
    ) -> tuple[Manager, DialTarget, Hotline]:
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
            if number is None:
                if not customer.numbers:
                    raise PolicyError("prefix-not-allowed", "the customer has no number")
                number = customer.numbers[0]
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
        return manager, await dial_target(self.parts, manager, number, customer, at), hotline

    def _new_record(
        self,
        request: DialRequest,
        manager: Manager,
        target: DialTarget,
        hotline: Hotline,
    ) -> Call:
        return Call(
            id=request.call_id or new_id(IdKind.CALL),
            direction=Direction.CLICK_TO_DIAL,
            status=CallStatus.INITIATED,
            node=self.parts.settings.node,
            created_at=self.parts.clock.now(),
            hotline_id=hotline.id,
            display_number=hotline.shown,
            group_id=manager.group_id,
            manager_id=manager.id,
            customer_id=target.customer.id if target.customer is not None else None,
            customer_number=target.number,
            task_id=request.task_id,
            client_state=request.client_state,
        )

    # -- inbound ---------------------------------------------------------------------------------

    def session_offered(self, session: UasSession, now: float) -> SessionListener | None:
        """Take a new INVITE from an allowed source (UserAgentUser); None when it was refused."""
        del now
        return self._admission.offered(session)

    def recording_ready(self) -> bool:
        """Whether a call may begin as far as recording it goes (AdmittingNode)."""
        if not (self.parts.settings.recording and self._settings.recording_required):
            return True
        return self.parts.recordings.ready()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Have `work` done by a task that ends with the node (AdmittingNode)."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def carry(self, call: LiveCall, flow: Callable[[LiveCall], Awaitable[Ending]]) -> None:
        """Count `call` among the live ones and run it to its end (AdmittingNode)."""
        self._register(call)
        await self._run(call, flow, from_outside=True)

    # -- running and ending ----------------------------------------------------------------------

    def _register(self, call: LiveCall) -> None:
        self._calls[call.record.id] = call
        self._empty.clear()

    def _spawn(self, call: LiveCall, flow: Callable[[LiveCall], Awaitable[Ending]]) -> None:
        self.start(self._run(call, flow))

    async def _run(
        self,
        call: LiveCall,
        flow: Callable[[LiveCall], Awaitable[Ending]],
        *,
        from_outside: bool = False,
    ) -> None:
        with traced_call(call.record, from_outside=from_outside) as ended:
            try:
                await call.run(flow)
            finally:
                self._calls.pop(call.record.id, None)
                if not self._calls:
                    self._empty.set()
                ended()
            await self._until_stored(call)

    async def _until_stored(self, call: LiveCall) -> None:
        """Answer for a call that has ended until the store can."""
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


def _talk_of(call: LiveCall) -> MidCall:
    """Return what can be done with the talk of `call`. Raises ConflictError `not-bridged`."""
    if call.midcall is None:
        raise ConflictError("not-bridged", "The two do not talk with each other now.")
    return call.midcall


async def _refused(why: str, call: LiveCall) -> Ending:
    """The flow of a call that must not be dialled: not stored, or not wanted any more."""
    del call
    return ending_of_refusal(why)
