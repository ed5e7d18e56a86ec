"""Asks store and directory for what a choice needs, and has it made."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from config.values import RateLimit
from voicegw.dialer.answer_hours import PastAnswer, answer_share
from voicegw.dialer.choice import (
    Candidate,
    Choice,
    CustomerFacts,
    PastCall,
    Terms,
    chosen,
    own_hindrances,
    weighed,
)
from voicegw.directory.calendar import Calendars
from voicegw.directory.quiet import QuietTime
from voicegw.model.call import CallOutcome
from voicegw.model.task import Task
from voicegw.model.task_type import TaskTypeRule
from voicegw.store.diallings import claim_keys
from voicegw.store.next_tasks import FROM_THE_FIRST, KnownCustomer, NextTasks, OpenWork

_AT_ONCE: Final = 20
"""So many tasks are weighed in one go: some milliseconds."""
_DEPTH: Final = 10
"""So often it is looked behind tasks of which none may be called for."""


class Quiet(Protocol):
    """Knows when customers are left in peace; :class:`voicegw.directory.quiet.QuietTimes`."""

    async def now(self, group_id: str | None, at: datetime) -> QuietTime | None:
        """Return the quiet time that `at` is within for customers of a group, or None."""
        ...


class TypeBook(Protocol):
    """Knows the types of tasks; :class:`voicegw.tasks.types.TaskTypes`."""

    def of(self, task: Task) -> TaskTypeRule:
        """Return the rule of a task's type."""
        ...


@dataclass(frozen=True, slots=True)
class ChooserTerms:
    """The policy's rates, and the zone in which a day begins and customers are expected to be."""

    rates: Sequence[RateLimit] = ()
    timezone: str = "Asia/Shanghai"


class TaskChooser:
    """Says which of a manager's tasks comes next."""

    def __init__(
        self,
        tasks: NextTasks,
        types: TypeBook,
        quiet: Quiet,
        calendars: Calendars,
        terms: ChooserTerms,
    ) -> None:
        """Read from `tasks`, judge by the rest."""
        self._tasks = tasks
        self._types = types
        self._quiet = quiet
        self._calendars = calendars
        self._terms = terms

    async def choose(
        self,
        manager_id: str,
        at: datetime,
        *,
        types: Sequence[str] = (),
        aside: Mapping[str, datetime] | None = None,
        is_deep: bool = True,
    ) -> Choice:
        """Return what `manager_id` is to call for at `at`, of tasks of `types` (empty: all).

        `aside` are tasks that were skipped, and until when. Where none of the tasks that come first
        may be called for, it is looked for one behind them, unless not `is_deep`. Raises
        StoreUnavailableError.
        """
        terms = Terms(
            at=at,
            zone=ZoneInfo(self._terms.timezone),
            rule_of=lambda task: self._types.of(task).attempts,
            rates=self._terms.rates,
            aside=dict(aside or {}),
        )
        found: dict[str, Candidate] = {}
        begins = FROM_THE_FIRST
        for _ in range(_DEPTH if is_deep else 1):
            work = await self._tasks.open_work(
                manager_id,
                at,
                lambda task: not own_hindrances(task, terms),
                types=types,
                begins=begins,
            )
            found |= {one.task.id: one for one in await self._weighed(work, terms)}
            if not work.more or any(one.may_call for one in found.values()):
                break
            begins = work.more
        return chosen(found.values(), at)

    async def _weighed(self, work: OpenWork, terms: Terms) -> Sequence[Candidate]:
        quiet = {
            group_id: await self._quiet.now(group_id, terms.at)
            for group_id in {self._group_of(task, work) for task in (*work.worth, *work.held)}
        }
        found = []
        for number, task in enumerate((*work.worth, *work.held)):
            if number % _AT_ONCE == 0:
                # With many calls of the past this is long for the loop that carries live ones.
                await asyncio.sleep(0)
            facts = self._facts(task, work, quiet[self._group_of(task, work)], terms)
            found.append(weighed(task, facts, terms))
        return found

    @staticmethod
    def _group_of(task: Task, work: OpenWork) -> str | None:
        customer = work.customers.get(task.customer_id or "")
        return task.group_id if customer is None else customer.group_id

    def _facts(
        self, task: Task, work: OpenWork, quiet: QuietTime | None, terms: Terms
    ) -> CustomerFacts:
        customer = work.customers.get(task.customer_id or "") or _bare(task)
        known = work.calls.get(task.customer_id or task.customer_number or "", ())
        past = [PastCall(one.at, one.outcome) for one in known]
        ends_in_s = None if quiet is None else quiet.ends_in_s
        answers = (
            PastAnswer(one.at, one.outcome is CallOutcome.CONNECTED) for one in past if one.counts
        )
        calendar = self._calendars.of(self._terms.timezone)
        return CustomerFacts(
            has_number=bool(customer.numbers),
            do_not_call=customer.do_not_call,
            is_quiet=quiet is not None,
            quiet_until=None if ends_in_s is None else terms.at + timedelta(seconds=ends_in_s),
            engaged_until=_engaged_until(task, customer, work),
            past=past,
            share=answer_share(answers, terms.at, terms.zone, calendar),
        )


def _engaged_until(task: Task, customer: KnownCustomer, work: OpenWork) -> datetime | None:
    keys = claim_keys(task.customer_id, customer.numbers)
    return max((work.engaged[key] for key in keys if key in work.engaged), default=None)


def _bare(task: Task) -> KnownCustomer:
    """Return what is known of whom only a number is, or nothing."""
    if task.customer_id is not None or task.customer_number is None:
        return KnownCustomer(task.group_id)
    return KnownCustomer(task.group_id, numbers=(task.customer_number,))
