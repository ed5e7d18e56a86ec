"""What a new outgoing INVITE shall say: the only source of a leg's headers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from voicegw.sip.digest import Credentials
from voicegw.sip.wire import Peer


@dataclass(frozen=True)
class InviteSpec:
    """An INVITE to be sent. Nothing but what stands here reaches the far end.

    `request_uri`, `from_uri` and `to_uri` are URIs as text, without angle brackets; `asserted` are
    extra header fields such as P-Asserted-Identity, kept in every retry; `contact_user` is the user
    part of our Contact. `route` are the values of pre-loaded Route headers, with angle brackets.
    With `same_flow`, requests within the dialog go to `peer` whatever Contact the far end names, as
    long as it sets no route: that reaches a phone behind a NAT (RFC 5626 §4). With `may_refer` the
    far end may hand its talk on by REFER; the user decides whether it is done. `fallback` is where
    the INVITE goes when it can't be sent to `peer`.
    """

    peer: Peer
    request_uri: str
    from_uri: str
    to_uri: str
    sdp: str = field(repr=False)
    contact_user: str
    from_display: str | None = None
    asserted: Sequence[tuple[str, str]] = ()
    credentials: Credentials | None = field(default=None, repr=False)
    max_forwards: int = 70
    route: tuple[str, ...] = ()
    same_flow: bool = False
    may_refer: bool = False
    fallback: Peer | None = None
