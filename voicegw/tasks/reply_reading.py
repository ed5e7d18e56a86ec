"""Reads what managers have answered, tells the results, and helps where a reply says nothing."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from voicegw.clock import Clock
from voicegw.errors import ConflictError, InvalidError, NotFoundError, StoreError
from voicegw.model.directory import Manager
from voicegw.model.ids import IdKind
from voicegw.model.sms import SmsMessage, SmsPurpose, SmsReply
from voicegw.model.sms_template import SmsKind
from voicegw.model.task import ResultSource
from voicegw.sms.answers import Answer, plain, read_answer, read_subscription, split_reference
from voicegw.sms.said_times import said_time
from voicegw.sms.texts import Texts
from voicegw.store.sms_follow_ups import SmsFollowUps
from voicegw.store.sms_replies import SmsReplyRepository
from voicegw.tasks.telling import Matter, Telling, Told

_log = logging.getLogger(__name__)

_HELPS_A_DAY: Final = 3
_HELP_LIVES: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_TO_MANAGERS: Final = frozenset({SmsPurpose.RESULT, SmsPurpose.REMINDER})


class People(Protocol):
    """Whose number it is; memory answers."""

    async def manager_by_number(self, number: str) -> Manager | None:
        """Return the manager one of whose telephones has this number."""
        ...


class NoticeReader(Protocol):
    """Reads what a customer has answered to a notice."""

    async def read(self, message: SmsMessage, reply: SmsReply) -> str | None:
        """Do what the customer wishes; return what the reply meant, None: nothing."""
        ...


@dataclass(frozen=True, slots=True)
class _Reading:
    """What was made of a reply; `help`: what is sent back."""

    message: SmsMessage | None
    meaning: str
    is_answer: bool = False
    help: str | None = None


class ReplyReader:
    """Reads replies one after another; a reply that was read once is read no more."""

    def __init__(
        self,
        replies: SmsReplyRepository,
        follow_ups: SmsFollowUps,
        telling: Telling,
        *,
        people: People,
        texts: Texts,
        clock: Clock,
        timezone: str,
        notices: NoticeReader | None = None,
    ) -> None:
        """Nothing is read before `look`; `timezone` is where managers' clocks are."""
        self._replies = replies
        self._follow_ups = follow_ups
        self._telling = telling
        self._people = people
        self._texts = texts
        self._clock = clock
        self._zone = ZoneInfo(timezone)
        self._notices = notices

    async def look(self) -> None:
        """Read what has come. Raises StoreUnavailableError."""
        for reply in await self._replies.unread():
            reading = await self._made_of(reply)
            now = self._clock.now()
            await self._replies.conclude(
                reply,
                now,
                message=reading.message,
                meaning=reading.meaning,
                is_answer=reading.is_answer,
                help_message=await self._help(reply, reading, now),
            )
            _log.info("reply read", extra={"reply": reply.id, "meaning": reading.meaning})

    async def _made_of(self, reply: SmsReply) -> _Reading:
        """Read one; whatever somebody may write, the others' replies are read after it."""
        try:
            return await self._read(reply)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - else nobody's reply would be read any more
            # Its text may be somebody's words.
            why = type(error).__name__
            _log.error("reply can't be read", extra={"reply": reply.id, "why": why})
            return _Reading(None, "unreadable")

    async def _read(self, reply: SmsReply) -> _Reading:
        named = None if reply.message_id is None else await self._replies.message(reply.message_id)
        if named is not None and named.to != reply.from_:
            named = None
        manager = await self._people.manager_by_number(reply.from_)
        wish = None if manager is not None else read_subscription(plain(reply.text))
        if wish is not None:
            return _Reading(named, wish)
        if named is not None and named.purpose is SmsPurpose.NOTICE:
            return await self._read_notice(named, reply)
        if manager is None:
            return await self._read_customer(reply)
        return await self._read_manager(named, reply)

    async def _read_notice(self, message: SmsMessage, reply: SmsReply) -> _Reading:
        meaning = None if self._notices is None else await self._notices.read(message, reply)
        return _Reading(message, meaning or "unclear", is_answer=meaning is not None)

    async def _read_customer(self, reply: SmsReply) -> _Reading:
        asked = await self._follow_ups.open_for(reply.from_, self._clock.now())
        notice = next((one for one in asked if one.purpose is SmsPurpose.NOTICE), None)
        if notice is None:
            return _Reading(None, "not-asked")
        return await self._read_notice(notice, reply)

    async def _read_manager(self, named: SmsMessage | None, reply: SmsReply) -> _Reading:
        said = plain(reply.text)
        asked = [
            one
            for one in await self._follow_ups.open_for(reply.from_, self._clock.now())
            if one.purpose in _TO_MANAGERS
        ]
        if not asked:
            return await self._answer_again(reply.from_, said)
        references = {one.reference for one in asked if one.reference is not None}
        reference, rest = split_reference(said, references)
        if named is not None and named.asked_until is not None:
            return await self._answer(named, rest)
        if reference is None and len({one.call_id for one in asked}) > 1:
            asked = [one for one in asked if one.reference is None] or asked
        elif reference is not None:
            asked = [one for one in asked if one.reference == reference]
        if len({one.call_id for one in asked}) > 1:
            return await self._which(asked)
        return await self._answer(asked[0], rest)

    async def _answer_again(self, number: str, said: str) -> _Reading:
        """Read another word on what was answered last: the rules of a result say if it counts."""
        last = await self._follow_ups.answered_last(number, self._clock.now())
        if last is None:
            return _Reading(None, "not-asked", help=self._texts.text(SmsKind.HELP_NOTHING))
        matter = await self._telling.matter(last)
        answer = None if matter is None else read_answer(said, matter.results)
        if matter is None or answer is None:
            # Thanks, most likely.
            return _Reading(last, "unclear")
        return await self._tell(last, matter, answer)

    async def _which(self, asked: Sequence[SmsMessage]) -> _Reading:
        example = f"{asked[0].reference or ''}1"
        calls = {one.call_id for one in asked}
        group_id = asked[0].group_id
        text = self._texts.text(
            SmsKind.HELP_WHICH, group_id, count=str(len(calls)), example=example
        )
        return _Reading(None, "ambiguous", help=text)

    async def _answer(self, message: SmsMessage, said: str) -> _Reading:
        if message.asked_until is None or message.asked_until <= self._clock.now():
            return self._too_late(message)
        matter = await self._telling.matter(message)
        if matter is None:
            return self._too_late(message)
        answer = read_answer(said, matter.results)
        if answer is None:
            options = self._texts.options(matter.results, message.reference)
            text = self._texts.text(SmsKind.HELP_UNCLEAR, message.group_id, options=options)
            return _Reading(message, "unclear", help=text)
        return await self._tell(message, matter, answer)

    async def _tell(self, message: SmsMessage, matter: Matter, answer: Answer) -> _Reading:
        code = f"{message.reference or ''}{answer.result.key}"
        example = self._texts.reason_example(code)
        local = self._clock.now().astimezone(self._zone)
        again_at = self._telling.again_at(matter, answer.result, said_time(answer.note, local))
        what = Told(answer.result.code, answer.note, again_at)
        try:
            await self._telling.tell(message, matter, what, ResultSource.SMS)
        except InvalidError as error:
            text = self._texts.text(SmsKind.HELP_REASON, message.group_id, example=example)
            return _Reading(message, f"lacks-{error.field}", help=text)
        except ConflictError as error:
            if error.slug == "exception-needed":
                text = self._texts.text(SmsKind.HELP_LATE, message.group_id, example=example)
                return _Reading(message, "lacks-exception", help=text)
            is_closed = error.slug != "contact-missing"
            kind = SmsKind.HELP_CLOSED if is_closed else SmsKind.HELP_CONTACT
            text = self._texts.text(kind, message.group_id)
            return _Reading(message, error.slug, is_closed, help=text)
        except NotFoundError:
            return self._too_late(message)
        return _Reading(message, answer.result.code, is_answer=True)

    def _too_late(self, message: SmsMessage) -> _Reading:
        text = self._texts.text(SmsKind.HELP_NOTHING, message.group_id)
        return _Reading(message, "too-late", help=text)

    async def _help(self, reply: SmsReply, reading: _Reading, now: datetime) -> SmsMessage | None:
        """Return what is sent back; nothing when there was enough of that today."""
        if reading.help is None:
            return None
        sent = await self._follow_ups.sent_since(reply.from_, SmsPurpose.HELP, now - _DAY)
        if sent >= _HELPS_A_DAY:
            return None
        about = reading.message
        return SmsMessage(
            id=f"{IdKind.SMS}_{reply.id.partition('_')[2]}_{SmsPurpose.HELP}",
            to=reply.from_,
            text=reading.help,
            purpose=SmsPurpose.HELP,
            created_at=now,
            expires_at=now + _HELP_LIVES,
            group_id=None if about is None else about.group_id,
            manager_id=None if about is None else about.manager_id,
            task_id=None if about is None else about.task_id,
            call_id=None if about is None else about.call_id,
        )
