"""Short messages in the store: put once, leased by who sends them, and what was answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from voicegw.model.sms import (
    SUBSCRIBED,
    TO_CUSTOMERS,
    UNSUBSCRIBED,
    SmsMessage,
    SmsPurpose,
    SmsState,
    without_token,
)
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.paging import DEFAULT_LIMIT, Page, newest_first, page_of
from voicegw.store.rows import to_struct

_TABLE = schema.sms_messages
_COLUMNS = _TABLE.c
SHOWN: Final = [_COLUMNS[name] for name in SmsMessage.__struct_fields__]
#: Written out, so that the partial index is seen to fit.
_IS_WAITING: Final = _COLUMNS.state == sa.literal_column(f"'{SmsState.WAITING}'")
_UNREPORTED: Final = (SmsState.WAITING, SmsState.SENT)


@dataclass(frozen=True, slots=True)
class SmsFilter:
    """Which messages a list shows; None doesn't filter. `from_` is inclusive, `until` exclusive."""

    group_ids: Sequence[str] | None = None
    manager_id: str | None = None
    customer_id: str | None = None
    task_id: str | None = None
    call_id: str | None = None
    purpose: SmsPurpose | None = None
    state: SmsState | None = None
    from_: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """Return what a query is to be restricted by."""
        found: list[sa.ColumnElement[bool]] = []
        if self.group_ids is not None:
            found.append(_COLUMNS.group_id.in_(self.group_ids))
        for name in ("manager_id", "customer_id", "task_id", "call_id", "purpose", "state"):
            value = getattr(self, name)
            if value is not None:
                found.append(_COLUMNS[name] == value)
        if self.from_ is not None:
            found.append(_COLUMNS.created_at >= self.from_)
        if self.until is not None:
            found.append(_COLUMNS.created_at < self.until)
        return found


