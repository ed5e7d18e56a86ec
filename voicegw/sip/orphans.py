"""Sessions of which only a snapshot or a stray answer is left, and how they are ended. Pure.

A node that was killed leaves phones ringing and talking. From the journal's snapshots the next one
sends what ends them: CANCEL (with the INVITE's branch), BYE, or 503 to an unanswered INVITE. A 2xx
to an INVITE nobody remembers is acknowledged, so that it is repeated no more, and ended with BYE.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from voicegw.errors import MalformedMessageError
from voicegw.sip.dialog import Dialog, DialogId, contact_of
from voicegw.sip.exchange import DialogExchange, Exchange
from voicegw.sip.grammar import URI
from voicegw.sip.message import Request, Response, ack_for_failure, cancel_for, parse, response_to
from voicegw.sip.snapshot import SessionSnapshot, SnapshotRole
from voicegw.sip.wire import DEFAULT_PORTS, Peer, TransportName

if TYPE_CHECKING:
    from voicegw.sip.digest import Credentials
    from voicegw.sip.transaction import ServerTransaction
    from voicegw.sip.user_agent import UserAgentCore

#: Stray sessions remembered at a time; beyond it a stray 2xx is let go until others are over.
MAX_STRAYS: Final = 1000


class Orphans:
    """Ends what nobody owns any more; everything is forgotten 64*T1 after its last sign."""

    def __init__(self, core: UserAgentCore) -> None:
        """Begin with none."""
        self._core = core
        self._cancelled: dict[str, Request] = {}
        self._refused: dict[str, str] = {}
        self._acks: dict[DialogId, tuple[Request, Peer]] = {}

    def __len__(self) -> int:
        """Return how many are remembered."""
        return len(self._cancelled) + len(self._refused) + len(self._acks)

    def end(self, snapshot: SessionSnapshot) -> None:
        """Send what ends the session of `snapshot`. Raises MalformedMessageError."""
        known = snapshot.transport in DEFAULT_PORTS
        transport = cast(TransportName, snapshot.transport if known else "udp")
        # A connection of the killed node is gone: over TCP and TLS any connection will do.
        flow = snapshot.flow if transport == "udp" else 0
        peer = Peer(
            transport,
            snapshot.peer_host,
            snapshot.peer_port,
            flow,
            tls_name=snapshot.tls_name,
        )
        if snapshot.confirmed:
            self._say_bye(_dialog_of(snapshot, peer))
            return
        request = parse(snapshot.request.encode())
        if not isinstance(request, Request):
            raise MalformedMessageError("a snapshot holds a request")
        branch = request.top_via.branch or ""
        if snapshot.role is SnapshotRole.UAC:
            self._cancelled[branch] = request
            self._core.call_later(
                2 * self._core.timers.timeout_s, lambda: self._drop_cancelled(branch)
            )
            Exchange(self._core, cancel_for(request), peer, None).send()
        else:
            self._refused[branch] = snapshot.local_tag
            self._core.transactions.receive(request, peer, self._core.now)
            self._refused.pop(branch, None)

    def request_received(self, transaction: ServerTransaction) -> bool:
        """Refuse the INVITE of an orphan with 503; False when the request is not one."""
        local_tag = self._refused.pop(transaction.request.top_via.branch or "", None)
        if local_tag is None:
            return False
        self._core.respond(
            transaction, response_to(transaction.request, 503, to_tag=local_tag or None)
        )
        return True

    def response_received(self, response: Response, peer: Peer) -> None:
        """Take a final response to an INVITE that no transaction knows, from a known source."""
        if response.status >= 300:
            request = self._cancelled.get(response.top_via.branch or "")
            if request is not None:
                self._core.transmit(ack_for_failure(request, response), peer)
            return
        dialog = _dialog_of_stray(response, peer)
        known = self._acks.get(dialog.id)
        if known is not None:
            self._core.transmit(*known)
            return
        if len(self._acks) >= MAX_STRAYS:
            return
        hop = dialog.next_hop()
        ack = dialog.request("ACK", self._core.via(hop), response.cseq.sequence)
        self._acks[dialog.id] = (ack, hop)
        self._core.call_later(self._core.timers.timeout_s, lambda: self._drop_ack(dialog.id))
        self._core.transmit(ack, hop)
        self._core.counters["strays_ended"] += 1
        self._say_bye(dialog)

    def _say_bye(self, dialog: Dialog) -> None:
        hop = dialog.next_hop()
        request = dialog.request(
            "BYE",
            self._core.via(hop),
            dialog.next_cseq(),
            (("User-Agent", self._core.user_agent),),
        )
        DialogExchange(
            self._core,
            dialog,
            request,
            self._credentials(dialog.peer),
            done=lambda _status, _response: None,
            on_cseq=lambda: None,
        ).send()

    def _credentials(self, peer: Peer) -> Credentials | None:
        source = self._core.sources.trunk_of(peer)
        return None if source is None else source.trunk.credentials

    def _drop_cancelled(self, branch: str) -> None:
        self._cancelled.pop(branch, None)

    def _drop_ack(self, dialog_id: DialogId) -> None:
        self._acks.pop(dialog_id, None)


def _dialog_of(snapshot: SessionSnapshot, peer: Peer) -> Dialog:
    request = parse(snapshot.request.encode())
    return Dialog(
        call_id=request.call_id,
        local=snapshot.local_uri,
        local_tag=snapshot.local_tag,
        remote=snapshot.remote_uri,
        remote_tag=snapshot.remote_tag,
        remote_target=URI.parse(snapshot.remote_target),
        route_set=tuple(snapshot.route_set),
        local_cseq=snapshot.local_cseq,
        remote_cseq=None,
        peer=peer,
        same_flow=snapshot.same_flow,
    )


def _dialog_of_stray(response: Response, peer: Peer) -> Dialog:
    """Return the dialog a stray 2xx makes: all of it is in the response itself."""
    target = contact_of(response)
    return Dialog(
        call_id=response.call_id,
        local=response.header("From") or "",
        local_tag=response.from_.tag or "",
        remote=response.header("To") or "",
        remote_tag=response.to.tag or "",
        remote_target=target or response.to.uri,
        route_set=tuple(
            f"<{address.uri}>{address.parameters}" for address in reversed(response.record_route)
        ),
        local_cseq=response.cseq.sequence,
        remote_cseq=None,
        peer=peer,
        same_flow=target is None,
    )
