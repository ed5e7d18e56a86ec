"""`voicegw calls trace`: the messages of a call, from the store."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import msgspec

from api.traces import trace_view
from config import Settings
from voicegw.errors import NotFoundError
from voicegw.model.call import Call
from voicegw.model.directory import Role
from voicegw.model.trace import CallTrace
from voicegw.sip.ladder import ladder
from voicegw.store.calls import CallRepository
from voicegw.store.database import Database
from voicegw.store.traces import TraceRepository


def trace_of(settings: Settings, call_id: str, *, as_json: bool) -> str:
    """Return the ladder of a call and its messages, or all as one JSON object.

    Who reads the store is its administrator and sees numbers; secrets were never kept. Raises
    NotFoundError for a call without messages: a live one's are at `GET /v1/calls/ID/sip` only.
    """
    call, trace = asyncio.run(_read(settings, call_id))
    if as_json:
        view: dict[str, Any] = msgspec.to_builtins(trace_view(trace, call, Role.ADMIN))
        return json.dumps(view, ensure_ascii=False) + "\n"
    texts = [
        f"--- {message.at.isoformat()} {message.direction} {message.role} {message.peer}\n"
        + message.text.replace("\r\n", "\n").rstrip("\n")
        + "\n"
        for message in trace.messages
    ]
    return "\n".join([ladder(trace.messages, trace.dropped), *texts])


async def _read(settings: Settings, call_id: str) -> tuple[Call, CallTrace]:
    database = await Database.open(settings.store.url)
    try:
        call = await CallRepository(database).get(call_id)
        trace = await TraceRepository(database).get(call_id)
    finally:
        await database.close()
    if call is None or trace is None:
        raise NotFoundError("trace", call_id)
    return call, trace
