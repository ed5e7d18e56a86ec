"""A manager with several telephones registered under one name: all ring, one leg comes of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.calls.fake_signalling import SDP, FakeRoute, FakeUac, FakeUas
from tests.unit.calls.rig import Rig
from tests.unit.calls.stages import MANAGER, MakeRig, close
from tests.unit.calls.virtual_time import elapse, virtual
from voicegw.calls.terms import terms_for_all
from voicegw.journal.entries import LegOpened
from voicegw.media.engine import SrtpPolicy
from voicegw.model.call import (
    PHONE,
    CallOutcome,
    LegResult,
)
from voicegw.model.directory import Phone
from voicegw.sip.wire import Peer


def with_contacts(rig: Rig, count: int, *, then: str | None = None) -> None:
    """Give the manager `count` telephones registered as `desk`, and perhaps a number after it."""
    rig.router.contacts = [FakeRoute(PHONE, rig.router.made) for _ in range(count)]
    rig.directory.manager_.phones = [Phone(aor="desk", order=1)]
    if then is not None:
        rig.directory.manager_.phones.append(Phone(number=then, order=2))


def desks(rig: Rig) -> list[FakeUac]:
    return [session for session in rig.sessions if session.target.aor == "desk"]


@virtual
async def test_all_contacts_ring_and_the_first_answer_is_the_leg(make_rig: MakeRig) -> None:
    rig = make_rig()
    with_contacts(rig, 3)
    call_id = await rig.dial()
    first, second, third = desks(rig)
    assert {session.sdp for session in desks(rig)} == {first.sdp}
    first.progress(180)
    third.progress(183, SDP)
    await rig.turn()
    assert rig.journal.types(call_id).count("leg.ringing") == 1
    third.pick_up()
    await rig.turn()
    assert first.state == second.state == "cancelling"
    assert third.state == "confirmed"
    assert rig.leg(call_id, MANAGER).answered_at is not None
    assert len(rig.record(call_id).legs) == 1
    assert rig.leg(call_id, MANAGER).trunk == PHONE
    first.refuse(487)
    second.refuse(487)
    await elapse(1.1)
    rig.customer.pick_up()
    await elapse(2.5)
    third.bye()
    await elapse(1)
    rig.check_over(call_id, CallOutcome.CONNECTED)
    await close(rig)
    assert rig.journal.open_legs() == set()


@virtual
async def test_the_journal_knows_all_before_any_invite_leaves(make_rig: MakeRig) -> None:
    """Whatever the moment of a crash, each telephone that may ring is known and told apart."""
    rig = make_rig()
    with_contacts(rig, 3)
    await rig.dial()
    opened = [one for one in rig.journal.entries if isinstance(one, LegOpened)]
    assert {one.branch for one in opened} == {session.id for session in desks(rig)}
    assert len(rig.journal.open_legs()) == 3
    desks(rig)[0].progress(180)
    desks(rig)[0].pick_up()
    await rig.turn()
    # Those that are being cancelled may still answer: they stay known until they have ended.
    assert len(rig.journal.open_legs()) == 3
    desks(rig)[1].refuse(487)
    assert len(rig.journal.open_legs()) == 2
    desks(rig)[2].pick_up()
    assert len(rig.journal.open_legs()) == 1
    desks(rig)[0].bye()
    assert rig.journal.open_legs() == set()
    await close(rig)


@virtual
async def test_one_that_is_busy_or_gone_does_not_stop_the_others(make_rig: MakeRig) -> None:
    rig = make_rig()
    with_contacts(rig, 3)
    await rig.dial()
    busy, gone, free = desks(rig)
    busy.refuse(486)
    gone.vanish()
    await rig.turn()
    free.progress(180)
    await elapse(3)
    free.pick_up()
    await rig.turn()
    assert free.state == "confirmed"
    free.bye()
    await close(rig)


@virtual
async def test_all_busy_is_busy(make_rig: MakeRig) -> None:
    rig = make_rig()
    with_contacts(rig, 2, then="+862161111111")
    call_id = await rig.dial()
    for session in desks(rig):
        session.progress(180)
        session.refuse(486)
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.MANAGER_BUSY)
    assert [leg.result for leg in call.legs] == [LegResult.BUSY]
    await close(rig)


@virtual
async def test_none_reached_leads_to_the_next_telephone(make_rig: MakeRig) -> None:
    rig = make_rig()
    with_contacts(rig, 2, then="+862161111111")
    call_id = await rig.dial()
    for session in desks(rig):
        session.vanish()
    await rig.turn()
    assert rig.sessions[-1].target.number == "+862161111111"
    rig.sessions[-1].refuse(486)
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.MANAGER_BUSY)
    assert [leg.result for leg in call.legs] == [LegResult.UNREACHABLE, LegResult.BUSY]
    await close(rig)


@pytest.mark.parametrize("contacts", [1, 2])
@virtual
async def test_telephones_without_a_sign_of_life_are_left_for_the_next(
    make_rig: MakeRig, contacts: int
) -> None:
    """Registered, but gone with its battery or its NAT: the manager's mobile rings 6 s later."""
    rig = make_rig()
    with_contacts(rig, contacts, then="+862161111111")
    call_id = await rig.dial(ring_s=30)
    await elapse(5.5)
    assert len(rig.sessions) == contacts
    await elapse(1)
    mobile = rig.sessions[-1]
    assert mobile.target.number == "+862161111111"
    for late in desks(rig):
        late.progress(180)
        late.pick_up()
    mobile.progress(180)
    mobile.pick_up()
    await elapse(1.2)
    call = rig.record(call_id)
    assert [leg.result for leg in call.legs[:2]] == [LegResult.UNREACHABLE, LegResult.ANSWERED]
    mobile.bye()
    await elapse(1)
    await close(rig)
    assert rig.journal.open_legs() == set()


