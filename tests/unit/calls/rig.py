"""A node's worth of fakes around the real call layer: telephones, sound, routes, journal, people.

The fakes keep the contracts of what they stand for (states of a session, the order of media
commands, places on a route) and record what was asked of them. Time is virtual
(:mod:`tests.unit.calls.virtual_time`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from config.values import RateLimit
from ivr.spoken import Speaker
from tests.unit.calls.fake_flows import FakeFlows, FakeOutside
from tests.unit.calls.fake_ledger import FakeLedger
from tests.unit.calls.fake_signalling import (
    CUSTOMER_NUMBER,
    MANAGER_NUMBER,
    FakeRouter,
    FakeUac,
    FakeUas,
)
from tests.unit.calls.fake_sound import MEDIA_DELAY_S, FakeMedia, FakePrompts, FakeSound
from tests.unit.calls.fake_world import FakeDesk, FakeDirectory, FakeJournal, FakeTaskRules
from tests.unit.calls.virtual_time import settle
from voicegw.calls.agents import AgentBook
from voicegw.calls.control import DialRequest
from voicegw.calls.dial_desk import DialDesk, DialThroughRules
from voicegw.calls.parts import CallCounters, CallParts, CallSettings
from voicegw.calls.pin import PinDesk
from voicegw.calls.policy import DialRules, RateBook
from voicegw.calls.service import CallService, ServiceSettings
from voicegw.calls.slots import Slots
from voicegw.calls.waiting_room import WaitingRoom
from voicegw.directory.calendar import Calendars
from voicegw.directory.facts import FactFinder
from voicegw.directory.quiet import QuietTimes
from voicegw.events.factory import EventFactory
from voicegw.journal.entries import CallChanged
from voicegw.media.engine import SrtpPolicy
from voicegw.model import hours
from voicegw.model.call import (
    Call,
    CallOutcome,
    Leg,
    LegRole,
    final_status,
)
from voicegw.model.directory import (
    DoNotCall,
)
from voicegw.model.event import EventType
from voicegw.model.quiet_hours import QuietHours
from voicegw.sip.session_uas import UasSession


class FakeClock:
    """The loop's virtual time as wall clock and monotonic clock."""

    start = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()


# -- the node ------------------------------------------------------------------------------------


