"""The messages of calls, written through the journal and read back."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from voicegw.journal.entries import CallTraced
from voicegw.journal.segment import decode_line, encode_line
from voicegw.model.call import LegRole
from voicegw.model.trace import CallTrace, TraceDirection, TracedMessage, pack
from voicegw.store import schema
from voicegw.store.batch import BatchWriter
from voicegw.store.database import Database
from voicegw.store.traces import TraceRepository

MESSAGE = TracedMessage(
    at=datetime(2026, 3, 4, 5, 6, 7, 890123, tzinfo=UTC),
    leg="leg_1",
    role=LegRole.CUSTOMER,
    direction=TraceDirection.IN,
    peer="carrier",
    transport="tcp",
    text="INVITE sip:a@b SIP/2.0\r\n\r\n",
)
TRACE = CallTrace("call_1", (MESSAGE,), dropped=2)


async def test_a_trace_is_kept_and_may_be_replayed(database: Database) -> None:
    batch, traces = BatchWriter(database, "node-1"), TraceRepository(database)
    assert await traces.get("call_1") is None
    entry = decode_line(encode_line(CallTraced("call_1", pack(TRACE))))
    await batch.apply_entries([entry, CallTraced("call_2", pack(CallTrace("call_2", ())))], 10)
    await batch.apply_entries([entry], 20)
    assert await traces.get("call_1") == TRACE
    assert await traces.get("call_2") == CallTrace("call_2", ())


async def test_a_trace_that_can_not_be_read_is_none(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(
            sa.insert(schema.call_traces), {"call_id": "call_1", "data": b"nonsense"}
        )
    assert await TraceRepository(database).get("call_1") is None
