"""What is told to operators of the trunks and of registered telephones."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from api.node_status import (
    RefusedInvite,
    RegisteredPhone,
    ServerState,
    ServerStatus,
    TrunkDetail,
)
from voicegw.sip.registrar import Registrar
from voicegw.sip.trunk import Trunk, TrunkBook
from voicegw.sip.trunk_health import Rank, ServerHealth
from voicegw.sip.trunk_watch import TrunkWatch
from voicegw.sip.wire import Peer

_STATES = {Rank.UP: ServerState.UP, Rank.ASIDE: ServerState.ASIDE, Rank.DOWN: ServerState.DOWN}


def trunk_details(book: TrunkBook, watch: TrunkWatch, now: float) -> list[TrunkDetail]:
    """Return what is known of every trunk, by priority; `now` is the agent's, in seconds."""
    return [_detail(book, watch, trunk, now) for trunk in book.all()]


def registered_phones(registrar: Registrar | None, now: float) -> list[RegisteredPhone]:
    """Return the telephones that are registered, by account."""
    if registrar is None:
        return []
    return [
        RegisteredPhone(one.username, one.peer.transport, _wall(one.expires_at, now))
        for one in sorted(registrar.bindings.all(), key=lambda one: (one.username, one.expires_at))
    ]


def _detail(book: TrunkBook, watch: TrunkWatch, trunk: Trunk, now: float) -> TrunkDetail:
    name = trunk.name
    return TrunkDetail(
        name=name,
        up=book.health.has_server_up(name),
        registered=watch.is_registered(name),
        trouble=watch.trouble(name),
        calls=book.in_use(trunk),
        max_calls=trunk.max_calls,
        calls_per_s=trunk.calls_per_s,
        wait_s=round(book.wait_s(trunk, now), 3),
        priority=trunk.priority,
        weight=trunk.weight,
        presents=len(trunk.numbers),
        options_s=trunk.options_s,
        servers=[_server(peer, health, now) for peer, health in book.health.servers(name)],
        results=[
            (status, count) for (of, status), count in sorted(book.results.items()) if of == name
        ],
        refused=[
            RefusedInvite(status, _wall(at, now)) for status, at in reversed(book.refused_of(name))
        ],
    )


def _server(peer: Peer, health: ServerHealth, now: float) -> ServerStatus:
    return ServerStatus(
        transport=peer.transport,
        host=peer.host,
        port=peer.port,
        state=_STATES[health.rank(now)],
        rtt_ms=None if health.rtt_s is None else round(health.rtt_s * 1000, 1),
        heard_at=None if math.isinf(health.heard_at) else _wall(health.heard_at, now),
    )


def _wall(at: float, now: float) -> datetime:
    """Return the time of day of a moment of the monotonic clock."""
    return datetime.now(UTC) + timedelta(seconds=at - now)
