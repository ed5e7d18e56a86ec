"""What working on lists needs of the node and its store: implemented elsewhere, faked in tests."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from voicegw.calls.control import DialRequest
from voicegw.clock import Clock
from voicegw.dialer.choice import Choice
from voicegw.directory.calendar import Calendars
from voicegw.model.call import Call
from voicegw.model.dialling import Dialling
from voicegw.model.directory import Customer, Group, Manager
from voicegw.model.node import RegisteredNode
from voicegw.model.task import Task
from voicegw.store.diallings import Claim, Held


class Dials(Protocol):
    """Starts calls on this node; :class:`voicegw.calls.control.CallControl`."""

    async def dial(self, request: DialRequest) -> Call:
        """Start a click-to-dial; after any error nothing was or will be dialled."""
        ...

    def live(self, call_id: str) -> Call | None:
        """Return a copy of a call of this node that is fresher than the store's, else None."""
        ...


class Book(Protocol):
    """Keeps diallings; :class:`voicegw.store.diallings.Diallings`."""

    async def going(self) -> Sequence[Held]:
        """Return all that go on and this node drives."""
        ...

    async def is_any_free(self, now: datetime) -> bool:
        """Whether one goes on that nobody drives."""
        ...

    async def get_many(self, ids: Sequence[str]) -> Sequence[Dialling]:
        """Return diallings by id."""
        ...

    async def lease(self, now: datetime, until: datetime, calls: Collection[str] = ()) -> None:
        """Drive all that nobody drives, and prolong those that this node drives."""
        ...

    async def give_up(self, now: datetime) -> None:
        """Let other nodes drive what this one does."""
        ...

    async def change(
        self,
        dialling_id: str,
        how: Callable[[Dialling], Dialling],
        at: datetime,
        *,
        call_over: str | None = None,
    ) -> Dialling:
        """Put what `how` makes of it in its place. Raises NotFoundError."""
        ...

    async def claim(self, wanted: Claim, at: datetime) -> Dialling | None:
        """Write which call is to be made; None: it is not to be made."""
        ...

    async def stands_against(self, wanted: Claim, call_id: str, at: datetime) -> str | None:
        """Return why a claimed call is not to be made any more; None: it is."""
        ...

    async def unclaim(
        self, dialling_id: str, call_id: str, how: Callable[[Dialling], Dialling], at: datetime
    ) -> Dialling:
        """Undo the claims of a call that was not, and will not be, made."""
        ...

    async def is_engaged(self, manager_id: str, now: datetime) -> bool:
        """Whether a manager is in a call on a node that runs."""
        ...


class CallBook(Protocol):
    """Finds calls in the store."""

    async def get(self, call_id: str) -> Call | None:
        """Return a call by id."""
        ...


class TaskBook(Protocol):
    """Finds tasks in the store."""

    async def get(self, task_id: str) -> Task | None:
        """Return a task by id."""
        ...


class NodeBook(Protocol):
    """Knows the nodes on this store."""

    async def get(self, name: str) -> RegisteredNode | None:
        """Return a node, though its lease may have run out."""
        ...


class People(Protocol):
    """Knows managers, customers and their groups."""

    async def manager(self, manager_id: str) -> Manager | None:
        """Return a manager by id."""
        ...

    async def customer(self, customer_id: str) -> Customer | None:
        """Return a customer by id."""
        ...

    async def groups_above(self, group_id: str) -> Sequence[Group]:
        """Return the group and all above it, nearest first."""
        ...


class Chooser(Protocol):
    """Says what comes next; :class:`voicegw.dialer.chooser.TaskChooser`."""

    async def choose(
        self,
        manager_id: str,
        at: datetime,
        *,
        types: Sequence[str] = (),
        aside: Mapping[str, datetime] | None = None,
        is_deep: bool = True,
    ) -> Choice:
        """Return what `manager_id` is to call for at `at`; `is_deep`: at some length."""
        ...


@dataclass(frozen=True, slots=True)
class DialerParts:
    """Everything that working on lists needs of a node called `node`.

    `is_idle` tells whether a manager is in no call of this node.
    """

    node: str
    control: Dials
    book: Book
    calls: CallBook
    tasks: TaskBook
    nodes: NodeBook
    people: People
    chooser: Chooser
    calendars: Calendars
    clock: Clock
    is_idle: Callable[[str], bool]
    is_draining: Callable[[], bool]
    timezone: str = "Asia/Shanghai"
