"""What this node knows of its managers as people who are rung: idle, talked with, at rest.

Fed by calls as they go on, whichever way they began, and at start by the store's calls of today.
The owner tasks of calls are the only users; nothing here waits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from voicegw.calls.slots import Slots
from voicegw.clock import Clock
from voicegw.model.routing import GroupStrategy
from voicegw.routing.distribution import AgentFacts, ringing_order


@dataclass(frozen=True, slots=True)
class TalksToday:
    """What the store knows of a manager's talks of one day."""

    manager_id: str
    calls: int
    last_ended_at: datetime | None


class AgentBook:
    """Managers' talks of today, their rests, and whom each group has rung last."""

    def __init__(self, slots: Slots, clock: Clock, timezone: str = "Asia/Shanghai") -> None:
        """A day begins at midnight in `timezone`; whether a manager talks is known to `slots`."""
        self._slots = slots
        self._clock = clock
        self._zone = ZoneInfo(timezone)
        self._today: date | None = None
        self._calls: dict[str, int] = {}
        self._idle_since: dict[str, datetime] = {}
        self._resting: set[str] = set()
        self._last_rung: dict[str, str] = {}
        self._talking: set[tuple[str, str]] = set()

    def midnight(self) -> datetime:
        """Return when today began."""
        now = self._clock.now().astimezone(self._zone)
        return now.replace(hour=0, minute=0, second=0, microsecond=0)

    def remember(self, talks: Iterable[TalksToday]) -> None:
        """Begin with what was before this node's start."""
        self._turn_day()
        for one in talks:
            self._calls[one.manager_id] = one.calls
            if one.last_ended_at is not None:
                self._idle_since[one.manager_id] = one.last_ended_at

    # -- what calls tell -------------------------------------------------------------------------

    def talks(self, manager_id: str, call_id: str) -> None:
        """Note that a manager talks with a customer; once a call, however often it is told."""
        if (manager_id, call_id) in self._talking:
            return
        self._talking.add((manager_id, call_id))
        self._turn_day()
        self._calls[manager_id] = self._calls.get(manager_id, 0) + 1

    def freed(self, manager_id: str, call_id: str) -> None:
        """Note that a call has let a manager go, talked with or not."""
        if (manager_id, call_id) in self._talking:
            self._talking.discard((manager_id, call_id))
            self._idle_since[manager_id] = self._clock.now()

    def rest(self, manager_id: str) -> None:
        """Have a manager rung for nobody of a group or a queue, until `end_rest`."""
        self._resting.add(manager_id)

    def end_rest(self, manager_id: str) -> None:
        """Have a manager rung again."""
        self._resting.discard(manager_id)

    # -- who is to be rung -----------------------------------------------------------------------

    def is_free(self, manager_id: str) -> bool:
        """Whether a manager can be rung for a group or a queue: neither in a call nor at rest.

        Not even where a manager may have several calls: nobody is rung for two at once.
        """
        return manager_id not in self._resting and self._slots.idle(manager_id)

    def facts(self, manager_id: str) -> AgentFacts:
        """Return what counts of a manager where several could be rung."""
        self._turn_day()
        return AgentFacts(self._idle_since.get(manager_id), self._calls.get(manager_id, 0))

    def order(self, strategy: GroupStrategy, members: Sequence[str], group_id: str) -> list[str]:
        """Return `members` in the order in which to ring them for a caller of `group_id`."""
        return ringing_order(strategy, members, self.facts, self._last_rung.get(group_id))

    def rung(self, manager_id: str, group_id: str) -> None:
        """Note whom a group has rung last."""
        self._last_rung[group_id] = manager_id

    def _turn_day(self) -> None:
        today = self._clock.now().astimezone(self._zone).date()
        if today != self._today:
            self._today = today
            self._calls.clear()
