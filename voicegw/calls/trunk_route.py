"""The way to a telephone over one trunk."""

from __future__ import annotations

from dataclasses import dataclass

from voicegw.calls.ports import Target
from voicegw.identity import Presentation
from voicegw.sip.events import SessionListener
from voicegw.sip.session_uac import UacSession
from voicegw.sip.trunk import Trunk, TrunkBook, invite_spec
from voicegw.sip.user_agent import UserAgentCore
from voicegw.sip.wire import Peer


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

    @property
    def peer(self) -> Peer:
        """Where the trunk's INVITEs go."""
        return self.trunk.peer

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
