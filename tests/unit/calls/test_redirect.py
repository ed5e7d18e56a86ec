"""Answers that name somebody else (3xx): followed within the trunk, never beyond it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.unit.calls.fake_signalling import CUSTOMER_NUMBER, MANAGER_NUMBER, SDP, FakeUac
from tests.unit.calls.rig import Rig
from tests.unit.calls.stages import close, to_customer
from tests.unit.calls.virtual_time import elapse, virtual
from voicegw.calls.policy import DialRules
from voicegw.calls.ports import Target
from voicegw.calls.redirect import Redirections
from voicegw.model.call import CallOutcome, LegRole
from voicegw.model.event import EventType
from voicegw.sip.events import EndedBy, SessionEnded

MakeRig = Callable[..., Rig]
OTHER = "+8613600136000"
RULES = DialRules(("+86",), frozenset({"10086"}), frozenset({"110"}))


def at(number: str, host: str = "first.invalid") -> str:
    return f"sip:{number}@{host}"


def moved(*contacts: str, status: int = 302) -> SessionEnded:
    return SessionEnded(EndedBy.REMOTE, status, answered=False, contacts=contacts)


def followed(*contacts: str, status: int = 302) -> list[str | None]:
    redirections = Redirections(Target(CUSTOMER_NUMBER), RULES, "CN")
    found = redirections.follow(
        moved(*contacts, status=status), Target(CUSTOMER_NUMBER), lambda host: host == "a.invalid"
    )
    return [target.number for target in found]


@pytest.mark.parametrize(
    ("contact", "number"),
    [
        ("sip:+8613600136000@a.invalid", OTHER),
        ("sip:013600136000@a.invalid:5070;transport=tcp", OTHER),
        ("sips:+8613600136000@a.invalid", OTHER),
        ("sip:+8613600136000;npdi;rn=+86@a.invalid", OTHER),
        ("sip:10086@a.invalid", "10086"),
        ("sip:+8613600136000@b.invalid", None),
        ("sip:+8613600136000@a.invalid.b.invalid", None),
        ("sip:+12025550123@a.invalid", None),
        ("sip:110@a.invalid", None),
        ("sip:10000@a.invalid", None),
        ("sip:bob@a.invalid", None),
        ("sip:a.invalid", None),
        ("tel:+8613600136000", None),
        ("mailto:bob@a.invalid", None),
        ("nonsense", None),
        (f"sip:{CUSTOMER_NUMBER}@a.invalid", None),
    ],
)
def test_which_contacts_are_followed(contact: str, number: str | None) -> None:
    assert followed(contact) == ([] if number is None else [number])


@pytest.mark.parametrize(("status", "follows"), [(300, 1), (301, 1), (302, 1), (305, 0), (380, 0)])
def test_which_statuses_are_followed(status: int, follows: int) -> None:
    assert len(followed(at(OTHER, "a.invalid"), status=status)) == follows


def test_each_number_once_and_five_in_all() -> None:
    redirections = Redirections(Target(CUSTOMER_NUMBER), RULES, "CN")
    numbers = [f"+861360013600{digit}" for digit in range(8)]
    target = Target(CUSTOMER_NUMBER, max_forwards=9)
    rung: list[Target] = []
    for number in [numbers[0], *numbers, *numbers]:
        rung += redirections.follow(moved(at(number)), target, lambda _host: True)
    assert [one.number for one in rung] == numbers[:5]
    assert {one.max_forwards for one in rung} == {9}


def test_nothing_is_followed_of_a_telephone_or_of_silence() -> None:
    redirections = Redirections(Target(aor="desk"), RULES, "CN")
    assert not redirections.follow(moved(at(OTHER)), Target(aor="desk"), lambda _host: True)
    assert not redirections.follow(None, Target(CUSTOMER_NUMBER), lambda _host: True)


# -- in a call -----------------------------------------------------------------------------------


def invited(rig: Rig, number: str) -> FakeUac:
    return rig.invited(number)[-1]


@virtual
async def test_a_customer_who_has_moved_is_rung_there(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_customer(rig)
    rig.customer.refuse(302, contacts=(at(OTHER),))
    await rig.turn()
    there = invited(rig, OTHER)
    assert there.route is rig.customer.route
    assert there.presentation == rig.customer.presentation
    assert rig.router.trunks[0].taken == 2
    there.progress(180)
    there.pick_up()
    await elapse(1.2)
    assert rig.record(call_id).bridged_at is not None
    assert rig.leg(call_id, LegRole.CUSTOMER).number == CUSTOMER_NUMBER
    there.bye()
    await close(rig)
    rig.check_over(call_id, CallOutcome.CONNECTED)


@virtual
async def test_forwarded_after_it_has_rung(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_customer(rig)
    rig.customer.progress(180)
    rig.customer.refuse(302, contacts=(at(OTHER),))
    await rig.turn()
    invited(rig, OTHER).refuse(486)
    await elapse(2)
    rig.check_over(call_id, CallOutcome.CUSTOMER_BUSY)
    customer = rig.leg(call_id, LegRole.CUSTOMER).id
    rung = [one for one in rig.journal.events(call_id) if one.type is EventType.LEG_RINGING]
    assert [one.data["id"] for one in rung].count(customer) == 1
    await close(rig)


@virtual
async def test_the_manager_hears_ring_back_after_the_sound_of_who_redirected(
    make_rig: MakeRig,
) -> None:
    rig = make_rig()
    call_id = await to_customer(rig)
    rig.customer.progress(183, SDP)
    await rig.turn()
    assert rig.heard(call_id, LegRole.MANAGER)[-1] == "customer"
    rig.customer.refuse(302, contacts=(at(OTHER),))
    await rig.turn()
    invited(rig, OTHER).progress(180)
    await rig.turn()
    assert rig.heard(call_id, LegRole.MANAGER)[-1] == "ringback_cn"
    rig.manager.bye()
    await close(rig)


@virtual
async def test_the_next_contact_where_one_cannot_be_reached(make_rig: MakeRig) -> None:
    rig = make_rig()
    await to_customer(rig)
    rig.customer.refuse(300, contacts=(at(OTHER), at("+8613600136001")))
    await rig.turn()
    invited(rig, OTHER).refuse(503)
    await rig.turn()
    assert invited(rig, "+8613600136001").route.name == "first"
    assert not rig.invited(CUSTOMER_NUMBER)[1:]
    rig.manager.bye()
    await close(rig)


@pytest.mark.parametrize(
    "contacts", [(), (at(OTHER, "elsewhere.invalid"),), (at("+12025550123"),), ("nonsense",)]
)
@virtual
async def test_a_redirection_that_may_not_be_followed(
    make_rig: MakeRig, contacts: tuple[str, ...]
) -> None:
    rig = make_rig()
    call_id = await to_customer(rig)
    invites = len(rig.sessions)
    rig.customer.refuse(302, contacts=contacts)
    await elapse(2)
    assert len(rig.sessions) == invites
    call = rig.check_over(call_id, CallOutcome.CUSTOMER_UNREACHABLE)
    assert call.sip_code == 302
    await close(rig)


@virtual
async def test_a_circle_of_redirections_ends(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_customer(rig)
    rig.customer.refuse(302, contacts=(at(OTHER),))
    await rig.turn()
    invited(rig, OTHER).refuse(302, contacts=(at(CUSTOMER_NUMBER), at(OTHER)))
    await elapse(2)
    rig.check_over(call_id, CallOutcome.CUSTOMER_UNREACHABLE)
    await close(rig)


@virtual
async def test_a_managers_mobile_may_be_forwarded_too(make_rig: MakeRig) -> None:
    rig = make_rig()
    await rig.dial()
    assert rig.manager.target.number == MANAGER_NUMBER
    rig.manager.refuse(302, contacts=(at(OTHER),))
    await rig.turn()
    invited(rig, OTHER).pick_up()
    await elapse(1.2)
    assert rig.invited(CUSTOMER_NUMBER)
    invited(rig, OTHER).bye()
    await close(rig)
