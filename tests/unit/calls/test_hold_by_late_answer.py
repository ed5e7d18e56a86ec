"""Hold that comes as the answer to an offer of ours: a re-INVITE that brought none."""

from __future__ import annotations

from collections.abc import Callable

from tests.unit.calls.fake_signalling import SDP
from tests.unit.calls.fake_sound import HOLD_SDP
from tests.unit.calls.rig import Rig
from tests.unit.calls.stages import close, to_customer, to_talk
from tests.unit.calls.virtual_time import virtual
from voicegw.model.call import LegRole
from voicegw.sip.events import SessionConfirmed


@virtual
async def test_hold_in_the_ack_and_back(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    for answer, heard in ((HOLD_SDP, "moh"), (SDP, "customer")):
        rig.customer.reinvite(None)
        await rig.turn()
        rig.customer.emit(SessionConfirmed(answer))
        await rig.turn()
        assert rig.heard(call_id, LegRole.MANAGER)[-1] == heard
    assert rig.sound.marks[-2:] == ["hold", "unhold"]
    assert rig.journal.types(call_id).count("call.held") == 1
    rig.customer.bye()
    await close(rig)


@virtual
async def test_one_way_early_media_is_no_hold(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig()
    call_id = await to_customer(rig)
    rig.customer.progress(183, HOLD_SDP)
    await rig.turn()
    assert "call.held" not in rig.journal.types(call_id)
    assert "hold" not in rig.sound.marks
    await rig.service.hangup(call_id)
    await close(rig)
