"""What an INVITE session tells its user. Session descriptions are opaque text at this level.

Each session sends exactly one terminal event, :class:`SessionEnded`, and nothing after it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voicegw.sip.refer import Referral


class EndedBy(StrEnum):
    """Who brought a session to its end."""

    LOCAL = "local"
    REMOTE = "remote"
    NETWORK = "network"
    """Time-out or transport failure: `status` is 408 or 503, made up here (RFC 3261 §8.1.3.1)."""


@dataclass(frozen=True, slots=True)
class SessionProgressed:
    """UAC: a provisional answer above 100.

    `sdp` is early media's description, when it brings a new one: of several telephones rung by a
    proxy the last one's. `silenced`: the telephone that sent early media has given up (199), and
    there is no other's.
    """

    status: int
    sdp: str | None = field(default=None, repr=False)
    silenced: bool = False


@dataclass(frozen=True, slots=True)
class SessionAnswered:
    """UAC: a 2xx; it has been acknowledged. `sdp` is the answer to our offer."""

    sdp: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class SessionConfirmed:
    """UAS: the ACK to our 2xx arrived. `sdp` is the answer when our 2xx carried the offer."""

    sdp: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ReofferReceived:
    """A re-INVITE (or UPDATE) wants to change the session.

    Answer with `Session.answer_reoffer` or `Session.refuse_reoffer`. `sdp` None: an offer is asked
    of us.
    """

    sdp: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReofferAnswered:
    """Our re-INVITE was accepted; `sdp` is the answer."""

    sdp: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReofferRefused:
    """Our re-INVITE was refused with `status`; the session goes on as before."""

    status: int


@dataclass(frozen=True, slots=True)
class SessionRefreshed:
    """A refresh of the session by its timer was answered with a new description, `sdp`.

    What we had offered is what was agreed before; the user has asked for nothing.
    """

    sdp: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class InfoDigit:
    """A digit arrived by INFO (application/dtmf-relay or application/dtmf)."""

    digit: str


@dataclass(frozen=True, slots=True)
class ReferReceived:
    """The far end wants to hand its talk on; answer with the referral's `accept` or `refuse`."""

    referral: Referral


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """The session is over: rejected, cancelled, timed out or hung up.

    `status` is the final SIP code that ended it (487 for CANCEL, 200 for an ordinary BYE);
    `answered` whether it had been answered; `q850` the cause from a Reason header (RFC 3326);
    `retry_after_s` from a 503; `contacts` the targets of a 3xx.
    """

    by: EndedBy
    status: int
    answered: bool
    reason: str = ""
    q850: int | None = None
    retry_after_s: int | None = None
    contacts: Sequence[str] = ()


SessionEvent = (
    SessionProgressed
    | SessionAnswered
    | SessionConfirmed
    | ReofferReceived
    | ReofferAnswered
    | ReofferRefused
    | SessionRefreshed
    | InfoDigit
    | ReferReceived
    | SessionEnded
)

SessionListener = Callable[[SessionEvent], None]
