"""Sends what follows from a call: a question to its manager, a word to a customer who missed it."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from voicegw.clock import Clock
from voicegw.directory.quiet import QuietTime
from voicegw.errors import ConflictError, InvalidError, NotFoundError, StoreError
from voicegw.model.call import Call
from voicegw.model.directory import Customer, Group, Hotline, Manager, ManagerStatus
from voicegw.model.ids import IdKind
from voicegw.model.numbers import is_mobile
from voicegw.model.sms import LINK_PATH, SmsMessage, SmsPurpose
from voicegw.model.sms_follow_up import is_missed, is_told_by_key
from voicegw.model.sms_template import SmsKind
from voicegw.model.survey import RESULT_KEYS
from voicegw.model.task import ResultSource, Task
from voicegw.model.task_type import GENERAL_RESULTS, ResultRule
from voicegw.sms.answers import new_reference
from voicegw.sms.texts import Texts
from voicegw.store.sms_follow_ups import DueLook, SmsFollowUps
from voicegw.tasks.telling import Matter, Telling, Told

_log = logging.getLogger(__name__)

_TOKEN_BYTES: Final = 16
_MISSED_LIVES: Final = timedelta(hours=12)
_DAY: Final = timedelta(days=1)


class Directory(Protocol):
    """Who is who; memory answers."""

    async def manager(self, manager_id: str) -> Manager | None:
        """Return a manager by id."""
        ...

    async def customer(self, customer_id: str) -> Customer | None:
        """Return a customer by id."""
        ...

    async def hotline(self, hotline_id: str) -> Hotline | None:
        """Return a hotline by id."""
        ...

    async def groups_above(self, group_id: str) -> Sequence[Group]:
        """Return the group and all above it, nearest first."""
        ...


class Quiet(Protocol):
    """When customers are left in peace."""

    async def now(self, group_id: str | None, at: datetime) -> QuietTime | None:
        """Return the quiet time that `at` is within, or None."""
        ...

    async def begins(self, group_id: str | None, at: datetime) -> datetime | None:
        """Return when it is quiet next, `at` itself when it is; None: nobody knows."""
        ...


@dataclass(frozen=True, slots=True)
class AskingTerms:
    """What is configured of it. `public_url` empty: messages have no link."""

    public_url: str = ""
    timezone: str = "Asia/Shanghai"
    asks: bool = True
    answer_within: timedelta = timedelta(hours=24)
    remind_after: timedelta | None = timedelta(hours=2)
    reminders_per_day: int = 5
    tells_missed: bool = False


def link_hash(token: str) -> str:
    """Return what is kept of the token of a one-time link."""
    return hashlib.sha256(token.encode()).hexdigest()


class Asker:
    """Looks at calls that have ended, some seconds later."""

    def __init__(
        self,
        follow_ups: SmsFollowUps,
        telling: Telling,
        *,
        directory: Directory,
        quiet: Quiet,
        texts: Texts,
        terms: AskingTerms,
        clock: Clock,
    ) -> None:
        """Nothing is looked at before `look`."""
        self._follow_ups = follow_ups
        self._telling = telling
        self._directory = directory
        self._quiet = quiet
        self._texts = texts
        self._terms = terms
        self._clock = clock

    async def look(self) -> None:
        """Put what follows from the calls that are due. Raises StoreUnavailableError."""
        for due in await self._follow_ups.due(self._clock.now()):
            try:
                await self._look_at(due)
            except StoreError:
                raise
            except Exception as error:  # noqa: BLE001 - else nothing would follow from later calls
                # Its text may be somebody's name or number.
                why = type(error).__name__
                _log.error("nothing follows from a call", extra={"work": due.work_id, "why": why})
                await self._follow_ups.conclude(due)

    async def _look_at(self, due: DueLook) -> None:
        call, now = due.call, self._clock.now()
        messages: list[SmsMessage] = []
        remind_at = None
        if call is not None and is_told_by_key(call):
            await self._tell_by_key(call, due.task)
        elif call is not None and is_missed(call):
            messages = await self._missed(call, due.task, now)
        elif call is not None:
            asked = await self._question(call, due, now)
            messages = [] if asked is None else [asked]
            if self._terms.remind_after is not None and not due.is_reminder:
                remind_at = now + self._terms.remind_after
        await self._follow_ups.conclude(due, messages, remind_at=remind_at)

    async def _tell_by_key(self, call: Call, task: Task | None) -> None:
        """Tell the task what keys have told of its call: that result of its type.

        Where that can't be, because it wants a reason or is told already, the task stays as it is.
        """
        told = call.disposition
        if task is None or told is None:
            return
        results = self._telling.results_of(task)
        named = named_by_key(told.code, results)
        if named is None:
            return
        again_at = self._telling.again_at(Matter(call, task, results), named, None)
        what = Told(named.code, told.note, again_at)
        try:
            await self._telling.tell_task(task, what, ResultSource.KEYPAD, told.by)
        except (InvalidError, ConflictError, NotFoundError) as error:
            _log.info("not told by key", extra={"task_id": task.id, "why": error.slug})

    # -- questions to managers -------------------------------------------------------------------

    async def _question(self, call: Call, due: DueLook, now: datetime) -> SmsMessage | None:
        matter = Matter(call, due.task, self._telling.results_of(due.task))
        if matter.is_told or not await self._is_wanted(call, due.task):
            return None
        manager = await self._directory.manager(call.manager_id or "")
        number = None if manager is None else mobile_of(manager)
        if manager is None or number is None or manager.status is ManagerStatus.DEPARTED:
            return None
        if not due.is_reminder:
            still_open = await self._follow_ups.open_for(number, now)
            reference = new_reference({one.reference for one in still_open})
            until = now + self._terms.answer_within
            return await self._asking(
                matter, manager, number, SmsPurpose.RESULT, reference=reference, until=until
            )
        first = await self._follow_ups.asked(call.id, number)
        if first is None or first.asked_until is None or first.asked_until <= now:
            return None
        if not await self._may_remind(number, now):
            return None
        reference, until = first.reference, first.asked_until
        return await self._asking(
            matter, manager, number, SmsPurpose.REMINDER, reference=reference, until=until
        )

    async def _asking(
        self,
        matter: Matter,
        manager: Manager,
        number: str,
        purpose: SmsPurpose,
        *,
        reference: str | None,
        until: datetime,
    ) -> SmsMessage:
        call = matter.call
        token = secrets.token_urlsafe(_TOKEN_BYTES) if self._terms.public_url else None
        link = None if token is None else f"{self._terms.public_url}{LINK_PATH}{token}"
        customer = await self._customer(call)
        text = self._texts.asking(
            SmsKind(purpose),
            self._texts.customer(None if customer is None else customer.name, call.customer_number),
            self._texts.options(matter.results, reference),
            link,
            group_id=call.group_id,
        )
        return SmsMessage(
            id=f"{IdKind.SMS}_{_own_part(call.id)}_{purpose}",
            to=number,
            text=text,
            purpose=purpose,
            created_at=self._clock.now(),
            expires_at=until,
            group_id=call.group_id,
            manager_id=manager.id,
            customer_id=call.customer_id,
            task_id=None if matter.task is None else matter.task.id,
            call_id=call.id,
            reference=reference,
            link_hash=None if token is None else link_hash(token),
            asked_until=until,
        )

    async def _is_wanted(self, call: Call, task: Task | None) -> bool:
        if not self._terms.asks:
            return False
        if task is not None:
            return self._telling.types.of(task).asks_result
        hotline = await self._hotline(call)
        return hotline is not None and hotline.after_call.result

    async def _may_remind(self, number: str, now: datetime) -> bool:
        sent = await self._follow_ups.sent_since(number, SmsPurpose.REMINDER, now - _DAY)
        return sent < self._terms.reminders_per_day

    # -- words to customers ----------------------------------------------------------------------

    async def _missed(self, call: Call, task: Task | None, now: datetime) -> list[SmsMessage]:
        """Return what tells a customer who called, where that is wanted and allowed."""
        hotline, number = await self._hotline(call), call.customer_number
        if hotline is None or number is None or not is_mobile(number):
            return []
        wanted = hotline.after_call.missed_sms
        if not (self._terms.tells_missed if wanted is None else wanted):
            return []
        customer, manager = await self._customer(call), await self._manager(call)
        if manager is None or (customer is not None and customer.do_not_call is not None):
            return []
        group_id = call.group_id if customer is None else customer.group_id
        quiet = await self._quiet.now(group_id, now)
        begins = now if quiet is None else now + timedelta(seconds=quiet.ends_in_s or 0)
        if quiet is not None and quiet.ends_in_s is None:
            return []
        # What could not be sent before the evening is not sent in the night.
        quiet_at = await self._quiet.begins(group_id, begins)
        expires_at = min(begins + _MISSED_LIVES, quiet_at or begins + _MISSED_LIVES)
        reason = None if task is None else self._texts.name(self._telling.types.of(task).names)
        day = await self._day(group_id, now)
        who = hashlib.sha256(number.encode()).hexdigest()[:32]
        return [
            SmsMessage(
                # One a customer and day, whichever call comes first.
                id=f"{IdKind.SMS}_{who}_{day}_{SmsPurpose.MISSED}",
                to=number,
                text=self._texts.text(
                    SmsKind.MISSED,
                    call.group_id,
                    manager=manager.name,
                    reason=reason or self._texts.business(),
                    hotline=hotline.shown,
                ),
                purpose=SmsPurpose.MISSED,
                created_at=now,
                not_before=None if quiet is None else begins,
                expires_at=expires_at,
                group_id=call.group_id,
                manager_id=manager.id,
                customer_id=call.customer_id,
                task_id=None if task is None else task.id,
                call_id=call.id,
            )
        ]

    async def _day(self, group_id: str | None, now: datetime) -> str:
        groups = [] if group_id is None else await self._directory.groups_above(group_id)
        timezone = groups[0].timezone if groups else self._terms.timezone
        return f"{now.astimezone(ZoneInfo(timezone)):%Y%m%d}"

    async def _hotline(self, call: Call) -> Hotline | None:
        return None if call.hotline_id is None else await self._directory.hotline(call.hotline_id)

    async def _customer(self, call: Call) -> Customer | None:
        if call.customer_id is None:
            return None
        return await self._directory.customer(call.customer_id)

    async def _manager(self, call: Call) -> Manager | None:
        return None if call.manager_id is None else await self._directory.manager(call.manager_id)


def named_by_key(code: str, results: Sequence[ResultRule]) -> ResultRule | None:
    """Return the result that a code from the keypad means: the one of this code.

    A general one (`refused`) means what the type has of its kind: on the key that the shipped
    prompt names, else the only one there is.
    """
    exact = next((one for one in results if one.code == code), None)
    kind = GENERAL_RESULTS.get(code)
    if exact is not None or kind is None:
        return exact
    key = next((key for key, known in RESULT_KEYS.items() if known == code), None)
    alike = [one for one in results if one.kind is kind]
    on_key = [one for one in alike if one.key == key]
    return next(iter(on_key or (alike if len(alike) == 1 else [])), None)


def mobile_of(manager: Manager) -> str | None:
    """Return the first of a manager's numbers that takes short messages."""
    phones = sorted(manager.phones, key=lambda phone: phone.order)
    return next((one.number for one in phones if one.number and is_mobile(one.number)), None)


def _own_part(call_id: str) -> str:
    return call_id.partition("_")[2]
