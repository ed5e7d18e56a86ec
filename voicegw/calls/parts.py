"""What every call is given: settings, counters, and the parts of the node it uses."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from voicegw.calls.policy import DialRules
from voicegw.calls.ports import DirectoryLookup, Journal, PromptLibrary, RecordingDesk, Router
from voicegw.calls.slots import Slots
from voicegw.clock import Clock
from voicegw.events.factory import EventFactory
from voicegw.media.engine import MediaEngine, SrtpPolicy
from voicegw.sip.trace import TraceBook


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
    codecs: tuple[str, ...] = ("PCMA", "PCMU")
    srtp: SrtpPolicy = SrtpPolicy.OFF
    ipv6_sound: bool = False
    region: str = "CN"
    rules: DialRules = field(default_factory=DialRules)
    """What numbers a redirected call may go to."""


@dataclass(slots=True)
class CallCounters:
    """What went wrong inside calls, for metrics."""

    journal_failures: int = 0
    flow_faults: int = 0
    ended: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CallParts:
    """Everything a call uses of the node."""

    settings: CallSettings
    clock: Clock
    journal: Journal
    directory: DirectoryLookup
    prompts: PromptLibrary
    media: MediaEngine
    router: Router
    recordings: RecordingDesk
    events: EventFactory
    manager_slots: Slots
    counters: CallCounters
    trace: TraceBook = field(default_factory=TraceBook)
