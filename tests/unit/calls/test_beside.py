"""Several things at once within one call: one result, and nothing that goes on behind its back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.unit.calls.fake_signalling import SDP, FakeUas
from tests.unit.calls.rig import Rig
from tests.unit.calls.virtual_time import elapse, virtual
from voicegw.calls import admission
from voicegw.calls.beside import first_of
from voicegw.calls.inbound import Inbound
from voicegw.calls.live_call import LiveCall
from voicegw.calls.outcome import Ending, ending_of_nobody
from voicegw.model.call import CallOutcome, HangupSource

MakeRig = Callable[..., Rig]
Body = Callable[[LiveCall], Awaitable[object]]


class _Flow:
    """Stands in for the inbound flow; keeps what the body has returned."""

    def __init__(self, body: Body) -> None:
        self.body = body
        self.result: object = "nothing yet"

    async def __call__(self, call: LiveCall) -> Ending:
        self.result = await self.body(call)
        return ending_of_nobody()


@pytest.fixture
def run_flow(
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[Rig, Body], Awaitable[tuple[_Flow, str]]]:
    """Return what has a body run as the flow of a call that came in."""

    async def begin(rig: Rig, body: Body) -> tuple[_Flow, str]:
        flow = _Flow(body)

        def made(*_args: object, **_kwargs: object) -> _Flow:
            return flow

        monkeypatch.setattr(admission, Inbound.__name__, made)
        return flow, await rig.offer(FakeUas())

    return begin


RunFlow = Callable[[Rig, Body], Awaitable[tuple[_Flow, str]]]


async def _after(call: LiveCall, seconds: float, result: str | None) -> str | None:
    await call.pause(seconds)
    return result


@virtual
async def test_the_first_result_counts_and_the_others_are_ended(
    make_rig: MakeRig, run_flow: RunFlow
) -> None:
    ended: list[str] = []

    async def slow(call: LiveCall) -> str | None:
        try:
            return await _after(call, 9, "slow")
        finally:
            ended.append("slow")

    async def body(call: LiveCall) -> object:
        works = [slow(call), _after(call, 1, None), _after(call, 2, "quick")]
        result = await first_of(call, works)
        return result, list(ended)

    rig = make_rig()
    flow, call_id = await run_flow(rig, body)
    await elapse(3)
    assert flow.result == ("quick", ["slow"])
    rig.check_over(call_id, CallOutcome.MISSED)


@virtual
async def test_none_when_all_were_in_vain(make_rig: MakeRig, run_flow: RunFlow) -> None:
    async def body(call: LiveCall) -> object:
        return await first_of(call, [_after(call, 1, None), _after(call, 2, None)])

    rig = make_rig()
    flow, _ = await run_flow(rig, body)
    await elapse(1.5)
    assert flow.result == "nothing yet"
    await elapse(1)
    assert flow.result is None


@virtual
async def test_of_two_at_once_the_one_named_first_counts(
    make_rig: MakeRig, run_flow: RunFlow
) -> None:
    ready = asyncio.Event()

    async def after_event(name: str) -> str:
        await ready.wait()
        return name

    async def body(call: LiveCall) -> object:
        return await first_of(call, [after_event("one"), after_event("two")])

    rig = make_rig()
    flow, _ = await run_flow(rig, body)
    ready.set()
    await elapse(0.1)
    assert flow.result == "one"


@virtual
async def test_what_breaks_into_the_call_ends_every_helper(
    make_rig: MakeRig, run_flow: RunFlow
) -> None:
    ended: list[int] = []

    async def work(call: LiveCall, number: int) -> str | None:
        try:
            return await _after(call, 9, "never")
        finally:
            ended.append(number)

    async def body(call: LiveCall) -> object:
        return await first_of(call, [work(call, 1), work(call, 2)])

    rig = make_rig()
    _, call_id = await run_flow(rig, body)
    await rig.service.hangup(call_id)
    await elapse(0.1)
    assert sorted(ended) == [1, 2]
    assert rig.check_over(call_id, CallOutcome.CANCELED).hangup_source is HangupSource.API


@virtual
async def test_a_fault_in_a_helper_is_the_calls(make_rig: MakeRig, run_flow: RunFlow) -> None:
    async def fails(call: LiveCall) -> str | None:
        await call.pause(1)
        raise OSError("the disk")

    async def body(call: LiveCall) -> object:
        return await first_of(call, [_after(call, 9, "late"), fails(call)])

    rig = make_rig()
    _, call_id = await run_flow(rig, body)
    await elapse(2)
    assert rig.check_over(call_id, CallOutcome.FAILED).failure == "os-error"


@virtual
async def test_chores_are_done_while_helpers_wait_for_what_they_bring(
    make_rig: MakeRig, run_flow: RunFlow
) -> None:
    async def body(call: LiveCall) -> object:
        leg = call.legs[0]
        await call.sound.session()

        async def described() -> str:
            await call.until(lambda: leg.described)
            return "described"

        async def answers() -> str | None:
            await call.pause(1)
            await (await call.sound.session()).offer(leg.id, leg.role)
            call.leg_described(leg, SDP, early=False)
            call.wake()
            return None

        return await first_of(call, [described(), answers()])

    rig = make_rig()
    flow, _ = await run_flow(rig, body)
    await elapse(2)
    assert flow.result == "described"
