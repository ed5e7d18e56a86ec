"""A small real name server on a UDP socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

RECORDS = """
alias.example. 15 CNAME two.carrier.example.
carrier.example. 30 NAPTR 10 10 "s" "SIP+D2T" "" _sip._tcp.carrier.example.
carrier.example. 30 NAPTR 20 10 "s" "SIP+D2U" "" _sip._udp.carrier.example.
_sip._tcp.carrier.example. 60 SRV 10 5 5070 one.carrier.example.
_sip._udp.carrier.example. 60 SRV 20 5 5060 two.carrier.example.
one.carrier.example. 20 A 127.0.0.61
one.carrier.example. 20 AAAA ::1
two.carrier.example. 120 A 127.0.0.62
"""


@dataclass
class NameServer(asyncio.DatagramProtocol):
    """Answers for a zone of its own; says nothing while `away`."""

    records: str = RECORDS
    away: bool = False
    broken: bool = False
    asked: list[str] = field(default_factory=list)
    port: int = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)
        self.port = int(transport.get_extra_info("sockname")[1])

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        query = dns.message.from_wire(data)
        [question] = query.question
        self.asked.append(f"{dns.rdatatype.to_text(question.rdtype)} {question.name}")
        if not self.away:
            self.transport.sendto(self._answer(query).to_wire(), addr)

    def _answer(self, query: dns.message.Message) -> dns.message.Message:
        reply = dns.message.make_response(query, recursion_available=True)
        reply.flags |= dns.flags.AA
        if self.broken:
            reply.set_rcode(dns.rcode.SERVFAIL)
            return reply
        [question] = query.question
        wanted, known = question.name.to_text(), False
        for line in filter(None, self.records.split("\n")):
            name, ttl, kind, value = line.split(" ", 3)
            if name != wanted:
                continue
            known = True
            if kind in (dns.rdatatype.to_text(question.rdtype), "CNAME"):
                reply.answer.append(dns.rrset.from_text(name, int(ttl), "IN", kind, value))
            if kind == "CNAME":
                wanted = value
        if not reply.answer:
            reply.set_rcode(dns.rcode.NOERROR if known else dns.rcode.NXDOMAIN)
            soa = ("example.", 900, "IN", "SOA", ". . 1 2 3 4 25")
            reply.authority.append(dns.rrset.from_text(*soa))
        return reply


@asynccontextmanager
async def name_server() -> AsyncIterator[NameServer]:
    server = NameServer()
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: server, local_addr=("127.0.0.1", 0)
    )
    try:
        yield server
    finally:
        transport.close()
