"""From a trunk's URI to its servers: RFC 3263 with records that the test invents."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field

import pytest

from voicegw.sip.locating import (
    MAX_SERVERS,
    Answer,
    Located,
    LookupFailedError,
    Naptr,
    Server,
    Srv,
    Wanted,
    draw,
    literal,
    locate,
)
from voicegw.sip.weighted import weighted_order
from voicegw.sip.wire import Peer, TransportName

DOMAIN = "carrier.example"
ALL: tuple[TransportName, ...] = ("udp", "tcp", "tls")


@dataclass
class FakeZone:
    """Records by name; what is not there does not exist. `away` names get no answer at all."""

    naptrs: dict[str, list[Naptr]] = field(default_factory=dict)
    srvs: dict[str, list[Srv]] = field(default_factory=dict)
    hosts: dict[str, list[str]] = field(default_factory=dict)
    ttl_s: dict[str, float] = field(default_factory=dict)
    away: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    def _heard(self, kind: str, name: str) -> float:
        self.asked.append(f"{kind} {name}")
        if name in self.away:
            raise LookupFailedError("away")
        return self.ttl_s.get(name, 300.0)

    async def naptr(self, name: str) -> Answer[Naptr]:
        ttl_s = self._heard("NAPTR", name)
        return Answer(tuple(self.naptrs.get(name, ())), ttl_s)

    async def srv(self, name: str) -> Answer[Srv]:
        ttl_s = self._heard("SRV", name)
        return Answer(tuple(self.srvs.get(name, ())), ttl_s)

    async def addresses(self, name: str) -> Answer[str]:
        ttl_s = self._heard("A", name)
        return Answer(tuple(self.hosts.get(name, ())), ttl_s)


def found(zone: FakeZone, wanted: Wanted, transports: tuple[TransportName, ...] = ALL) -> Located:
    return asyncio.run(locate(wanted, zone, transports))


def peers(located: Located) -> list[tuple[str, str, int]]:
    drawn = draw(located.servers, random.Random(1))
    return [(peer.transport, peer.host, peer.port) for peer in drawn]


def naptr(order: int, service: str, replacement: str, **changes: object) -> Naptr:
    values: dict[str, object] = {"preference": 10, "flags": "s", **changes}
    return Naptr(order=order, service=service, replacement=replacement, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted("10.0.0.1"), ("udp", "10.0.0.1", 5060)),
        (Wanted("10.0.0.1", transport="tls"), ("tls", "10.0.0.1", 5061)),
        (Wanted("10.0.0.1", 5080, "tcp"), ("tcp", "10.0.0.1", 5080)),
        (Wanted("2001:db8::1"), ("udp", "2001:db8::1", 5060)),
    ],
)
def test_an_address_is_its_own_server(wanted: Wanted, expected: tuple[str, str, int]) -> None:
    zone = FakeZone()
    assert peers(found(zone, wanted)) == [expected]
    assert zone.asked == []
    assert literal(wanted) == Peer(expected[0], expected[1], expected[2])  # type: ignore[arg-type]
    assert literal(Wanted(DOMAIN)) is None


def test_a_port_leaves_nothing_to_srv() -> None:
    zone = FakeZone(hosts={DOMAIN: ["10.0.0.1", "10.0.0.2"]})
    assert peers(found(zone, Wanted(DOMAIN, 5080))) == [
        ("udp", "10.0.0.1", 5080),
        ("udp", "10.0.0.2", 5080),
    ]
    assert zone.asked == [f"A {DOMAIN}"]


def test_a_transport_leaves_nothing_to_naptr() -> None:
    zone = FakeZone(srvs={f"_sip._tcp.{DOMAIN}": [Srv(1, 1, 5070, "p1")]}, hosts={"p1": ["10.1"]})
    assert peers(found(zone, Wanted(DOMAIN, transport="tcp"))) == [("tcp", "10.1", 5070)]
    assert zone.asked == [f"SRV _sip._tcp.{DOMAIN}", "A p1"]


def test_without_srv_the_name_itself_is_the_server() -> None:
    zone = FakeZone(hosts={DOMAIN: ["10.0.0.1"]})
    assert peers(found(zone, Wanted(DOMAIN, transport="tls"))) == [("tls", "10.0.0.1", 5061)]
    assert peers(found(zone, Wanted(DOMAIN))) == [("udp", "10.0.0.1", 5060)]
    [server] = found(zone, Wanted(DOMAIN, transport="tls")).servers
    assert server.peers[0].tls_name == DOMAIN


def test_naptr_chooses_the_transport() -> None:
    zone = FakeZone(
        naptrs={
            DOMAIN: [
                naptr(30, "SIP+D2U", "u.example"),
                naptr(10, "sips+d2t", "s.example"),
                naptr(20, "SIP+D2T", "t.example", preference=2),
                naptr(20, "SIP+D2T", "t2.example", preference=1),
                naptr(1, "SIP+D2S", "sctp.example"),
                naptr(2, "E2U+sip", "enum.example"),
                naptr(3, "SIP+D2U", "regexp.example", flags="u"),
            ]
        },
        srvs={f"{name}.example": [Srv(1, 1, 5060, name)] for name in ("u", "s", "t", "t2")},
        hosts={name: [name] for name in ("u", "s", "t", "t2")},
    )
    assert [(p[0], p[1]) for p in peers(found(zone, Wanted(DOMAIN)))] == [
        ("tls", "s"),
        ("tcp", "t2"),
        ("tcp", "t"),
        ("udp", "u"),
    ]
    assert found(zone, Wanted(DOMAIN)).servers[0].peers[0].tls_name == DOMAIN
    assert [p[1] for p in peers(found(zone, Wanted(DOMAIN), ("udp",)))] == ["u"]


def test_without_naptr_each_plain_transport_is_looked_for() -> None:
    zone = FakeZone(
        srvs={
            f"_sip._udp.{DOMAIN}": [Srv(1, 1, 5060, "u")],
            f"_sip._tcp.{DOMAIN}": [Srv(1, 1, 5060, "t")],
            f"_sips._tcp.{DOMAIN}": [Srv(0, 1, 5061, "s")],
        },
        hosts={"u": ["u"], "t": ["t"], "s": ["s"]},
    )
    assert [p[1] for p in peers(found(zone, Wanted(DOMAIN)))] == ["u", "t"]
    assert [p[1] for p in peers(found(zone, Wanted(DOMAIN), ("tcp",)))] == ["t"]


def test_srv_by_priority_then_weight() -> None:
    zone = FakeZone(
        srvs={
            f"_sip._udp.{DOMAIN}": [
                Srv(20, 1, 5060, "backup"),
                Srv(10, 60, 5060, "heavy"),
                Srv(10, 20, 5061, "light"),
                Srv(10, 0, 5060, "spare"),
            ]
        },
        hosts={n: [f"{n}1", f"{n}2"] for n in ("backup", "heavy", "light", "spare")},
    )
    located = found(zone, Wanted(DOMAIN, transport="udp"))
    rng = random.Random(5)
    orders = [[peer.host for peer in draw(located.servers, rng)] for _ in range(4000)]
    assert all(order[-2:] == ["backup1", "backup2"] for order in orders)
    firsts = Counter(order[0] for order in orders)
    assert 0.72 < firsts["heavy1"] / 4000 < 0.78
    assert 0.22 < firsts["light1"] / 4000 < 0.28
    assert firsts["spare1"] < 20
    # The addresses of one server stay together, in order.
    assert all(order.index("light2") == order.index("light1") + 1 for order in orders)


def test_items_without_weight_are_equals() -> None:
    firsts = Counter(
        weighted_order("abc", lambda _: 0, random.Random(seed))[0] for seed in range(900)
    )
    assert all(200 < firsts[item] < 400 for item in "abc")


def test_a_service_that_is_not_offered() -> None:
    zone = FakeZone(srvs={f"_sip._udp.{DOMAIN}": [Srv(0, 0, 0, ".")]}, hosts={DOMAIN: ["10.0.0.1"]})
    assert found(zone, Wanted(DOMAIN, transport="udp")).servers == ()


def test_nothing_at_all() -> None:
    assert found(FakeZone(ttl_s={DOMAIN: 7.0}), Wanted(DOMAIN)) == Located((), 7.0)


def test_the_shortest_life_counts() -> None:
    zone = FakeZone(
        srvs={f"_sip._udp.{DOMAIN}": [Srv(1, 1, 5060, "u")]},
        hosts={"u": ["10.0.0.1"]},
        ttl_s={"u": 20.0, f"_sip._udp.{DOMAIN}": 3600.0},
    )
    assert found(zone, Wanted(DOMAIN, transport="udp")).ttl_s == 20.0


def test_servers_are_bounded() -> None:
    many = [Srv(index, 1, 5060, f"h{index}") for index in range(40)]
    zone = FakeZone(
        srvs={f"_sip._udp.{DOMAIN}": many}, hosts={f"h{i}": [f"10.{i}"] for i in range(40)}
    )
    located = found(zone, Wanted(DOMAIN, transport="udp"))
    assert len(located.servers) == MAX_SERVERS
    assert len(zone.asked) == 1 + MAX_SERVERS


def test_one_address_is_one_server_however_often_it_is_named() -> None:
    same = Server((Peer("udp", "10.0.0.1", 5060),))
    assert len(draw([same, same], random.Random(1))) == 1


def test_silence_is_not_absence() -> None:
    with pytest.raises(LookupFailedError):
        found(FakeZone(away={DOMAIN}), Wanted(DOMAIN))


def test_one_server_whose_name_is_not_answered_leaves_the_others() -> None:
    """Nor does a service nobody answers for; both are asked for again soon."""
    zone = FakeZone(
        srvs={f"_sip._udp.{DOMAIN}": [Srv(1, 1, 5060, "gone"), Srv(2, 1, 5070, "here")]},
        hosts={"here": ["10.0.0.2"]},
        away={"gone", f"_sip._tcp.{DOMAIN}"},
    )
    located = found(zone, Wanted(DOMAIN))
    assert peers(located) == [("udp", "10.0.0.2", 5070)]
    assert located.ttl_s == 0
    zone.away.add("here")
    with pytest.raises(LookupFailedError):
        found(zone, Wanted(DOMAIN))
