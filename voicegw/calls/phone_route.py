"""The way to a telephone that is registered here."""

from __future__ import annotations

from dataclasses import dataclass

from voicegw.calls.ports import Target
from voicegw.identity import Presentation
from voicegw.model.call import PHONE
from voicegw.sip.bindings import Binding
from voicegw.sip.events import SessionListener
from voicegw.sip.grammar import URI
from voicegw.sip.invite_spec import InviteSpec
from voicegw.sip.session_uac import UacSession
from voicegw.sip.user_agent import UserAgentCore
from voicegw.sip.wire import Peer


@dataclass(frozen=True, slots=True)
class PhoneRoute:
    """A call to a telephone registered here, over the flow it registered by.

    The binding is the one found when routes were chosen: it may expire before the INVITE leaves.
    From and To are written in the domain that the telephone itself registered in. Proxies that it
    asked to be called through are named as routes (RFC 3327 §5.2).
    """

    binding: Binding
    agent: UserAgentCore

    @property
    def name(self) -> str:
        """No trunk's."""
        return PHONE

    @property
    def codecs(self) -> None:
        """A telephone may have all that the node carries."""
        return

    @property
    def peer(self) -> Peer:
        """Where the telephone registered from."""
        return self.binding.peer

    @property
    def delay_s(self) -> float:
        """Always 0: registered telephones have no rate."""
        return 0.0

    def serves(self, host: str) -> bool:
        """Never: where a manager's calls go is no affair of the telephone's."""
        del host
        return False

    def take(self) -> bool:
        """Registered telephones have no limit of their own."""
        return True

    def give_back(self) -> None:
        """Nothing was taken."""

    def prepare(
        self, target: Target, presentation: Presentation, sdp: str, listener: SessionListener
    ) -> UacSession:
        """Build the INVITE to this contact without sending it."""
        domain = URI.parse(self.binding.aor).host
        spec = InviteSpec(
            peer=self.binding.peer,
            request_uri=self.binding.contact,
            from_uri=str(URI("sip", domain, presentation.number)),
            to_uri=self.binding.aor,
            sdp=sdp,
            contact_user=presentation.number,
            max_forwards=target.max_forwards,
            route=self.binding.path,
            same_flow=True,
            may_refer=True,
        )
        return self.agent.prepare(spec, listener)
