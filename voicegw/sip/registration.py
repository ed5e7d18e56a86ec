"""Our registration with a carrier: made, kept fresh, taken back (RFC 3261 §10.2). Pure.

A :class:`Registration` lives in the user agent core: its requests are exchanges, its clock and
timers the core's. It registers with one server of the trunk at a time and goes to the next when one
fails; when all have, it waits, longer each time (RFC 5626 §4.5). A carrier that refuses the account
is asked again rarely: to go on would only get the address banned.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from voicegw.errors import MalformedMessageError
from voicegw.sip.digest import Credentials
from voicegw.sip.exchange import Exchange, SessionHost, retry_after_s
from voicegw.sip.grammar import URI, Address
from voicegw.sip.headers import Headers
from voicegw.sip.message import Request, Response
from voicegw.sip.timers import Timer
from voicegw.sip.wire import Peer

if TYPE_CHECKING:
    from voicegw.sip.trunk import Trunk

_log = logging.getLogger(__name__)

#: The wait after the n-th failure in a row lies between half of and all of base * 2^n.
BASE_BACK_OFF_S: Final = 30.0
MAX_BACK_OFF_S: Final = 600.0
#: How long until an account that was refused is tried again, at least.
REFUSED_S: Final = 1800.0
#: The longest lifetime that a carrier may ask of us (Min-Expires).
MAX_EXPIRES_S: Final = 86_400
#: How often in a row it may ask: each time is another REGISTER at once.
_MAX_LENGTHENED: Final = 3
#: A registration is refreshed after a part of its life drawn between these.
_REFRESH_FROM: Final = 0.5
_REFRESH_TO: Final = 0.75
#: A lost connection is made anew within this time.
_FLOW_LOST_S: Final = 2.0
_MAX_SERVICE_ROUTES: Final = 8
_SECONDS: Final = re.compile(r"[0-9]{1,10}")
_REFUSALS: Final = frozenset({401, 403, 407})


class RegistrationState(StrEnum):
    """What a registration is doing."""

    IDLE = "idle"
    TRYING = "trying"
    REGISTERED = "registered"
    WAITING = "waiting"
    """An attempt has failed; the next comes by itself."""
    HELD = "held"
    """An earlier registration at the carrier is taken back first."""
    REFUSED = "refused"
    """The carrier does not accept the account."""
    WITHDRAWN = "withdrawn"


class Registration:
    """One trunk's registration. `on_change` is told of each change of what it shows."""

    def __init__(
        self,
        host: SessionHost,
        trunk: Trunk,
        *,
        peers: Callable[[], list[Peer]],
        on_change: Callable[[], None],
    ) -> None:
        """Do nothing yet. `peers` gives the trunk's servers in the order to try."""
        self.state = RegistrationState.IDLE
        self.trouble = ""
        """Why there is no registration, for people; empty while there is one."""
        self.service_route: tuple[str, ...] = ()
        self._host = host
        self._trunk = trunk
        self._peers = peers
        self._on_change = on_change
        self._call_id = f"{host.rng.getrandbits(128):032x}"
        self._cseq = 0
        self._expires_s = trunk.expires_s
        self._until = float("-inf")
        self._failures = 0
        self._lengthened = 0
        self._peer: Peer | None = None
        self._tried: set[Peer] = set()
        self._exchange: _Register | None = None
        self._timer: Timer | None = None
        self._withdrawn: Callable[[], None] | None = None

    @property
    def is_registered(self) -> bool:
        """Whether the carrier has our contact now."""
        return self._host.now < self._until

    @property
    def is_busy(self) -> bool:
        """Whether an answer of the carrier is awaited."""
        return self._exchange is not None

    def start(self) -> None:
        """Register. One that was withdrawn while it was held has its turn and passes it on."""
        if self.state is RegistrationState.WITHDRAWN:
            self._farewell_over()
        else:
            self._attempt()

    def hold(self) -> None:
        """Do nothing before :meth:`start`, whatever changes."""
        self._set_state(RegistrationState.HELD)

    def peers_changed(self) -> None:
        """The trunk's servers are others: go where they are now, if need be."""
        if self.state in (RegistrationState.IDLE, RegistrationState.REGISTERED) and (
            self._peer not in self._peers()
        ):
            self._attempt()

    def flow_lost(self, peer: Peer) -> None:
        """A connection is lost: a carrier reaches us over it no more, so make another."""
        mine = self._peer
        if (
            mine is not None
            and self.state is RegistrationState.REGISTERED
            and mine.transport != "udp"
            and (peer.transport, peer.host, peer.port) == (mine.transport, mine.host, mine.port)
        ):
            self._plan(self._host.rng.random() * _FLOW_LOST_S)

    def withdraw(self, then: Callable[[], None] | None = None) -> None:
        """Take our contact back, once; what is under way is answered first.

        `then` is called when the carrier has answered, or is given up.
        """
        if self.state is RegistrationState.WITHDRAWN:
            return
        waits = self.state is RegistrationState.HELD or self._exchange is not None
        self._set_state(RegistrationState.WITHDRAWN)
        self._cancel_timer()
        self._withdrawn = then
        if waits:
            return
        if self.is_registered and self._peer is not None:
            self._send(self._peer, 0)
        else:
            self._farewell_over()

    def _farewell_over(self) -> None:
        then, self._withdrawn = self._withdrawn, None
        if then is not None:
            then()

    # Attempts.

    def _attempt(self) -> None:
        self._cancel_timer()
        if self._exchange is not None or self.state is RegistrationState.WITHDRAWN:
            return
        peers = [peer for peer in self._peers() if peer not in self._tried]
        if not peers:
            self._peer = None
            # The trunk is down, and told so; `peers_changed` goes on.
            self._set_state(RegistrationState.IDLE)
            return
        # A registration is refreshed where it was made, as long as that works.
        self._peer = self._peer if self._peer in peers else peers[0]
        if self.state is not RegistrationState.REGISTERED:
            self._set_state(RegistrationState.TRYING)
        try:
            self._send(self._peer, self._expires_s)
        except Exception:  # noqa: BLE001 - logged whole; a defect must not end the attempts for good
            _log.exception("REGISTER not sent", extra={"trunk": self._trunk.name})
            self._exchange = None
            self._failed(500, 0.0)

    def _send(self, peer: Peer, expires_s: int) -> None:
        self._cseq += 1
        self._exchange = _Register(
            self, self._host, self._request(peer, expires_s), peer, self._trunk.credentials
        )
        self._exchange.send()
        self._host.commanded()

    def _request(self, peer: Peer, expires_s: int) -> Request:
        """Return the REGISTER; its Call-ID is the same for all, its CSeq rises (§10.2)."""
        trunk = self._trunk
        account = URI("sip", trunk.domain, trunk.username)
        headers = Headers(
            (
                ("Via", self._host.via(peer)),
                ("Max-Forwards", "70"),
                ("From", f"<{account}>;tag={self._host.new_tag()}"),
                ("To", f"<{account}>"),
                ("Call-ID", self._call_id),
                ("CSeq", f"{self._cseq} REGISTER"),
                ("Contact", self._host.contact(trunk.username, peer)),
                ("Expires", str(expires_s)),
                ("Supported", "path"),
                ("User-Agent", self._host.user_agent),
            )
        )
        return Request("REGISTER", trunk.uri(), headers)

    # What comes back.

    def answered(self, exchange: _Register, response: Response) -> None:
        """Take the final answer to a REGISTER."""
        if not self._close(exchange, made=response.status < 300):
            return
        try:
            self._judge(exchange, response)
        except MalformedMessageError:
            self._failed(500, 0.0)

    def _judge(self, exchange: _Register, response: Response) -> None:
        if response.status < 300:
            self._registered(response)
        elif response.status == 423 and self._accept_longer(response):
            self._send(exchange.peer, self._expires_s)
        elif response.status in _REFUSALS:
            self._refused(response.status)
        else:
            self._failed(response.status, retry_after_s(response) or 0)

    def unanswered(self, exchange: _Register, status: int) -> None:
        """Take a time-out (408) or a failure of the transport (503)."""
        if self._close(exchange, made=False):
            self._failed(status, 0.0)

    def _close(self, exchange: _Register, *, made: bool) -> bool:
        """Let go of an exchange, which may have `made` a binding; False when nobody wants it."""
        if self._exchange is not exchange:
            return False
        self._exchange = None
        self._cseq = exchange.request.cseq.sequence
        if self.state is not RegistrationState.WITHDRAWN:
            return True
        # Withdrawn while this was under way: what the carrier has is taken back.
        if exchange.request.expires and (made or self.is_registered):
            self._send(exchange.peer, 0)
        else:
            self._farewell_over()
        return False

    def _registered(self, response: Response) -> None:
        granted_s = self._granted_s(response)
        if granted_s <= 0:
            self._failed(response.status, 0.0)
            return
        host = self._host
        self._until = host.now + granted_s
        self._failures = self._lengthened = 0
        self._tried.clear()
        self.service_route = _service_route(response)
        part = _REFRESH_FROM + (_REFRESH_TO - _REFRESH_FROM) * host.rng.random()
        self._set_state(RegistrationState.REGISTERED)
        self._plan(granted_s * part)
        self._tell("")

    def _granted_s(self, response: Response) -> int:
        """Return the lifetime granted to our contact, in seconds (§10.2.4)."""
        own = Address.parse(self._host.contact(self._trunk.username, self._peer_in_use)).uri
        for contact in response.contacts:
            uri = contact.uri
            if (uri.user, uri.host, uri.port) == (own.user, own.host, own.port):
                expires = contact.parameters.get("expires") or ""
                if _SECONDS.fullmatch(expires):
                    return min(int(expires), MAX_EXPIRES_S)
        expires_s = response.expires
        return self._expires_s if expires_s is None else min(expires_s, MAX_EXPIRES_S)

    @property
    def _peer_in_use(self) -> Peer:
        return self._peer or Peer("udp", self._trunk.host, 5060)

    def _accept_longer(self, response: Response) -> bool:
        """Take the lifetime that a 423 asks for; False when it makes no sense (§10.2.8)."""
        wanted_s = response.min_expires
        if wanted_s is None or not self._expires_s < wanted_s <= MAX_EXPIRES_S:
            return False
        if self._lengthened >= _MAX_LENGTHENED:
            return False
        self._lengthened += 1
        self._expires_s = wanted_s
        return True

    def _refused(self, status: int) -> None:
        self._until = float("-inf")
        self._set_state(RegistrationState.REFUSED)
        self._plan(REFUSED_S * (1 + self._host.rng.random()))
        self._tell(f"the carrier refuses username or password ({status})")

    def _failed(self, status: int, retry_after_s: float) -> None:
        """Go to the next server, or wait when all have failed."""
        self._lengthened = 0
        if self._peer is not None:
            self._tried.add(self._peer)
        if any(peer not in self._tried for peer in self._peers()):
            self._attempt()
            return
        self._tried.clear()
        self._failures += 1
        longest_s = min(MAX_BACK_OFF_S, BASE_BACK_OFF_S * 2.0 ** min(self._failures, 16))
        wait_s = longest_s * (0.5 + 0.5 * self._host.rng.random())
        self._set_state(RegistrationState.WAITING)
        self._plan(max(wait_s, min(retry_after_s, REFUSED_S)))
        self._tell(f"REGISTER failed ({status})")

    # Small parts.

    def _plan(self, delay_s: float) -> None:
        self._cancel_timer()
        self._timer = self._host.call_later(delay_s, self._attempt)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set_state(self, state: RegistrationState) -> None:
        if state is not self.state:
            _log.info("registration", extra={"trunk": self._trunk.name, "state": state.value})
            self.state = state

    def _tell(self, trouble: str) -> None:
        self.trouble = trouble
        if trouble:
            _log.warning("not registered", extra={"trunk": self._trunk.name, "why": trouble})
        self._on_change()


class _Register(Exchange):
    """One REGISTER and its answer."""

    def __init__(
        self,
        registration: Registration,
        host: SessionHost,
        request: Request,
        peer: Peer,
        credentials: Credentials | None,
    ) -> None:
        super().__init__(host, request, peer, credentials)
        self._registration = registration

    def final(self, response: Response) -> None:
        """Hand on."""
        self._registration.answered(self, response)

    def failed(self, status: int) -> None:
        """Hand on."""
        self._registration.unanswered(self, status)


def _service_route(response: Response) -> tuple[str, ...]:
    """Return the route our requests shall take (RFC 3608 §6.1); one that can't be read is none."""
    try:
        values = response.header_list("Service-Route")
        for value in values:
            Address.parse(value)
    except MalformedMessageError:
        return ()
    return tuple(values[:_MAX_SERVICE_ROUTES])
