"""Spools as a failing disk, a lost power supply or a defect may leave them, by a seed."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Sequence
from typing import Final

from voicegw.media.spool import ARRIVAL, RECORD_HEAD, TYPE_END, TYPE_MARK, TYPE_PACKET

_DEEP: Final = b"[" * 60_000


def mutate(spool: bytes, seed: int) -> bytes:
    """Return `spool` with one to four damages in it."""
    chance = random.Random(seed)
    data = bytearray(spool)
    for _ in range(chance.randint(1, 4)):
        chance.choice(_DAMAGES)(data, chance)
    return bytes(data)


def _flip(data: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice([1, 10, 1000])):
        if data:
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _cut(data: bytearray, chance: random.Random) -> None:
    del data[chance.randrange(len(data) + 1) :]


def _leave_out(data: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(data) + 1)
    del data[start : start + chance.choice([1, 7, 512, 40_000])]


def _zero(data: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(data) + 1)
    end = min(start + chance.choice([1, 512, 4096, 65_536]), len(data))
    data[start:end] = bytes(end - start)


def _repeat(data: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(data) + 1)
    part = data[start : start + chance.choice([10, 5000, 100_000])]
    data[start:start] = part * chance.randint(1, 5)


def _swap(data: bytearray, chance: random.Random) -> None:
    start, size = chance.randrange(len(data) // 2 + 1), chance.choice([3, 180, 9000])
    data[start : start + 2 * size] = (
        data[start + size : start + 2 * size] + data[start : start + size]
    )


def _nonsense(data: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(data) + 1)
    data[start:start] = chance.randbytes(chance.choice([1, 100, 20_000]))


def _records(data: bytearray) -> list[int]:
    """Return where whole records begin."""
    found, place = [], 8
    while place + RECORD_HEAD.size <= len(data):
        found.append(place)
        place += RECORD_HEAD.size + RECORD_HEAD.unpack_from(data, place)[1]
    return found


def _insert(data: bytearray, chance: random.Random, record: bytes) -> None:
    places = _records(data)
    if places:
        place = chance.choice(places)
        data[place:place] = record


def _odd_record(data: bytearray, chance: random.Random) -> None:
    """A record that is whole but tells what can't be."""
    moment = ARRIVAL.pack(chance.choice([0, 1, 2**63, 2**64 - 1, 1_700_000_000_000_000]))
    kind, body = chance.choice(
        [
            (TYPE_END, moment),
            (TYPE_END, b""),
            (TYPE_MARK, moment + b'{"kind": "bridge"}'),
            (TYPE_MARK, moment + b'{"kind": "hold", "detail": {"a": [1e999, null]}}'),
            (TYPE_MARK, moment + b'{"kind": "codec", "leg": 0, "payload_type": 8}'),
            (
                TYPE_MARK,
                moment + b'{"kind":"codec","leg":1,"payload_type":8,"encoding":"opus",'
                b'"clock_hz":%d}' % chance.choice([1, 7, 48_000, 2**70]),
            ),
            (TYPE_MARK, moment + b'{"kind": "codec", "leg": true, "payload_type": [8]}'),
            (TYPE_MARK, moment + _DEEP),
            (TYPE_MARK, moment + b'"text"'),
            (TYPE_MARK, b"\xff"),
            (TYPE_PACKET, b"short"),
            (
                TYPE_PACKET,
                struct.pack("<BBHI", chance.randrange(256), 8, 0, 0) + moment + b"\x55" * 60_000,
            ),
            (chance.randrange(256), chance.randbytes(50)),
        ]
    )
    _insert(data, chance, RECORD_HEAD.pack(kind, len(body)) + body)


def _other_times(data: bytearray, chance: random.Random) -> None:
    """The clock is set anew from some packet on."""
    step_us = chance.choice([-(10**12), -(10**7), 10**7, 3 * 10**9, 10**12, 10**15])
    places = _records(data)
    if not places:
        return
    for place in places[chance.randrange(len(places)) :]:
        at = place + 11
        if data[place] == TYPE_PACKET and at + 8 <= len(data):
            (arrival_us,) = ARRIVAL.unpack_from(data, at)
            ARRIVAL.pack_into(data, at, (arrival_us + step_us) % 2**64)


_DAMAGES: Final[Sequence[Callable[[bytearray, random.Random], None]]] = (
    _flip,
    _cut,
    _leave_out,
    _zero,
    _repeat,
    _swap,
    _nonsense,
    _odd_record,
    _odd_record,
    _other_times,
)
