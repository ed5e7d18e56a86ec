"""The ways to a telephone: trunks by priority, or the contacts registered here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from voicegw.calls.phone_route import PhoneRoute
from voicegw.calls.ports import Route, Target
from voicegw.calls.trunk_route import TrunkRoute
from voicegw.identity import Presentation
from voicegw.sip.events import EndedBy, SessionEnded
from voicegw.sip.registrar import Registrar
from voicegw.sip.trunk import TrunkBook, may_fail_over
from voicegw.sip.user_agent import UserAgentCore


@dataclass(frozen=True, slots=True)
class LegRouter:
    """Chooses routes: a phone's registration for an address of record, trunks for a number."""

    agent: UserAgentCore
    trunks: TrunkBook
    registrar: Registrar | None

    def routes(self, target: Target, presentation: Presentation) -> Sequence[Route]:
        """Return the ways in the order to try; empty when there is none that may be used."""
        if target.aor is not None:
            if self.registrar is None:
                return ()
            bindings = self.registrar.lookup(target.aor)
            return [PhoneRoute(binding, self.agent) for binding in bindings]
        return [
            TrunkRoute(trunk, self.trunks, self.agent)
            for trunk in self.trunks.candidates(presentation.fallback or presentation.number)
        ]

    def room(self, presentation: Presentation) -> int | None:
        """Return how many more calls trunks can carry that show this; None: any number."""
        return self.trunks.room(presentation.number)

    def may_fail_over(self, ended: SessionEnded) -> bool:
        """Whether the next route may be tried: server and transport failures only."""
        return ended.by is EndedBy.NETWORK or may_fail_over(ended.status)
