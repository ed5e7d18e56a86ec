"""The ways to a telephone: trunks by priority and room, registered contacts, when to fail over."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest

from voicegw.calls.ports import Target
from voicegw.calls.router import LegRouter
from voicegw.calls.trunk_route import TrunkRoute
from voicegw.identity import Presentation, presentation
from voicegw.model.call import PHONE, LegRole
from voicegw.sip.bindings import Binding
from voicegw.sip.events import EndedBy, SessionAnswered, SessionEnded, SessionEvent
from voicegw.sip.grammar import URI
from voicegw.sip.invite_spec import InviteSpec
from voicegw.sip.locating import Server
from voicegw.sip.registrar import Registrar
from voicegw.sip.trunk import Trunk, TrunkBook
from voicegw.sip.trunk_health import MAX_ASIDE_S, UNWATCHED_S
from voicegw.sip.user_agent import UserAgentCore
from voicegw.sip.wire import Peer

HOTLINE = Presentation("+862162340000")
CUSTOMER = Target(number="+8613800138000")


class Agent:
    """Notes what is prepared."""

    def __init__(self) -> None:
        self.specs: list[InviteSpec] = []
        self.listeners: list[Callable[[SessionEvent], None]] = []
        self.now = 1000.0

    def prepare(self, spec: InviteSpec, listener: Any) -> object:
        self.specs.append(spec)
        self.listeners.append(listener)
        return object()


class Phones:
    """A registrar's look-up."""

    def __init__(self, *bindings: Binding) -> None:
        self.bindings = list(bindings)

    def lookup(self, aor: str) -> list[Binding]:
        return [one for one in self.bindings if one.username == aor.partition("@")[0]]


def binding(port: int) -> Binding:
    return Binding(
        username="desk",
        aor="sip:desk@gateway.invalid",
        contact=f"sip:desk@10.0.0.9:{port}",
        peer=Peer("udp", "10.0.0.9", port, 3),
        expires_at=100.0,
        q=1.0,
        call_id="one",
        cseq=1,
    )


def trunk(name: str, **changes: Any) -> Trunk:
    return Trunk(**{"name": name, "host": "127.0.0.1", "port": 5070, **changes})


def router(*trunks: Trunk, phones: Phones | None = None) -> tuple[LegRouter, Agent, TrunkBook]:
    agent = Agent()
    book = TrunkBook(trunks, rng=random.Random(1))
    made = LegRouter(
        agent=cast(UserAgentCore, agent),
        trunks=book,
        registrar=cast(Registrar, phones) if phones is not None else None,
    )
    return made, agent, book


def listen(event: SessionEvent) -> None:
    del event


def test_trunks_come_by_priority() -> None:
    made, _, _ = router(trunk("b", priority=2), trunk("a", priority=1))
    assert [route.name for route in made.routes(CUSTOMER, HOTLINE)] == ["a", "b"]


def test_only_trunks_that_may_show_the_hotline() -> None:
    made, _, _ = router(trunk("a", numbers=frozenset({"+862199999999"})), trunk("b"))
    assert [route.name for route in made.routes(CUSTOMER, HOTLINE)] == ["b"]


def test_a_trunk_has_as_many_places_as_it_says() -> None:
    made, _, book = router(trunk("a", max_calls=1))
    [route] = made.routes(CUSTOMER, HOTLINE)
    assert route.take()
    assert not route.take()
    assert not made.routes(CUSTOMER, HOTLINE)
    route.give_back()
    assert book.in_use(trunk("a", max_calls=1)) == 0
    assert made.routes(CUSTOMER, HOTLINE)


def test_places_are_taken_for_all_that_will_be_dialled_or_for_none() -> None:
    made, _, book = router(trunk("a", max_calls=2), trunk("b", max_calls=1, priority=1))
    numbers = ["+8613900139000", "+8613800138000"]
    first = made.reserve(numbers, HOTLINE)
    assert first is not None
    assert [book.in_use(one) for one in book.all()] == [2, 0]
    assert made.reserve(numbers, HOTLINE) is None
    assert [book.in_use(one) for one in book.all()] == [2, 0]
    second = made.reserve(numbers[1:], HOTLINE)
    assert second is not None
    assert [book.in_use(one) for one in book.all()] == [2, 1]
    assert made.reserve(numbers[1:], HOTLINE) is None
    for one in (first, first, second):
        one.give_back()
    assert book.calls() == 0


