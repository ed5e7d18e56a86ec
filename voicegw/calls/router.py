"""The ways to a telephone: servers of trunks in order, or the contacts registered here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from voicegw.calls.phone_route import PhoneRoute
from voicegw.calls.ports import Reservation, Route, Target
from voicegw.calls.trunk_route import HeldPlace, TrunkRoute
from voicegw.identity import Presentation
from voicegw.sip.events import EndedBy, SessionEnded
from voicegw.sip.registrar import Registrar
from voicegw.sip.trunk import Trunk, TrunkBook, may_fail_over
from voicegw.sip.user_agent import UserAgentCore


@dataclass(frozen=True, slots=True)
class LegRouter:
    """Chooses routes: a phone's registration for an address of record, trunks for a number."""

    agent: UserAgentCore
    trunks: TrunkBook
    registrar: Registrar | None

    def routes(
        self, target: Target, presentation: Presentation, *, held: HeldPlace | None = None
    ) -> Sequence[Route]:
        """Return the ways in the order to try; empty when there is none that may be used.

        `held` is a place taken for this target by :meth:`reserve`.
        """
        if target.aor is not None:
            return self._phones(target.aor)
        ways = self.trunks.ways(
            presentation.fallback or presentation.number,
            self.agent.now,
            holding=held.trunk.name if held is not None else None,
            any_trunk=target.is_urgent,
        )
        return [
            TrunkRoute(trunk, peer, self.trunks, self.agent, held=held, is_urgent=target.is_urgent)
            for trunk, peer in ways
        ]

    def _phones(self, aor: str) -> Sequence[Route]:
        if self.registrar is None:
            return ()
        return [PhoneRoute(binding, self.agent) for binding in self.registrar.lookup(aor)]

    def trunk_codecs(self) -> frozenset[str]:
        """Return the codecs that trunks list, all together."""
        return frozenset(codec for trunk in self.trunks.all() for codec in trunk.codecs)

    def reserve(self, numbers: Sequence[str], presentation: Presentation) -> Reservation | None:
        """Take a place on a trunk for each of `numbers`, the first of which is dialled at once.

        None, with nothing taken, when there are not as many.
        """
        reserved = ReservedRouter(self, [])
        for number in numbers:
            place = self._reserve(presentation, begins=not reserved.places)
            if place is None:
                reserved.give_back()
                return None
            reserved.places.append((number, place))
            if place.turn_at is not None:
                reserved.delay_s = max(0.0, place.turn_at - self.agent.now)
        return reserved

    def has_room(self, numbers: Sequence[str], presentation: Presentation) -> bool:
        """Whether there are places on trunks for calls to `numbers` now; takes none.

        How long the trunk's rate would make them wait is not looked at.
        """
        places = [self._reserve(presentation, begins=False) for _ in numbers]
        for place in places:
            if place is not None:
                place.give_back()
        return all(place is not None for place in places)

    def _reserve(self, presentation: Presentation, *, begins: bool) -> HeldPlace | None:
        now = self.agent.now
        hotline = presentation.fallback or presentation.number
        for trunk in dict.fromkeys(trunk for trunk, _ in self.trunks.ways(hotline, now)):
            if not self.trunks.acquire(trunk):
                continue
            turn_at = self.trunks.take_turn(trunk, now) if begins else None
            if turn_at is not None or not begins:
                return HeldPlace(trunk, self.trunks, turn_at=turn_at)
            self.trunks.release(trunk)
        return None

    def arrive(self, trunk: Trunk) -> bool:
        """Take a place for a call that `trunk` has brought; False when it is full."""
        return self.trunks.acquire(trunk)

    def depart(self, trunk: Trunk) -> None:
        """Give back the place of a call that `trunk` had brought."""
        self.trunks.release(trunk)

    def may_fail_over(self, ended: SessionEnded) -> bool:
        """Whether the next route may be tried: server and transport failures only."""
        return ended.by is EndedBy.NETWORK or may_fail_over(ended.status)


@dataclass(slots=True)
class ReservedRouter:
    """The router of one call that has places of its own, each with the number it was taken for.

    Both telephones may have the same number: who tries the service out calls oneself. `delay_s` is
    how long the trunk's rate makes the first of them wait.
    """

    router: LegRouter
    places: list[tuple[str, HeldPlace]]
    delay_s: float = 0.0

    def routes(self, target: Target, presentation: Presentation) -> Sequence[Route]:
        """Return the ways in the order to try, the place of this target among them."""
        held = (place for number, place in self.places if number == target.number and place.is_kept)
        return self.router.routes(target, presentation, held=next(held, None))

    def trunk_codecs(self) -> frozenset[str]:
        """Return the codecs that trunks list, all together."""
        return self.router.trunk_codecs()

    def give_back(self) -> None:
        """Give back the places that were never used; harmless when repeated."""
        for _, place in self.places:
            place.give_back()

    def reserve(self, numbers: Sequence[str], presentation: Presentation) -> Reservation | None:
        """Take further places, for a call of its own."""
        return self.router.reserve(numbers, presentation)

    def has_room(self, numbers: Sequence[str], presentation: Presentation) -> bool:
        """Whether there are further places; takes none."""
        return self.router.has_room(numbers, presentation)

    def arrive(self, trunk: Trunk) -> bool:
        """Take a place for a call that `trunk` has brought; False when it is full."""
        return self.router.arrive(trunk)

    def depart(self, trunk: Trunk) -> None:
        """Give back the place of a call that `trunk` had brought."""
        self.router.depart(trunk)

    def may_fail_over(self, ended: SessionEnded) -> bool:
        """Whether the next route may be tried."""
        return self.router.may_fail_over(ended)
