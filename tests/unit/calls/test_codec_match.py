"""Two legs that agreed to codecs in which they can't hear each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.unit.calls.fake_signalling import TRUNK, FakeUas
from tests.unit.calls.rig import Rig
from tests.unit.calls.stages import close, to_customer
from tests.unit.calls.virtual_time import elapse, virtual
from voicegw.calls.codec_match import common
from voicegw.model.call import CallOutcome, LegRole
from voicegw.sip.trunk import TrunkSource

MakeRig = Callable[..., Rig]
ALL = ("opus", "G722", "PCMA", "PCMU")
MANAGER = LegRole.MANAGER
CUSTOMER = LegRole.CUSTOMER


@pytest.mark.parametrize(
    ("own", "theirs", "present", "expected"),
    [
        (ALL, (), "PCMU", ("PCMU", "PCMA")),
        (ALL, (), "opus", ("opus",)),
        (("PCMA", "PCMU"), ("opus", "PCMA"), "opus", ("PCMA", "PCMU")),
        (("PCMA", "PCMU"), ("opus",), "opus", ()),
        (("G722",), ("opus", "PCMA"), "opus", ()),
        (ALL, (), None, ()),
    ],
)
def test_what_a_leg_can_be_asked_for(
    own: tuple[str, ...], theirs: tuple[str, ...], present: str | None, expected: tuple[str, ...]
) -> None:
    assert common(own, theirs, present) == expected


def says(codec: str) -> str:
    """A description with one codec."""
    return f"v=0 codec={codec}"


async def to_mixed_talk(rig: Rig, trunk: tuple[str, ...] = ("PCMA",)) -> str:
    """A manager with Opus has been given a customer on a G.711 trunk."""
    call_id = await rig.dial()
    rig.router.trunks[0].codecs = trunk
    rig.manager.pick_up(says("opus"))
    await elapse(1.2)
    rig.customer.pick_up(says("PCMA"))
    await rig.turn()
    return call_id


@virtual
async def test_the_second_leg_is_offered_first_what_the_first_has(make_rig: MakeRig) -> None:
    rig = make_rig(codecs=ALL)
    call_id = await rig.dial()
    rig.manager.progress(180)
    await rig.turn()
    assert rig.sound.terms[rig.leg(call_id, MANAGER).id].codecs == ALL
    rig.manager.pick_up(says("G722"))
    await elapse(1.2)
    rig.customer.progress(180)
    await rig.turn()
    customer = rig.leg(call_id, CUSTOMER).id
    assert rig.sound.terms[customer].codecs == ("G722", "opus", "PCMA", "PCMU")
    rig.customer.pick_up(says("G722"))
    await elapse(1.2)
    assert rig.manager.said("reoffer") == rig.customer.said("reoffer") == []
    rig.customer.bye()
    await close(rig)


@virtual
async def test_a_first_leg_is_offered_only_what_trunks_may_have(make_rig: MakeRig) -> None:
    rig = make_rig(codecs=ALL)
    rig.router.listed = frozenset({"PCMU"})
    call_id = await rig.dial()
    rig.manager.progress(180)
    await rig.turn()
    assert rig.sound.terms[rig.leg(call_id, MANAGER).id].codecs == ("PCMA", "PCMU")
    rig.manager.refuse(486)
    await elapse(1)
    rig.check_over(call_id)
    await close(rig)


@virtual
async def test_the_wideband_leg_is_asked_for_what_the_other_has(make_rig: MakeRig) -> None:
    rig = make_rig(codecs=ALL)
    call_id = await to_mixed_talk(rig, ALL)
    manager = rig.leg(call_id, MANAGER).id
    assert len(rig.manager.said("reoffer")) == 1
    assert rig.sound.terms[manager].codecs == ("PCMA", "PCMU")
    assert rig.sound.codec(manager) == "opus"
    rig.manager.take_reoffer(says("PCMU"))
    await elapse(1.2)
    assert rig.sound.codec(manager) == "PCMU"
    assert rig.record(call_id).bridged_at is not None
    assert rig.customer.said("reoffer") == []
    rig.customer.bye()
    await close(rig)


@virtual
async def test_when_it_refuses_the_other_is_asked(make_rig: MakeRig) -> None:
    rig = make_rig(codecs=ALL)
    call_id = await to_mixed_talk(rig, ALL)
    rig.manager.decline_reoffer(488)
    await rig.turn()
    assert rig.sound.terms[rig.leg(call_id, CUSTOMER).id].codecs == ("opus",)
    rig.customer.take_reoffer(says("opus"))
    await elapse(1.2)
    assert rig.record(call_id).bridged_at is not None
    assert rig.sound.codec(rig.leg(call_id, CUSTOMER).id) == "opus"
    rig.customer.bye()
    await close(rig)


@pytest.mark.parametrize("how", ["refused", "unusable"])
@virtual
async def test_without_a_common_codec_the_call_ends_with_the_cause(
    make_rig: MakeRig, how: str
) -> None:
    rig = make_rig(codecs=ALL)
    call_id = await to_mixed_talk(rig)
    if how == "refused":
        rig.manager.decline_reoffer(488)
    else:
        rig.manager.take_reoffer(says("opus"))
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.FAILED)
    assert call.failure == "no-common-codec"
    assert rig.manager.said("end")[0][2] == 88
    await close(rig)


@virtual
async def test_early_media_waits_for_the_managers_codec(make_rig: MakeRig) -> None:
    rig = make_rig(codecs=ALL)
    call_id = await rig.dial()
    rig.router.trunks[0].codecs = ("PCMA",)
    rig.manager.pick_up(says("opus"))
    await elapse(1.2)
    rig.customer.progress(183, says("PCMA"))
    await rig.turn()
    assert rig.heard(call_id, MANAGER)[-1] == "ringback_cn"
    assert len(rig.manager.said("reoffer")) == 1
    rig.manager.take_reoffer(says("PCMA"))
    await rig.turn()
    assert rig.heard(call_id, MANAGER)[-1] == "customer"
    rig.customer.pick_up(says("PCMA"))
    await elapse(1.2)
    assert rig.record(call_id).bridged_at is not None
    rig.customer.bye()
    await close(rig)


@virtual
async def test_early_media_that_cannot_be_heard_leaves_the_ring_back(make_rig: MakeRig) -> None:
    rig = make_rig(codecs=ALL)
    call_id = await rig.dial()
    rig.router.trunks[0].codecs = ("PCMA",)
    rig.manager.pick_up(says("opus"))
    await elapse(1.2)
    rig.customer.progress(183, says("PCMA"))
    await rig.turn()
    rig.manager.decline_reoffer()
    await elapse(5)
    assert rig.heard(call_id, MANAGER)[-1] == "ringback_cn"
    assert len(rig.manager.said("reoffer")) == 1
    rig.customer.pick_up(says("PCMA"))
    await elapse(1)
    assert rig.check_over(call_id).failure == "no-common-codec"
    await close(rig)


@virtual
async def test_a_late_change_of_one_side_is_followed_by_the_other(make_rig: MakeRig) -> None:
    rig = make_rig(codecs=ALL)
    call_id = await rig.dial()
    rig.manager.pick_up(says("opus"))
    await elapse(1.2)
    rig.customer.pick_up(says("opus"))
    await elapse(1.2)
    rig.customer.reinvite(says("PCMU"))
    await rig.turn()
    assert len(rig.customer.said("answer_reoffer")) == 1
    manager = rig.leg(call_id, MANAGER).id
    assert rig.sound.terms[manager].codecs == ("PCMU", "PCMA")
    rig.manager.take_reoffer(says("PCMU"))
    await rig.turn()
    assert rig.sound.codec(manager) == "PCMU"
    rig.customer.bye()
    await close(rig)


@virtual
async def test_a_change_the_other_can_never_follow_is_refused(make_rig: MakeRig) -> None:
    rig = make_rig(codecs=ALL)
    call_id = await rig.dial()
    rig.router.trunks[0].codecs = ("PCMA",)
    rig.manager.pick_up(says("PCMA"))
    await elapse(1.2)
    rig.customer.pick_up(says("PCMA"))
    await elapse(1.2)
    rig.manager.reinvite(says("opus"))
    await rig.turn()
    assert rig.manager.said("refuse_reoffer") == [("refuse_reoffer", 488)]
    assert rig.sound.codec(rig.leg(call_id, MANAGER).id) == "PCMA"
    assert rig.record(call_id).ended_at is None
    rig.manager.reinvite(says("opus,PCMU"))
    await rig.turn()
    assert rig.sound.codec(rig.leg(call_id, MANAGER).id) == "PCMU"
    rig.customer.bye()
    await close(rig)


@virtual
async def test_a_caller_is_answered_in_the_order_of_the_trunk(make_rig: MakeRig) -> None:
    rig = make_rig(codecs=ALL)
    session = FakeUas(sdp=says("PCMU,PCMA,opus"))
    call_id = await rig.offer(session)
    caller = rig.leg(call_id, CUSTOMER).id
    # The trunk's own list has no wideband codec.
    assert rig.sound.terms[caller].codecs == ("PCMA", "PCMU")
    assert rig.sound.codec(caller) == "PCMA"
    rig.manager.progress(180)
    await rig.turn()
    # Nor is the manager offered one, then.
    assert rig.sound.terms[rig.leg(call_id, MANAGER).id].codecs == ("PCMA", "PCMU")
    session.cancel()
    await elapse(1)
    await close(rig)


@virtual
async def test_a_manager_who_answers_wideband_is_brought_to_the_callers_codec(
    make_rig: MakeRig,
) -> None:
    rig = make_rig(codecs=ALL)
    session = FakeUas(sdp=says("PCMA"))
    session.source = TrunkSource(replace(TRUNK, codecs=ALL))
    call_id = await rig.offer(session)
    rig.manager.pick_up(says("G722"))
    await rig.turn()
    session.ack()
    assert len(rig.manager.said("reoffer")) == 1
    rig.manager.take_reoffer(says("PCMA"))
    await elapse(1.2)
    assert rig.record(call_id).bridged_at is not None
    session.bye()
    await close(rig)


@virtual
async def test_a_leg_that_hangs_up_while_it_is_asked_just_ends(make_rig: MakeRig) -> None:
    rig = make_rig(codecs=ALL)
    call_id = await to_mixed_talk(rig)
    rig.manager.bye()
    await elapse(1)
    assert rig.check_over(call_id).failure is None
    await close(rig)


@virtual
async def test_g711_of_both_laws_needs_no_question(make_rig: MakeRig) -> None:
    rig = make_rig(codecs=ALL)
    await to_customer(rig)
    rig.customer.pick_up(says("PCMU"))
    await elapse(0.5)
    rig.customer.bye()
    await close(rig)
