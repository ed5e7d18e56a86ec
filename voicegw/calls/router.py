"""The ways to a telephone: trunks by priority, or the contacts registered here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from voicegw.calls.ports import Route, Target
from voicegw.identity import Presentation
from voicegw.sip.events import EndedBy, SessionEnded, SessionListener
from voicegw.sip.grammar import URI
from voicegw.sip.invite_spec import InviteSpec
from voicegw.sip.registrar import Binding, Registrar
from voicegw.sip.session_uac import UacSession
from voicegw.sip.trunk import Trunk, TrunkBook, invite_spec, may_fail_over
from voicegw.sip.user_agent import UserAgentCore


@dataclass(frozen=True, slots=True)
class TrunkRoute:
    """A call over one trunk."""

    trunk: Trunk
    book: TrunkBook
    agent: UserAgentCore

    @property
    def name(self) -> str:
        """The trunk's name."""
        return self.trunk.name

    def take(self) -> bool:
        """Take one of the trunk's places; False when it is full."""
        return self.book.acquire(self.trunk)

    def give_back(self) -> None:
        """Give the place back."""
        self.book.release(self.trunk)

    def prepare(
        self, target: Target, presentation: Presentation, sdp: str, listener: SessionListener
    ) -> UacSession:
        """Build the INVITE without sending it."""
        shown = presentation
        if shown.fallback is not None and not self.trunk.may_present(shown.number):
            shown = Presentation(shown.fallback)
        spec = invite_spec(self.trunk, target.number or "", shown, sdp=sdp)
        return self.agent.prepare(spec, listener)


@dataclass(frozen=True, slots=True)
class PhoneRoute:
    """A call to a telephone registered here, over the flow it registered by.

    The binding is the one found when routes were chosen: it may expire before the INVITE leaves.
    From and To are written in the domain that the telephone itself registered in.
    """

    binding: Binding
    agent: UserAgentCore

    @property
    def name(self) -> str:
        """Always `registrar`."""
        return "registrar"

    def take(self) -> bool:
        """Registered telephones have no limit of their own."""
        return True

    def give_back(self) -> None:
        """Nothing was taken."""

    def prepare(
        self, target: Target, presentation: Presentation, sdp: str, listener: SessionListener
    ) -> UacSession:
        """Build the INVITE to this contact without sending it."""
        del target
        domain = URI.parse(self.binding.aor).host
        spec = InviteSpec(
            peer=self.binding.peer,
            request_uri=self.binding.contact,
            from_uri=str(URI("sip", domain, presentation.number)),
            to_uri=self.binding.aor,
            sdp=sdp,
            contact_user=presentation.number,
            same_flow=True,
        )
        return self.agent.prepare(spec, listener)


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
