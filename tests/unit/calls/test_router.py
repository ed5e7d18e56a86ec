"""The ways to a telephone: trunks by priority and room, registered contacts, when to fail over."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from voicegw.calls.ports import Target
from voicegw.calls.router import LegRouter
from voicegw.identity import Presentation, presentation
from voicegw.model.call import LegRole
from voicegw.sip.bindings import Binding
from voicegw.sip.events import EndedBy, SessionEnded, SessionEvent
from voicegw.sip.invite_spec import InviteSpec
from voicegw.sip.registrar import Registrar
from voicegw.sip.trunk import Trunk, TrunkBook
from voicegw.sip.user_agent import UserAgentCore
from voicegw.sip.wire import Peer

HOTLINE = Presentation("+862162340000")
CUSTOMER = Target(number="+8613800138000")


class Agent:
    """Notes what is prepared."""

    def __init__(self) -> None:
        self.specs: list[InviteSpec] = []

    def prepare(self, spec: InviteSpec, listener: Any) -> object:
        self.specs.append(spec)
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
    return Trunk(name=name, host="127.0.0.1", port=5070, **changes)


def router(*trunks: Trunk, phones: Phones | None = None) -> tuple[LegRouter, Agent, TrunkBook]:
    agent = Agent()
    book = TrunkBook(trunks)
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


def test_room_is_what_is_left_on_all_trunks_that_may_show_it() -> None:
    made, _, _ = router(
        trunk("a", max_calls=2), trunk("b", max_calls=3), trunk("c", numbers=("+862199999999",))
    )
    assert made.room(HOTLINE) == 5
    assert made.routes(CUSTOMER, HOTLINE)[0].take()
    assert made.room(HOTLINE) == 4
    assert router(trunk("a", max_calls=1), trunk("b"))[0].room(HOTLINE) is None
    assert router(trunk("c", numbers=("+862199999999",)))[0].room(HOTLINE) == 0


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
    assert route.name == "registrar"
    assert route.take()
    route.prepare(target, HOTLINE, "v=0", listen)
    route.give_back()
    [spec] = agent.specs
    assert (spec.request_uri, spec.peer.flow, spec.same_flow) == ("sip:desk@10.0.0.9:5062", 3, True)
    assert spec.from_uri == "sip:+862162340000@gateway.invalid"
    assert spec.to_uri == "sip:desk@gateway.invalid"


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
