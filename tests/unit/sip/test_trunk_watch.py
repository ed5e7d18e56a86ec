"""OPTIONS to the trunks' servers: when they are asked, when they are down, who is told."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import pytest

from tests.unit.sip.carrier import Answer, Carriers, says, silent
from voicegw.sip.locating import Server
from voicegw.sip.message import Request, response_to
from voicegw.sip.trunk import Trunk, TrunkBook
from voicegw.sip.trunk_health import MAX_ASIDE_S
from voicegw.sip.trunk_watch import ANSWER_S, DOUBT_S, FIRST_S
from voicegw.sip.wire import Peer

HOTLINE = "+862162340000"


def trunk(name: str = "a", **changes: Any) -> Trunk:
    return Trunk(**{"name": name, "host": "10.0.0.1", "options_s": 30.0, **changes})


def started(*trunks: Trunk, answer: Answer = says(200)) -> Carriers:  # noqa: B008 - immutable
    carriers = Carriers(*trunks)
    carriers.answer = answer
    carriers.watch.start()
    return carriers


def ways(carriers: Carriers) -> list[str]:
    return [one.name for one, _ in carriers.book.ways(HOTLINE, carriers.clock.now)]


def test_a_server_is_asked_regularly_with_jitter() -> None:
    carriers = started(trunk())
    carriers.run(600)
    times = carriers.times("OPTIONS")
    assert times[0] - 1000 < FIRST_S
    gaps = {round(later - sooner, 1) for sooner, later in pairwise(times)}
    assert all(24 <= gap <= 30 for gap in gaps)
    assert len(gaps) > 3, "no two servers are to be asked in step"
    assert carriers.told == []
    [request] = {str(one.uri) for one in carriers.requests("OPTIONS")}
    assert request == "sip:10.0.0.1"


def test_no_options_where_none_are_wanted() -> None:
    carriers = started(trunk(options_s=0), answer=silent)
    carriers.run(600)
    assert not carriers.asked
    assert carriers.book.health.has_server_up("a")


@pytest.mark.parametrize("answer", [silent, says(503)])
def test_a_server_is_down_after_three_misses_and_up_after_two_answers(answer: Answer) -> None:
    carriers = started(trunk(), trunk("b", host="10.0.0.2", options_s=0, priority=1))
    carriers.run(FIRST_S)
    carriers.answer = answer
    carriers.run(30)
    assert len(carriers.times("OPTIONS")) >= 2
    assert carriers.book.health.has_server_up("a"), "one miss is none"
    carriers.run(2 * (DOUBT_S + ANSWER_S))
    assert not carriers.book.health.has_server_up("a")
    assert carriers.told == [("trunk-down/a", True)]
    assert ways(carriers) == ["b", "a"], "last, not never"
    carriers.answer = says(200)
    before = len(carriers.times("OPTIONS"))
    while len(carriers.times("OPTIONS")) == before:
        carriers.run(0.1)
    if answer is not silent:
        # A silent server finds repetitions of several OPTIONS to answer when it is back.
        assert not carriers.book.health.has_server_up("a"), "one answer is none"
    carriers.run(30)
    assert ways(carriers) == ["a", "b"]
    assert carriers.told == [("trunk-down/a", True), ("trunk-down/a", False)]


@pytest.mark.parametrize("status", [200, 401, 403, 404, 405, 486, 500, 501, 603])
def test_any_other_final_answer_is_a_sign_of_life(status: int) -> None:
    carriers = started(trunk(), answer=says(status))
    carriers.run(300)
    assert carriers.told == []


def test_a_miss_now_and_then_changes_nothing() -> None:
    carriers = Carriers(trunk())
    rng = random.Random(3)
    turn = [0]

    def sometimes(request: Request, peer: Peer) -> Any:
        turn[0] += 1
        lost = turn[0] % 3 != 0 and rng.random() < 0.9
        return None if lost else response_to(request, 200)

    carriers.answer = sometimes
    carriers.watch.start()
    carriers.run(3600)
    assert carriers.told == []


def test_traffic_of_any_kind_is_a_sign_of_life() -> None:
    carriers = started(trunk(), answer=silent)
    for _ in range(60):
        carriers.run(10)
        carriers.core.receive(b"BYE sip:nobody@x SIP/2.0\r\n", Peer("udp", "10.0.0.1", 5060), 0)
    assert carriers.told == []
    carriers.run(90)
    assert carriers.told == [("trunk-down/a", True)]


def test_traffic_of_another_server_at_that_host_is_none() -> None:
    carriers = started(trunk(), trunk("b", port=5070, options_s=0), answer=silent)
    for _ in range(60):
        carriers.run(10)
        carriers.watch.heard(b"SIP/2.0 200 OK", Peer("udp", "10.0.0.1", 5070), carriers.clock.now)
    assert carriers.told == [("trunk-down/a", True)]


def test_a_server_that_asks_for_a_pause_is_left_alone_so_long() -> None:
    both = trunk(), trunk("b", host="10.0.0.2", priority=1)
    carriers = Carriers(*both)
    carriers.answer = lambda request, peer: (
        response_to(request, 503, headers=(("Retry-After", "9999"),))
        if peer.host == "10.0.0.1"
        else response_to(request, 200)
    )
    carriers.watch.start()
    carriers.run(FIRST_S)
    assert carriers.told == []
    assert ways(carriers) == ["b", "a"]
    carriers.answer = says(200)
    carriers.run(MAX_ASIDE_S)
    assert ways(carriers) == ["a", "b"]


def test_a_trunk_is_down_when_all_its_servers_are() -> None:
    carriers = Carriers(trunk(host="sbc.example"))
    one, two = Peer("udp", "10.0.0.1", 5060), Peer("udp", "10.0.0.2", 5060)
    carriers.watch.start()
    assert carriers.alerts == {"trunk-down/a": "trunk a: its name leads to no server"}
    assert ways(carriers) == []
    carriers.book.place("a", [Server((one,), 0), Server((two,), 1)])
    assert carriers.alerts == {}
    carriers.answer = lambda request, peer: None if peer == one else response_to(request, 200)
    carriers.run(120)
    assert carriers.alerts == {}
    assert [peer for _, peer in carriers.book.ways(HOTLINE, carriers.clock.now)] == [two, one]
    carriers.answer = silent
    carriers.run(120)
    assert list(carriers.alerts) == ["trunk-down/a"]
    # The name leads elsewhere now: nothing is known against that server.
    carriers.book.place("a", [Server((Peer("udp", "10.0.0.3", 5060),))])
    assert carriers.alerts == {}
    carriers.answer = says(200)
    carriers.run(40)
    carriers.asked.clear()
    carriers.run(60)
    assert {peer.host for _, _, peer in carriers.asked} == {"10.0.0.3"}


def test_changed_trunks_are_followed_and_removed_ones_forgotten() -> None:
    carriers = started(trunk(), trunk("b", host="10.0.0.2"), answer=silent)
    carriers.run(90)
    assert sorted(carriers.alerts) == ["trunk-down/a", "trunk-down/b"]
    carriers.book.replace([trunk("b", host="10.0.0.2", options_s=0), trunk("c", host="10.0.0.3")])
    carriers.watch.follow()
    assert sorted(carriers.alerts) == ["trunk-down/b"]
    carriers.run(40)
    carriers.asked.clear()
    carriers.run(60)
    assert {peer.host for _, _, peer in carriers.asked} == {"10.0.0.3"}
    carriers.watch.stop()
    carriers.run(40)
    carriers.asked.clear()
    carriers.run(600)
    assert not carriers.asked
    assert carriers.core.is_idle


def test_equals_share_calls_by_their_weight() -> None:
    equals = [trunk("a", weight=3), trunk("b", host="10.0.0.2"), trunk("z", priority=-1)]
    book = TrunkBook(equals, rng=random.Random(7))
    firsts = [[one.name for one in book.candidates(HOTLINE)] for _ in range(4000)]
    assert all(names[0] == "z" for names in firsts)
    share = sum(names[1] == "a" for names in firsts) / len(firsts)
    assert 0.72 < share < 0.78
    again = TrunkBook(equals, rng=random.Random(7))
    assert firsts[:50] == [[one.name for one in again.candidates(HOTLINE)] for _ in range(50)]


def test_an_answer_from_another_address_of_the_carrier_counts() -> None:
    """A carrier may answer from an address of its own choice; the transaction knows what it is."""
    carriers = started(trunk(), answer=silent)
    elsewhere = Peer("udp", "10.0.0.99", 5060)
    for _ in range(20):
        carriers.run(9)
        for request in carriers.requests("OPTIONS")[-1:]:
            answer = bytes(response_to(request, 200))
            carriers.core.receive(answer, elsewhere, carriers.clock.now)
            carriers.settle()
    assert carriers.told == []


def test_a_transport_that_fails_is_a_miss() -> None:
    carriers = started(trunk(transport="tcp"), answer=silent)
    tcp = Peer("tcp", "10.0.0.1", 5060)
    while not carriers.alerts:
        carriers.run(1)
        carriers.core.transport_failed(tcp, carriers.clock.now)
        assert carriers.clock.now < 1060
    assert carriers.told == [("trunk-down/a", True)]
    # Whoever connects to us from there lives, whatever its port.
    for _ in range(2):
        carriers.watch.heard(b"OPTIONS", Peer("tcp", "10.0.0.1", 49152, 3), carriers.clock.now)
    assert carriers.told[-1] == ("trunk-down/a", False)


def test_a_defect_costs_one_question_and_not_all_that_follow(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Wherever it is: before the OPTIONS is made, or as it leaves."""
    carriers = started(trunk())
    carriers.run(60)
    for place, method in (("via", carriers.core.via), ("request", carriers.core.request)):
        failures = [ValueError("odd"), ValueError("odd")]

        def sometimes(*args: Any, method: Any = method, failures: Any = failures) -> Any:
            if failures:
                raise failures.pop()
            return method(*args)

        caplog.clear()
        carriers.asked.clear()
        monkeypatch.setattr(carriers.core, place, sometimes)
        carriers.run(300)
        assert [one.message for one in caplog.records] == ["trunk not asked"] * 2
        assert all(one.exc_info for one in caplog.records)
        assert len(carriers.times("OPTIONS")) >= 8
    assert carriers.told == []


def test_a_pause_of_nonsense_is_no_pause() -> None:
    carriers = started(
        trunk(),
        trunk("b", host="10.0.0.2", options_s=0, priority=1),
        answer=says(503, ("Retry-After", "soon")),
    )
    carriers.run(FIRST_S)
    assert ways(carriers) == ["a", "b"]
