"""Calls that are over are freed by counting references, however they ended."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator

import msgspec
import pytest

from tests.unit.calls.fake_signalling import FakeUas
from tests.unit.calls.fake_sound import BAD_SDP, HOLD_SDP
from tests.unit.calls.fake_world import COLLEAGUE_NUMBER
from tests.unit.calls.rig import Rig
from tests.unit.calls.stages import to_customer, to_notice, to_talk
from tests.unit.calls.test_forked_ringing import desks, with_contacts
from tests.unit.calls.virtual_time import elapse, virtual
from voicegw.calls.control import DisclosureRequest, StatementRequest
from voicegw.model.routing import AfterCall

MakeRig = Callable[..., Rig]
Story = Callable[[Rig], Awaitable[object]]
CALLS = 3


async def talked(rig: Rig) -> None:
    await to_talk(rig)
    rig.customer.reoffer(HOLD_SDP)
    await rig.turn()
    rig.customer.bye()


async def hung_up_by_the_api(rig: Rig) -> None:
    await rig.service.hangup(await to_talk(rig))


async def paused(rig: Rig) -> None:
    await rig.service.pause_recording(await to_talk(rig))
    rig.customer.bye()


async def heard_statements(rig: Rig) -> None:
    call_id = await to_talk(rig)
    statements = (StatementRequest("a", "statement_a"), StatementRequest("b", "statement_b"))
    await rig.service.disclose(call_id, DisclosureRequest(statements))
    await elapse(1.5)
    rig.customer.bye()


async def answered_a_survey(rig: Rig) -> None:
    rig.directory.hotline_ = msgspec.structs.replace(
        rig.directory.hotline_, after_call=AfterCall(survey="satisfaction")
    )
    await to_talk(rig)
    rig.manager.bye()
    await elapse(0.5)
    rig.customer.bye()


async def lasted_too_long(rig: Rig) -> None:
    await to_talk(rig)
    await elapse(601)


async def left_during_the_notice(rig: Rig) -> None:
    await to_notice(rig)
    rig.manager.bye()


async def customer_refused(rig: Rig) -> None:
    await to_customer(rig)
    rig.customer.refuse(486)


async def manager_rang_in_vain(rig: Rig) -> None:
    await rig.dial()
    rig.manager.progress(180)
    await elapse(31)


async def failed_over(rig: Rig) -> None:
    await rig.dial()
    rig.manager.refuse(503)
    await rig.turn()
    rig.manager.refuse(503)


async def unusable_answer(rig: Rig) -> None:
    await rig.dial()
    rig.manager.pick_up(BAD_SDP)


async def worker_died(rig: Rig) -> None:
    await to_talk(rig)
    rig.sound.die()


async def caller_gave_up(rig: Rig) -> None:
    caller = FakeUas()
    await rig.offer(caller)
    caller.cancel()


async def caller_missed_the_owner(rig: Rig) -> None:
    await rig.offer(FakeUas())
    rig.manager.refuse(486)
    await elapse(3)


async def handed_on(rig: Rig) -> None:
    await to_talk(rig)
    rig.manager.refer(COLLEAGUE_NUMBER)
    await rig.turn()
    rig.invited(COLLEAGUE_NUMBER)[-1].pick_up()
    await elapse(2)
    rig.customer.bye()


async def handed_on_in_vain(rig: Rig) -> None:
    await to_talk(rig)
    first = rig.manager
    rig.manager.refer(COLLEAGUE_NUMBER)
    await rig.turn()
    first.bye()
    rig.invited(COLLEAGUE_NUMBER)[-1].refuse(486)


async def one_of_several_telephones(rig: Rig) -> None:
    with_contacts(rig, 3)
    await rig.dial()
    first, second, third = desks(rig)[-3:]
    first.refuse(486)
    second.progress(180)
    third.pick_up()
    await elapse(1.2)
    rig.customer.refuse(486)


async def none_of_several_telephones(rig: Rig) -> None:
    with_contacts(rig, 2)
    await rig.dial()
    for desk in desks(rig)[-2:]:
        desk.refuse(486)


async def redirected(rig: Rig) -> None:
    await to_customer(rig)
    rig.customer.refuse(302, contacts=("sip:+8613600136000@first.invalid",))
    await rig.turn()
    rig.invited("+8613600136000")[-1].refuse(486)


STORIES: list[Story] = [
    talked,
    answered_a_survey,
    heard_statements,
    paused,
    hung_up_by_the_api,
    lasted_too_long,
    left_during_the_notice,
    customer_refused,
    manager_rang_in_vain,
    failed_over,
    unusable_answer,
    worker_died,
    caller_gave_up,
    caller_missed_the_owner,
    handed_on,
    handed_on_in_vain,
    one_of_several_telephones,
    none_of_several_telephones,
    redirected,
]


@pytest.fixture
def saved() -> Iterator[None]:
    """Have the collector keep what only it can free."""
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


@pytest.mark.usefixtures("saved")
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
@virtual
async def test_nothing_is_left_to_collect(make_rig: MakeRig, story: Story) -> None:
    rig = make_rig()
    for _ in range(CALLS):
        await story(rig)
        await elapse(5)
        rig.finish_signalling()
        await elapse(5)
    rig.check_clean()
    rig.router.made.clear()
    rig.offered.clear()
    await asyncio.sleep(0)
    gc.collect()
    ours = [one for one in gc.garbage if type(one).__module__.startswith("voicegw.")]
    assert not Counter(type(one).__name__ for one in ours)
