"""Tells customers of planned contacts by SMS, and does what they answer.

Every node looks; a customer is told once for each day of a task, as the store says. The customer
has first say: another time is taken as it is told, whatever the plan's days and capacities.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

import msgspec

from voicegw.clock import Clock
from voicegw.directory.quiet import QuietTime
from voicegw.errors import ConflictError, NotFoundError
from voicegw.model.directory import Group
from voicegw.model.ids import IdKind
from voicegw.model.plan import Plan
from voicegw.model.sms import SmsMessage, SmsPurpose, SmsReply
from voicegw.model.task import Task, changed, require_open
from voicegw.sms.templates import SHIPPED_WORDING, Wording
from voicegw.store.plan_notices import MOST_AT_ONCE, Announced, PlanNotices
from voicegw.store.plans import PlanRepository
from voicegw.store.task_changes import TaskChanges
from voicegw.store.tasks import TaskRepository
from voicegw.tasks.notice_text import Notice, announced_now, notice_text
from voicegw.tasks.plan_tasks import groups_of_plan
from voicegw.tasks.reply_time import NoticeAnswer, NoticeReply, read_notice_reply

_log = logging.getLogger(__name__)

BY_CUSTOMER: Final = "customer"
"""In place of a principal: the customer has answered."""
_LEAST_WINDOW: Final = timedelta(hours=1)
"""That a customer is given who names a time."""
_LONGEST_WINDOW: Final = timedelta(days=7)
"""In which customers are told where it is never quiet."""


class Quiet(Protocol):
    """Knows when customers are left in peace."""

    async def now(self, group_id: str | None, at: datetime) -> QuietTime | None:
        """Return the quiet time that `at` is within, or None."""
        ...

    async def begins(self, group_id: str | None, at: datetime) -> datetime | None:
        """Return when it is quiet next, `at` itself when it is; None: nobody knows."""
        ...


class Groups(Protocol):
    """Where groups are read."""

    async def all(self) -> Sequence[Group]:
        """Return every group."""
        ...


class NoticeSender:
    """Writes the messages that are due. Raises StoreUnavailableError when the store is away."""

    def __init__(
        self,
        plans: PlanRepository,
        notices: PlanNotices,
        groups: Groups,
        quiet: Quiet,
        clock: Clock,
        *,
        wording: Wording = SHIPPED_WORDING,
    ) -> None:
        """Nothing is written before `look`."""
        self._wording = wording
        self._plans = plans
        self._notices = notices
        self._groups = groups
        self._quiet = quiet
        self._clock = clock

    async def look(self) -> None:
        """Write what is due and not written yet."""
        plans = await self._plans.active()
        cadences = [one for plan in plans for rule in plan.rules for one in rule.cadences]
        if all(one.notice_days is None for one in cadences):
            return
        groups = await self._groups.all()
        for plan in plans:
            own = set(groups_of_plan(plan, plans, groups))
            for group in groups:
                if group.id in own:
                    await self._tell_group(plan, group)

    async def _tell_group(self, plan: Plan, group: Group) -> None:
        zone = ZoneInfo(group.timezone)
        now = self._clock.now()
        for day, cadences in announced_now(plan, now.astimezone(zone)):
            begins = datetime.combine(day, time(), zone)
            span = (max(begins, now), datetime.combine(day + timedelta(days=1), time(), zone))
            name = day.isoformat()
            while due := await self._notices.due(plan.id, cadences, group.id, span, name):
                window = await self._window(group.id, now)
                told = [
                    (one.task.id, self._message(plan, one, now=now, zone=zone, window=window))
                    for one in due
                ]
                new = await self._notices.put(told, name, now)
                _log.info("customers told of contacts", extra={"plan": plan.id, "messages": new})
                if len(due) < MOST_AT_ONCE:
                    break

    async def _window(self, group_id: str, now: datetime) -> tuple[datetime, datetime] | None:
        """Return between which times customers may be told next; None: nobody knows of any."""
        quiet = await self._quiet.now(group_id, now)
        if quiet is not None and quiet.ends_in_s is None:
            return None
        begins = now if quiet is None else now + timedelta(seconds=quiet.ends_in_s or 0)
        return begins, await self._quiet.begins(group_id, begins) or begins + _LONGEST_WINDOW

    def _message(
        self,
        plan: Plan,
        announced: Announced,
        *,
        now: datetime,
        zone: ZoneInfo,
        window: tuple[datetime, datetime] | None,
    ) -> SmsMessage | None:
        """Return what a customer is told within the window; None where nobody can be, in time."""
        task = announced.task
        if announced.number is None or announced.is_do_not_call or task.not_before is None:
            return None
        if window is None or window[0] >= task.not_before:
            return None
        ends = task.due_at or task.not_before
        begins = task.not_before.astimezone(zone)
        notice = Notice(
            str(task.fields.get("channel", "")),
            announced.customer_name,
            announced.manager_name,
            begins,
            ends.astimezone(zone),
            task.group_id,
        )
        return SmsMessage(
            id=f"{IdKind.SMS}_{task.id.partition('_')[2]}_{begins:%Y-%m-%d}_{SmsPurpose.NOTICE}",
            to=announced.number,
            text=notice_text(plan, notice, self._wording),
            purpose=SmsPurpose.NOTICE,
            created_at=now,
            not_before=window[0] if window[0] > now else None,
            expires_at=min(task.not_before, window[1]),
            group_id=task.group_id,
            manager_id=task.manager_id,
            customer_id=task.customer_id,
            task_id=task.id,
            asked_until=ends,
        )


class NoticeDesk:
    """Does what customers answer to notices."""

    def __init__(
        self, tasks: TaskRepository, changes: TaskChanges, groups: Groups, timezone: str
    ) -> None:
        """`timezone` is where customers are whose group nobody knows."""
        self._tasks = tasks
        self._changes = changes
        self._groups = groups
        self._timezone = timezone

    async def read(self, message: SmsMessage, reply: SmsReply) -> str | None:
        """Do what the customer wishes; return what the reply meant, None: nothing.

        Raises StoreUnavailableError.
        """
        task = None if message.task_id is None else await self._tasks.get(message.task_id)
        if task is None or task.not_before is None:
            return None
        zone = await self._zone(task.group_id)
        planned = task.not_before.astimezone(zone)
        meaning = read_notice_reply(reply.text, planned, reply.at.astimezone(zone))
        if meaning is None:
            return None
        try:
            await self._changes.change(
                task.id, lambda one: answered(one, meaning), reply.at, by=BY_CUSTOMER
            )
        except (ConflictError, NotFoundError):
            return "too-late"
        return meaning.answer.value

    async def _zone(self, group_id: str | None) -> ZoneInfo:
        for group in await self._groups.all():
            if group.id == group_id:
                return ZoneInfo(group.timezone)
        return ZoneInfo(self._timezone)


def answered(task: Task, meaning: NoticeReply) -> Task:
    """Return a task as its customer wants it. Raises ConflictError `task-closed`."""
    require_open(task)
    if meaning.answer is NoticeAnswer.DECLINED:
        return msgspec.structs.replace(task, fields=task.fields | {"declined": True})
    fields = {name: value for name, value in task.fields.items() if name != "declined"}
    fields["agreed"] = True
    if meaning.at is None:
        return msgspec.structs.replace(task, fields=fields)
    length = timedelta(minutes=float(task.fields.get("length_min", 0)))
    return changed(
        task,
        fields=fields,
        not_before=meaning.at,
        due_at=meaning.at + max(length, _LEAST_WINDOW),
    )
