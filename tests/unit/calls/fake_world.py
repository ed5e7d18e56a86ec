"""What a call writes to and asks: a journal in memory, a small directory, a desk for recordings."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import msgspec

from tests.unit.calls.fake_signalling import CUSTOMER_NUMBER, HOTLINE_NUMBER, MANAGER_NUMBER
from voicegw.directory.match import CallerMatch, matched
from voicegw.errors import StoreUnavailableError
from voicegw.journal.entries import (
    CallChanged,
    Entry,
    LegClosed,
    LegOpened,
    LegsChanged,
    RecordingChanged,
)
from voicegw.model.directory import (
    Announce,
    Customer,
    Group,
    Hotline,
    HotlineAnswer,
    Manager,
    Phone,
)
from voicegw.model.event import Event
from voicegw.model.recording import Recording
from voicegw.model.task_type import TaskTypeRule
from voicegw.store.callers import DialledTask

COMMIT_DELAY_S = 0.001
COLLEAGUE_NUMBER = "+8613700137000"


class FakeJournal:
    """A journal in memory: entries as they would be on the disk."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self._read: list[Entry] = []
        self.disk_full = False
        self.store_away = False
        self.commit_delay_s = COMMIT_DELAY_S

    def append(self, entry: Entry) -> int:
        if self.disk_full:
            raise OSError(28, "No space left on device")
        self.lines.append(msgspec.json.encode(entry))
        return len(self.lines)

    async def committed(self, position: int, *, urgent: bool = True) -> None:
        await asyncio.sleep(self.commit_delay_s)
        if self.store_away:
            raise StoreUnavailableError("the store is away")

    @property
    def entries(self) -> list[Entry]:
        """The entries, read back from what was written."""
        new = self.lines[len(self._read) :]
        self._read += [msgspec.json.decode(line, type=Entry) for line in new]
        return list(self._read)

    def calls(self, call_id: str) -> list[CallChanged]:
        """Return what was written of one call, in order."""
        return [
            entry
            for entry in self.entries
            if isinstance(entry, CallChanged) and entry.call.id == call_id
        ]

    def events(self, call_id: str) -> list[Event]:
        """Return the events of one call and its recording, in order."""
        return [
            event
            for entry in self.entries
            if isinstance(entry, CallChanged | LegsChanged | RecordingChanged)
            for event in entry.events
            if event.subject == call_id
        ]

    def types(self, call_id: str) -> list[str]:
        """Return the types of the events of one call, in order."""
        return [str(event.type) for event in self.events(call_id)]

    def recordings(self) -> list[Recording]:
        return [one.recording for one in self.entries if isinstance(one, RecordingChanged)]

    def open_legs(self) -> set[str]:
        """Return the legs that a restart would have to end."""
        legs: set[str] = set()
        for entry in self.entries:
            if isinstance(entry, LegOpened):
                legs.add(f"{entry.leg_id}{entry.branch}")
            elif isinstance(entry, LegClosed):
                legs.discard(f"{entry.leg_id}{entry.branch}")
        return legs


@dataclass
class FakeDesk:
    """Takes recordings over."""

    room: bool = True
    submitted: list[Recording] = field(default_factory=list)

    def ready(self) -> bool:
        return self.room

    def submit(self, recording: Recording) -> None:
        self.submitted.append(recording)


