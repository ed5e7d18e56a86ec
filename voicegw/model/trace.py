"""The signalling of a call as it went over the wire, kept to be looked at later."""

from __future__ import annotations

import zlib
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from voicegw.model.call import LegRole

#: Fast; the rest would save a tenth more.
_LEVEL: Final = 1


class TraceDirection(StrEnum):
    """Which way a message went, as the gateway sees it."""

    IN = "in"
    OUT = "out"


class TracedMessage(msgspec.Struct, frozen=True):
    """One message of a call. `text` is what was on the wire, without its secrets.

    `peer` is the name of the trunk, or `phone`. `leg` is the leg's id.
    """

    at: datetime
    leg: str
    role: LegRole
    direction: TraceDirection
    peer: str
    transport: str
    text: str


class CallTrace(msgspec.Struct, frozen=True):
    """The messages of a call in order; `dropped` is how many are missing from their middle."""

    call_id: str
    messages: tuple[TracedMessage, ...]
    dropped: int = 0


def pack(trace: CallTrace) -> bytes:
    """Return a trace as it is kept, compressed."""
    return zlib.compress(msgspec.msgpack.encode(trace), _LEVEL)


def unpack(data: bytes) -> CallTrace:
    """Return what :func:`pack` was given. Raises ValueError for anything else."""
    try:
        return msgspec.msgpack.decode(zlib.decompress(data), type=CallTrace)
    except (zlib.error, msgspec.MsgspecError) as error:
        raise ValueError("this is no trace of a call") from error
