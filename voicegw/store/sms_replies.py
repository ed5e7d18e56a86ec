"""What was answered: written down as it comes, read and concluded once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
import sqlalchemy as sa

from voicegw.model.sms import TO_CUSTOMERS, UNSUBSCRIBED, SmsMessage, SmsReply, SmsState
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.rows import to_struct
from voicegw.store.sms import SHOWN, put_sms

MOST_AT_ONCE: Final = 50
_SENT_AGAIN_WITHIN: Final = timedelta(hours=1)
_ASKED_WITHIN: Final = timedelta(days=2)
"""Older messages are not sent any more."""
_TABLE = schema.sms_replies
_COLUMNS = _TABLE.c
_MESSAGES = schema.sms_messages.c
_SHOWN: Final = [_COLUMNS[name] for name in SmsReply.__struct_fields__]


class SmsReplyRepository:
    """Reads and writes replies. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def add(self, replies: Sequence[SmsReply]) -> int:
        """Write replies down that are not there yet; return how many were new.

        One without a provider's id is there already when the same text came within the last hour
        and nothing was sent to its number since: who is asked of the next talk answers `1` again.
        """
        insert = self._database.insert(_TABLE).on_conflict_do_nothing(index_elements=["id"])

        def write(connection: sa.Connection) -> int:
            new = 0
            for one in replies:
                if one.provider_id is None and _is_repeated(connection, one):
                    continue
                new += connection.execute(insert, msgspec.structs.asdict(one)).rowcount
            return new

        return await self._database.do_write(write)

    async def unread(self) -> Sequence[SmsReply]:
        """Return what nobody has read yet, the oldest first, at most MOST_AT_ONCE."""
        query = (
            sa.select(*_SHOWN)
            .where(_COLUMNS.read_at.is_(None))
            .order_by(_COLUMNS.number)
            .limit(MOST_AT_ONCE)
        )
        rows = await self._database.do_read(lambda connection: connection.execute(query).all())
        return [to_struct(row, SmsReply) for row in rows]

    async def of(self, number: str, limit: int = MOST_AT_ONCE) -> Sequence[SmsReply]:
        """Return what came from a number, the newest first."""
        query = (
            sa.select(*_SHOWN)
            .where(_COLUMNS.from_ == number)
            .order_by(_COLUMNS.at.desc(), _COLUMNS.number.desc())
            .limit(limit)
        )
        rows = await self._database.do_read(lambda connection: connection.execute(query).all())
        return [to_struct(row, SmsReply) for row in rows]

    async def conclude(
        self,
        reply: SmsReply,
        at: datetime,
        *,
        message: SmsMessage | None,
        meaning: str | None,
        is_answer: bool = False,
        help_message: SmsMessage | None = None,
    ) -> bool:
        """Note what was made of a reply; False when another node was sooner.

        `is_answer`: what was asked about the message's call is answered by it.
        """

        def write(connection: sa.Connection) -> bool:
            mine = (_COLUMNS.id == reply.id, _COLUMNS.read_at.is_(None))
            noted = _TABLE.update().where(*mine)
            message_id = None if message is None else message.id
            values = {"read_at": at, "message_id": message_id, "meaning": meaning}
            if connection.execute(noted.values(**values)).rowcount == 0:
                return False
            if meaning == UNSUBSCRIBED:
                connection.execute(_withdrawn(reply.from_, at))
            if is_answer and message is not None:
                note_answered(connection, message, at)
            if help_message is not None:
                put_sms(self._database, connection, [help_message])
            return True

        return await self._database.do_write(write)

    async def answered(self, message: SmsMessage, at: datetime) -> bool:
        """Note that a message was answered, and others about the same; False: it was before."""
        return await self._database.do_write(
            lambda connection: note_answered(connection, message, at)
        )

    async def not_answered(self, message: SmsMessage, since: datetime) -> None:
        """Take back that a message was answered at `since`, and others with it."""

        def write(connection: sa.Connection) -> None:
            connection.execute(
                schema.sms_messages.update()
                .where(_same(message), _MESSAGES.answered_at == since)
                .values(answered_at=None)
            )

        await self._database.do_write(write)

    async def by_link(self, link_hash: str) -> SmsMessage | None:
        """Return the message whose one-time link has this hash."""
        return await self._message(_MESSAGES.link_hash == link_hash)

    async def message(self, named: str) -> SmsMessage | None:
        """Return the message that a provider names by our id, or by its own."""
        return await self._message(sa.or_(_MESSAGES.id == named, _MESSAGES.provider_id == named))

    async def _message(self, condition: sa.ColumnElement[bool]) -> SmsMessage | None:
        query = sa.select(*SHOWN).where(condition).limit(1)
        row = await self._database.do_read(lambda connection: connection.execute(query).first())
        return None if row is None else to_struct(row, SmsMessage)


def _withdrawn(number: str, at: datetime) -> sa.Update:
    """Return what ends the messages to a customer that nobody has in hand yet."""
    return (
        schema.sms_messages.update()
        .where(
            _MESSAGES.to == number,
            _MESSAGES.state == SmsState.WAITING,
            _MESSAGES.leased_by.is_(None),
            _MESSAGES.purpose.in_(TO_CUSTOMERS),
        )
        .values(state=SmsState.FAILED, finished_at=at, failure=UNSUBSCRIBED)
    )


def _is_repeated(connection: sa.Connection, reply: SmsReply) -> bool:
    sent_at = sa.func.coalesce(_MESSAGES.sent_at, _MESSAGES.created_at)
    asked_since = sa.exists().where(
        _MESSAGES.to == _COLUMNS.from_,
        _MESSAGES.created_at >= reply.at - _ASKED_WITHIN,
        sent_at >= _COLUMNS.at,
    )
    query = sa.select(_COLUMNS.id).where(
        _COLUMNS.from_ == reply.from_,
        _COLUMNS.text == reply.text,
        _COLUMNS.at >= reply.at - _SENT_AGAIN_WITHIN,
        ~asked_since,
    )
    return connection.execute(query.limit(1)).first() is not None


def note_answered(connection: sa.Connection, message: SmsMessage, at: datetime) -> bool:
    """Note, inside a transaction, that a message is answered; False when it was already."""
    statement = (
        schema.sms_messages.update()
        .where(_same(message), _MESSAGES.asked_until.is_not(None), _MESSAGES.answered_at.is_(None))
        .values(answered_at=at)
    )
    return connection.execute(statement).rowcount > 0


def _same(message: SmsMessage) -> sa.ColumnElement[bool]:
    """Return the condition that a message asks the same person about the same call."""
    if message.call_id is None:
        return _MESSAGES.id == message.id
    return sa.and_(_MESSAGES.to == message.to, _MESSAGES.call_id == message.call_id)
