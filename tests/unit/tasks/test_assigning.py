"""Who gets which task: each rule, and that sharing is even, whole and always the same."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicegw.model.task_assignment import (
    Assignable,
    Balance,
    Presence,
    Recipient,
    Rule,
    RuleKind,
    StayReason,
)
from voicegw.tasks.assigning import Plan, plan_tasks

LI, WANG, ZHAO = (Recipient(f"mgr_{name}") for name in ("li", "wang", "zhao"))
ALL = ["mgr_li", "mgr_wang", "mgr_zhao"]


def tasks(number: int, **more: object) -> list[Assignable]:
    fields: dict[str, object] = {"type_name": "renewal"} | more
    return [Assignable(f"tsk_{place:04}", **fields) for place in range(number)]  # type: ignore[arg-type]


def got(plan: Plan) -> dict[str, int]:
    """Return how many tasks each manager has of those planned."""
    return {one.manager_id: one.tasks + one.kept for one in plan.shares()}


def stays(plan: Plan) -> dict[StayReason, int]:
    return {one.reason: one.tasks for one in plan.summary()}


def test_evenly_by_id_where_all_have_the_same() -> None:
    plan = plan_tasks(tasks(8), [ZHAO, LI, WANG], Rule(RuleKind.EVENLY, ALL))
    assert got(plan) == {"mgr_li": 3, "mgr_wang": 3, "mgr_zhao": 2}
    assert [(move.task_id, move.to_manager_id) for move in plan.moves[:2]] == [
        ("tsk_0000", "mgr_li"),
        ("tsk_0001", "mgr_wang"),
    ]


def test_evenly_by_all_that_each_one_has_afterwards() -> None:
    busy = [Recipient("mgr_li", load=10), Recipient("mgr_wang", load=2), Recipient("mgr_zhao")]
    rule = Rule(RuleKind.EVENLY, ALL, balance=Balance.TOTAL)
    assert got(plan_tasks(tasks(6), busy, rule)) == {"mgr_wang": 2, "mgr_zhao": 4}
    rule = Rule(RuleKind.EVENLY, ALL, balance=Balance.NEW)
    assert got(plan_tasks(tasks(6), busy, rule)) == dict.fromkeys(ALL, 2)


def test_a_task_stays_with_whoever_has_it_while_that_is_even() -> None:
    of_li = tasks(4, manager_id="mgr_li")
    plan = plan_tasks(of_li, [LI, WANG], Rule(RuleKind.EVENLY, ["mgr_li", "mgr_wang"]))
    assert [one.kept for one in plan.shares()] == [2, 0]
    assert len(plan.moves) == 2
    shared = [*tasks(2, manager_id="mgr_li"), *(Assignable("z", "own", "mgr_wang"),)]
    assert plan_tasks(shared, [LI, WANG], Rule(RuleKind.EVENLY, ALL[:2])).moves == []


def test_the_owner_and_who_shares_what_owners_cannot_take() -> None:
    some = [
        Assignable("t1", "own", owner_id="mgr_li"),
        Assignable("t2", "own", owner_id="mgr_gone"),
        Assignable("t3", "own"),
        Assignable("t4", "own", owner_id="mgr_far"),
        Assignable("t5", "own", manager_id="mgr_li", owner_id="mgr_li"),
    ]
    gone = Recipient("mgr_gone", Presence.DEPARTED)
    plan = plan_tasks(some, [LI, WANG, gone], Rule(RuleKind.OWNER))
    assert [(one.task_id, one.to_manager_id) for one in plan.moves] == [("t1", "mgr_li")]
    assert plan.kept == [("t5", "mgr_li")]
    reasons = (StayReason.DEPARTED, StayReason.NO_OWNER, StayReason.OTHER_GROUP)
    assert stays(plan) == dict.fromkeys(reasons, 1)

    rule = Rule(RuleKind.OWNER, ["mgr_li", "mgr_wang"])
    plan = plan_tasks(some, [LI, WANG, gone], rule)
    assert got(plan) == {"mgr_li": 3, "mgr_wang": 2}, "the owner's own tasks count"
    assert stays(plan) == {}


@pytest.mark.parametrize(("presence", "reason"), [
    (Presence.AWAY, StayReason.AWAY),
    (Presence.DEPARTED, StayReason.DEPARTED),
])  # fmt: skip
def test_who_is_not_there_gets_nothing_and_deputies_by_choice(
    presence: Presence, reason: StayReason
) -> None:
    absent = Recipient("mgr_li", presence, deputy_id="mgr_wang")
    one = Rule(RuleKind.EVENLY, ["mgr_li"])
    assert stays(plan_tasks(tasks(2), [absent, WANG], one)) == {reason: 2}
    stands_in = Rule(RuleKind.EVENLY, ["mgr_li"], use_deputies=True)
    assert got(plan_tasks(tasks(2), [absent, WANG], stands_in)) == {"mgr_wang": 2}
    both = Rule(RuleKind.EVENLY, ["mgr_li", "mgr_wang", "mgr_zhao"], use_deputies=True)
    assert got(plan_tasks(tasks(4), [absent, WANG, ZHAO], both)) == {"mgr_wang": 2, "mgr_zhao": 2}
    away_too = Recipient("mgr_wang", Presence.AWAY)
    assert stays(plan_tasks(tasks(2), [absent, away_too], stands_in)) == {reason: 2}


def test_by_class_each_class_evenly_and_others_by_choice() -> None:
    gold = [Assignable(f"g{n}", "own", customer_class="gold") for n in range(4)]
    none = [Assignable(f"n{n}", "own") for n in range(2)]
    classes = {"gold": ["mgr_li", "mgr_wang"]}
    plan = plan_tasks([*gold, *none], [LI, WANG, ZHAO], Rule(RuleKind.CLASS, classes=classes))
    assert got(plan) == {"mgr_li": 2, "mgr_wang": 2}
    assert stays(plan) == {StayReason.NO_RECIPIENT: 2}
    plan = plan_tasks([*gold, *none], [LI, WANG, ZHAO], Rule(RuleKind.CLASS, ["mgr_zhao"], classes))
    assert got(plan) == dict.fromkeys(ALL, 2)


def test_by_skill_only_to_who_has_it() -> None:
    able = Recipient("mgr_wang", skills=frozenset({"fibre"}))
    rule = Rule(RuleKind.SKILL, ["mgr_li", "mgr_wang"], skills={"fibre-upgrade": "fibre"})
    some = [*tasks(2), *(Assignable(f"f{n}", "fibre-upgrade") for n in range(3))]
    plan = plan_tasks(some, [LI, able], rule)
    assert {one.to_manager_id for one in plan.moves if one.task_id[0] == "f"} == {"mgr_wang"}
    unable = plan_tasks(some, [LI], Rule(RuleKind.SKILL, ["mgr_li"], skills=rule.skills))
    assert stays(unable) == {StayReason.NO_RECIPIENT: 3}


def test_by_hand_also_what_somebody_has_taken() -> None:
    taken = Assignable("t1", "complaint", manager_id="mgr_li", is_taken=True)
    even = plan_tasks([taken], [LI, WANG], Rule(RuleKind.EVENLY, ["mgr_wang"]))
    assert stays(even) == {StayReason.TAKEN: 1}
    plan = plan_tasks([taken], [LI, WANG], Rule(RuleKind.HAND, pairs={"t1": "mgr_wang"}))
    assert got(plan) == {"mgr_wang": 1}
    assert stays(plan_tasks([taken], [LI], Rule(RuleKind.HAND))) == {StayReason.NO_RECIPIENT: 1}


def test_what_is_closed_stays() -> None:
    plan = plan_tasks(tasks(3, is_open=False), [LI], Rule(RuleKind.EVENLY, ["mgr_li"]))
    assert stays(plan) == {StayReason.CLOSED: 3}


def test_another_plan_has_another_tag() -> None:
    rule = Rule(RuleKind.EVENLY, ALL)
    tags = {
        plan_tasks(tasks(4), [LI, WANG, ZHAO], rule).tag(),
        plan_tasks(tasks(5), [LI, WANG, ZHAO], rule).tag(),
        plan_tasks(tasks(4, manager_id="mgr_li"), [LI, WANG, ZHAO], rule).tag(),
        plan_tasks(tasks(4), [LI, WANG], Rule(RuleKind.EVENLY, ALL[:2])).tag(),
        plan_tasks(tasks(4, is_open=False), [LI, WANG, ZHAO], rule).tag(),
    }
    assert len(tags) == 5


Office = tuple[list[Assignable], list[Recipient], Rule]
_PRESENCES = [Presence.THERE] * 4 + [Presence.AWAY, Presence.DEPARTED]
_IDS = [f"mgr_{place}" for place in range(12)]


def office(seed: int) -> Office:
    """Return some tasks, managers and a rule: drawing each by itself would take seconds."""
    draw = random.Random(seed)
    known = _IDS[: draw.randint(1, len(_IDS))]
    recipients = [
        Recipient(
            manager_id,
            draw.choice(_PRESENCES),
            draw.choice([None, *_IDS]),
            frozenset(draw.sample("abc", draw.randint(0, 2))),
            draw.randint(0, 20),
        )
        for manager_id in known
    ]
    some = [
        Assignable(
            f"tsk_{place:03}",
            draw.choice(["renewal", "survey", "own-1"]),
            draw.choice([None, *known]),
            draw.choice([None, *known, "mgr_outside"]),
            draw.choice([None, "gold", "silver"]),
            is_open=draw.random() < 0.9,
            is_taken=draw.random() < 0.1,
        )
        for place in range(draw.randint(0, 80))
    ]
    rule = Rule(
        draw.choice(list(RuleKind)),
        draw.sample(known, draw.randint(0, len(known))),
        {"gold": draw.sample(known, draw.randint(1, len(known)))},
        {"survey": "a"},
        {one.task_id: draw.choice(known) for one in some if draw.random() < 0.5},
        draw.choice(list(Balance)),
        draw.random() < 0.5,
    )
    return some, recipients, rule


OFFICES = st.integers(0, 2**32).map(office)


@given(OFFICES)
def test_each_task_once_to_somebody_who_is_there(
    drawn: Office,
) -> None:
    some, recipients, rule = drawn
    plan = plan_tasks(some, recipients, rule)
    planned = [one.task_id for one in plan.moves] + [task_id for task_id, _ in plan.kept]
    left = [task_id for ids in plan.left_out.values() for task_id in ids]
    assert sorted([*planned, *left]) == [one.task_id for one in some]
    there = {one.manager_id for one in recipients if one.presence is Presence.THERE}
    assert {one.to_manager_id for one in plan.moves} <= there
    assert {manager_id for _, manager_id in plan.kept} <= there
    before = {one.task_id: one.manager_id for one in some}
    assert all(one.from_manager_id == before[one.task_id] for one in plan.moves)
    assert all(one.to_manager_id != one.from_manager_id for one in plan.moves)


@given(OFFICES, st.randoms(use_true_random=False))
def test_the_order_of_what_is_given_changes_nothing(drawn: Office, shuffler: random.Random) -> None:
    some, recipients, rule = drawn
    first = plan_tasks(some, recipients, rule)
    some, recipients = list(some), list(recipients)
    shuffler.shuffle(some)
    shuffler.shuffle(recipients)
    second = plan_tasks(some, recipients, rule)
    assert second.tag() == first.tag()
    assert second.shares() == first.shares()


@given(OFFICES)
def test_whoever_shares_has_one_more_at_most(
    drawn: Office,
) -> None:
    some, recipients, rule = drawn
    rule = Rule(RuleKind.EVENLY, rule.manager_ids, balance=rule.balance)
    plan = plan_tasks(some, recipients, rule)
    there = {one.manager_id: one for one in recipients if one.presence is Presence.THERE}
    pool = [there[one] for one in rule.manager_ids if one in there]
    number = Counter(got(plan))
    base = {one.manager_id: one.load if rule.balance is Balance.TOTAL else 0 for one in pool}
    for one in pool:
        if number[one.manager_id] == 0:
            continue
        has = base[one.manager_id] + number[one.manager_id]
        for other in pool:
            assert has <= base[other.manager_id] + number[other.manager_id] + 1


@given(OFFICES)
def test_once_carried_out_it_has_nothing_left_to_move(
    drawn: Office,
) -> None:
    some, recipients, rule = drawn
    new = {one.task_id: one.to_manager_id for one in plan_tasks(some, recipients, rule).moves}
    after = [
        Assignable(
            one.task_id,
            one.type_name,
            new.get(one.task_id, one.manager_id),
            one.owner_id,
            one.customer_class,
            one.is_open,
            one.is_taken,
        )
        for one in some
    ]
    again = plan_tasks(after, recipients, rule)
    if rule.kind in {RuleKind.EVENLY, RuleKind.OWNER, RuleKind.HAND}:
        assert again.moves == []
