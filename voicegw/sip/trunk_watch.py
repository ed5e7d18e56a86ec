"""Asks the trunks' servers for signs of life, registers with those that want it, tells of trunks
that are down. Pure: its clock and its timers are the user agent core's.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from voicegw.sip.exchange import Exchange, retry_after_s
from voicegw.sip.message import Response
from voicegw.sip.options import options_request
from voicegw.sip.registration import Registration
from voicegw.sip.timers import Timer
from voicegw.sip.trunk import Trunk, TrunkBook
from voicegw.sip.user_agent import UserAgentCore
from voicegw.sip.wire import Peer

_log = logging.getLogger(__name__)

#: How long a server may take to answer OPTIONS; its transaction goes on longer.
ANSWER_S: Final = 5.0
#: A server that missed its last OPTIONS is asked again after so long, or `options_s` if less.
DOUBT_S: Final = 10.0
#: The first OPTIONS leave within this time of the start.
FIRST_S: Final = 5.0
#: Each interval is drawn from this part of it to all of it, so that servers are not asked in step.
_JITTER: Final = 0.8


class TellAlert(Protocol):
    """Raises or clears an alert (`Alerts.set`)."""

    def __call__(self, slug: str, raised: bool, detail: str = "", /) -> None:
        """Say whether the alert `slug` holds."""
        ...


@dataclass(slots=True)
class _Watched:
    """One server that is asked regularly."""

    timer: Timer
    probe: _Options | None = None


@dataclass(slots=True)
class _Registered:
    """A trunk's registration, and the trunk it was made for."""

    trunk: Trunk
    registration: Registration


