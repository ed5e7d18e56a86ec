"""How far a click-to-dial is taken before a test begins."""

from __future__ import annotations

from collections.abc import Callable

from tests.unit.calls.rig import Rig
from tests.unit.calls.virtual_time import elapse
from voicegw.model.call import LegRole

MakeRig = Callable[..., Rig]
MANAGER = LegRole.MANAGER
CUSTOMER = LegRole.CUSTOMER


async def to_customer(rig: Rig, **request: object) -> str:
    """Dial, have the manager answer, and let the customer's INVITE leave."""
    call_id = await rig.dial(**request)
    rig.manager.progress(180)
    await rig.turn()
    rig.manager.pick_up()
    await rig.turn()
    await elapse(1.1)
    return call_id


async def to_notice(rig: Rig, **request: object) -> str:
    """Go on until both hear the recording notice."""
    call_id = await to_customer(rig, **request)
    rig.customer.progress(180)
    await rig.turn()
    rig.customer.pick_up()
    await rig.turn()
    return call_id


async def to_talk(rig: Rig, **request: object) -> str:
    """Go on until the two talk."""
    call_id = await to_notice(rig, **request)
    await elapse(1.1)
    assert rig.record(call_id).bridged_at is not None
    return call_id


async def close(rig: Rig) -> None:
    """Let the last words come and check that nothing is left."""
    await elapse(5)
    rig.finish_signalling()
    await elapse(1)
    rig.check_clean()
