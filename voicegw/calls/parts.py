"""What every call is given: settings, counters, and the parts of the node it uses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from voicegw.calls.agents import AgentBook
from voicegw.calls.flow_terms import FlowLibrary, NobodyOutside, NoFlows, OutsideSystems
from voicegw.calls.glare import GlareBook
from voicegw.calls.measures import CallMeasures
from voicegw.calls.policy import DialRules
from voicegw.calls.ports import (
    DirectoryLookup,
    Journal,
    PromptLibrary,
    RecordingDesk,
    Router,
    Speaker,
)
from voicegw.calls.result_menu import NoTaskRules, TaskRules
from voicegw.calls.slots import Slots
from voicegw.calls.waiting_room import WaitingRoom
from voicegw.clock import Clock
from voicegw.directory.facts import FactFinder
from voicegw.directory.quiet import QuietTimes
from voicegw.events.factory import EventFactory
from voicegw.media.engine import MediaEngine, SrtpPolicy
from voicegw.model.call import (
    PHONE,
    Call,
    Direction,
    Leg,
    LegRole,
)
from voicegw.sip.trace import TraceBook

#: Whose leg is not dialled but answered.
_ARRIVES: Final[Mapping[Direction, LegRole]] = {
    Direction.INBOUND: LegRole.CUSTOMER,
    Direction.DIAL_THROUGH: LegRole.MANAGER,
}
#: What Q.850 has room for.
_CAUSES: Final = range(1, 128)


@dataclass(frozen=True, slots=True)
class CallSettings:
    """What the configuration says about calls. Times in seconds."""

    node: str
    spool_dir: Path
    recording: bool
    announce: bool
    max_talk_s: int
    language: str = "zh"
    show_customer_to_manager: bool = False
    confirm_s: int = 20
    recording_required: bool = True
    hear_network: bool = True
    """Whether what networks say in place of people is kept, to be heard after the call."""
    max_pause_s: int = 900
    """After how long a pause of a recording ends by itself; 0 for never."""
    codecs: tuple[str, ...] = ("PCMA", "PCMU")
    srtp: SrtpPolicy = SrtpPolicy.OFF
    ipv6_sound: bool = False
    inner_address: Callable[[str], str | None] = lambda _host: None
    """Where a peer on this side of the address translation sends its sound; None for all others."""
    region: str = "CN"
    rules: DialRules = field(default_factory=DialRules)
    """What numbers a redirected call may go to."""
    keypad_commands: bool = True
    """Whether managers command the gateway by keys while they talk."""
    ring_at_once: int = 10
    """How many managers of a group are rung at the same time for one caller."""


@dataclass(slots=True)
class CallCounters:
    """What became of calls, for metrics. Keys are bounded: no peer chooses one.

    `ended` counts by (direction, outcome), `legs` by (trunk or `phone`, direction, result),
    `causes` by (trunk or `phone`, Q.850); what was measured is in `measures`.
    """

    journal_failures: int = 0
    flow_faults: int = 0
    ended: Counter[tuple[str, str]] = field(default_factory=Counter)
    legs: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    causes: Counter[tuple[str, str]] = field(default_factory=Counter)
    measures: CallMeasures = field(default_factory=CallMeasures)

    def leg_ended(self, call: Call, leg: Leg) -> None:
        """Count a leg that has ended, by way, result and cause."""
        way = leg.trunk or PHONE
        arrived = _ARRIVES.get(call.direction) is leg.role
        self.legs[way, "in" if arrived else "out", str(leg.result)] += 1
        if leg.q850 is not None and leg.q850 in _CAUSES:
            self.causes[way, str(leg.q850)] += 1
        if not arrived:
            self.measures.dialled(leg)

    def call_ended(self, call: Call) -> None:
        """Count a call that has ended, and what was measured of it."""
        self.ended[str(call.direction), str(call.outcome)] += 1
        self.measures.call(call)


@dataclass(frozen=True, slots=True)
class CallParts:
    """Everything a call uses of the node."""

    settings: CallSettings
    clock: Clock
    journal: Journal
    directory: DirectoryLookup
    facts: FactFinder
    quiet: QuietTimes
    prompts: PromptLibrary
    speaker: Speaker
    media: MediaEngine
    router: Router
    recordings: RecordingDesk
    events: EventFactory
    manager_slots: Slots
    agents: AgentBook
    waiting_room: WaitingRoom
    counters: CallCounters
    group_slots: Slots = field(default_factory=lambda: Slots(None))
    """Calls of each group; a full one dials nobody more."""
    glare: GlareBook = field(default_factory=GlareBook)
    trace: TraceBook = field(default_factory=TraceBook)
    flows: FlowLibrary = field(default_factory=NoFlows)
    outside: OutsideSystems = field(default_factory=NobodyOutside)
    task_rules: TaskRules = field(default_factory=NoTaskRules)

    def unrecorded(self) -> CallParts:
        """Return the same for a call of which nothing is captured."""
        return replace(self, settings=replace(self.settings, recording=False))