def test_ten_equal_calls_for_one_place_get_one() -> None:
    made, _, _ = router(trunk("a", max_calls=1))
    got = [made.reserve(["+8613800138000"], HOTLINE) for _ in range(10)]
    assert [one is not None for one in got] == [True] + [False] * 9


def test_a_call_uses_the_place_that_was_taken_for_it() -> None:
    made, _, book = router(trunk("a", max_calls=1), trunk("b", max_calls=1, priority=1))
    reserved = made.reserve([CUSTOMER.number or ""], HOTLINE)
    assert reserved is not None
    # Full for everybody else, not for the call itself.
    assert [route.name for route in made.routes(CUSTOMER, HOTLINE)] == ["b"]
    mine = reserved.routes(CUSTOMER, HOTLINE)
    assert [route.name for route in mine] == ["a", "b"]
    assert mine[0].take()
    assert book.in_use(trunk("a")) == 1
    reserved.give_back()
    assert book.in_use(trunk("a")) == 1
    mine[0].give_back()
    assert book.calls() == 0
    # The place is gone: another attempt has to find one like everybody.
    assert mine[0].take()
    assert [route.name for route in reserved.routes(CUSTOMER, HOTLINE)] == ["b"]


def test_who_calls_oneself_takes_two_places_and_gives_two_back() -> None:
    made, _, book = router(trunk("a", max_calls=2))
    own = CUSTOMER.number or ""
    unused = made.reserve([own, own], HOTLINE)
    assert unused is not None
    assert book.calls() == 2
    unused.give_back()
    assert book.calls() == 0
    used = made.reserve([own, own], HOTLINE)
    assert used is not None
    for _ in range(2):
        [route] = used.routes(CUSTOMER, HOTLINE)
        assert route.take()
    assert book.calls() == 2
    used.give_back()
    assert book.calls() == 2


def test_another_telephone_of_the_call_does_not_use_it() -> None:
    made, _, _ = router(trunk("a", max_calls=1))
    reserved = made.reserve([CUSTOMER.number or ""], HOTLINE)
    assert reserved is not None
    assert not reserved.routes(Target(number="+8613900139000"), HOTLINE)


