"""A core with trunks, and carriers that answer as a test says, on one fake clock."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.unit.sip.agents import Clock, User
from voicegw.sip.headers import HeaderValue
from voicegw.sip.message import Request, Response, parse, response_to
from voicegw.sip.trunk import SourcePolicy, Trunk, TrunkBook
from voicegw.sip.trunk_watch import TrunkWatch
from voicegw.sip.user_agent import UserAgentCore
from voicegw.sip.wire import Peer

Answer = Callable[[Request, Peer], Response | None]


def says(status: int, *headers: tuple[str, HeaderValue]) -> Answer:
    """Return a carrier that answers everything so."""
    return lambda request, _peer: response_to(request, status, headers=headers)


def silent(_request: Request, _peer: Peer) -> None:
    """Be a carrier that does not answer."""


class Carriers:
    """The node's side is real; `answer` decides what comes back for each request.

    `asked` holds every request that was sent, with the time and the server it went to.
    """

    def __init__(self, *trunks: Trunk, seed: int = 1) -> None:
        self.clock = Clock()
        self.book = TrunkBook(trunks, rng=random.Random(seed))
        self.core = UserAgentCore(
            user=User(),
            user_agent="voicegw-test",
            contact=lambda _peer: ("127.0.0.1", 5060),
            sources=SourcePolicy(self.book),
            registrar=None,
            rng=random.Random(seed),
            clock_monotonic=self.clock,
        )
        self.alerts: dict[str, str] = {}
        self.told: list[tuple[str, bool]] = []
        self.watch = TrunkWatch(self.core, self.book, self._tell)
        self.core.traffic = self.watch
        self.answer: Answer = says(200)
        self.asked: list[tuple[float, Request, Peer]] = []

    def _tell(self, slug: str, raised: bool, detail: str = "", /) -> None:
        self.told.append((slug, raised))
        if raised:
            self.alerts[slug] = detail
        else:
            self.alerts.pop(slug, None)

    def settle(self) -> None:
        """Carry requests to the carriers and answers back until all are silent."""
        while sent := self.core.take_transmissions():
            for peer, data in sent:
                message = parse(data)
                assert isinstance(message, Request)
                self.asked.append((self.clock.now, message, peer))
                response = self.answer(message, peer)
                if response is not None:
                    self.core.receive(bytes(response), peer, self.clock.now)

    def run(self, seconds: float) -> None:
        """Let `seconds` pass, timer by timer."""
        end = self.clock.now + seconds
        self.settle()
        while (due := self.core.next_timer()) is not None and due <= end:
            self.clock.now = max(self.clock.now, due)
            self.core.handle_timer(self.clock.now)
            self.settle()
        self.clock.now = end

    def requests(self, method: str) -> list[Request]:
        """Return the requests of a method, repetitions left out."""
        found: dict[str, Request] = {}
        for _, request, _ in self.asked:
            if request.method == method:
                found.setdefault(request.top_via.branch or "", request)
        return list(found.values())

    def times(self, method: str) -> list[float]:
        """Return when each of them left first."""
        first: dict[str, float] = {}
        for at, request, _ in self.asked:
            if request.method == method:
                first.setdefault(request.top_via.branch or "", at)
        return list(first.values())
