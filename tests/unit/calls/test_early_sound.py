"""What is kept of a call whose customer did not answer, and what is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.calls.fake_signalling import SDP
from tests.unit.calls.rig import Rig
from tests.unit.calls.stages import close, to_customer, to_talk
from tests.unit.calls.virtual_time import elapse, virtual
from voicegw.calls.call_sound import EARLY_SOUND
from voicegw.journal.entries import WorkWanted
from voicegw.model.call import CallOutcome, LegRole
from voicegw.model.work import WorkKind

MakeRig = Callable[..., Rig]


def write_spool(rig: Rig) -> Path:
    """Write the capture that a worker would have made."""
    assert rig.sound.capture is not None
    rig.sound.capture.path.write_bytes(b"spool")
    return rig.sound.capture.path


def wanted(rig: Rig) -> list[tuple[WorkKind, str]]:
    return [(one.work, one.subject) for one in rig.journal.entries if isinstance(one, WorkWanted)]


def kept(spool: Path) -> list[str]:
    folder = spool.parent / EARLY_SOUND
    return [str(one.relative_to(folder)) for one in folder.glob("*/*")]


async def in_vain(rig: Rig, *, received: int = 100, manager_leaves: bool = False) -> str:
    """Have the customer's network say something, and refuse the call."""
    call_id = await to_customer(rig)
    write_spool(rig)
    rig.sound.received = received
    rig.customer.progress(183, SDP)
    await rig.turn()
    if manager_leaves:
        rig.manager.bye()
    else:
        rig.customer.refuse(480)
    await elapse(3)
    return call_id


@pytest.mark.parametrize("manager_leaves", [False, True])
@virtual
async def test_what_the_network_said_is_kept_and_to_be_heard(
    make_rig: MakeRig, manager_leaves: bool
) -> None:
    rig = make_rig()
    call_id = await in_vain(rig, manager_leaves=manager_leaves)
    spool = rig.sound.capture.path if rig.sound.capture is not None else Path()
    assert (spool.exists(), kept(spool)) == (False, [f"{call_id}/{spool.name}"])
    assert wanted(rig) == [(WorkKind.NETWORK, call_id)]
    assert rig.journal.types(call_id)[-1] == "call.ended"
    assert not rig.desk.submitted
    leg = rig.leg(call_id, LegRole.CUSTOMER)
    assert leg.reason == (None if manager_leaves else "no-answer")
    await close(rig)


@pytest.mark.parametrize("why", ["too short", "switched off", "not recorded"])
@virtual
async def test_what_says_nothing_is_not_kept(make_rig: MakeRig, why: str) -> None:
    rig = make_rig(hear_network=why != "switched off")
    call_id = await in_vain(rig, received=49 if why == "too short" else 100)
    if why == "not recorded":
        rig = make_rig(recording=False)
        call_id = await to_customer(rig)
        rig.customer.refuse(480)
        await elapse(3)
    else:
        assert rig.sound.capture is not None
        assert not rig.sound.capture.path.exists()
        assert kept(rig.sound.capture.path) == []
    assert wanted(rig) == []
    rig.check_over(call_id)
    await close(rig)


@virtual
async def test_a_talk_keeps_its_recording(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    spool = write_spool(rig)
    rig.customer.bye()
    await elapse(1)
    rig.check_over(call_id, CallOutcome.CONNECTED)
    assert (spool.exists(), kept(spool), wanted(rig)) == (True, [], [])
    await close(rig)


@virtual
async def test_without_a_disk_the_call_is_settled(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_customer(rig)
    rig.customer.progress(183, SDP)
    await rig.turn()
    rig.customer.refuse(480)  # and there is no spool to keep
    await elapse(3)
    assert wanted(rig) == []
    rig.check_over(call_id)
    await close(rig)