class Rig:
    """The real call layer among fakes. Make one inside a running virtual loop."""

    def __init__(
        self,
        spool_dir: Path,
        *,
        recording: bool = True,
        required: bool = True,
        announce: bool = True,
        show_customer: bool = False,
        srtp: SrtpPolicy = SrtpPolicy.OFF,
        codecs: Sequence[str] = ("PCMA", "PCMU"),
        per_manager: int = 1,
        short_codes: Sequence[str] = (),
        max_pause_s: int = 900,
        hear_network: bool = True,
        rates: Sequence[RateLimit] = (),
        dialling: DialThroughRules = DialThroughRules(),  # noqa: B008 - frozen
        per_group: int | None = None,
        keypad_commands: bool = True,
        quiet: QuietHours | None = None,
    ) -> None:
        self.clock = FakeClock()
        self.router = FakeRouter()
        self.media = FakeMedia()
        self.journal = FakeJournal()
        self.desk = FakeDesk()
        self.directory = FakeDirectory()
        self.slots = Slots(per_manager)
        self.group_slots = Slots(per_group)
        self.agents = AgentBook(self.slots, self.clock)
        self.room = WaitingRoom(self.agents, self.clock)
        self.counters = CallCounters()
        self.flows = FakeFlows()
        self.prompts = FakePrompts()
        self.outside = FakeOutside()
        self.task_rules = FakeTaskRules()
        self.store_ready = True
        self.overloaded = False
        self.parts = CallParts(
            settings=CallSettings(
                node="node-1",
                spool_dir=spool_dir,
                recording=recording,
                announce=announce,
                max_talk_s=600,
                show_customer_to_manager=show_customer,
                recording_required=required,
                max_pause_s=max_pause_s,
                hear_network=hear_network,
                srtp=srtp,
                rules=DialRules(("+86",), frozenset(short_codes), frozenset({"110"})),
                codecs=tuple(codecs),
                keypad_commands=keypad_commands,
            ),
            clock=self.clock,
            journal=self.journal,
            directory=self.directory,
            facts=FactFinder(self.directory, Calendars()),
            quiet=QuietTimes(
                self.directory, Calendars(), quiet or QuietHours(), timezone="Asia/Shanghai"
            ),
            prompts=self.prompts,
            speaker=Speaker("zh"),
            media=self.media,
            router=self.router,
            recordings=self.desk,
            events=EventFactory(self.clock),
            manager_slots=self.slots,
            group_slots=self.group_slots,
            agents=self.agents,
            waiting_room=self.room,
            flows=self.flows,
            outside=self.outside,
            task_rules=self.task_rules,
            counters=self.counters,
        )
        self.rates = RateBook(rates)
        self.ledger = FakeLedger()
        self.dialling = DialDesk(
            self.parts,
            self.ledger,
            PinDesk(self.ledger, self.directory, self.clock, self.ledger.verify, self.ledger.told),
            dialling,
        )
        self.service = CallService(
            self.parts,
            ServiceSettings(
                region="CN",
                rules=DialRules(
                    allowed_prefixes=("+86",),
                    allowed_short_codes=frozenset(),
                    emergency=frozenset({"110"}),
                ),
                recording_required=required,
            ),
            self.rates,
            self.dialling,
            store_ready=lambda: self.store_ready,
            overloaded=lambda: self.overloaded,
        )
        self.offered: list[FakeUas] = []
        self._tasks: set[asyncio.Task[Any]] = set()

    # -- beginning calls

    async def dial(self, **changes: Any) -> str:
        """Begin a click-to-dial and return its id once the manager's INVITE has left."""
        request = {"manager_id": "mgr_1", "customer_id": "cus_1", **changes}
        call = await self.service.dial(DialRequest(**request))
        await self.turn()
        return call.id

    async def offer(self, session: FakeUas) -> str:
        """Have `session` call the hotline and return the id of the call it became."""
        self.hand(session)
        await self.turn()
        started = [
            entry.call.id
            for entry in self.journal.entries
            if isinstance(entry, CallChanged)
            and any(event.type is EventType.CALL_INITIATED for event in entry.events)
        ]
        return started[-1] if started else ""

    def hand(self, session: FakeUas) -> None:
        """Hand `session` to the service as the user agent would."""
        self.offered.append(session)
        session.listener = self.service.session_offered(cast(UasSession, session), 0.0)

    def background(self, work: Coroutine[Any, Any, Any]) -> None:
        """Have `work` done by a task of its own."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def turn(self) -> None:
        """Let a few commands to workers and look-ups be answered."""
        for _ in range(12):
            await asyncio.sleep(MEDIA_DELAY_S)
            await settle()

    # -- looking

    @property
    def sessions(self) -> list[FakeUac]:
        """The INVITEs prepared so far, in order."""
        return self.router.made

    @property
    def sound(self) -> FakeSound:
        """The sound of the latest call."""
        return self.media.sounds[-1]

    def invited(self, number: str) -> list[FakeUac]:
        """Return the INVITEs to `number`."""
        return [session for session in self.sessions if session.target.number == number]

    @property
    def manager(self) -> FakeUac:
        """The latest INVITE to the manager."""
        return self.invited(MANAGER_NUMBER)[-1]

    @property
    def customer(self) -> FakeUac:
        """The latest INVITE to the customer."""
        return self.invited(CUSTOMER_NUMBER)[-1]

    def record(self, call_id: str) -> Call:
        """Return the last state of a call that was written."""
        return self.journal.calls(call_id)[-1].call

    def leg(self, call_id: str, role: LegRole) -> Leg:
        """Return the last leg of `role` of a call."""
        return [leg for leg in self.record(call_id).legs if leg.role is role][-1]

    def heard(self, call_id: str, role: LegRole) -> list[str]:
        """Return what the last leg of `role` was given to hear, in order."""
        return self.sound.heard.get(self.leg(call_id, role).id, [])

    def played(self, call_id: str, role: LegRole) -> list[str]:
        """Return the prompts the last leg of `role` heard to their end."""
        return self.sound.finished.get(self.leg(call_id, role).id, [])

    # -- what must hold whatever happened

    def check_over(self, call_id: str, outcome: CallOutcome | None = None) -> Call:
        """Check everything that holds of an ended call and return its record."""
        call = self.record(call_id)
        types = self.journal.types(call_id)
        assert types.count("call.ended") == 1
        assert types[0] == "call.initiated"
        last = ["call.ended"] if call.recordings else ["call.ended", "call.settled"]
        assert types[-len(last) :] == last
        assert call.outcome is not None
        if outcome is not None:
            assert call.outcome is outcome
        assert call.status is final_status(call.outcome)
        assert call.ended_at is not None
        assert call.hangup_source is not None
        sequences = [event.sequence for event in self.journal.events(call_id)]
        assert sequences == list(range(1, len(sequences) + 1))
        assert call.sequence == sequences[-1]
        for leg in call.legs:
            assert leg.ended_at is not None
            assert leg.hangup_source is not None
            ended = [
                event
                for event in self.journal.events(call_id)
                if event.type is EventType.LEG_ENDED and event.data["id"] == leg.id
            ]
            assert len(ended) == 1
            if leg.answered_at is None:
                assert leg.result is not None or leg.role is LegRole.CUSTOMER
        assert (call.talk_s is not None) == (call.bridged_at is not None)
        assert self.service.live(call_id) is None
        return call

    def check_clean(self) -> None:
        """Check that nothing of any call is left on the node."""
        assert self.service.live_count() == 0
        assert len(self.slots) == 0
        assert len(self.group_slots) == 0
        assert len(self.room.line) == 0
        assert (self.router.reserved, self.router.arrived) == (0, 0)
        assert all(route.taken == 0 for route in self.router.trunks + self.router.contacts)
        for session in [*self.sessions, *self.offered]:
            given_up = session.said("end") or session.said("reject")
            assert session.over or given_up, "a session was forgotten"
        assert all(sound.closes == 1 for sound in self.media.sounds)
        assert self.counters.flow_faults == 0

    def finish_signalling(self) -> None:
        """Let every far end give the last word it still owes."""
        for session in self.sessions:
            if session.state == "cancelling":
                session.refuse(487)
        for offered in self.offered:
            offered.ack()


def unwilling() -> DoNotCall:
    """Return a customer's wish not to be called."""
    return DoNotCall("asked", FakeClock.start)


def quiet_now() -> QuietHours:
    """Return quiet hours around the rig's start, 10:00 in Shanghai."""
    return QuietHours(hours.parse("09:00-11:00"))