class FakeDirectory:
    """One group, one hotline, one customer and the owner, with a telephone each."""

    def __init__(self) -> None:
        self.group_ = Group("grp_1", "County", area_code="21")
        self.groups = {"grp_1": self.group_}
        self.hotline_ = Hotline(
            id="hot_1",
            number=HOTLINE_NUMBER,
            group_id="grp_1",
            answer=HotlineAnswer.AT_OWNER,
            announce=Announce.PROMPT,
            max_ring_s=30,
        )
        self.manager_ = Manager(
            id="mgr_1", name="Owner", group_id="grp_1", phones=[Phone(number=MANAGER_NUMBER)]
        )
        self.customer_ = Customer(
            id="cus_1",
            name="Customer",
            group_id="grp_1",
            numbers=[CUSTOMER_NUMBER],
            owner_id="mgr_1",
        )
        self.colleague = Manager(
            id="mgr_2",
            name="Colleague",
            group_id="grp_1",
            staff_no="1002",
            phones=[Phone(number=COLLEAGUE_NUMBER)],
        )
        self.managers = {one.id: one for one in (self.manager_, self.colleague)}
        self.other_hotlines: dict[str, Hotline] = {}
        """Hotlines of further groups, by group."""
        self.last_manager_id: str | None = None
        self.last_customer_id: str | None = None
        self.dialled_task: DialledTask | None = None
        self.relatives: list[Customer] = []
        """Others who have the customer's number."""
        self.fault: Exception | None = None
        self.caller_fault: Exception | None = None
        self.area_code_fault: Exception | None = None
        self.delay_s = 0.001

    async def _look(self) -> None:
        await asyncio.sleep(self.delay_s)
        if self.fault is not None:
            raise self.fault

    async def hotline_by_number(self, number: str) -> Hotline | None:
        await self._look()
        return self.hotline_ if number == self.hotline_.number else None

    async def hotline(self, hotline_id: str) -> Hotline | None:
        await self._look()
        return self.hotline_ if hotline_id == self.hotline_.id else None

    async def default_hotline(self, group_id: str) -> Hotline | None:
        await self._look()
        if group_id == self.hotline_.group_id:
            return self.hotline_
        return self.other_hotlines.get(group_id)

    async def area_code(self, group_id: str) -> str | None:
        await self._look()
        if self.area_code_fault is not None:
            raise self.area_code_fault
        return "21" if group_id == self.hotline_.group_id else None

    async def groups_above(self, group_id: str) -> list[Group]:
        found = self.groups.get(group_id)
        if found is None:
            return []
        above = [] if found.parent_id is None else await self.groups_above(found.parent_id)
        return [found, *above]

    async def members(self, group_id: str) -> list[Manager]:
        return [one for one in self.managers.values() if one.group_id == group_id]

    async def caller(self, number: str, *, recent_days: int = 14) -> CallerMatch:
        await self._look()
        if self.caller_fault is not None:
            raise self.caller_fault
        if number not in self.customer_.numbers:
            return CallerMatch(None, None, (), self.last_manager_id)
        return matched(
            (self.customer_, *self.relatives),
            self.managers,
            last_manager_id=self.last_manager_id,
            last_customer_id=self.last_customer_id,
            task=self.dialled_task,
        )

    async def manager(self, manager_id: str) -> Manager | None:
        await self._look()
        return self.managers.get(manager_id)

    async def customer(self, customer_id: str) -> Customer | None:
        await self._look()
        return self.customer_ if customer_id == self.customer_.id else None

    async def manager_by_number(self, number: str) -> Manager | None:
        await self._look()
        return self.manager_ if number == MANAGER_NUMBER else None

    async def manager_by_extension(self, name: str) -> Manager | None:
        await self._look()
        known = {
            MANAGER_NUMBER: self.manager_,
            COLLEAGUE_NUMBER: self.colleague,
            "1002": self.colleague,
        }
        return known.get(name)

    async def manager_by_user(self, user: str) -> Manager | None:
        await self._look()
        aors = {phone.aor: one for one in self.managers.values() for phone in one.phones}
        return aors.get(user)

    async def manager_by_staff_no(self, staff_no: str) -> Manager | None:
        await self._look()
        return next((one for one in self.managers.values() if one.staff_no == staff_no), None)

    async def customer_by_code(self, code: str) -> Customer | None:
        await self._look()
        return self.customer_ if code == self.customer_.code else None


class FakeTaskRules:
    """What tasks may come to; `delay_s` is how long the store takes to say so."""

    def __init__(self) -> None:
        self.rules: dict[str, TaskTypeRule] = {}
        self.delay_s = 0.0

    async def rule_of(self, task_id: str) -> TaskTypeRule | None:
        await asyncio.sleep(self.delay_s)
        return self.rules.get(task_id)
