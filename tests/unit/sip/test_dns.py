"""The adapter to name servers, against a small real one on a UDP socket."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable

import pytest

from tests.parts.name_server import RECORDS, NameServer, name_server
from voicegw.sip import dns as adapter
from voicegw.sip import locator
from voicegw.sip.dns import DnsZone
from voicegw.sip.locating import Answer, LookupFailedError, Naptr, Server, Srv, Wanted, draw, locate
from voicegw.sip.locator import TrunkLocator
from voicegw.sip.trunk import Trunk, TrunkBook
from voicegw.sip.wire import Peer


def zone_of(server: NameServer, families: set[int] | None = None) -> DnsZone:
    return DnsZone([("127.0.0.1", server.port)], families=families or {4, 6})


async def test_records_as_they_are() -> None:
    async with name_server() as server:
        zone = zone_of(server)
        naptr = await zone.naptr("carrier.example")
        assert naptr.records[0] == Naptr(10, 10, "s", "SIP+D2T", "_sip._tcp.carrier.example")
        assert naptr.ttl_s == 30
        srv = await zone.srv("_sip._udp.carrier.example")
        assert srv == Answer((Srv(20, 5, 5060, "two.carrier.example"),), 60.0)
        both = await zone.addresses("one.carrier.example")
        assert both == Answer(("127.0.0.61", "::1"), 20.0)
        only = await zone_of(server, {4}).addresses("one.carrier.example")
        assert only.records == ("127.0.0.61",)
        # An alias lives as long as its shortest part.
        assert await zone_of(server, {4}).addresses("alias.example") == Answer(("127.0.0.62",), 15)


async def test_what_does_not_exist_is_an_answer_and_lives_by_the_soa() -> None:
    async with name_server() as server:
        zone = zone_of(server)
        assert await zone.srv("_sip._udp.nowhere.example") == Answer((), 25.0)
        assert await zone.naptr("one.carrier.example") == Answer((), 25.0)
        assert await zone.addresses("nowhere.example") == Answer((), 25.0)


@pytest.mark.parametrize("how", ["away", "broken"])
async def test_no_answer_is_none(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    monkeypatch.setattr(adapter, "LIFETIME_S", 0.2)
    async with name_server() as server:
        zone = zone_of(server)
        setattr(server, how, True)
        with pytest.raises(LookupFailedError):
            await zone.srv("_sip._udp.carrier.example")
        with pytest.raises(LookupFailedError):
            await zone.addresses("one.carrier.example")


async def test_a_name_that_is_no_name() -> None:
    async with name_server() as server:
        with pytest.raises(LookupFailedError):
            await zone_of(server).addresses("a" * 70 + ".example")
        assert server.asked == []


async def test_the_hosts_file_is_asked_where_the_system_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(adapter, "LIFETIME_S", 0.2)
    found = await DnsZone(families={4}).addresses("localhost")
    assert found.records == ("127.0.0.1",)


async def test_from_name_to_servers() -> None:
    async with name_server() as server:
        located = await locate(Wanted("carrier.example"), zone_of(server, {4}), {"udp", "tcp"})
        assert draw(located.servers, random.Random(1)) == [
            Peer("tcp", "127.0.0.61", 5070),
            Peer("udp", "127.0.0.62", 5060),
        ]
        assert located.ttl_s == 20


def trunk(name: str = "a", host: str = "carrier.example") -> Trunk:
    return Trunk(name, host)


def hosts(book: TrunkBook, name: str = "a") -> list[str]:
    found = book.get(name)
    assert found is not None
    return [peer.host for peer in book.peers(found)]


async def until(what: str, holds: object) -> None:
    assert callable(holds)
    for _ in range(200):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError(what)


async def test_trunks_are_looked_up_before_a_call_needs_them_and_again_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(locator, "MIN_TTL_S", 0.05)
    monkeypatch.setattr(locator, "MAX_TTL_S", 0.05)
    monkeypatch.setattr(locator, "RETRY_S", 0.05)
    monkeypatch.setattr(adapter, "LIFETIME_S", 0.1)
    async with name_server() as server:
        book = TrunkBook([trunk(), trunk("b", "127.0.0.9")])
        follower = TrunkLocator(book, zone_of(server, {4}), {"udp", "tcp"})
        await follower.start()
        assert hosts(book) == ["127.0.0.61", "127.0.0.62"]
        assert book.by_source("127.0.0.62") == book.get("a"), "calls come from where calls go"
        server.records = RECORDS.replace("127.0.0.61", "127.0.0.71")
        await until("followed", lambda: hosts(book)[0] == "127.0.0.71")
        assert book.by_source("127.0.0.61") is None
        # Name servers that are away change nothing.
        server.away = True
        asked = len(server.asked)
        await until("asked again", lambda: len(server.asked) > asked + 3)
        assert hosts(book) == ["127.0.0.71", "127.0.0.62"]
        # Their word that there is nothing does.
        server.away, server.records = False, ""
        await until("emptied", lambda: hosts(book) == [])
        server.records = RECORDS
        await until("back", lambda: hosts(book) == ["127.0.0.61", "127.0.0.62"])
        book.replace([trunk("c", "alias.example")])
        follower.follow()
        await until("another", lambda: hosts(book, "c") == ["127.0.0.62"])
        server.asked.clear()
        await asyncio.sleep(0.15)
        assert not [one for one in server.asked if "carrier.example" in one and "two" not in one]
        await follower.stop()


async def test_a_defect_costs_one_look_up_and_not_all_that_follow(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(locator, "RETRY_S", 0.05)
    async with name_server() as server:
        book = TrunkBook([trunk()])
        zone = zone_of(server, {4})
        follower = TrunkLocator(book, zone, {"udp", "tcp"})
        failures = [ValueError("odd"), ValueError("odd")]
        place = book.place

        def sometimes(name: str, servers: Iterable[Server]) -> None:
            if failures:
                raise failures.pop()
            place(name, servers)

        monkeypatch.setattr(book, "place", sometimes)
        async with asyncio.timeout(2):
            await follower.start()
        await until("found", lambda: hosts(book) == ["127.0.0.61", "127.0.0.62"])
        await follower.stop()
    told = [one for one in caplog.records if one.message == "looking a trunk up failed"]
    assert len(told) == 2
    assert all(one.exc_info for one in told)


async def test_a_start_does_not_wait_long_for_name_servers() -> None:
    async with name_server() as server:
        server.away = True
        book = TrunkBook([trunk()])
        follower = TrunkLocator(book, zone_of(server, {4}), {"udp"})
        async with asyncio.timeout(2):
            await follower.start(patience_s=0.1)
        assert hosts(book) == []
        await follower.stop()
