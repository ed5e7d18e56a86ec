"""Dialogs: what two user agents must remember of each other to go on talking (RFC 3261 §12). Pure.

A dialog builds its own requests (target, route set, CSeq) and says where they go; it judges the
order of those it receives. It knows nothing of transactions or of sessions.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from voicegw.errors import MalformedMessageError
from voicegw.sip.grammar import URI, Address
from voicegw.sip.headers import Headers, HeaderValue
from voicegw.sip.message import Request, Response
from voicegw.sip.wire import DEFAULT_PORTS, Peer, TransportName, is_literal, plain_address

DialogId = tuple[str, str, str]
"""Call-ID, local tag, remote tag."""

MAX_FORWARDS: Final = 70
#: What telephones that don't know their address say; to a kernel it means this machine.
_NOWHERE: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - nobody listens there


@dataclass(slots=True)
class Dialog:
    """One dialog. `local` and `remote` are From and To values of our requests, tags included.

    `route_set` holds Route values in the order in which they are visited. `peer` is where the far
    end was last known to be; with `same_flow` requests go there as long as there is no route.
    """

    call_id: str
    local: str
    local_tag: str
    remote: str
    remote_tag: str
    remote_target: URI
    route_set: tuple[str, ...]
    local_cseq: int
    remote_cseq: int | None
    peer: Peer
    same_flow: bool = False

    @classmethod
    def from_response(
        cls, request: Request, response: Response, peer: Peer, *, same_flow: bool = False
    ) -> Dialog:
        """Return the UAC's dialog that `response` (101 to 2xx) to our `request` makes (§12.1.2).

        A response without Contact, against the rules, leaves the Request-URI as target. Raises
        MalformedMessageError when a header of the response can't be read.
        """
        return cls(
            call_id=request.call_id,
            local=_text(request, "From"),
            local_tag=request.from_.tag or "",
            remote=_text(response, "To"),
            remote_tag=response.to.tag or "",
            remote_target=contact_of(response) or request.uri,
            route_set=_routes(reversed(response.record_route)),
            local_cseq=request.cseq.sequence,
            remote_cseq=None,
            peer=peer,
            same_flow=same_flow,
        )

    @classmethod
    def from_request(
        cls,
        request: Request,
        local_tag: str,
        peer: Peer,
        *,
        local_cseq: int,
        same_flow: bool = False,
    ) -> Dialog:
        """Return the UAS's dialog that `request` makes once answered with `local_tag` (§12.1.1).

        Raises MalformedMessageError when Contact is missing (§8.1.1.8) or a header can't be read.
        """
        target = contact_of(request)
        if target is None:
            raise MalformedMessageError("Contact is missing")
        return cls(
            call_id=request.call_id,
            local=str(request.to.with_tag(local_tag)),
            local_tag=local_tag,
            remote=_text(request, "From"),
            remote_tag=request.from_.tag or "",
            remote_target=target,
            route_set=_routes(request.record_route),
            local_cseq=local_cseq,
            remote_cseq=request.cseq.sequence,
            peer=peer,
            same_flow=same_flow,
        )

    @property
    def id(self) -> DialogId:
        """Call-ID, local tag, remote tag."""
        return self.call_id, self.local_tag, self.remote_tag

    def next_cseq(self) -> int:
        """Take the next number for a request of ours."""
        self.local_cseq += 1
        return self.local_cseq

    def accepts_cseq(self, request: Request) -> bool:
        """Take note of a request's number; False when it is older than one seen (§12.2.2)."""
        sequence = request.cseq.sequence
        if self.remote_cseq is not None and sequence < self.remote_cseq:
            return False
        self.remote_cseq = sequence
        return True

    def refresh_target(self, message: Request | Response) -> None:
        """Follow the Contact of a target refresh (INVITE or UPDATE, request or 2xx; §12.2)."""
        target = contact_of(message)
        if target is not None:
            self.remote_target = target

    def request(
        self,
        method: str,
        via: str,
        cseq: int,
        headers: Iterable[tuple[str, HeaderValue]] = (),
        body: bytes = b"",
    ) -> Request:
        """Return a request within the dialog (§12.2.1.1); `cseq` from :meth:`next_cseq`."""
        uri, routes = self._path()
        fields = Headers((("Via", via),))
        for route in routes:
            fields.add("Route", route)
        fields.add("Max-Forwards", MAX_FORWARDS)
        fields.add("From", self.local)
        fields.add("To", self.remote)
        fields.add("Call-ID", self.call_id)
        fields.add("CSeq", f"{cseq} {method}")
        for name, value in headers:
            fields.add(name, value)
        return Request(method, uri, fields, body)

    def next_hop(self) -> Peer:
        """Return where requests of the dialog go: the first route, else the target.

        The peer's own flow is kept where the hop is the peer; with `same_flow` and no route it
        always is.
        """
        if not self.route_set:
            return self.peer if self.same_flow else hop_of(self.remote_target, self.peer)
        return hop_of(Address.parse(self.route_set[0]).uri, self.peer)

    def _path(self) -> tuple[URI, tuple[str, ...]]:
        """Return Request-URI and Route values: loose or strict routing (§12.2.1.1)."""
        if not self.route_set:
            return self.remote_target, ()
        first = Address.parse(self.route_set[0]).uri
        if first.is_loose_router:
            return self.remote_target, self.route_set
        return first, (*self.route_set[1:], f"<{self.remote_target}>")


