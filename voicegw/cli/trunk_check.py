"""What each server of each trunk answers to OPTIONS, for `voicegw check`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from random import SystemRandom

from config.settings import Settings
from config.signalling import TrunkSettings
from voicegw.cli.probe import ProbeFailedError, probe
from voicegw.errors import Problem
from voicegw.setup.trunks import locator_of, trunks_of
from voicegw.sip.locating import LookupFailedError, draw
from voicegw.sip.tls import TlsContexts
from voicegw.sip.trunk import Trunk, TrunkBook
from voicegw.sip.wire import Peer, bracketed

_MEND = "check uri, and that the carrier knows this address"


@dataclass(frozen=True, slots=True)
class ServerAnswer:
    """What one server of a trunk has answered; `status` None: nothing, and `problem` says why."""

    trunk: str
    server: str
    status: int | None
    problem: str = ""

    def __str__(self) -> str:
        said = f"answers {self.status}" if self.status is not None else self.problem
        return f"trunk {self.trunk}: {self.server} {said}"


async def ask_trunks(settings: Settings, tls: TlsContexts | None) -> list[ServerAnswer]:
    """Look up every trunk and ask each of its servers, all at once; trunks in their order."""
    locator = locator_of(settings, TrunkBook())
    trunks = zip(settings.trunk, trunks_of(settings), strict=True)

    async def ask(section: TrunkSettings, trunk: Trunk) -> list[ServerAnswer]:
        if section.address.transport == "tls" and tls is None:
            # Why there is no TLS has been told already.
            return []
        try:
            located = await locator.locate(trunk.wanted)
        except LookupFailedError:
            return [ServerAnswer(trunk.name, trunk.host, None, "no name server answers")]
        peers = draw(located.servers, SystemRandom())
        if not peers:
            return [ServerAnswer(trunk.name, trunk.host, None, "its name leads to no server")]
        return await asyncio.gather(*(_ask(section, peer, tls) for peer in peers))

    answers = await asyncio.gather(*(ask(section, trunk) for section, trunk in trunks))
    return [answer for some in answers for answer in some]


def silent_trunks(answers: list[ServerAnswer]) -> list[Problem]:
    """Return a problem for each trunk of which no server has answered."""
    alive = {answer.trunk for answer in answers if answer.status is not None}
    silent = {answer.trunk: answer for answer in answers if answer.trunk not in alive}
    return [
        Problem(f"trunk {name}", f"{answer.server} {answer.problem}", _MEND)
        for name, answer in silent.items()
    ]


async def _ask(section: TrunkSettings, peer: Peer, tls: TlsContexts | None) -> ServerAnswer:
    server = f"{peer.transport} {bracketed(peer.host)}:{peer.port}"
    address = replace(section.address, port=peer.port, transport=peer.transport)
    try:
        status = await probe(address, at=peer.host, tls=tls)
    except ProbeFailedError as error:
        return ServerAnswer(section.name, server, None, str(error))
    return ServerAnswer(section.name, server, status)
