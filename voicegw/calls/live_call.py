"""The owner of one running call.

One task runs a flow over this object, and nothing else touches the call. What comes from outside
(signalling, sound, the API) only changes state and wakes the task; whatever must wait is left as a
chore that the task does before it looks at its state again. A flow waits in one place,
:meth:`LiveCall.until`, where interruptions are raised; so do helpers (:mod:`voicegw.calls.beside`).

However the flow ends, :meth:`LiveCall.run` releases every leg, port and slot and writes exactly one
outcome.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from voicegw.calls import negotiation
from voicegw.calls.call_sound import CallSound, SoundTrouble
from voicegw.calls.codec_match import CodecMatch
from voicegw.calls.disclosure import RunningDisclosure
from voicegw.calls.follow_up import follow_up
from voicegw.calls.interruption import (
    HangupRequested,
    Interruption,
    LegFailed,
    NoCommonCodec,
    SoundLost,
    SoundSilent,
)
from voicegw.calls.leg import CallLeg
from voicegw.calls.leg_book import LegBook
from voicegw.calls.outcome import (
    Ending,
    ending_of_failure,
    ending_of_fault,
    ending_of_interruption,
    write_ending,
)
from voicegw.calls.parts import CallParts
from voicegw.calls.recording_pause import end_pause
from voicegw.errors import SdpError, VoicegwError
from voicegw.journal.entries import (
    Entry,
    LegClosed,
    LegOpened,
    TaskWanted,
    WorkWanted,
)
from voicegw.media.engine import SessionLost
from voicegw.model.call import (
    PHONE,
    Call,
    HangupSource,
    HeldBy,
    Leg,
    LegResult,
    LegRole,
)
from voicegw.model.disclosure import DisclosureStatus
from voicegw.model.event import Event, EventType
from voicegw.model.ids import IdKind, new_id
from voicegw.model.work import WorkKind
from voicegw.sip.events import SessionEnded
from voicegw.sip.refer import Referral
from voicegw.sip.session import Session
from voicegw.sip.snapshot import SessionSnapshot
from voicegw.sip.trace import TracedLeg

if TYPE_CHECKING:
    from voicegw.calls.midcall import MidCall

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class LiveCall:
    """One running call: its record, its legs, its sound."""

    def __init__(self, record: Call, parts: CallParts) -> None:
        """Begin with a record; nothing is dialled or answered yet."""
        self.record = record
        self.parts = parts
        self.legs: list[CallLeg] = []
        self.max_forwards = 70
        """How many hops a telephone of this call may be away: fewer where the call came in."""
        self.owner_id: str | None = None
        """Whose customer calls: what the call leaves to be done is the owner's."""
        self.bridged = False
        self.pair: tuple[CallLeg, CallLeg] | None = None
        """Who talks with whom just now."""
        self.talk_ended_at: datetime | None = None
        """When the talk was over, where the call goes on with questions to who is left."""
        self.written: int | None = None
        """The journal's position of what was last written of this call."""
        self.pause_limit: asyncio.TimerHandle | None = None
        """When a pause of the recording ends by itself (:mod:`voicegw.calls.recording_pause`)."""
        self.disclosure: RunningDisclosure | None = None
        """What the flow is to play to the customer, or is playing."""
        self.midcall: MidCall | None = None
        """What can be done with the talk, once there is one."""
        self.sound = CallSound(record, parts, on_change=self.wake, on_trouble=self._sound_trouble)
        self.codec_match = CodecMatch(self.sound, lambda: self.interrupt(NoCommonCodec()))
        """Who is to hear whom, and whether they can (:mod:`voicegw.calls.negotiation`)."""
        self._interruption: Interruption | None = None
        self._book = LegBook()
        self._wakes: set[asyncio.Future[None]] = set()
        self._helpers: set[asyncio.Task[Any]] = set()
        self._chores: deque[Callable[[], Awaitable[None]]] = deque()
        self._on_end: list[Callable[[], None]] = []
        self._occupied: set[str] = set()
        self._referral: tuple[CallLeg, Referral] | None = None

    # -- state told to the outside ---------------------------------------------------------------

    def snapshot(self) -> Call:
        """Return a copy of the record that nothing will change."""
        return msgspec.convert(msgspec.to_builtins(self.record), Call)

    def save(self, *types: EventType, leg: Leg | None = None) -> int | None:
        """Write the record and the events that tell of it to the journal.

        Returns the journal's position, or None when the disk refused: a running call goes on.
        """
        events: list[Event] = []
        for kind in types:
            self.record.sequence += 1
            if leg is not None and kind is EventType.LEG_ENDED:
                self.parts.counters.leg_ended(self.record, leg)
            if leg is not None and kind.startswith("leg."):
                events.append(self.parts.events.leg(kind, self.record, leg))
            else:
                events.append(self.parts.events.call(kind, self.record))
        entry = self._book.entry(self.record, events, leg)
        position = self.write(entry)
        if position is None:
            self._book.lost()
        else:
            self._book.written(self.record, entry)
        return position

    def write(self, entry: Entry) -> int | None:
        """Append `entry` to the journal; a refusing disk is counted and logged, never raised."""
        try:
            self.written = self.parts.journal.append(entry)
            return self.written
        except OSError as error:
            self.parts.counters.journal_failures += 1
            _log.error(
                "journal refused an entry", extra={"call_id": self.record.id, "why": str(error)}
            )
            return None

    # -- waiting ---------------------------------------------------------------------------------

    async def until(
        self, predicate: Callable[[], _T | None], timeout_s: float | None = None
    ) -> _T | None:
        """Wait until `predicate` returns something true and return it; None after `timeout_s`.

        Raises the interruption, if there is one, before and while it waits.
        """
        loop = asyncio.get_running_loop()
        deadline = None if timeout_s is None else loop.time() + timeout_s
        is_owner = asyncio.current_task() not in self._helpers
        while True:
            if is_owner:
                await self._do_chores()
            self.check()
            before = len(self._chores)
            # A helper sees what the owner's chores have made of what came, never less.
            value = predicate() if is_owner or not before else None
            if value:
                return value
            if len(self._chores) > before:  # left by the predicate itself
                self.wake()
                continue
            wake = loop.create_future()
            self._wakes.add(wake)
            try:
                async with asyncio.timeout_at(deadline):
                    await wake
            except TimeoutError:
                return None
            finally:
                self._wakes.discard(wake)

    async def _do_chores(self) -> None:
        if not self._chores:
            return
        while self._chores:
            try:
                await self._chores[0]()
            finally:
                self._chores.popleft()
        self.wake()  # helpers have waited for what is done now

    def have_helped(self, work: Coroutine[Any, Any, _T]) -> asyncio.Task[_T]:
        """Have a helper do `work` beside the flow, which must wait for it in :meth:`until`."""
        task = asyncio.get_running_loop().create_task(work)
        self._helpers.add(task)
        task.add_done_callback(self._helped)
        return task

    def _helped(self, task: asyncio.Task[Any]) -> None:
        self._helpers.discard(task)
        self.wake()

    async def pause(self, seconds: float) -> None:
        """Let `seconds` pass, attentively."""
        await self.until(lambda: None, seconds)

    def check(self) -> None:
        """Raise the interruption, if there is one."""
        if self._interruption is not None:
            raise self._interruption

    def wake(self) -> None:
        """Have the flow look at its state again."""
        for wake in self._wakes:
            if not wake.done():
                wake.set_result(None)

    def interrupt(self, interruption: Interruption) -> None:
        """Break into the flow; the first interruption wins."""
        if self._interruption is None:
            self._interruption = interruption
        self.wake()

    def go_on_after(self, interruption: Interruption) -> None:
        """Go on with who is left, after `interruption` has been seen to."""
        if self._interruption is interruption:
            self._interruption = None

    def hangup(self, source: HangupSource) -> None:
        """End the call for someone other than the two parties."""
        self.interrupt(HangupRequested(source))

    def _sound_trouble(self, event: SoundTrouble) -> None:
        if isinstance(event, SessionLost):
            self.interrupt(SoundLost())
            return
        leg = self.leg(event.leg)
        if leg is not None and leg.alive and not leg.on_trial:
            self.interrupt(SoundSilent(leg.role))

    # -- legs ------------------------------------------------------------------------------------

    def leg(self, leg_id: str) -> CallLeg | None:
        """Return a leg by id."""
        return next((leg for leg in self.legs if leg.id == leg_id), None)

    def add_leg(self, role: LegRole, *, manager_id: str | None, number: str | None) -> CallLeg:
        """Add a leg to the call and its record."""
        record = Leg(
            id=new_id(IdKind.LEG),
            role=role,
            manager_id=manager_id,
            number=number,
            started_at=self.parts.clock.now(),
        )
        leg = CallLeg(record, self, self.parts.clock)
        self.record.legs.append(record)
        self.legs.append(leg)
        return leg

    def guard_session(self, leg: CallLeg, session: Session, branch: str = "") -> None:
        """Keep in the journal what is needed to end `session` after a crash.

        `branch` tells the sessions of telephones apart that ring at once.
        """

        def keep(snapshot: SessionSnapshot) -> None:
            self.write(LegOpened(self.record.id, leg.id, snapshot, branch))

        session.on_snapshot = keep
        keep(session.snapshot())
        traced = TracedLeg(leg.id, leg.role, leg.record.trunk or PHONE, leg.withheld)
        self.parts.trace.belongs(session.call_id, self.record.id, traced)

    def session_over(self, leg: CallLeg, session: Session) -> None:
        """Note that nothing is left to end of one of several INVITEs of `leg`."""
        self.write(LegClosed(leg.id, session.id))

    def leg_changed(self, leg: CallLeg) -> None:
        """Wake the flow (LegOwner)."""
        del leg
        self.wake()

    def leg_described(self, leg: CallLeg, sdp: str, *, early: bool) -> None:
        """Take the far end's description into the media session (LegOwner)."""
        self._chores.append(partial(negotiation.take_description, self, leg, sdp, early=early))

    def leg_reoffered(self, leg: CallLeg, sdp: str | None) -> None:
        """Answer the far end's wish to change the session (LegOwner)."""
        self._chores.append(partial(negotiation.answer_reoffer, self, leg, sdp))

    def leg_reoffer_settled(self, leg: CallLeg, sdp: str | None) -> None:
        """Take the answer to our own re-offer, or its refusal (LegOwner)."""
        self._chores.append(partial(negotiation.settle_reoffer, self, leg, sdp))

    def leg_refreshed(self, leg: CallLeg, sdp: str) -> None:
        """Take the new answer to what was agreed before (LegOwner)."""
        self._chores.append(partial(negotiation.take_refresh, self, leg, sdp))

    def match_codecs(self, one: CallLeg, two: CallLeg) -> None:
        """See to it that these two can hear each other, now and whatever they agree to later."""
        self.codec_match.watch(one, two)
        self._chores.append(self.codec_match.tend)

    def note_hold(self, told: EventType) -> None:
        """Write down by whom one of the two is held just now, and tell that it has changed."""
        by = None if self.midcall is None else self.midcall.held_by
        holding = (HeldBy(str(leg.role)) for leg in self.legs if leg.held and leg.alive)
        self.record.held_by = by or next(holding, None)
        self.save(told)

    def other(self, leg: CallLeg) -> CallLeg | None:
        """Return the leg at the other end of the bridge, if there is one."""
        if self.pair is None or leg not in self.pair:
            return None
        return self.pair[1] if leg is self.pair[0] else self.pair[0]

    def leg_referred(self, leg: CallLeg, referral: Referral) -> None:
        """Keep the wish of a leg that talks to hand the call on; the flow sees to it (LegOwner)."""
        apart = self.pair is None or leg not in self.pair
        busy = self.midcall is None or not self.midcall.is_idle or self.disclosure is not None
        if apart or busy or self._referral is not None:
            referral.refuse(480)
            return
        self._referral = (leg, referral)

    def wish_of(self, leg: CallLeg) -> Callable[[], RunningDisclosure | Referral | None]:
        """Return what :meth:`until` waits with while `leg` talks.

        That is for statements to be played, or for a wish of `leg` to hand the call on.
        """

        def take() -> RunningDisclosure | Referral | None:
            wish, self._referral = self._referral, None
            if self.disclosure is not None:
                if wish is not None:
                    wish[1].refuse(480)  # its telephone would time out before the last statement
                return self.disclosure
            if wish is None:
                return None
            if wish[0] is not leg:
                wish[1].refuse(403)
                return None
            return wish[1]

        return take

    def leg_pressed(self, leg: CallLeg, digit: str) -> None:
        """Take a digit that came by INFO (LegOwner)."""
        self.sound.pressed_by_info(leg, digit)

    def leg_over(self, leg: CallLeg, ended: SessionEnded) -> None:
        """Note the end of a session; an answered leg's end breaks into the flow (LegOwner)."""
        if leg.session is not None:
            self.write(LegClosed(leg.id, leg.branch))
        incoming = leg.session is not None and not leg.session.is_caller
        if leg.released or leg.on_trial or not (leg.answered or incoming):
            return
        self.interrupt(leg.loss(ended))

    # -- places ----------------------------------------------------------------------------------

    def occupy(self, manager_id: str) -> bool:
        """Take a manager's place until the end, or until `vacate`; False when there is none."""
        if not self.parts.manager_slots.take(manager_id):
            return False
        self._occupied.add(manager_id)
        return True

    def vacate(self, manager_id: str) -> None:
        """Give a manager's place back, if it was taken."""
        if manager_id in self._occupied:
            self._occupied.remove(manager_id)
            self.parts.manager_slots.give_back(manager_id)
            self.parts.agents.freed(manager_id, self.record.id)
            self.parts.waiting_room.freed(manager_id, self.record.id)

    # -- beginning and end -----------------------------------------------------------------------

    def at_end(self, action: Callable[[], None]) -> None:
        """Have `action` done when the call is over, whatever happens: give a slot back."""
        self._on_end.append(action)

    async def run(self, flow: Callable[[LiveCall], Awaitable[Ending]]) -> None:
        """Run `flow` to its end and close the call. Never raises."""
        try:
            ending = await flow(self)
        except Interruption as interruption:
            ending = ending_of_interruption(
                self.record.direction, interruption, bridged=self.bridged
            )
        except LegFailed as failed:
            ending = ending_of_failure(self.record.direction, failed.failure)
        except SdpError as error:
            # What a far end writes is not our fault: no error of this node.
            _log.info("no common sound", extra={"call_id": self.record.id, "why": str(error)})
            ending = ending_of_fault(error.slug, bridged=self.bridged)
        except (VoicegwError, OSError) as error:
            slug = error.slug if isinstance(error, VoicegwError) else "os-error"
            _log.error("call failed", extra={"call_id": self.record.id, "why": slug})
            ending = ending_of_fault(slug, bridged=self.bridged)
        except asyncio.CancelledError:
            ending = ending_of_fault("node-stopped", bridged=self.bridged)
        except Exception:  # noqa: BLE001 - the call must end in order; counted and logged whole
            self._fault("fault in a flow")
            ending = ending_of_fault("internal-error", bridged=self.bridged)
        try:
            await self._finish(ending)
        finally:
            for action in self._on_end:
                self._attempt(action)
            for manager_id in list(self._occupied):
                self._attempt(partial(self.vacate, manager_id))
            self._let_go()

    def _let_go(self) -> None:
        """Drop what refers back to the call, so that its memory is free without a collection."""
        self._interruption = None
        self.sound.let_go()
        self.codec_match.let_go()
        self._referral = None
        self.disclosure = None
        if self.midcall is not None:
            self.midcall.let_go()
        self.midcall = None
        self.pair = None
        self._on_end.clear()
        self._chores.clear()
        self.legs.clear()

    def _fault(self, what: str) -> None:
        """Count and log the defect that is being handled."""
        self.parts.counters.flow_faults += 1
        _log.exception(what, extra={"call_id": self.record.id})

    def _attempt(self, action: Callable[[], object]) -> None:
        """Do one part of the end; a defect in it must not keep the others from being done."""
        try:
            action()
        except Exception:  # noqa: BLE001 - counted and logged whole
            self._fault("fault at the end of a call")

    async def _finish(self, ending: Ending) -> None:
        for leg in self.legs:
            status = None if leg.answered else ending.sip_status
            self._attempt(partial(leg.release, status=status, q850=ending.q850))
        try:
            await self.sound.close(self.legs)
        except Exception:  # noqa: BLE001 - counted and logged whole; the call is closed all the same
            self._fault("sound not closed")
        kept = self._kept_early_sound()
        self._close_records(ending, settled=not kept)
        if kept:
            self._attempt(self._have_it_heard)
        owed = bool(self.record.recordings)
        self._attempt(partial(self.sound.hand_over_capture, owed=owed))

    def _kept_early_sound(self) -> bool:
        """Keep what the customer's network has said instead of an answer, if it has."""
        called = [leg for leg in self.legs if leg.role is LegRole.CUSTOMER and leg.was_called]
        if self.bridged or not called or called[-1].record.answered_at is not None:
            return False
        return self.sound.keep_early_sound(called[-1])

    def _have_it_heard(self) -> None:
        """Put off the last word about the call until what was kept has been heard."""
        now = self.parts.clock.now()
        if self.write(WorkWanted(WorkKind.NETWORK, self.record.id, now)) is None:
            # Found again at the next start; nobody shall wait for that.
            self.save(EventType.CALL_SETTLED)

    def _close_records(self, ending: Ending, *, settled: bool) -> None:
        """Write how the legs and the call ended, once; `settled`: there is nothing to wait for."""
        now = self.parts.clock.now()
        call = self.record
        end_pause(self)
        for disclosure in call.disclosures:
            # Its flow has not begun, or the one that ends now was in the middle of it.
            disclosure.close(DisclosureStatus.INTERRUPTED, now)
        for leg in self.legs:
            result = leg.record.result or LegResult.CANCELED
            if leg.close(now, result, leg.ended_by(result) or ending.source):
                self._attempt(partial(self.save, EventType.LEG_ENDED, leg=leg.record))
        write_ending(call, ending, now, talk_ended_at=self.talk_ended_at)
        last = [EventType.CALL_SETTLED] if settled and not call.recordings else []
        self._attempt(partial(self.save, EventType.CALL_ENDED, *last))
        task = follow_up(call, self.owner_id)
        if task is not None:
            self._attempt(partial(self.write, TaskWanted(task)))
        self.parts.trace.call_ended(call.id, self.parts.clock.monotonic())
        self.parts.counters.call_ended(call)
        _log.info(
            "call ended",
            extra={
                "call_id": call.id,
                "outcome": str(ending.outcome),
                "source": str(ending.source),
            },
        )