def test_a_call_beyond_the_rate_waits_its_turn() -> None:
    made, _, book = router(trunk("a", calls_per_s=0.5))
    numbers = ["+8613900139000", "+8613800138000"]
    delays = []
    for _ in range(6):
        one = made.reserve(numbers, HOTLINE)
        assert one is not None
        delays.append(one.delay_s)
    assert delays == [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
    # Too long a wait: as good as full.
    assert made.reserve(numbers, HOTLINE) is None
    assert book.calls() == 12


def test_turns_that_were_not_used_at_once_are_taken_anew() -> None:
    """Managers at registered telephones may all answer in the same second."""
    made, agent, _ = router(trunk("a", calls_per_s=1))
    calls = []
    for _ in range(3):
        calls.append(made.reserve([CUSTOMER.number or ""], HOTLINE))
        agent.now += 1
    agent.now += 20
    delays = []
    for call in calls:
        assert call is not None
        [route] = call.routes(CUSTOMER, HOTLINE)
        assert route.take()
        delays.append(route.delay_s)
    assert delays == [0.0, 1.0, 2.0]


def test_calls_that_are_refused_use_up_no_rate() -> None:
    made, _, _ = router(trunk("a", calls_per_s=0.5))
    for _ in range(20):
        refused = made.reserve(["+8613800138000"], HOTLINE)
        assert refused is not None
        refused.give_back()
    one = made.reserve(["+8613800138000"], HOTLINE)
    assert one is not None
    assert one.delay_s == 0


def test_the_second_telephone_of_a_call_takes_its_turn_when_it_is_dialled() -> None:
    made, agent, book = router(trunk("a", calls_per_s=0.5))
    numbers = ["+8613900139000", "+8613800138000"]
    reserved = made.reserve(numbers, HOTLINE)
    assert reserved is not None
    [manager] = reserved.routes(Target(number=numbers[0]), HOTLINE)
    [customer] = reserved.routes(Target(number=numbers[1]), HOTLINE)
    assert manager.take()
    assert manager.delay_s == 0
    assert customer.take()
    assert customer.delay_s == 2
    agent.now += 1.5
    [third] = made.routes(CUSTOMER, HOTLINE)
    assert third.take()
    assert third.delay_s == 2.5
    agent.now -= 10
    [fourth] = made.routes(CUSTOMER, HOTLINE)
    assert not fourth.take()
    assert book.calls() == 3


def test_a_full_rate_fails_over() -> None:
    made, _, _ = router(trunk("a", calls_per_s=0.05), trunk("b", priority=1))
    taken = []
    for _ in range(3):
        reserved = made.reserve(["+8613800138000"], HOTLINE)
        assert reserved is not None
        [(_, place)] = reserved.places  # type: ignore[attr-defined]
        taken.append((reserved.delay_s, place.trunk.name))
    assert taken == [(0.0, "a"), (0.0, "b"), (0.0, "b")]


def test_a_trunk_may_be_full_of_calls_it_has_brought() -> None:
    made, _, book = router(trunk("a", max_calls=1))
    [one] = book.all()
    assert made.arrive(one)
    assert not made.arrive(one)
    assert not made.routes(CUSTOMER, HOTLINE)
    made.depart(one)
    assert made.routes(CUSTOMER, HOTLINE)


# -- what calls tell of a trunk ------------------------------------------------------------------


def invited(made: LegRouter, agent: Agent) -> tuple[TrunkRoute, Callable[[SessionEvent], None]]:
    """Send an INVITE over the first way; return it and what takes the session's events."""
    route = made.routes(CUSTOMER, HOTLINE)[0]
    assert isinstance(route, TrunkRoute)
    assert route.take()
    route.prepare(CUSTOMER, HOTLINE, "v=0", listen)
    return route, agent.listeners[-1]


def order(made: LegRouter) -> list[str]:
    return [route.name for route in made.routes(CUSTOMER, HOTLINE)]


def two(**changes: Any) -> tuple[LegRouter, Agent, TrunkBook]:
    return router(trunk("a", **changes), trunk("b", priority=1, port=5071, **changes))


def test_a_silent_trunk_costs_one_call_its_wait_not_each() -> None:
    made, agent, book = two(options_s=30)
    route, _ = invited(made, agent)
    agent.now += 6.0
    route.give_back()
    assert order(made) == ["b", "a"]
    assert not book.health.has_server_up("a")
    assert book.results["a", 408] == 1


def test_without_options_a_silent_trunk_is_avoided_for_a_minute() -> None:
    made, agent, book = two(options_s=0)
    route, _ = invited(made, agent)
    agent.now += 6.0
    route.give_back()
    assert order(made) == ["b", "a"]
    assert book.health.has_server_up("a")
    agent.now += UNWATCHED_S
    assert order(made) == ["a", "b"]


def test_a_call_that_was_given_up_at_once_says_nothing_of_the_trunk() -> None:
    made, agent, _ = two(options_s=30)
    route, _ = invited(made, agent)
    agent.now += 1.0
    route.give_back()
    assert order(made) == ["a", "b"]


def test_a_100_is_a_sign_of_life() -> None:
    made, agent, book = two(options_s=30)
    route, _ = invited(made, agent)
    agent.now += 0.1
    book.health.heard("127.0.0.1", 5070, agent.now)
    agent.now += 30.0
    route.give_back()
    assert order(made) == ["a", "b"]
    assert not book.results


def test_a_transport_that_fails_takes_the_trunk_down() -> None:
    made, agent, book = two(options_s=30)
    _, tell = invited(made, agent)
    tell(SessionEnded(EndedBy.NETWORK, 503, answered=False))
    assert order(made) == ["b", "a"]
    assert book.results["a", 503] == 1


def test_a_503_with_retry_after_keeps_the_trunk_aside_so_long() -> None:
    made, agent, _ = two(options_s=30)
    _, tell = invited(made, agent)
    tell(SessionEnded(EndedBy.REMOTE, 503, answered=False, retry_after_s=20))
    assert order(made) == ["b", "a"]
    agent.now += 19.9
    assert order(made) == ["b", "a"]
    agent.now += 0.1
    assert order(made) == ["a", "b"]


def test_nobody_can_send_a_trunk_aside_for_long() -> None:
    made, agent, _ = two(options_s=30)
    _, tell = invited(made, agent)
    tell(SessionEnded(EndedBy.REMOTE, 503, answered=False, retry_after_s=86_400))
    agent.now += MAX_ASIDE_S
    assert order(made) == ["a", "b"]


@pytest.mark.parametrize(
    "event",
    [
        SessionEnded(EndedBy.REMOTE, 486, answered=False),
        SessionEnded(EndedBy.LOCAL, 487, answered=False),
        SessionEnded(EndedBy.REMOTE, 500, answered=False),
        SessionAnswered("v=0"),
    ],
)
def test_other_ends_say_nothing_against_the_trunk(event: SessionEvent) -> None:
    made, agent, _ = two(options_s=30)
    route, tell = invited(made, agent)
    tell(event)
    agent.now += 60
    route.give_back()
    assert order(made) == ["a", "b"]


def test_each_server_of_a_trunk_is_a_way() -> None:
    """Going from one server to the next is going from one route to the next."""
    made, agent, book = router(trunk("a", host="sbc.example", options_s=30), trunk("b", priority=1))
    assert order(made) == ["b"]
    one, two = Peer("udp", "10.0.0.1", 5060), Peer("tcp", "10.0.0.2", 5070)
    book.place("a", [Server((one,), 0), Server((two,), 1)])
    assert order(made) == ["a", "a", "b"]
    _, tell = invited(made, agent)
    assert agent.specs[-1].peer == one
    tell(SessionEnded(EndedBy.NETWORK, 503, answered=False))
    _, tell = invited(made, agent)
    assert agent.specs[-1].peer == two
    tell(SessionEnded(EndedBy.NETWORK, 503, answered=False))
    # Both are down: the other trunk comes first, they come last.
    assert order(made) == ["b", "a", "a"]
    assert book.calls() == 2


def test_the_registrars_route_begins_each_invite() -> None:
    made, agent, book = router(trunk("a"))
    book.set_service_route("a", ("<sip:proxy.example;lr>",))
    invited(made, agent)
    assert agent.specs[-1].route == ("<sip:proxy.example;lr>",)


def test_an_invite_over_a_trunk_shows_only_the_hotline() -> None:
    made, agent, _ = router(trunk("a"))
    [route] = made.routes(CUSTOMER, HOTLINE)
    route.prepare(CUSTOMER, HOTLINE, "v=0", listen)
    [spec] = agent.specs
    assert CUSTOMER.number is not None
    assert CUSTOMER.number in spec.request_uri
    assert HOTLINE.number in spec.from_uri
    shown = [spec.from_uri, spec.contact_user, spec.from_display, *map(str, spec.asserted)]
    assert not any("13800138000" in str(one) for one in shown)


def test_a_trunk_that_may_not_show_the_customer_shows_the_hotline() -> None:
    made, agent, _ = router(
        trunk("a", priority=1, numbers=(HOTLINE.number,)),
        trunk("b", priority=2),
        trunk("c", priority=3, numbers=("+862199999999",)),
    )
    granted = presentation(
        LegRole.MANAGER,
        hotline=HOTLINE.number,
        customer_number=CUSTOMER.number,
        show_customer_to_manager=True,
    )
    manager = Target(number="+8613900139000")
    routes = made.routes(manager, granted)
    assert [route.name for route in routes] == ["a", "b"]
    for route in routes:
        route.prepare(manager, granted, "v=0", listen)
    assert [spec.contact_user for spec in agent.specs] == [HOTLINE.number, CUSTOMER.number]
    assert "13800138000" not in f"{agent.specs[0]}"


@pytest.mark.parametrize("aor", ["desk", "desk@example.invalid"])
def test_a_registered_phone_is_rung_over_its_own_flow(aor: str) -> None:
    made, agent, _ = router(trunk("a"), phones=Phones(binding(5062)))
    target = Target(aor=aor)
    [route] = made.routes(target, HOTLINE)
    assert route.name == PHONE
    assert route.take()
    route.prepare(target, HOTLINE, "v=0", listen)
    route.give_back()
    [spec] = agent.specs
    assert (spec.request_uri, spec.peer.flow, spec.same_flow) == ("sip:desk@10.0.0.9:5062", 3, True)
    assert spec.from_uri == "sip:+862162340000@gateway.invalid"
    assert spec.to_uri == "sip:desk@gateway.invalid"


def test_the_hops_that_are_left_are_passed_on() -> None:
    made, agent, _ = router(trunk("a"), phones=Phones(binding(5062)))
    for target in (Target("+8613800138000", max_forwards=12), Target(aor="desk", max_forwards=7)):
        [way] = made.routes(target, HOTLINE)
        way.prepare(target, HOTLINE, "v=0", listen)
    assert [spec.max_forwards for spec in agent.specs] == [12, 7]


def test_a_phone_behind_proxies_is_rung_through_them() -> None:
    route = "<sip:edge.invalid;lr>"
    made, agent, _ = router(phones=Phones(replace(binding(5062), path=(route,))))
    [way] = made.routes(Target(aor="desk"), HOTLINE)
    way.prepare(Target(aor="desk"), HOTLINE, "v=0", listen)
    assert agent.specs[0].route == (route,)
    assert agent.specs[0].request_uri == "sip:desk@10.0.0.9:5062"


def test_a_binding_that_expires_meanwhile_is_still_tried() -> None:
    phones = Phones(binding(5062))
    made, agent, _ = router(phones=phones)
    [route] = made.routes(Target(aor="desk"), HOTLINE)
    phones.bindings.clear()
    route.prepare(Target(aor="desk"), HOTLINE, "v=0", listen)
    assert len(agent.specs) == 1


def test_every_contact_of_a_phone_is_a_way() -> None:
    made, agent, _ = router(phones=Phones(binding(5062), binding(5064)))
    routes = made.routes(Target(aor="desk"), HOTLINE)
    for route in routes:
        route.prepare(Target(aor="desk"), HOTLINE, "v=0", listen)
    assert [spec.peer.port for spec in agent.specs] == [5062, 5064]


@pytest.mark.parametrize("phones", [None, Phones()])
def test_a_phone_that_is_not_registered_has_no_way(phones: Phones | None) -> None:
    made, _, _ = router(trunk("a"), phones=phones)
    assert not made.routes(Target(aor="desk"), HOTLINE)


@pytest.mark.parametrize(
    ("by", "status", "expected"),
    [
        (EndedBy.NETWORK, 408, True),
        (EndedBy.NETWORK, 503, True),
        (EndedBy.REMOTE, 503, True),
        (EndedBy.REMOTE, 500, True),
        (EndedBy.REMOTE, 486, False),
        (EndedBy.REMOTE, 404, False),
        (EndedBy.REMOTE, 403, False),
        (EndedBy.REMOTE, 603, False),
        (EndedBy.LOCAL, 200, False),
        (EndedBy.LOCAL, 487, False),
    ],
)
def test_when_the_next_way_may_be_tried(by: EndedBy, status: int, expected: bool) -> None:
    made, _, _ = router(trunk("a"))
    assert made.may_fail_over(SessionEnded(by, status, answered=False)) is expected


def test_what_trunks_may_carry_is_known_together_and_each_by_itself() -> None:
    made, _, _ = router(trunk("a", codecs=("PCMU",)), trunk("b", port=5071, codecs=("opus",)))
    assert made.trunk_codecs() == {"PCMU", "opus"}
    assert sorted(str(route.codecs) for route in made.routes(CUSTOMER, HOTLINE)) == [
        "('PCMU',)",
        "('opus',)",
    ]
    reserved = made.reserve([CUSTOMER.number or ""], HOTLINE)
    assert reserved is not None
    assert reserved.trunk_codecs() == made.trunk_codecs()
    reserved.give_back()


HELP = Target("110", is_urgent=True)


def test_an_urgent_call_needs_no_place_no_rate_and_gives_back_what_it_took() -> None:
    made, _, book = router(trunk("a", max_calls=1, calls_per_s=0.1))
    [usual] = made.routes(CUSTOMER, HOTLINE)
    assert usual.take()
    assert not made.routes(CUSTOMER, HOTLINE)
    routes = [made.routes(HELP, HOTLINE)[0] for _ in range(3)]
    assert all(route.take() and route.delay_s == 0 for route in routes)
    assert book.calls() == 4
    for route in (usual, *routes):
        route.give_back()
    assert book.calls() == 0


def test_an_urgent_call_shows_the_own_number_where_a_trunk_may_else_what_it_may() -> None:
    own, hotline = "+8613900139000", HOTLINE.number
    made, agent, _ = router(
        trunk("a", numbers=frozenset({"+862199999999"})),
        trunk("b", numbers=frozenset({hotline}), priority=1),
        trunk("c", priority=2),
    )
    routes = made.routes(HELP, Presentation(own, fallback=hotline))
    assert [route.name for route in routes] == ["b", "c", "a"]
    for route in routes:
        assert route.take()
        route.prepare(HELP, Presentation(own, fallback=hotline), "", listen)
    shown = [URI.parse(spec.from_uri).user for spec in agent.specs]
    assert shown == [hotline, own, "+862199999999"]
