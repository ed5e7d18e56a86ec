"""Every kind of step with every result: what comes next, the outcome, the code, what is heard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.unit.calls.crowd import manager
from tests.unit.calls.fake_signalling import FakeUas
from tests.unit.calls.rig import Rig
from tests.unit.calls.virtual_time import elapse, virtual
from voicegw.calls import choices, walk
from voicegw.calls.caller import Caller
from voicegw.calls.interruption import LegFailure
from voicegw.calls.outcome import Ending, ending_of_callback
from voicegw.calls.steps.taken import StepTaken
from voicegw.model.call import CallOutcome, HangupSource, LegResult, LegRole
from voicegw.model.directory import HotlineAnswer
from voicegw.model.routing import QueueRouting, VoicemailRouting
from voicegw.routing.plan import (
    BUSY_PROMPT,
    UNAVAILABLE_PROMPT,
    PlanFacts,
    PlanStep,
    SkipReason,
    StepKind,
    StepResult,
)

MakeRig = Callable[..., Rig]

PEOPLE = (StepKind.RESPONSIBLE, StepKind.OWNER, StepKind.RECENT, StepKind.DEPUTY)
FAREWELL = PlanStep(StepKind.HANG_UP, prompt=UNAVAILABLE_PROMPT)
VOICEMAIL = Ending(CallOutcome.VOICEMAIL, HangupSource.CUSTOMER)


def step_of(kind: StepKind) -> PlanStep:
    person = manager(1) if kind in PEOPLE else None
    return PlanStep(
        kind,
        manager=person,
        managers=(manager(1),),
        group_id="grp_1",
        queue=QueueRouting(),
        voicemail=VoicemailRouting(),
        reason="why",
    )


@dataclass(frozen=True)
class Row:
    """What a step comes back with, and what a caller who was not answered gets then."""

    result: StepResult
    outcome: CallOutcome
    status: int | None
    prompt: str | None
    failure: LegResult | None = None
    ending: Ending | None = None

    def taken(self) -> StepTaken:
        failure = None if self.failure is None else LegFailure(LegRole.MANAGER, self.failure)
        return StepTaken(self.result, ending=self.ending, failure=failure)


def failing(result: LegResult, outcome: CallOutcome, status: int, prompt: str) -> Row:
    return Row(StepResult(result.value), outcome, status, prompt, failure=result)


NOBODY = [
    failing(LegResult.BUSY, CallOutcome.MANAGER_BUSY, 486, BUSY_PROMPT),
    failing(LegResult.NO_ANSWER, CallOutcome.MISSED, 480, UNAVAILABLE_PROMPT),
    failing(LegResult.NOT_CONFIRMED, CallOutcome.MISSED, 480, UNAVAILABLE_PROMPT),
    failing(LegResult.CANCELED, CallOutcome.MISSED, 480, UNAVAILABLE_PROMPT),
    failing(LegResult.DECLINED, CallOutcome.MANAGER_DECLINED, 480, UNAVAILABLE_PROMPT),
    failing(LegResult.UNREACHABLE, CallOutcome.MANAGER_UNREACHABLE, 480, UNAVAILABLE_PROMPT),
    failing(LegResult.INVALID, CallOutcome.MANAGER_UNREACHABLE, 480, UNAVAILABLE_PROMPT),
    failing(LegResult.FAILED, CallOutcome.FAILED, 500, UNAVAILABLE_PROMPT),
]
EMPTY = Row(StepResult.EMPTY, CallOutcome.MISSED, 480, UNAVAILABLE_PROMPT)
TABLE: dict[StepKind, list[Row]] = {
    **dict.fromkeys((*PEOPLE, StepKind.MANAGER, StepKind.SHORT_CODE), NOBODY),
    StepKind.GROUP: [*NOBODY, EMPTY],
    StepKind.QUEUE: [
        EMPTY,
        Row(StepResult.FULL, CallOutcome.MANAGER_BUSY, 486, BUSY_PROMPT, LegResult.BUSY),
        Row(StepResult.TIMED_OUT, CallOutcome.MISSED, 480, UNAVAILABLE_PROMPT, LegResult.NO_ANSWER),
        Row(
            StepResult.CALLBACK,
            CallOutcome.CALLBACK_REQUESTED,
            480,
            None,
            ending=ending_of_callback(),
        ),
    ],
    StepKind.VOICEMAIL: [
        EMPTY,
        Row(StepResult.FAILED, CallOutcome.MISSED, 480, UNAVAILABLE_PROMPT),
        Row(StepResult.LEFT, CallOutcome.VOICEMAIL, 480, None, ending=VOICEMAIL),
    ],
}


class Scripted:
    """Takes steps as a table says, and writes down which."""

    def __init__(self, rows: dict[StepKind, Row]) -> None:
        self.rows = rows
        self.taken: list[tuple[StepKind, LegResult | None]] = []

    async def take(self, caller: Caller, step: PlanStep, failure: LegFailure | None) -> StepTaken:
        self.taken.append((step.kind, None if failure is None else failure.result))
        return self.rows[step.kind].taken()


def script(monkeypatch: pytest.MonkeyPatch, rows: dict[StepKind, Row], *plan: PlanStep) -> Scripted:
    """Have callers be led through `plan`, whose steps come back as `rows` say."""
    scripted = Scripted(rows)

    def planned(_facts: PlanFacts) -> tuple[PlanStep, ...]:
        return plan

    monkeypatch.setattr(choices, "inbound_plan", planned)
    monkeypatch.setattr(walk, "STEPS", {**walk.STEPS, **dict.fromkeys(rows, scripted.take)})
    return scripted


async def close(rig: Rig) -> None:
    await elapse(5)
    rig.finish_signalling()
    await elapse(1)
    rig.check_clean()


@pytest.mark.parametrize(
    ("kind", "row"),
    [
        pytest.param(kind, row, id=f"{kind}-{row.result}")
        for kind, rows in TABLE.items()
        for row in rows
    ],
)
@virtual
async def test_what_follows_a_step(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch, kind: StepKind, row: Row
) -> None:
    rig = make_rig()
    script(monkeypatch, {kind: row}, step_of(kind), FAREWELL)
    caller = FakeUas()
    call_id = await rig.offer(caller)
    await elapse(3)
    call = rig.check_over(call_id, row.outcome)
    first = call.plan[0]
    assert (first.step, first.result, first.reason) == (kind, row.result, "why")
    assert [one.step for one in call.plan[1:]] == ([] if row.ending else ["hang_up"])
    assert caller.final_status == row.status
    heard = rig.sound.heard.get(call.legs[0].id, []) if rig.media.sounds else []
    assert heard == ([] if row.prompt is None else [row.prompt])
    await close(rig)


def test_the_table_has_every_kind_and_every_result() -> None:
    assert set(TABLE) == set(StepKind) - {StepKind.HANG_UP}
    assert set(TABLE) | {StepKind.HANG_UP} == set(walk.STEPS)
    told = {row.result for rows in TABLE.values() for row in rows}
    assert told == set(StepResult) - {StepResult.CONNECTED, StepResult.SKIPPED, StepResult.DONE}
    failed = {row.failure for row in NOBODY}
    assert failed == set(LegResult) - {LegResult.ANSWERED}


@pytest.mark.parametrize("kind", [*PEOPLE, StepKind.GROUP, StepKind.QUEUE])
@virtual
async def test_whoever_is_won_talks_with_the_caller(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch, kind: StepKind
) -> None:
    rig = make_rig()
    rig.directory.managers["mgr_001"] = manager(1)
    script(monkeypatch, {}, step_of(kind), FAREWELL)
    caller = FakeUas()
    call_id = await rig.offer(caller)
    caller.ack()
    await rig.turn()
    rig.sessions[0].pick_up()
    await rig.turn()
    caller.ack()
    await elapse(1.1)
    call = rig.record(call_id)
    assert call.bridged_at is not None
    assert [(one.step, one.target, one.result, one.reason) for one in call.plan] == [
        (kind, "mgr_001", "connected", "why")
    ]
    caller.bye()
    await elapse(1)
    rig.check_over(call_id, CallOutcome.CONNECTED)
    await close(rig)


BUSY, NO_ANSWER = NOBODY[0], NOBODY[1]


@pytest.mark.parametrize(
    ("owner", "deputy", "outcome", "status"),
    [
        (BUSY, BUSY, CallOutcome.MANAGER_BUSY, 486),
        (BUSY, NO_ANSWER, CallOutcome.MISSED, 480),
        (NO_ANSWER, BUSY, CallOutcome.MISSED, 480),
        (NOBODY[4], NO_ANSWER, CallOutcome.MISSED, 480),
    ],
)
@virtual
async def test_busy_it_was_only_where_all_were_busy(
    make_rig: MakeRig,
    monkeypatch: pytest.MonkeyPatch,
    owner: Row,
    deputy: Row,
    outcome: CallOutcome,
    status: int,
) -> None:
    rig = make_rig()
    rows = {StepKind.OWNER: owner, StepKind.DEPUTY: deputy}
    scripted = script(
        monkeypatch, rows, step_of(StepKind.OWNER), step_of(StepKind.DEPUTY), FAREWELL
    )
    caller = FakeUas()
    call_id = await rig.offer(caller)
    await elapse(3)
    rig.check_over(call_id, outcome)
    assert caller.final_status == status
    assert scripted.taken == [(StepKind.OWNER, None), (StepKind.DEPUTY, owner.failure)]
    assert rig.journal.types(call_id).count("call.step") == 1, "somebody else was tried"
    await close(rig)


@virtual
async def test_what_is_left_out_is_written_down_and_not_taken(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = make_rig()
    left_out = PlanStep(StepKind.OWNER, manager=manager(1), skip_reason=SkipReason.AWAY)
    busy = PlanStep(StepKind.DEPUTY, manager=manager(2), skip_reason=SkipReason.BUSY)
    scripted = script(monkeypatch, {StepKind.OWNER: BUSY}, left_out, busy, FAREWELL)
    call_id = await rig.offer(FakeUas())
    await elapse(3)
    call = rig.check_over(call_id, CallOutcome.MANAGER_BUSY)
    assert [(one.step, one.target, one.result, one.reason) for one in call.plan] == [
        ("owner", "mgr_001", "skipped", "away"),
        ("deputy", "mgr_002", "skipped", "busy"),
        ("hang_up", "manager_busy", "done", None),
    ]
    assert not scripted.taken
    await close(rig)


@virtual
async def test_an_answered_caller_is_told_of_the_next_and_never_hears_nothing(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = make_rig()
    rig.directory.hotline_.answer = HotlineAnswer.AT_ONCE
    steps = (step_of(StepKind.OWNER), step_of(StepKind.RECENT), step_of(StepKind.GROUP))
    script(monkeypatch, dict.fromkeys((one.kind for one in steps), NO_ANSWER), *steps, FAREWELL)
    caller = FakeUas()
    call_id = await rig.offer(caller)
    caller.ack()
    await elapse(8)
    call = rig.check_over(call_id, CallOutcome.MISSED)
    assert rig.sound.heard[call.legs[0].id] == [
        *("connecting_manager", "ringback_cn", "transfer_deputy", "ringback_cn"),
        *("transfer_deputy", "ringback_cn", "manager_unavailable"),
    ]
    await close(rig)


@virtual
async def test_outside_the_hours_a_message_is_asked_for_in_words_that_say_so(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = make_rig()
    closed = PlanStep(StepKind.VOICEMAIL, prompt="after_hours", voicemail=VoicemailRouting())
    script(monkeypatch, {StepKind.VOICEMAIL: TABLE[StepKind.VOICEMAIL][2]}, closed, FAREWELL)
    caller = FakeUas()
    call_id = await rig.offer(caller)
    caller.ack()
    await elapse(3)
    call = rig.check_over(call_id, CallOutcome.VOICEMAIL)
    assert rig.sound.heard[call.legs[0].id] == ["after_hours"]
    await close(rig)
