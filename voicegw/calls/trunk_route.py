"""The way to a telephone over one server of a trunk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from voicegw.calls.ports import Target
from voicegw.identity import Presentation
from voicegw.sip.events import (
    EndedBy,
    SessionAnswered,
    SessionEnded,
    SessionEvent,
    SessionListener,
)
from voicegw.sip.session_uac import UacSession
from voicegw.sip.trunk import Trunk, TrunkBook, invite_spec
from voicegw.sip.user_agent import UserAgentCore
from voicegw.sip.wire import Peer

#: Silence after an INVITE that says something of the server: four INVITEs went unanswered. A little
#: less than the time after which ringing leaves a silent server for another.
_SILENT_S: Final = 5.0
#: How late a turn of a trunk's rate may be used.
_TURN_GOOD_S: Final = 1.0


class HeldPlace:
    """A place on a trunk that was taken before there was an INVITE to use it.

    `turn_at` is the moment of the trunk's rate that was taken with it, None without one.
    """

    def __init__(self, trunk: Trunk, book: TrunkBook, *, turn_at: float | None) -> None:
        """Keep a place that has been acquired in `book`."""
        self.trunk = trunk
        self.turn_at = turn_at
        self._book = book
        self._kept = True

    @property
    def is_kept(self) -> bool:
        """Whether it is still there to be claimed."""
        return self._kept

    def has_turn(self, now: float) -> bool:
        """Whether an INVITE that leaves now keeps to the moment that was taken for it.

        Where a registered telephone is rung first, the trunk's own comes much later: many of them
        at once would be more than the trunk allows.
        """
        return self.turn_at is not None and now - self.turn_at <= _TURN_GOOD_S

    def claim(self, trunk: Trunk) -> bool:
        """Take the place for an INVITE over `trunk`; False where it is another's or gone."""
        if not self._kept or trunk.name != self.trunk.name:
            return False
        self._kept = False
        return True

    def give_back(self) -> None:
        """Give the place back unless it was claimed; harmless when repeated."""
        if self._kept:
            self._kept = False
            self._book.release(self.trunk)
            if self.turn_at is not None:
                self._book.give_turn_back(self.trunk, self.turn_at)


class TrunkRoute:
    """A call to one server of a trunk. What becomes of it says something of the server's health."""

    def __init__(
        self,
        trunk: Trunk,
        peer: Peer,
        book: TrunkBook,
        agent: UserAgentCore,
        *,
        held: HeldPlace | None = None,
        is_urgent: bool = False,
    ) -> None:
        """`held` is the call's own place, perhaps on this trunk; an urgent one needs none."""
        self.trunk = trunk
        self.peer = peer
        self.delay_s = 0.0
        self._book = book
        self._agent = agent
        self._held = held
        self._is_urgent = is_urgent
        self._prepared_at: float | None = None
        self._told = False
        """Whether the session has told of anything at all."""

    @property
    def name(self) -> str:
        """The trunk's name."""
        return self.trunk.name

    @property
    def codecs(self) -> Sequence[str]:
        """The trunk's own list."""
        return self.trunk.codecs

    def serves(self, host: str) -> bool:
        """Whether `host` is the trunk's, by its name or as one of its addresses."""
        if host.lower() == self.trunk.host.lower():
            return True
        owner = self._book.by_source(host)
        return owner is not None and owner.name == self.trunk.name

    def take(self) -> bool:
        """Take one of the trunk's places, and a turn; False when it is full or its rate is used up.

        `delay_s` says how long to wait then before the INVITE may leave.
        """
        if self._is_urgent:
            self._book.exceed(self.trunk)
            return True
        held = self._held
        claimed = held is not None and held.claim(self.trunk)
        if not claimed and not self._book.acquire(self.trunk):
            return False
        now = self._agent.now
        if claimed and held is not None and held.has_turn(now):
            return True
        turn_at = self._book.take_turn(self.trunk, now)
        if turn_at is None:
            self._book.release(self.trunk)
            return False
        self.delay_s = turn_at - now
        return True

    def give_back(self) -> None:
        """Give the place back, and note when the server had been silent."""
        self._book.release(self.trunk)
        now = self._agent.now
        since = self._prepared_at
        if since is None or self._told or now - since < _SILENT_S:
            return
        if self._book.health.failed(self.trunk.name, self.peer, since, now):
            self._book.ended(self.trunk.name, 408, now)

    def prepare(
        self, target: Target, presentation: Presentation, sdp: str, listener: SessionListener
    ) -> UacSession:
        """Build the INVITE without sending it."""
        shown = self._shown(presentation)
        spec = invite_spec(
            self.trunk,
            self.peer,
            target.number or "",
            shown,
            sdp=sdp,
            route=self._book.service_route(self.trunk),
            max_forwards=target.max_forwards,
        )

        def watch(event: SessionEvent) -> None:
            self._heed(event)
            listener(event)

        self._prepared_at = self._agent.now
        return self._agent.prepare(spec, watch)

    def _shown(self, presentation: Presentation) -> Presentation:
        """Return what the trunk may present of `presentation`; an urgent call shows what it can."""
        wanted = (presentation.number, presentation.fallback)
        allowed = [one for one in wanted if one is not None and self.trunk.may_present(one)]
        if self._is_urgent and not allowed:
            allowed = sorted(self.trunk.numbers)
        if not allowed:
            # Routes were chosen for the hotline: the trunk may present it.
            allowed = [presentation.fallback or presentation.number]
        return Presentation(allowed[0])

    def _heed(self, event: SessionEvent) -> None:
        """Learn about the server from what its session tells."""
        if isinstance(event, SessionAnswered):
            self._book.ended(self.trunk.name, 200, self._agent.now)
        elif isinstance(event, SessionEnded) and not event.answered:
            self._refused(event)
        self._told = True

    def _refused(self, ended: SessionEnded) -> None:
        name, health, now = self.trunk.name, self._book.health, self._agent.now
        if ended.by is EndedBy.LOCAL:
            return
        self._book.ended(name, ended.status, now)
        if ended.by is EndedBy.NETWORK:
            health.failed(name, self.peer, self._prepared_at or now, now)
        elif ended.status == 503:
            health.missed(name, self.peer)
            if ended.retry_after_s:
                health.put_aside(name, self.peer, ended.retry_after_s, now)
