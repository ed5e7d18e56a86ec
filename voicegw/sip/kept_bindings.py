"""Registrations as they are kept over a restart: what is written, what is taken back. Pure.

Only telephones over UDP are kept: the connection of another one ends with the process that held it,
and only the telephone can open the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from voicegw.sip.bindings import Binding
from voicegw.sip.wire import Peer

VERSION: Final = 1


class _KeptBinding(msgspec.Struct, forbid_unknown_fields=True):
    """One binding; `expires_at` is wall-clock time: the monotonic clock begins anew."""

    username: str
    aor: str
    contact: str
    host: str
    port: int
    flow: int
    expires_at: float
    q: float
    call_id: str
    cseq: int
    path: tuple[str, ...] = ()
    instance: str = ""


class _KeptBindings(msgspec.Struct, forbid_unknown_fields=True):
    """The file. `listen` is what the flows of the bindings count in."""

    version: int
    listen: list[str]
    bindings: list[_KeptBinding]


@dataclass(frozen=True, slots=True)
class Moment:
    """The same moment on both clocks, in seconds."""

    monotonic_s: float
    wall_s: float


def written(bindings: Iterable[Binding], listen: Sequence[str], moment: Moment) -> bytes:
    """Return what to keep of `bindings`, whose flows are places in `listen`."""
    ahead_s = moment.wall_s - moment.monotonic_s
    kept = [
        _KeptBinding(
            username=one.username,
            aor=one.aor,
            contact=one.contact,
            host=one.peer.host,
            port=one.peer.port,
            flow=one.peer.flow,
            expires_at=one.expires_at + ahead_s,
            q=one.q,
            call_id=one.call_id,
            cseq=one.cseq,
            path=one.path,
            instance=one.instance,
        )
        for one in bindings
        if one.peer.transport == "udp"
    ]
    return msgspec.json.encode(_KeptBindings(VERSION, list(listen), kept))


def taken_back(
    data: bytes,
    listen: Sequence[str],
    moment: Moment,
    *,
    longest_s: float,
    may_register: Callable[[str], bool],
) -> list[Binding]:
    """Return the bindings of `data` that still hold.

    Left out are those that have expired, or whose user may not register any more; all of them
    where the node listens elsewhere now: a telephone behind a NAT is reached from one socket only.
    None lasts longer than `longest_s` from now, whatever the clocks did. Raises ValueError when
    `data` can't be read.
    """
    try:
        kept = msgspec.json.decode(data, type=_KeptBindings)
    except msgspec.MsgspecError as error:
        raise ValueError("no registrations that this version can read") from error
    if kept.version != VERSION:
        raise ValueError("registrations of another version")
    if kept.listen != list(listen):
        return []
    return [
        Binding(
            username=one.username,
            aor=one.aor,
            contact=one.contact,
            peer=Peer("udp", one.host, one.port, one.flow),
            expires_at=moment.monotonic_s + min(one.expires_at - moment.wall_s, longest_s),
            q=one.q,
            call_id=one.call_id,
            cseq=one.cseq,
            path=one.path,
            instance=one.instance,
        )
        for one in kept.bindings
        if one.expires_at > moment.wall_s and may_register(one.username)
    ]
