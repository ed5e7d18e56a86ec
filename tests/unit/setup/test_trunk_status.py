"""What operators are told of trunks and of registered telephones."""

from __future__ import annotations

from datetime import UTC, datetime

from api.node_status import ServerState
from tests.unit.sip.carrier import Carriers, says, silent
from voicegw.setup.trunk_status import registered_phones, trunk_details
from voicegw.sip.bindings import Binding
from voicegw.sip.registrar import Registrar
from voicegw.sip.trunk import MAX_REFUSED, Trunk
from voicegw.sip.trunk_watch import FIRST_S
from voicegw.sip.wire import Peer


def carriers_of() -> Carriers:
    trunk = Trunk(
        "a", "10.0.0.1", options_s=30.0, max_calls=4, calls_per_s=0.5, numbers=("+862162340000",)
    )
    carriers = Carriers(trunk)
    carriers.watch.start()
    return carriers


def test_a_server_that_answers_is_up_and_its_round_trip_is_known() -> None:
    carriers = carriers_of()
    before = datetime.now(UTC)
    carriers.answer = says(200)
    carriers.run(FIRST_S)
    [trunk] = trunk_details(carriers.book, carriers.watch, carriers.clock.now)
    assert (trunk.name, trunk.up, trunk.registered, trunk.trouble) == ("a", True, None, "")
    assert (trunk.max_calls, trunk.presents, trunk.options_s) == (4, 1, 30.0)
    [server] = trunk.servers
    assert (server.transport, server.host, server.port) == ("udp", "10.0.0.1", 5060)
    assert server.state is ServerState.UP
    assert server.rtt_ms is not None
    assert server.heard_at is not None
    assert (before - server.heard_at).total_seconds() < FIRST_S


def test_a_silent_server_goes_down() -> None:
    carriers = carriers_of()
    carriers.answer = silent
    carriers.run(60)
    [trunk] = trunk_details(carriers.book, carriers.watch, carriers.clock.now)
    [server] = trunk.servers
    assert (trunk.up, server.state, server.rtt_ms, server.heard_at) == (
        False, ServerState.DOWN, None, None,
    )  # fmt: skip


def test_the_last_refusals_and_all_results_are_told() -> None:
    carriers = carriers_of()
    for status in (200, 486, *[503] * MAX_REFUSED):
        carriers.book.ended("a", status, carriers.clock.now)
    [trunk] = trunk_details(carriers.book, carriers.watch, carriers.clock.now)
    assert trunk.results == [(200, 1), (486, 1), (503, MAX_REFUSED)]
    assert [one.status for one in trunk.refused] == [503] * MAX_REFUSED, "the oldest is forgotten"


def test_a_rate_that_is_used_up_shows_as_a_wait() -> None:
    carriers = carriers_of()
    [trunk] = carriers.book.all()
    carriers.book.take_turn(trunk, carriers.clock.now)
    [told] = trunk_details(carriers.book, carriers.watch, carriers.clock.now)
    assert told.wait_s == 2.0


def test_registered_telephones_are_told_by_account() -> None:
    assert registered_phones(None, 0) == []
    registrar = Registrar(realm="r", passwords={"zhao": "x", "li": "x"})
    for user in ("zhao", "li"):
        registrar.bindings.put(
            Binding(
                user, f"sip:{user}@r", f"sip:{user}@10.0.0.9", Peer("tcp", "10.0.0.9", 5060),
                expires_at=160.0, q=1.0, call_id="c", cseq=1,
            )
        )  # fmt: skip
    phones = registered_phones(registrar, 100.0)
    assert [one.username for one in phones] == ["li", "zhao"]
    assert phones[0].transport == "tcp"
    left_s = (phones[0].registered_until - datetime.now(UTC)).total_seconds()
    assert 59 < left_s <= 60
