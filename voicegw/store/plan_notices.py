"""Which customers are still to be told of a planned contact, and that they were told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
import sqlalchemy as sa

from voicegw.model.sms import SmsMessage
from voicegw.model.task import Task
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.plan_data import NOT_BEGUN
from voicegw.store.sms import put_sms

MOST_AT_ONCE = 100
_TASKS = schema.tasks.c
_CUSTOMERS = schema.customers.c
_NUMBERS = schema.customer_numbers.c
_NOTICES = schema.plan_notices.c


@dataclass(frozen=True, slots=True)
class Announced:
    """A planned contact whose customer is to be told. `number` None: there is none to tell."""

    task: Task
    customer_name: str
    number: str | None
    is_do_not_call: bool
    manager_name: str


class PlanNotices:
    """Reads and writes notices. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def due(
        self,
        plan_id: str,
        cadences: Sequence[str],
        group_id: str,
        span: tuple[datetime, datetime],
        day: str,
    ) -> Sequence[Announced]:
        """Return contacts of these cadences and this group within `span` that nobody was told of.

        At most MOST_AT_ONCE; `day` is that of the span as notices name it.
        """
        told = sa.exists().where(_NOTICES.task_id == _TASKS.id, _NOTICES.day == day)
        number = (
            sa.select(_NUMBERS.number)
            .where(_NUMBERS.customer_id == _TASKS.customer_id)
            .order_by(_NUMBERS.position)
            .limit(1)
            .scalar_subquery()
        )
        query = (
            sa.select(
                _TASKS.document,
                _CUSTOMERS.name.label("customer_name"),
                number.label("number"),
                _CUSTOMERS.do_not_call.is_not(None).label("is_do_not_call"),
                schema.managers.c.name.label("manager_name"),
            )
            .join_from(schema.tasks, schema.customers, _CUSTOMERS.id == _TASKS.customer_id)
            .join(schema.managers, schema.managers.c.id == _TASKS.manager_id)
            .where(
                _TASKS.plan_id == plan_id,
                _TASKS.group_id == group_id,
                _TASKS.not_before >= span[0],
                _TASKS.not_before < span[1],
                _TASKS.state.in_(NOT_BEGUN),
                sa.or_(
                    *(
                        _TASKS.external_id.contains(f":{name}:", autoescape=True)
                        for name in cadences
                    )
                ),
                ~told,
            )
            .order_by(_TASKS.id)
            .limit(MOST_AT_ONCE)
        )
        rows = await self._database.do_read(lambda connection: connection.execute(query).all())
        return [
            Announced(
                msgspec.convert(row.document, Task),
                row.customer_name,
                row.number,
                bool(row.is_do_not_call),
                row.manager_name,
            )
            for row in rows
        ]

    async def put(
        self, notices: Sequence[tuple[str, SmsMessage | None]], day: str, at: datetime
    ) -> int:
        """Write messages by their tasks, and that these were told of; return how many were new.

        None: there was nobody to tell. What another node has told of is not told again.
        """
        insert = self._database.insert(schema.plan_notices).on_conflict_do_nothing(
            index_elements=["task_id", "day"]
        )

        def write(connection: sa.Connection) -> int:
            new = 0
            for task_id, message in notices:
                row = {
                    "task_id": task_id,
                    "day": day,
                    "message_id": None if message is None else message.id,
                    "at": at,
                }
                if connection.execute(insert, row).rowcount and message is not None:
                    new += put_sms(self._database, connection, [message])
            return new

        return await self._database.do_write(write)