class SmsRepository:
    """Reads and writes short messages. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def put(self, messages: Sequence[SmsMessage]) -> int:
        """Add messages that are not there yet; return how many were new."""
        return await self._database.do_write(
            lambda connection: put_sms(self._database, connection, messages)
        )

    async def get(self, message_id: str) -> SmsMessage | None:
        """Return a message by id."""
        query = sa.select(*SHOWN).where(_COLUMNS.id == message_id)
        row = await self._database.do_read(lambda connection: connection.execute(query).first())
        return None if row is None else to_struct(row, SmsMessage)

    async def list(
        self,
        wanted: SmsFilter = SmsFilter(),
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[SmsMessage]:
        """Return a page of messages, newest first. Raises InvalidError for a bad cursor."""
        query = newest_first(
            sa.select(*SHOWN).where(*wanted.conditions()),
            _COLUMNS.created_at,
            _COLUMNS.id,
            limit=limit,
            cursor=cursor,
        )
        rows = await self._database.do_read(lambda connection: connection.execute(query).all())
        return page_of([to_struct(row, SmsMessage) for row in rows], limit)

    async def lease(
        self, holder: str, now: datetime, lease_s: float, most: int
    ) -> Sequence[SmsMessage]:
        """Take up to `most` messages that are due, the longest due first, for `lease_s` seconds.

        Each lease counts as an attempt. A message whose lease has run out is due again: who held it
        was killed, and nobody knows whether the provider has it.
        """
        due = sa.and_(_IS_WAITING, _COLUMNS.due_at <= now)

        def take(connection: sa.Connection) -> Sequence[SmsMessage]:
            query = (
                sa.select(*SHOWN)
                .where(due)
                .order_by(_COLUMNS.due_at, _COLUMNS.id)
                .limit(most)
                .with_for_update(skip_locked=True)
            )
            found = [to_struct(row, SmsMessage) for row in connection.execute(query)]
            if found:
                connection.execute(
                    _TABLE.update()
                    .where(_COLUMNS.id.in_([one.id for one in found]))
                    .values(
                        attempts=_COLUMNS.attempts + 1,
                        due_at=now + timedelta(seconds=lease_s),
                        leased_by=holder,
                    )
                )
            return [msgspec.structs.replace(one, attempts=one.attempts + 1) for one in found]

        # Asked first, and only then written: on SQLite nobody else writes meanwhile.
        is_any = sa.select(sa.exists().where(due))
        if not await self._database.do_read(
            lambda connection: bool(connection.execute(is_any).scalar_one())
        ):
            return []
        return await self._database.do_write(take)

    async def reclaim(self, holder: str, now: datetime) -> int:
        """Have due at once what earlier processes of `holder`'s node had in hand; return how many.

        A holder is `node/process`, and of a node only one process sends: the others are gone.
        """
        own_node = holder.rpartition("/")[0] + "/"
        left = sa.and_(
            _IS_WAITING,
            _COLUMNS.leased_by.startswith(own_node, autoescape=True),
            _COLUMNS.leased_by != holder,
        )
        statement = _TABLE.update().where(left).values(due_at=now, leased_by=None)
        return await self._database.do_write(
            lambda connection: connection.execute(statement).rowcount
        )

    async def mark_sent(
        self, message: SmsMessage, holder: str, at: datetime, provider_id: str | None
    ) -> bool:
        """Note that the provider has taken a leased message; False when it is not ours any more.

        A report that has come sooner than the provider's answer stays.
        """
        return await self._conclude(
            message, holder, state=SmsState.SENT, sent_at=at, provider_id=provider_id, failure=None
        )

    async def put_back(
        self, message: SmsMessage, holder: str, due_at: datetime, failure: str
    ) -> bool:
        """Have a leased message sent again from `due_at` on; `failure` is a slug that says why."""
        return await self._conclude(message, holder, due_at=due_at, failure=failure)

    async def give_up(
        self,
        message: SmsMessage,
        holder: str,
        at: datetime,
        failure: str,
        state: SmsState = SmsState.FAILED,
    ) -> bool:
        """End a leased message as failed or expired."""
        return await self._conclude(message, holder, state=state, finished_at=at, failure=failure)

    async def _conclude(self, message: SmsMessage, holder: str, **values: object) -> bool:
        if "state" in values and message.link_hash is not None:
            values["text"] = without_token(message.text)
        statement = (
            _TABLE.update()
            .where(
                _COLUMNS.id == message.id,
                _IS_WAITING,
                _COLUMNS.leased_by == holder,
                _COLUMNS.attempts == message.attempts,
            )
            .values(leased_by=None, **values)
        )
        return await self._database.do_write(
            lambda connection: connection.execute(statement).rowcount > 0
        )

    async def report(
        self,
        at: datetime,
        *,
        message_id: str | None,
        provider_id: str | None,
        failure: str | None = None,
    ) -> bool:
        """Note what the provider reports of a message: delivered, or not for `failure`.

        Found by our id, else by the provider's. Return False when there is no such message; one
        that has ended stays as it is, so a report twice is one.
        """
        if message_id is None and provider_id is None:
            return False
        mine = (
            _COLUMNS.id == message_id
            if message_id is not None
            else _COLUMNS.provider_id == provider_id
        )
        state = SmsState.DELIVERED if failure is None else SmsState.FAILED
        values: dict[str, object] = {"state": state, "finished_at": at, "failure": failure}
        if provider_id is not None:
            values["provider_id"] = provider_id
        statement = _TABLE.update().where(mine, _COLUMNS.state.in_(_UNREPORTED)).values(**values)

        def note(connection: sa.Connection) -> bool:
            if connection.execute(statement).rowcount > 0:
                return True
            return connection.execute(sa.select(_COLUMNS.id).where(mine)).first() is not None

        return await self._database.do_write(note)

    async def waiting(self) -> tuple[int, datetime | None]:
        """Return how many messages wait, and since when the one does that is due the longest."""
        query = sa.select(sa.func.count(), sa.func.min(_COLUMNS.due_at)).where(_IS_WAITING)
        count, due_at = await self._database.do_read(
            lambda connection: connection.execute(query).one()
        )
        return count, due_at

    async def counts(self) -> Mapping[tuple[str, str], int]:
        """Return how many messages there are by purpose and state."""
        query = sa.select(_COLUMNS.purpose, _COLUMNS.state, sa.func.count()).group_by(
            _COLUMNS.purpose, _COLUMNS.state
        )
        rows = await self._database.do_read(lambda connection: connection.execute(query).all())
        return {(purpose, state): count for purpose, state, count in rows}


def put_sms(database: Database, connection: sa.Connection, messages: Sequence[SmsMessage]) -> int:
    """Add messages inside the caller's transaction; return how many were new.

    One whose id is there already stays as it is: whoever makes an id of what the message tells of
    (`sms_…_missed`) tells it once, however often the transaction is done again. What is for
    customers is left out where the number's holder wants none of it.
    """
    new = 0
    insert = database.insert(_TABLE).on_conflict_do_nothing(index_elements=["id"])
    for message in messages:
        if message.purpose in TO_CUSTOMERS and _is_unsubscribed(connection, message.to):
            continue
        new += connection.execute(insert, _row(message)).rowcount
    return new


def _is_unsubscribed(connection: sa.Connection, number: str) -> bool:
    """Whether the last that was said of it from this number is that no messages are wanted."""
    replies = schema.sms_replies.c
    query = (
        sa.select(replies.meaning)
        .where(replies.from_ == number, replies.meaning.in_([UNSUBSCRIBED, SUBSCRIBED]))
        .order_by(replies.at.desc(), replies.number.desc())
        .limit(1)
    )
    return connection.execute(query).scalar_one_or_none() == UNSUBSCRIBED


def _row(message: SmsMessage) -> dict[str, Any]:
    due_at = max(message.created_at, message.not_before or message.created_at)
    return {**msgspec.structs.asdict(message), "due_at": due_at}
