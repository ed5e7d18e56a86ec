"""Every branch of the plan for a caller, and what holds of every plan."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicegw.model.call import LegResult
from voicegw.model.directory import Customer, Manager, ManagerStatus, Phone
from voicegw.model.routing import (
    GroupRouting,
    GroupStrategy,
    QueueRouting,
    RingOrder,
    Routing,
    VoicemailRouting,
)
from voicegw.routing.plan import (
    PlanFacts,
    PlanStep,
    SkipReason,
    StepKind,
    StepResult,
    can_be_rung,
    inbound_plan,
)

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
CUSTOMER = Customer(id="cus_1", name="Customer", group_id="grp_1", owner_id="mgr_1")
PHONES = [Phone(aor="m2", order=2), Phone(number="+8613900139000", order=1)]
EVERYTHING = Routing(group=GroupRouting(), queue=QueueRouting(), voicemail=VoicemailRouting())


def manager(number: int = 1, **changes: object) -> Manager:
    facts: dict[str, object] = {"status": ManagerStatus.ACTIVE, "phones": list(PHONES), **changes}
    return Manager(id=f"mgr_{number}", name="M", group_id="grp_1", **facts)  # type: ignore[arg-type]


def facts(owner: Manager | None, **changes: object) -> PlanFacts:
    plain = PlanFacts(at=NOW, customer=CUSTOMER, owner=owner)
    return dataclasses.replace(plain, **changes)  # type: ignore[arg-type]


def shape(plan: tuple[PlanStep, ...]) -> list[str]:
    """Return each step's kind, with the manager's number or the reason it is left out."""
    lines = []
    for step in plan:
        who = f" {step.manager.id[-1]}" if step.manager is not None else ""
        lines.append(f"{step.kind}{who}{f' - {step.skip_reason}' if step.skip_reason else ''}")
    return lines


BUSY = {"busy": frozenset({"mgr_1"})}


@pytest.mark.parametrize(
    ("given", "reason", "farewell"),
    [
        (facts(manager()), None, "manager_unavailable"),
        (facts(None, customer=None), "caller-unknown", "manager_unavailable"),
        (facts(None), "no-owner", "manager_unavailable"),
        (facts(manager(status=ManagerStatus.DEPARTED)), "departed", "manager_unavailable"),
        (facts(manager(status=ManagerStatus.AWAY)), "away", "manager_unavailable"),
        (
            facts(manager(status=ManagerStatus.AWAY, away_until=NOW + timedelta(seconds=1))),
            "away",
            "manager_unavailable",
        ),
        (facts(manager(status=ManagerStatus.AWAY, away_until=NOW)), None, "manager_unavailable"),
        (facts(manager(phones=[])), "no-phone", "manager_unavailable"),
        (facts(manager(), off_duty=frozenset({"mgr_1"})), "off-duty", "manager_unavailable"),
        (facts(manager(), **BUSY), "busy", "manager_busy"),
        (facts(manager(phones=[]), **BUSY), "no-phone", "manager_unavailable"),
        (facts(manager(status=ManagerStatus.DEPARTED), **BUSY), "departed", "manager_unavailable"),
        (facts(manager(), is_open=False), "closed", "closed"),
    ],
)
def test_an_owner_alone(given: PlanFacts, reason: str | None, farewell: str) -> None:
    ring, end = inbound_plan(given)
    assert ring.kind is StepKind.OWNER
    assert ring.skip_reason == reason
    assert ring.manager is given.owner
    assert end.kind is StepKind.HANG_UP
    assert end.prompt == farewell
    assert end.manager is None


def test_everybody_in_the_order_of_their_claim() -> None:
    plan = inbound_plan(
        facts(
            manager(2),
            routing=EVERYTHING,
            responsible=manager(1),
            recent=manager(3),
            deputy=manager(4),
            group_id="grp_1",
            members=(manager(4), manager(5), manager(6, status=ManagerStatus.AWAY)),
        )
    )
    assert shape(plan) == [
        *("responsible 1", "owner 2", "recent 3", "deputy 4"),
        *("group", "queue", "voicemail", "hang_up"),
    ]
    assert [step.reason for step in plan[:5]] == [
        "open-matter",
        None,
        "last-contact",
        "deputy-of-owner",
        "longest_idle",
    ]
    group, queue = plan[4], plan[5]
    assert [one.id for one in group.managers] == ["mgr_5"]
    assert [one.id for one in queue.managers] == ["mgr_4", "mgr_5"]
    assert (group.group_id, queue.group_id) == ("grp_1", "grp_1")


def test_nobody_is_rung_twice() -> None:
    one = manager(1)
    plan = inbound_plan(
        facts(
            one,
            routing=msgspec.structs.replace(EVERYTHING, queue=None),
            responsible=one,
            recent=one,
            deputy=one,
            members=(one,),
        )
    )
    assert shape(plan) == [
        "responsible 1",
        "owner 1 - same-as-before",
        "recent 1 - same-as-before",
        "deputy 1 - same-as-before",
        "group - same-as-before",
        "voicemail",
        "hang_up",
    ]


def test_what_the_hotline_does_not_want_is_not_in_the_plan() -> None:
    plan = inbound_plan(
        facts(
            manager(1),
            routing=Routing(responsible=False, recent_days=0, deputy=False),
            responsible=manager(2),
            recent=manager(3),
            deputy=manager(4),
            members=(manager(5),),
        )
    )
    assert shape(plan) == ["owner 1", "hang_up"]


def test_the_deputy_comes_for_a_manager_who_has_left() -> None:
    gone = manager(1, status=ManagerStatus.DEPARTED)
    plan = inbound_plan(facts(gone, deputy=manager(2)))
    assert shape(plan) == ["owner 1 - departed", "deputy 2", "hang_up"]


def test_outside_the_hours_nobody_is_rung_and_a_message_can_be_left() -> None:
    plan = inbound_plan(facts(manager(1), routing=EVERYTHING, members=(manager(2),), is_open=False))
    assert shape(plan) == [
        *("owner 1 - closed", "group - closed", "queue - closed"),
        *("voicemail", "hang_up"),
    ]
    assert (plan[3].prompt, plan[4].prompt) == ("after_hours", "closed")


def test_an_unknown_caller_outside_the_hours_is_still_unknown() -> None:
    plan = inbound_plan(facts(None, customer=None, is_open=False))
    assert shape(plan) == ["owner - caller-unknown", "hang_up"]


def test_who_is_busy_now_is_left_out_only_where_nobody_is_rung_before() -> None:
    busy = frozenset({"mgr_1", "mgr_2", "mgr_4"})
    plan = inbound_plan(
        facts(manager(1), responsible=manager(2), recent=manager(3), deputy=manager(4), busy=busy)
    )
    assert shape(plan) == [
        *("responsible 2 - busy", "owner 1 - busy", "recent 3", "deputy 4"),
        "hang_up",
    ]
    assert plan[-1].prompt == "manager_unavailable"


def test_a_busy_owner_may_be_rung_with_the_group_and_waits_in_the_queue() -> None:
    plan = inbound_plan(facts(manager(1), routing=EVERYTHING, members=(manager(1),), **BUSY))
    assert shape(plan)[:3] == ["owner 1 - busy", "group", "queue"]
    assert [one.id for one in plan[1].managers] == ["mgr_1"]


def test_only_who_has_the_skills_is_rung() -> None:
    routing = Routing(group=GroupRouting(skills=("loans", "english")), queue=QueueRouting())
    able = manager(2, skills=["english", "loans", "cards"])
    some = manager(3, skills=["loans"])
    group, queue = inbound_plan(facts(None, routing=routing, members=(able, some)))[1:3]
    assert (group.managers, queue.managers) == ((able,), (able,))
    nobody = inbound_plan(facts(None, routing=routing, members=(some,)))
    assert shape(nobody)[1:3] == ["group - nobody", "queue - nobody"]


def test_a_plan_is_a_function_of_its_facts() -> None:
    assert inbound_plan(facts(manager())) == inbound_plan(facts(manager()))


def test_a_step_can_end_in_all_that_a_leg_can() -> None:
    failed = {str(one) for one in LegResult} - {LegResult.ANSWERED}
    assert failed < {str(one) for one in StepResult}


MANAGERS = st.builds(
    manager,
    st.integers(1, 6),
    status=st.sampled_from(ManagerStatus),
    away_until=st.sampled_from([None, NOW, NOW + timedelta(hours=1)]),
    phones=st.sampled_from([[], PHONES]),
    skills=st.lists(st.sampled_from(["a", "b"]), max_size=2),
)
ROUTINGS = st.builds(
    Routing,
    ring=st.sampled_from(RingOrder),
    responsible=st.booleans(),
    recent_days=st.sampled_from([0, 14]),
    deputy=st.booleans(),
    group=st.none()
    | st.builds(
        GroupRouting,
        strategy=st.sampled_from(GroupStrategy),
        skills=st.sampled_from([(), ("a",), ("a", "b")]),
    ),
    queue=st.none() | st.builds(QueueRouting),
    voicemail=st.none() | st.builds(VoicemailRouting),
)
IDS = st.frozensets(st.sampled_from([f"mgr_{number}" for number in range(1, 7)]))


@st.composite
def any_facts(draw: st.DrawFn) -> PlanFacts:
    """Draw facts in which a manager is the same wherever the id is the same."""
    people = {one.id: one for one in draw(st.lists(MANAGERS, max_size=6))}
    anybody = st.sampled_from([None, *people.values()])
    return PlanFacts(
        at=NOW,
        routing=draw(ROUTINGS),
        is_open=draw(st.booleans()),
        customer=draw(st.sampled_from([None, CUSTOMER])),
        responsible=draw(anybody),
        owner=draw(anybody),
        recent=draw(anybody),
        deputy=draw(anybody),
        group_id="grp_1",
        members=tuple(draw(st.permutations(list(people.values())))),
        busy=draw(IDS),
        off_duty=draw(IDS),
    )


@settings(max_examples=300, deadline=None)
@given(any_facts())
def test_whatever_the_facts(given: PlanFacts) -> None:
    plan = inbound_plan(given)
    assert plan == inbound_plan(given)
    assert [step.kind for step in plan].count(StepKind.HANG_UP) == 1
    assert plan[-1].kind is StepKind.HANG_UP
    assert plan[-1].prompt
    assert plan[-1].skip_reason is None
    kinds = [step.kind for step in plan]
    assert kinds == sorted(kinds, key=list(StepKind).index)
    taken = [step for step in plan if step.skip_reason is None]
    rung = [step.manager for step in taken if step.manager is not None]
    rung += [one for step in taken if step.kind is StepKind.GROUP for one in step.managers]
    assert len({one.id for one in rung}) == len(rung), "rung twice"
    for step in taken:
        for one in [*([step.manager] if step.manager else []), *step.managers]:
            assert can_be_rung(one, NOW, given.off_duty) is None
        if step.kind in (StepKind.GROUP, StepKind.QUEUE):
            assert step.managers
    if not given.is_open:
        assert {step.kind for step in taken} <= {StepKind.VOICEMAIL, StepKind.HANG_UP}
    for step in plan:
        if step.skip_reason is SkipReason.BUSY:
            assert step.manager is not None
            assert step.manager.id in given.busy
