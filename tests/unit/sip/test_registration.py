"""Our registration with a carrier: made, kept fresh, moved, refused, taken back."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from tests.unit.sip.carrier import Carriers, says, silent
from voicegw.sip.digest import DigestVerifier, Verdict, parse_authorization
from voicegw.sip.locating import Server
from voicegw.sip.message import Request, Response, response_to
from voicegw.sip.registration import (
    BASE_BACK_OFF_S,
    MAX_BACK_OFF_S,
    MAX_EXPIRES_S,
    REFUSED_S,
)
from voicegw.sip.trunk import Trunk
from voicegw.sip.wire import Peer

ONE, TWO = Peer("udp", "10.0.0.1", 5060), Peer("udp", "10.0.0.2", 5060)


def trunk(**changes: Any) -> Trunk:
    values: dict[str, Any] = {
        "name": "a",
        "host": "sip.carrier.example",
        "username": "02162340000",
        "password": "secret",
        "registers": True,
        "expires_s": 300,
        **changes,
    }
    return Trunk(**values)


def grants(
    expires_s: int | None, *, header: int | None = None, extra: Any = ()
) -> Callable[[Request, Peer], Response]:
    """Be a registrar that grants so many seconds, at the contact, in Expires or not at all."""

    def answer(request: Request, _peer: Peer) -> Response:
        contact = request.header("Contact") or ""
        if expires_s is not None:
            contact += f";expires={expires_s if request.expires else 0}"
        headers = [("Contact", "<sip:other@10.9.9.9>;expires=7"), ("Contact", contact), *extra]
        if header is not None:
            headers.append(("Expires", str(header)))
        return response_to(request, 200, headers=headers)

    return answer


def started(answer: Any, *peers: Peer, **changes: Any) -> Carriers:
    carriers = Carriers(trunk(**changes))
    carriers.answer = answer
    carriers.watch.start()
    carriers.book.place("a", [Server((peer,), tier) for tier, peer in enumerate(peers or (ONE,))])
    carriers.settle()
    return carriers


def expires_of(carriers: Carriers) -> list[int | None]:
    return [one.expires for one in carriers.requests("REGISTER")]


def test_what_a_register_says() -> None:
    carriers = started(grants(300))
    [request] = carriers.requests("REGISTER")
    assert str(request.uri) == "sip:sip.carrier.example"
    assert request.header("To") == "<sip:02162340000@sip.carrier.example>"
    assert request.header("Contact") == "<sip:02162340000@127.0.0.1:5060>"
    assert request.expires == 300
    assert "secret" not in str(bytes(request))
    assert carriers.watch.is_registered("a") is True


def test_a_register_that_is_lost_is_repeated() -> None:
    lost = iter((True, True, False))
    carriers = started(lambda request, peer: None if next(lost) else grants(300)(request, peer))
    carriers.run(2)
    times = [at for at, request, _ in carriers.asked if request.method == "REGISTER"]
    assert [at - times[0] for at in times] == [0, 0.5, 1.5]
    assert len(carriers.requests("REGISTER")) == 1
    assert carriers.watch.is_registered("a")


@pytest.mark.parametrize(
    ("answer", "granted_s"),
    [
        (grants(60), 60),
        (grants(None, header=120), 120),
        (grants(None), 300),
        (grants(60, header=1000), 60),
        (grants(10**9), MAX_EXPIRES_S),
    ],
)
def test_it_is_refreshed_at_a_jittered_part_of_what_was_granted(
    answer: Any, granted_s: int
) -> None:
    carriers = started(answer)
    carriers.run(granted_s * 10)
    times = carriers.times("REGISTER")
    gaps = [later - sooner for sooner, later in pairwise(times)]
    assert all(0.5 * granted_s <= gap <= 0.75 * granted_s for gap in gaps)
    assert len({round(gap, 3) for gap in gaps}) > 5
    requests = carriers.requests("REGISTER")
    assert len({one.call_id for one in requests}) == 1
    numbers = [one.cseq.sequence for one in requests]
    assert numbers == sorted(set(numbers))
    assert carriers.alerts == {}


@pytest.mark.parametrize("challenge", ["WWW-Authenticate", "Proxy-Authenticate"])
@pytest.mark.parametrize("algorithms", [("MD5",), ("SHA-256", "MD5")])
def test_both_challenges_with_both_algorithms_and_a_stale_nonce(
    challenge: str, algorithms: tuple[str, ...]
) -> None:
    verifier = DigestVerifier(
        realm="carrier", secret=b"k" * 32, rng=random.Random(1), algorithms=algorithms
    )
    seen: list[Verdict] = []
    carriers = Carriers(trunk())

    def answer(request: Request, peer: Peer) -> Response:
        name = "Authorization" if challenge == "WWW-Authenticate" else "Proxy-Authorization"
        given = parse_authorization(request.header(name) or "")
        verdict = None
        if given is not None:
            verdict = verifier.verify(given, request.method, "secret", carriers.clock.now)
            seen.append(verdict)
        if verdict is Verdict.ACCEPTED:
            return grants(600)(request, peer)
        values = verifier.challenges(carriers.clock.now, stale=verdict is Verdict.STALE)
        status = 401 if challenge == "WWW-Authenticate" else 407
        return response_to(request, status, headers=[(challenge, value) for value in values])

    carriers.answer = answer
    carriers.watch.start()
    carriers.book.place("a", [Server((ONE,))])
    carriers.run(3600)
    assert carriers.watch.is_registered("a")
    assert set(seen) <= {Verdict.ACCEPTED, Verdict.STALE}
    assert carriers.alerts == {}


@pytest.mark.parametrize("status", [401, 403, 407])
def test_a_refused_account_is_told_and_tried_again_rarely(status: int) -> None:
    challenge = 'Digest realm="carrier", nonce="n", algorithm=MD5'
    name = "Proxy-Authenticate" if status == 407 else "WWW-Authenticate"
    carriers = started(says(status, (name, challenge)))
    carriers.run(REFUSED_S - 1)
    assert len(carriers.requests("REGISTER")) <= 3
    assert "refuses username or password" in carriers.alerts["trunk-registration/a"]
    assert carriers.watch.is_registered("a") is False
    carriers.answer = grants(300)
    carriers.run(REFUSED_S + 2)
    assert carriers.watch.is_registered("a")
    assert carriers.alerts == {}


def test_too_short_for_the_carrier() -> None:
    carriers = Carriers(trunk(expires_s=60))

    def answer(request: Request, peer: Peer) -> Response:
        if (request.expires or 0) < 1800:
            return response_to(request, 423, headers=(("Min-Expires", "1800"),))
        return grants(request.expires)(request, peer)

    carriers.answer = answer
    carriers.watch.start()
    carriers.book.place("a", [Server((ONE,))])
    carriers.run(4000)
    assert expires_of(carriers)[0] == 60
    assert set(expires_of(carriers)[1:]) == {1800}
    assert carriers.alerts == {}


@pytest.mark.parametrize("wanted", ["60", "99999999", "x", None])
def test_a_423_that_makes_no_sense_is_a_failure(wanted: str | None) -> None:
    headers = () if wanted is None else (("Min-Expires", wanted),)
    carriers = started(says(423, *headers))
    carriers.run(25)
    assert len(carriers.requests("REGISTER")) == 1
    assert "trunk-registration/a" in carriers.alerts


def test_a_423_that_asks_for_more_each_time_is_a_failure() -> None:
    def answer(request: Request, _peer: Peer) -> Response:
        headers = (("Min-Expires", str((request.expires or 0) + 1)),)
        return response_to(request, 423, headers=headers)

    carriers = started(answer)
    carriers.run(25)
    assert expires_of(carriers) == [300, 301, 302, 303]
    assert "trunk-registration/a" in carriers.alerts


def test_a_lifetime_longer_than_any_number_counts_as_absent() -> None:
    carriers = started(lambda request, _peer: _granting(request, "9" * 5000))
    assert carriers.watch.is_registered("a")
    carriers.run(250)
    assert len(carriers.requests("REGISTER")) >= 2


def _granting(request: Request, expires: str) -> Response:
    contact = f"{request.header('Contact')};expires={expires}"
    return response_to(request, 200, headers=(("Contact", contact),))


def test_failures_wait_longer_and_longer_with_jitter() -> None:
    carriers = started(says(500))
    carriers.run(5 * MAX_BACK_OFF_S)
    gaps = [later - sooner for sooner, later in pairwise(carriers.times("REGISTER"))]
    for failures, gap in enumerate(gaps, 1):
        longest_s = min(MAX_BACK_OFF_S, BASE_BACK_OFF_S * 2**failures)
        assert longest_s / 2 <= gap <= longest_s
    assert len(gaps) >= 5
    carriers.answer = grants(300)
    while not carriers.watch.is_registered("a"):
        carriers.run(1)
    carriers.answer = says(500)
    before = len(carriers.times("REGISTER"))
    carriers.run(240)
    assert carriers.watch.is_registered("a"), "what was granted holds although a refresh failed"
    assert len(carriers.times("REGISTER")) > before
    carriers.run(300)
    assert carriers.watch.is_registered("a") is False


def test_retry_after_is_obeyed() -> None:
    carriers = started(says(503, ("Retry-After", "400")))
    carriers.run(399)
    assert len(carriers.requests("REGISTER")) == 1
    carriers.run(10)
    assert len(carriers.requests("REGISTER")) == 2


@pytest.mark.parametrize("how", [silent, says(503), says(500)])
def test_the_next_server_is_tried_at_once(how: Any) -> None:
    carriers = Carriers(trunk())
    carriers.answer = lambda request, peer: (
        how(request, peer) if peer == ONE else grants(300)(request, peer)
    )
    carriers.watch.start()
    carriers.book.place("a", [Server((ONE,), 0), Server((TWO,), 1)])
    carriers.run(40)
    assert carriers.watch.is_registered("a")
    assert [peer for _, _, peer in carriers.asked][-1] == TWO
    carriers.asked.clear()
    carriers.run(600)
    # It is refreshed where it was made.
    assert {peer for _, _, peer in carriers.asked} == {TWO}
    assert carriers.alerts == {}


def test_it_follows_the_name_when_it_leads_elsewhere() -> None:
    carriers = started(grants(300))
    carriers.run(10)
    carriers.book.place("a", [Server((TWO,))])
    carriers.run(1)
    assert [peer for _, _, peer in carriers.asked] == [ONE, TWO]


def test_a_lost_connection_is_made_anew() -> None:
    tcp = Peer("tcp", "10.0.0.1", 5060)
    carriers = started(grants(3600), tcp)
    carriers.run(60)
    assert len(carriers.asked) == 1
    carriers.core.transport_failed(Peer("tcp", "10.0.0.1", 5060, flow=4), carriers.clock.now)
    carriers.run(3)
    assert len(carriers.asked) == 2
    carriers.core.transport_failed(Peer("tcp", "10.0.0.7", 5060, flow=4), carriers.clock.now)
    carriers.run(3)
    assert len(carriers.asked) == 2


def test_the_service_route_is_kept() -> None:
    route = "<sip:p1.carrier.example;lr>, <sip:p2.carrier.example;lr>"
    carriers = started(grants(300, extra=(("Service-Route", route),)))
    expected = ("<sip:p1.carrier.example;lr>", "<sip:p2.carrier.example;lr>")
    assert carriers.book.service_route(carriers.book.all()[0]) == expected
    carriers.answer = grants(300, extra=(("Service-Route", "<<nonsense"),))
    carriers.run(300)
    assert carriers.book.service_route(carriers.book.all()[0]) == ()


def test_our_contact_is_taken_back_at_the_end() -> None:
    carriers = started(grants(300))
    carriers.watch.stop()
    assert carriers.watch.has_farewells
    carriers.settle()
    assert not carriers.watch.has_farewells
    assert expires_of(carriers) == [300, 0]
    carriers.run(3600)
    assert expires_of(carriers) == [300, 0]
    assert carriers.core.is_idle


def test_what_was_never_registered_is_not_taken_back() -> None:
    carriers = started(says(500))
    carriers.watch.stop()
    carriers.run(3600)
    assert expires_of(carriers) == [300]


def test_the_end_while_an_answer_is_awaited() -> None:
    carriers = Carriers(trunk())
    carriers.answer = grants(300)
    carriers.watch.start()
    carriers.book.place("a", [Server((ONE,))])
    carriers.watch.stop()
    assert carriers.watch.has_farewells
    carriers.run(10)
    assert expires_of(carriers) == [300, 0]
    assert not carriers.watch.has_farewells


def test_an_attempt_that_fails_at_the_end_leaves_nothing_to_take_back() -> None:
    carriers = Carriers(trunk())
    carriers.answer = says(500)
    carriers.watch.start()
    carriers.book.place("a", [Server((ONE,))])
    carriers.watch.stop()
    carriers.run(100)
    assert expires_of(carriers) == [300]
    assert not carriers.watch.has_farewells


def test_another_account_or_none_takes_the_old_contact_back() -> None:
    carriers = started(grants(300))
    carriers.book.replace([trunk(username="other")])
    carriers.watch.follow()
    carriers.settle()
    users = [(one.to.uri.user, one.expires) for one in carriers.requests("REGISTER")]
    assert users == [("02162340000", 300), ("02162340000", 0), ("other", 300)]
    carriers.book.replace([trunk(username="other", max_calls=7)])
    carriers.watch.follow()
    carriers.settle()
    assert len(carriers.requests("REGISTER")) == 3
    carriers.book.replace([])
    carriers.watch.follow()
    carriers.settle()
    assert carriers.requests("REGISTER")[-1].expires == 0
    assert carriers.watch.is_registered("a") is None


@pytest.mark.parametrize("answer", [grants(0), says(500, ("Retry-After", "soon"))])
def test_a_grant_of_nothing_and_a_wait_of_nonsense_are_failures(answer: Any) -> None:
    carriers = started(answer)
    carriers.run(20)
    assert carriers.watch.is_registered("a") is False
    assert "trunk-registration/a" in carriers.alerts


def test_withdrawn_once_is_withdrawn() -> None:
    carriers = started(grants(300))
    carriers.watch.stop()
    carriers.watch.stop()
    carriers.settle()
    assert expires_of(carriers) == [300, 0]


@pytest.mark.parametrize("answers", [True, False])
def test_a_changed_account_registers_when_the_farewell_is_over(answers: bool) -> None:
    """The carrier may take two requests in either order, and both name the same contact."""
    carriers = started(grants(300))
    carriers.answer = silent
    carriers.book.replace([trunk(expires_s=600)])
    carriers.watch.follow()
    carriers.run(1)
    assert expires_of(carriers)[-1] == 0
    if answers:
        carriers.answer = grants(600)
    carriers.run(40)
    carriers.answer = grants(600)
    carriers.run(120)
    assert expires_of(carriers)[-1] == 600
    assert carriers.watch.is_registered("a") is True


def test_an_account_changed_twice_waits_for_the_first_ones_farewell() -> None:
    carriers = started(grants(300))
    carriers.answer = silent
    for expires_s in (600, 900):
        carriers.book.replace([trunk(expires_s=expires_s)])
        carriers.watch.follow()
        carriers.run(1)
    assert expires_of(carriers) == [300, 0]
    carriers.run(40)
    carriers.answer = grants(900)
    carriers.run(5)
    assert expires_of(carriers) == [300, 0, 900]
    assert carriers.watch.is_registered("a") is True


def test_a_defect_costs_one_attempt_and_not_all_that_follow(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    carriers = started(grants(300))
    failures = [ValueError("odd")]
    via = carriers.core.via

    def sometimes(peer: Peer) -> str:
        if failures:
            raise failures.pop()
        return via(peer)

    monkeypatch.setattr(carriers.core, "via", sometimes)
    carriers.run(900)
    [record] = [one for one in caplog.records if one.exc_info]
    assert record.message == "REGISTER not sent"
    assert carriers.watch.is_registered("a") is True


def test_a_trunk_that_goes_while_the_farewell_is_under_way_is_not_registered() -> None:
    carriers = started(grants(300))
    carriers.answer = silent
    carriers.book.replace([trunk(expires_s=600)])
    carriers.watch.follow()
    carriers.book.replace([])
    carriers.watch.follow()
    carriers.run(60)
    assert 600 not in expires_of(carriers)


def test_a_withdrawn_refresh_that_nobody_answers_is_taken_back_all_the_same() -> None:
    carriers = started(grants(300))
    carriers.answer = silent
    carriers.run(226)
    assert expires_of(carriers) == [300, 300]
    carriers.watch.stop()
    carriers.run(40)
    assert expires_of(carriers) == [300, 300, 0]


def test_nonsense_from_a_carrier_is_a_failure_like_any_other() -> None:
    carriers = started(says(200, ("Contact", "<sip:"), ("Expires", "soon")))
    carriers.run(20)
    assert "trunk-registration/a" in carriers.alerts