class TrunkWatch:
    """Watches the trunks of one book."""

    def __init__(self, core: UserAgentCore, book: TrunkBook, tell: TellAlert) -> None:
        """`tell` takes the alerts `trunk-down/NAME` and `trunk-registration/NAME`."""
        self._core = core
        self._book = book
        self._tell = tell
        self._servers: dict[tuple[str, Peer], _Watched] = {}
        self._registrations: dict[str, _Registered] = {}
        self._running = False
        self._alerts: set[str] = set()
        book.health.on_change = self._changed

    def start(self) -> None:
        """Begin; from now on the book's changes are followed."""
        self._running = True
        self.follow()

    def follow(self) -> None:
        """Watch the trunks and servers that are in the book now, and no others."""
        for name in {name for name, _ in self._servers} | set(self._registrations):
            if self._book.get(name) is None:
                self._changed(name)
        for trunk in self._book.all():
            self._changed(trunk.name)

    def stop(self) -> None:
        """Ask nobody any more and take our contacts back from the carriers (RFC 3261 §10.2.2)."""
        self._running = False
        for watched in self._servers.values():
            watched.timer.cancel()
        self._servers.clear()
        for registered in self._registrations.values():
            registered.registration.withdraw()
        self._core.commanded()

    @property
    def has_farewells(self) -> bool:
        """Whether a carrier has not answered yet that our contact is gone."""
        return any(one.registration.is_busy for one in self._registrations.values())

    def is_registered(self, name: str) -> bool | None:
        """Whether the trunk is registered; None where it does not register."""
        registered = self._registrations.get(name)
        return None if registered is None else registered.registration.is_registered

    def trouble(self, name: str) -> str:
        """Return why the trunk is not registered, for people; empty when nothing is wrong."""
        registered = self._registrations.get(name)
        return "" if registered is None else registered.registration.trouble

    def heard(self, data: bytes, peer: Peer, now: float) -> None:
        """Note that a message came from `peer`; "503" alone is no sign of life."""
        if not data.startswith(b"SIP/2.0 503"):
            self._book.health.heard(peer.host, peer.port, now)

    def lost(self, peer: Peer) -> None:
        """Note that a connection to `peer` is lost, and with it what was registered over it."""
        for registered in self._registrations.values():
            registered.registration.flow_lost(peer)

    # What follows from a change.

    def _changed(self, name: str) -> None:
        if not self._running:
            return
        trunk = self._book.get(name)
        peers = [] if trunk is None else self._book.peers(trunk)
        self._follow_servers(name, trunk, peers)
        self._follow_registration(name, trunk)
        down = trunk is not None and not self._book.health.has_server_up(name)
        if trunk is None or not down:
            self._alert(f"trunk-down/{name}", False)
        else:
            what = "no server of it answers" if peers else "its name leads to no server"
            self._alert(f"trunk-down/{name}", True, f"trunk {name}: {what}")
        self._core.commanded()

    def _alert(self, slug: str, raised: bool, detail: str = "") -> None:
        """Tell once of each change; the book may say the same thing many times."""
        if raised != (slug in self._alerts):
            (self._alerts.add if raised else self._alerts.discard)(slug)
            self._tell(slug, raised, detail)

    def _follow_servers(self, name: str, trunk: Trunk | None, peers: list[Peer]) -> None:
        wanted = set(peers) if trunk is not None and trunk.options_s > 0 else set()
        for key in [key for key in self._servers if key[0] == name and key[1] not in wanted]:
            self._servers.pop(key).timer.cancel()
        for peer in peers:
            if peer in wanted and (name, peer) not in self._servers:
                first_s = self._core.rng.random() * min(FIRST_S, trunk.options_s if trunk else 0.0)
                timer = self._core.call_later(first_s, self._probing(name, peer))
                self._servers[name, peer] = _Watched(timer)

    def _follow_registration(self, name: str, trunk: Trunk | None) -> None:
        known = self._registrations.get(name)
        wanted = trunk if trunk is not None and trunk.registers else None
        if known is None:
            if wanted is not None:
                self._registration(name, wanted).start()
            return
        if wanted is not None and _account(known.trunk) == _account(wanted):
            known.registration.peers_changed()
            return
        del self._registrations[name]
        self._book.set_service_route(name, ())
        self._alert(f"trunk-registration/{name}", False)
        if wanted is not None and wanted.wanted == known.trunk.wanted:
            # At one carrier the farewell comes first: both are about the same contact.
            registration = self._registration(name, wanted)
            registration.hold()
            known.registration.withdraw(registration.start)
            return
        known.registration.withdraw()
        if wanted is not None:
            self._registration(name, wanted).start()

    def _registration(self, name: str, trunk: Trunk) -> Registration:
        registration = Registration(
            self._core,
            trunk,
            peers=lambda: self._peers_now(name),
            on_change=lambda: self._registration_changed(name),
        )
        self._registrations[name] = _Registered(trunk, registration)
        return registration

    def _peers_now(self, name: str) -> list[Peer]:
        """Return a trunk's servers, those that are up first."""
        trunk = self._book.get(name)
        if trunk is None:
            return []
        health, now = self._book.health, self._core.now
        return sorted(self._book.peers(trunk), key=lambda peer: health.rank(name, peer, now))

    def _registration_changed(self, name: str) -> None:
        registered = self._registrations.get(name)
        if registered is None:
            return
        registration = registered.registration
        self._book.set_service_route(name, registration.service_route)
        if registration.is_registered:
            self._alert(f"trunk-registration/{name}", False)
        elif registration.trouble:
            self._alert(f"trunk-registration/{name}", True, f"trunk {name}: {registration.trouble}")

    # OPTIONS.

    def _probing(self, name: str, peer: Peer) -> Callable[[], None]:
        return lambda: self._probe(name, peer)

    def _probe(self, name: str, peer: Peer) -> None:
        watched, trunk = self._servers.get((name, peer)), self._book.get(name)
        if watched is None or trunk is None:
            return
        try:
            probe = _Options(self._core, trunk, peer, lambda answer: self._answered(probe, answer))
            watched.probe = probe
            watched.timer = self._core.call_later(
                ANSWER_S, lambda: self._judged(probe, answered=False)
            )
            probe.send()
        except Exception:  # noqa: BLE001 - logged whole; a defect must not end the watch for good
            _log.exception("trunk not asked", extra={"trunk": name})
            watched.timer.cancel()
            watched.probe = None
            self._plan(watched, trunk, peer, DOUBT_S)

    def _answered(self, probe: _Options, answer: Response | None) -> None:
        """Take the final answer to a probe; None when none will come."""
        health, now = self._book.health, self._core.now
        alive = answer is not None and answer.status != 503
        if alive:
            health.answered(probe.name, probe.peer, probe.sent_at, now)
        elif answer is not None:
            health.put_aside(probe.name, probe.peer, retry_after_s(answer) or 0, now)
        self._judged(probe, answered=alive)

    def _judged(self, probe: _Options, *, answered: bool) -> None:
        """Count a probe once, and plan the next."""
        name, peer = probe.name, probe.peer
        watched, trunk = self._servers.get((name, peer)), self._book.get(name)
        if watched is None or watched.probe is not probe or trunk is None:
            return
        watched.timer.cancel()
        watched.probe = None
        self._plan(watched, trunk, peer, trunk.options_s if answered else DOUBT_S)
        if not answered:
            self._book.health.missed(name, peer)

    def _plan(self, watched: _Watched, trunk: Trunk, peer: Peer, within_s: float) -> None:
        """Have a server asked again within `within_s`, or the trunk's interval if less."""
        interval_s = min(trunk.options_s, within_s)
        interval_s *= _JITTER + (1 - _JITTER) * self._core.rng.random()
        watched.timer = self._core.call_later(interval_s, self._probing(trunk.name, peer))


def _account(trunk: Trunk | None) -> tuple[object, ...] | None:
    """Return what a registration depends on."""
    if trunk is None:
        return None
    return trunk.wanted, trunk.username, trunk.password, trunk.expires_s


class _Options(Exchange):
    """One OPTIONS to a server; any final answer but 503 says that it lives (RFC 3261 §11)."""

    def __init__(
        self,
        core: UserAgentCore,
        trunk: Trunk,
        peer: Peer,
        done: Callable[[Response | None], None],
    ) -> None:
        """Prepare; `send` sends, `done` gets the final answer, None when there is none."""
        super().__init__(core, options_request(core, trunk.uri(), peer), peer, None)
        self.name = trunk.name
        self.sent_at = core.now
        self._done = done

    def final(self, response: Response) -> None:
        """Hand on."""
        self._done(response)

    def failed(self, status: int) -> None:  # noqa: ARG002 - silence and failure weigh the same
        """Hand on that no answer will come."""
        self._done(None)
