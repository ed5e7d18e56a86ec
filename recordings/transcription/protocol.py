"""What node, loader process and worker processes tell each other.

Between node and loader: one message a packet (SOCK_SEQPACKET); a worker's socket comes beside its
`Fork`. Between node and worker: a stream of messages, each preceded by its length (4 bytes, big
endian). All are MessagePack, tagged by type.

A worker has no access to recordings, storages or keys: it asks the node for the bytes of the one
file that it works on (`Wanted`, answered by `Block`). So nothing secret leaves the node, and it
does not matter here where a file lies or whether it is encrypted.
"""

from __future__ import annotations

import struct
from typing import Final, TypeAlias

import msgspec

from recordings.transcription.engine import EngineSpec
from recordings.transcription.spans import Span
from voicegw.model.transcript import Segment

LENGTH: Final = struct.Struct(">I")
BLOCK_BYTES: Final = 1 << 18
PACKET_BYTES: Final = 1 << 16


class Load(msgspec.Struct, frozen=True, tag=True):
    """Node to loader, first: load this."""

    spec: EngineSpec
    recycle: Recycle


class Recycle(msgspec.Struct, frozen=True):
    """When a worker leaves after a file: it did `files`, or has grown by `growth_bytes`."""

    files: int
    growth_bytes: int


class Loaded(msgspec.Struct, frozen=True, tag=True):
    """Loader to node: ready to fork."""


class Unusable(msgspec.Struct, frozen=True, tag=True):
    """Loader or worker to node: library or model can't be used; it ends."""

    why: str


class Fork(msgspec.Struct, frozen=True, tag=True):
    """Node to loader: make a worker at the end of the socket that comes with this."""


class Forked(msgspec.Struct, frozen=True, tag=True):
    """Loader to node: it runs, as this process. Answers come in the order of the requests."""

    pid: int


class Kill(msgspec.Struct, frozen=True, tag=True):
    """Node to loader: end this worker at once."""

    pid: int


class Job(msgspec.Struct, frozen=True, tag=True):
    """Node to worker: transcribe the file of `size_bytes`."""

    size_bytes: int
    left_out: list[Span]


class Block(msgspec.Struct, frozen=True, tag=True):
    """Node to worker: the bytes it wanted."""

    data: bytes


class Wanted(msgspec.Struct, frozen=True, tag=True):
    """Worker to node: send me these bytes of the file."""

    offset: int
    length: int


class Opened(msgspec.Struct, frozen=True, tag=True):
    """Worker to node: the file is sound, this long."""

    duration_s: float
    channels: int


class Progress(msgspec.Struct, frozen=True, tag=True):
    """Worker to node: worked through up to here."""

    position_s: float


class Heard(msgspec.Struct, frozen=True, tag=True):
    """Worker to node: this was said."""

    segment: Segment


class Done(msgspec.Struct, frozen=True, tag=True):
    """Worker to node: that was all. `leaves`: the worker ends now, ask for another one."""

    cpu_s: float
    resident_bytes: int
    leaves: bool


class Refused(msgspec.Struct, frozen=True, tag=True):
    """Worker to node: the file can't be transcribed, ever."""

    why: str


class Faulty(msgspec.Struct, frozen=True, tag=True):
    """Worker to node: something was raised that nobody expected. `fault` is its type."""

    fault: str


ToLoader: TypeAlias = Load | Fork | Kill
FromLoader: TypeAlias = Loaded | Unusable | Forked
ToWorker: TypeAlias = Job | Block
FromWorker: TypeAlias = Wanted | Opened | Progress | Heard | Done | Refused | Faulty | Unusable

encode: Final = msgspec.msgpack.Encoder().encode
to_loader: Final = msgspec.msgpack.Decoder(ToLoader)
from_loader: Final = msgspec.msgpack.Decoder(FromLoader)
to_worker: Final = msgspec.msgpack.Decoder(ToWorker)
from_worker: Final = msgspec.msgpack.Decoder(FromWorker)


def framed(message: ToWorker | FromWorker) -> bytes:
    """Return `message` with its length before it."""
    body = encode(message)
    return LENGTH.pack(len(body)) + body