@pytest.mark.parametrize("contacts", [1, 2])
@virtual
async def test_the_only_telephones_may_be_silent_for_as_long_as_they_may_ring(
    make_rig: MakeRig, contacts: int
) -> None:
    rig = make_rig()
    with_contacts(rig, contacts)
    call_id = await rig.dial(ring_s=20)
    await elapse(15)
    desks(rig)[0].progress(180)
    desks(rig)[0].pick_up()
    await rig.turn()
    assert rig.leg(call_id, MANAGER).answered_at is not None
    desks(rig)[0].bye()
    await close(rig)


@virtual
async def test_a_decline_on_one_is_a_decline(make_rig: MakeRig) -> None:
    rig = make_rig()
    with_contacts(rig, 2)
    call_id = await rig.dial()
    first, second = desks(rig)
    first.progress(180)
    second.progress(180)
    second.refuse(603)
    await elapse(1)
    rig.check_over(call_id, CallOutcome.MANAGER_DECLINED)
    assert first.state == "cancelling"
    await close(rig)
    assert rig.journal.open_legs() == set()


@virtual
async def test_a_telephone_that_would_get_keys_in_plain_sight_is_not_rung(
    make_rig: MakeRig,
) -> None:
    rig = make_rig(srtp=SrtpPolicy.REQUIRED)
    with_contacts(rig, 3)
    for contact in rig.router.contacts[1:]:
        contact.peer = Peer("tls", "127.0.0.1", 5061)
    await rig.dial()
    assert [session.route for session in desks(rig)] == rig.router.contacts[1:]
    assert [contact.taken for contact in rig.router.contacts] == [0, 1, 1]
    desks(rig)[0].refuse(603)
    await elapse(2)
    await close(rig)


@virtual
async def test_telephones_that_take_encrypted_sound_alone_are_rung_again(
    make_rig: MakeRig,
) -> None:
    rig = make_rig(srtp=SrtpPolicy.OPTIONAL)
    with_contacts(rig, 2)
    for contact in rig.router.contacts:
        contact.peer = Peer("tls", "127.0.0.1", 5061)
    call_id = await rig.dial()
    for session in desks(rig):
        session.refuse(488)
    await rig.turn()
    assert [session.state for session in desks(rig)] == ["ended", "ended", "calling", "calling"]
    assert [found.srtp for found in rig.sound.terms.values()] == [SrtpPolicy.REQUIRED]
    desks(rig)[2].pick_up()
    await rig.turn()
    assert rig.leg(call_id, MANAGER).answered_at is not None
    assert desks(rig)[3].state == "cancelling"
    desks(rig)[2].bye()
    await close(rig)
    assert rig.journal.open_legs() == set()


def test_one_offer_for_several_holds_no_keys_that_one_must_not_see(make_rig: MakeRig) -> None:
    settings = replace(make_rig().parts.settings, srtp=SrtpPolicy.OPTIONAL)
    udp, tls = Peer("udp", "127.0.0.1", 5060), Peer("tls", "127.0.0.1", 5061)
    assert terms_for_all(settings, [tls, tls], ()).srtp is SrtpPolicy.OPTIONAL
    assert terms_for_all(settings, [tls, udp], ()).srtp is SrtpPolicy.OFF
    assert terms_for_all(settings, [udp, tls], ()).srtp is SrtpPolicy.OFF


@pytest.mark.parametrize("crossing", [False, True])
@virtual
async def test_nobody_answers_in_time(make_rig: MakeRig, crossing: bool) -> None:
    rig = make_rig()
    with_contacts(rig, 2)
    call_id = await rig.dial(ring_s=20)
    for session in desks(rig):
        session.progress(180)
    await elapse(21)
    for session in desks(rig):
        assert session.state == "cancelling"
        assert session.said("end")[0][2] == 19
        if crossing:
            session.pick_up()
    rig.check_over(call_id, CallOutcome.MANAGER_NO_ANSWER)
    await close(rig)
    assert rig.journal.open_legs() == set()


@virtual
async def test_a_caller_who_gives_up_stops_all(make_rig: MakeRig) -> None:
    rig = make_rig()
    with_contacts(rig, 3)
    caller = FakeUas()
    call_id = await rig.offer(caller)
    first, second, third = desks(rig)
    first.progress(180)
    second.progress(183, SDP)
    await rig.turn()
    caller.cancel()
    await elapse(1)
    rig.check_over(call_id, CallOutcome.ABANDONED)
    assert [one.state for one in (first, second, third)] == ["cancelling"] * 3
    await close(rig)
    assert rig.journal.open_legs() == set()


@virtual
async def test_a_hangup_by_api_while_all_ring_stops_all(make_rig: MakeRig) -> None:
    rig = make_rig()
    with_contacts(rig, 2)
    call_id = await rig.dial()
    await rig.service.hangup(call_id)
    await elapse(1)
    rig.check_over(call_id, CallOutcome.CANCELED)
    assert [one.state for one in desks(rig)] == ["cancelling"] * 2
    await close(rig)


@virtual
async def test_a_winner_with_an_unusable_answer_fails_the_leg(make_rig: MakeRig) -> None:
    rig = make_rig()
    with_contacts(rig, 2)
    call_id = await rig.dial()
    desks(rig)[0].pick_up(None)
    await elapse(1)
    rig.check_over(call_id, CallOutcome.MANAGER_UNREACHABLE)
    await close(rig)