def hop_of(uri: URI, peer: Peer) -> Peer:
    """Return where `uri` is reached (RFC 3263 without NAPTR and SRV), seen from talking to `peer`.

    The flow to `peer` is kept when the hop is on it: the same UDP port, or over TCP the same host,
    whose connection is reused (RFC 5923 in spirit: it was made for this dialog), also where the URI
    forgets to say TCP; once that has closed, the URI's own port is connected to. A URI that can't
    be sent to (tel, 0.0.0.0) stays with `peer`.

    What was begun over TLS goes on over TLS unless the URI names another transport; an address
    stands for the domain that the first certificate was for, a name for itself.
    """
    if not uri.is_sip:
        return peer
    transport = _transport_of(uri, peer)
    host = plain_address(uri.parameters.get("maddr") or uri.address)
    if host in _NOWHERE:
        return peer
    port = uri.port or DEFAULT_PORTS[transport]
    if host == peer.host and transport == peer.transport:
        if transport != "udp":
            return replace(peer, fallback_port=port) if peer.flow else peer
        if port == peer.port:
            return peer
    if transport == "tls":
        return Peer("tls", host, port, tls_name=peer.tls_name if is_literal(host) else "")
    flow = peer.flow if transport == peer.transport == "udp" else 0
    return Peer(transport, host, port, flow)


def _transport_of(uri: URI, peer: Peer) -> TransportName:
    """Return the transport to `uri`; where it names none, UDP or what the peer itself uses."""
    if uri.scheme == "sips" or uri.transport == "tls":
        return "tls"
    if uri.transport == "tcp":
        return "tcp"
    if uri.transport is None and peer.transport == "tls":
        return "tls"
    if uri.transport is None and peer.transport == "tcp" and uri.address == peer.host:
        return "tcp"
    return "udp"


def contact_of(message: Request | Response) -> URI | None:
    """Return the first Contact a request can be sent to. Raises MalformedMessageError."""
    for contact in message.contacts:
        if contact.uri.is_sip:
            return _without_headers(contact.uri)
    return None


def _without_headers(uri: URI) -> URI:
    """A Request-URI has no headers part (§19.1.1)."""
    if not uri.headers:
        return uri
    return URI(uri.scheme, uri.host, uri.user, uri.password, uri.port, uri.parameters)


def _routes(addresses: Iterable[Address]) -> tuple[str, ...]:
    return tuple(f"<{address.uri}>{address.parameters}" for address in addresses)


def _text(message: Request | Response, name: str) -> str:
    value = message.header(name)
    if value is None:
        raise MalformedMessageError(f"{name} is missing")
    return value
