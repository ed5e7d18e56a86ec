"""What a month's plan promises, over whatever customers, contacts, leave and capacity."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from voicegw.directory.calendar import MainlandCalendar
from voicegw.model.plan import (
    SHIPPED_RULES,
    Cadence,
    Every,
    EveryUnit,
    Infeasibility,
    Plan,
    PlanRule,
    Who,
)
from voicegw.model.task import Priority
from voicegw.tasks.cadence import (
    ManagerMonth,
    MonthOrder,
    MonthPlan,
    PlannedCustomer,
    PlannedTask,
    Standing,
    plan_month,
)
from voicegw.tasks.visiting import month_days, visiting_days

CORE, POTENTIAL, REGULAR, ASSISTED, TOP = range(5)
RULES = tuple(SHIPPED_RULES)
MONTHS = ("2026-01", "2026-02", "2026-03", "2026-06", "2026-10", "2026-12")


def ordinal(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def order_of(
    month: str = "2026-12",
    *,
    managers: dict[str, ManagerMonth] | None = None,
    capacity: int = 30,
    today: str | None = None,
    begun: str | None = None,
    months_known: int = 12,
    rules: Sequence[PlanRule] = RULES,
    target: int = 0,
) -> MonthOrder:
    """Return an order for a month; by default one manager is there on all its visiting days."""
    days = month_days(month)
    visits = [day.toordinal() for day in visiting_days(Plan("p", "p"), days, MainlandCalendar())]
    first = days[0]
    starts = [first]
    while len(starts) < 4:
        starts.append((starts[-1] - timedelta(days=1)).replace(day=1))
    now = first.toordinal() if today is None else ordinal(today)
    planned = now if begun is None else ordinal(begun)
    return MonthOrder(
        rules,
        first.toordinal(),
        days[-1].toordinal(),
        now,
        min((day for day in visits if day >= planned), default=planned),
        [start.toordinal() for start in starts],
        months_known,
        target,
        {"m0": ManagerMonth(visits, capacity)} if managers is None else managers,
        not visits,
    )


def customer(number: int, rule: int = CORE, **fields: object) -> PlannedCustomer:
    one = PlannedCustomer(f"cus_{number:05}", rule, "m0", "grp")
    return replace(one, **fields)  # type: ignore[arg-type]


def standing_of(plan: MonthPlan) -> list[Standing]:
    """Return what the next run finds of `plan`."""
    return [
        Standing(one.customer_id, one.cadence.name, one.number, one.manager_id, one.day)
        for one in plan.tasks
    ]


def days_of(plan: MonthPlan) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for one in plan.tasks:
        found[one.customer_id].append(one.day)
    return {name: sorted(days) for name, days in found.items()}


def spread_of(plan: MonthPlan, month: ManagerMonth, name: str = "m0") -> list[int]:
    count = Counter(one.day for one in plan.tasks if one.manager_id == name)
    return [count[day] for day in month.days]


@st.composite
def worlds(draw: st.DrawFn) -> tuple[MonthOrder, list[PlannedCustomer]]:
    """Draw managers with leave and capacities, customers of all rules with past contacts."""
    month = draw(st.sampled_from(MONTHS))
    base = order_of(month)
    visits = base.managers["m0"].days
    names = [f"m{number}" for number in range(draw(st.integers(1, 3)))]
    managers = {}
    for name in names:
        there = [day for day in visits if draw(st.integers(0, 5))]
        managers[name] = ManagerMonth(there, draw(st.integers(1, 8)))
    owners = st.sampled_from([*names, None, "gone"])
    past = st.none() | st.integers(base.first - 70, base.first - 1)
    customers = [
        PlannedCustomer(
            f"cus_{number:05}",
            draw(st.integers(0, 4)),
            draw(owners),
            "grp",
            draw(st.integers(0, 9)) == 0,
            draw(past),
            draw(past),
        )
        for number in range(draw(st.integers(0, 40)))
    ]
    return replace(base, managers=managers, months_known=draw(st.integers(0, 3))), customers


@settings(max_examples=60)
@given(worlds())
def test_nothing_lies_on_a_day_off_or_beyond_capacity_and_what_is_missing_has_its_reason(
    world: tuple[MonthOrder, list[PlannedCustomer]],
) -> None:
    order, customers = world
    plan = plan_month(order, customers)
    loads = Counter((one.manager_id, one.day) for one in plan.tasks)
    for (name, day), load in loads.items():
        assert day in order.managers[name].days
        assert load <= order.managers[name].capacity
    known = {one.id: one for one in customers}
    for task in plan.tasks:
        assert known[task.customer_id].owner_id == task.manager_id
        assert not known[task.customer_id].is_do_not_call
    for one in plan.missing:
        owner = known[one.customer_id].owner_id
        expected = {
            Infeasibility.DO_NOT_CALL: known[one.customer_id].is_do_not_call,
            Infeasibility.NO_OWNER: owner not in order.managers,
            Infeasibility.MANAGER_AWAY: owner in order.managers
            and not order.managers[owner or ""].days,
            Infeasibility.NO_VISITING_DAY: owner in order.managers,
            Infeasibility.OVER_CAPACITY: owner in order.managers,
        }
        assert expected[one.reason]


@settings(max_examples=60)
@given(worlds())
def test_no_customer_has_two_contacts_on_a_day_and_no_key_comes_twice(
    world: tuple[MonthOrder, list[PlannedCustomer]],
) -> None:
    order, customers = world
    plan = plan_month(order, customers)
    for days in days_of(plan).values():
        assert len(set(days)) == len(days)
    keys = [(one.customer_id, one.cadence.name, one.number) for one in plan.tasks]
    assert len(set(keys)) == len(keys)


@settings(max_examples=60)
@given(worlds(), st.randoms())
def test_the_same_customers_in_any_order_lead_to_the_same_plan(
    world: tuple[MonthOrder, list[PlannedCustomer]], random: object
) -> None:
    order, customers = world
    shuffled = [*customers]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    first, second = plan_month(order, customers), plan_month(order, shuffled)
    assert first.tasks == second.tasks
    assert first.missing == second.missing


@st.composite
def busy_managers(draw: st.DrawFn) -> tuple[MonthOrder, list[PlannedCustomer]]:
    """Draw a manager with days of leave, and customers contacted at any time of the past."""
    month = draw(st.sampled_from(MONTHS))
    base = order_of(month)
    there = [day for day in base.managers["m0"].days if draw(st.integers(0, 7))]
    capacity = draw(st.integers(3, 40))
    past = st.none() | st.integers(base.first - 70, base.first - 1)
    kinds = draw(st.lists(st.integers(0, 4), min_size=1, max_size=4))
    customers = [
        customer(
            number,
            draw(st.sampled_from(kinds)),
            last_contact=draw(past),
            last_visit=draw(past),
        )
        for number in range(draw(st.integers(0, 80)))
    ]
    managers = {"m0": ManagerMonth(there, capacity)}
    return replace(base, managers=managers), customers


def moved_of(plan: MonthPlan) -> list[PlannedTask]:
    """Return the tasks that are new, or lie on another day or with another manager now."""
    return [
        one
        for one in plan.tasks
        if one.was is None or (one.was.day, one.was.manager_id) != (one.day, one.manager_id)
    ]


@settings(max_examples=100)
@given(worlds() | busy_managers())
def test_the_same_run_again_changes_nothing(
    world: tuple[MonthOrder, list[PlannedCustomer]],
) -> None:
    order, customers = world
    first = plan_month(order, customers)
    again = plan_month(order, customers, standing_of(first))
    assert again.withdrawn == []
    assert moved_of(again) == []
    assert len(again.tasks) == len(first.tasks)
    assert again.missing == first.missing
    assert again.deferred == first.deferred


@st.composite
def changed_worlds(
    draw: st.DrawFn,
) -> tuple[MonthOrder, list[PlannedCustomer], MonthOrder, list[PlannedCustomer]]:
    """Draw a month and the same after a change: leave, capacity, customers, talks."""
    order, customers = draw(worlds() | busy_managers())
    name = draw(st.sampled_from(sorted(order.managers)))
    month = order.managers[name]
    changed = [*customers]
    what = draw(st.sampled_from(["leave", "capacity", "gone", "new", "talk", "owner", "refuses"]))
    if what == "leave" and month.days:
        away = draw(st.sampled_from(list(month.days)))
        month = replace(month, days=[day for day in month.days if day != away])
    elif what == "capacity":
        month = replace(month, capacity=draw(st.integers(1, 8)))
    elif what == "new":
        changed += [replace(customer(90_000, draw(st.integers(0, 4))), owner_id=name)]
    elif changed:
        place = draw(st.integers(0, len(changed) - 1))
        one = changed.pop(place)
        if what == "talk":
            changed.insert(place, replace(one, last_contact=order.first - 1))
        elif what == "owner":
            changed.insert(place, replace(one, owner_id=name))
        elif what == "refuses":
            changed.insert(place, replace(one, is_do_not_call=True))
    return order, customers, replace(order, managers={**order.managers, name: month}), changed


@settings(max_examples=100)
@given(changed_worlds())
def test_a_run_after_a_change_comes_to_an_end_at_once(
    worlds_of: tuple[MonthOrder, list[PlannedCustomer], MonthOrder, list[PlannedCustomer]],
) -> None:
    before, customers, after, changed = worlds_of
    second = plan_month(after, changed, standing_of(plan_month(before, customers)))
    third = plan_month(after, changed, standing_of(second))
    assert third.withdrawn == []
    assert moved_of(third) == []
    assert third.missing == second.missing


@settings(max_examples=100)
@given(changed_worlds())
def test_what_stands_is_moved_only_for_what_has_changed_or_for_even_days(
    worlds_of: tuple[MonthOrder, list[PlannedCustomer], MonthOrder, list[PlannedCustomer]],
) -> None:
    before, customers, after, changed = worlds_of
    first = plan_month(before, customers)
    second = plan_month(after, changed, standing_of(first))
    known = {one.id: one for one in customers}
    same = {one.id for one in changed if known.get(one.id) == one}
    for name, month in after.managers.items():
        had = before.managers[name]
        owned = [one for one in [*customers, *changed] if one.owner_id == name]
        if had == month and all(one.id in same for one in owned):
            assert not [one for one in moved_of(second) if one.manager_id == name]
            continue
        # Each contact that has come or gone, or has lost its day, sets off one chain at most.
        before_it = {(one.customer_id, one.number) for one in first.tasks if one.manager_id == name}
        after_it = {(one.customer_id, one.number) for one in second.tasks if one.manager_id == name}
        lost = [one for one in first.tasks if one.manager_id == name and one.day not in month.days]
        others = [one for one in second.tasks if one.customer_id not in same]
        events = len(before_it ^ after_it) + len(lost) + len(others)
        moved = [one for one in moved_of(second) if one.manager_id == name]
        assert len(moved) <= events * max(1, len(month.days))


def test_one_customer_more_or_less_moves_nothing_while_days_stay_even() -> None:
    order = order_of("2026-12", capacity=100)
    customers = [customer(number, POTENTIAL) for number in range(90)]
    first = plan_month(order, customers)
    busiest = Counter(one.day for one in first.tasks).most_common(1)[0][0]
    gone = next(one.customer_id for one in first.tasks if one.day == busiest)
    rest = [one for one in customers if one.id != gone]
    less = plan_month(order, rest, standing_of(first))
    assert moved_of(less) == []
    assert [one.customer_id for one in less.withdrawn] == [gone]
    more = plan_month(order, customers, standing_of(less))
    assert [one.customer_id for one in moved_of(more)] == [gone]


@settings(max_examples=60)
@given(busy_managers(), st.integers(1, 20))
def test_days_that_pass_move_nothing_of_customers_whose_contacts_are_still_ahead(
    world: tuple[MonthOrder, list[PlannedCustomer]], passed: int
) -> None:
    order, customers = world
    monthly = [one for one in customers if one.rule not in (CORE, ASSISTED)]
    first = plan_month(order, monthly)
    today = order.first + passed
    standing = [replace(one, is_fixed=one.day < today) for one in standing_of(first)]
    later = plan_month(replace(order, today=today), monthly, standing)
    assert later.withdrawn == []
    assert [one for one in moved_of(later) if one.was is not None] == []


def test_days_that_pass_shift_no_due_day_of_who_was_never_called() -> None:
    order = order_of("2026-12", capacity=100)
    customers = [customer(number) for number in range(40)]
    first = plan_month(order, customers)
    for today in range(order.first, order.first + 14):
        standing = [replace(one, is_fixed=one.day < today) for one in standing_of(first)]
        begun = {one.customer_id for one in standing if one.is_fixed}
        later = plan_month(replace(order, today=today), customers, standing)
        ahead = {(one.customer_id, one.number) for one in standing if one.customer_id not in begun}
        kept = {(one.customer_id, one.number) for one in later.tasks}
        assert ahead <= kept
        assert not {one.customer_id for one in later.withdrawn} - begun


def test_two_days_of_leave_at_the_beginning_shift_no_due_day() -> None:
    order = order_of("2026-12", capacity=100)
    customers = [customer(number) for number in range(60)]
    first = plan_month(order, customers)
    days = order.managers["m0"].days
    away = replace(order, managers={"m0": ManagerMonth(days[1:], 100)})
    second = plan_month(away, customers, standing_of(first))
    lost = [one for one in first.tasks if one.day == days[0]]
    assert second.withdrawn == []
    assert len(second.tasks) == len(first.tasks)
    # Days are even all the same: each that has lost its day goes on a chain from week to week.
    assert max(spread_of(second, away.managers["m0"])) == 10
    assert len(lost) <= len(moved_of(second)) <= 6 * len(lost)


@settings(max_examples=60)
@given(busy_managers())
def test_days_differ_by_one_task_unless_contacts_that_have_happened_leave_no_way(
    world: tuple[MonthOrder, list[PlannedCustomer]],
) -> None:
    order, customers = world
    plan = plan_month(order, customers)
    month = order.managers["m0"]
    loads = spread_of(plan, month)
    if not loads or max(loads) - min(loads) <= 1:
        assert plan.uneven == 0
        return
    assert plan.uneven == 1
    # Then no single task may move from a day to another with two less: it would come too soon after
    # a contact, too near to the customer's next, or on its day.
    known = {one.id: one for one in customers}
    days = days_of(plan)
    count = dict(zip(month.days, loads, strict=True))
    for task in plan.tasks:
        one = known[task.customer_id]
        is_visit = task.cadence.name == "top-tier-visit"
        last = one.last_visit if is_visit else one.last_contact
        others = [day for day in days[one.id] if day != task.day]
        every = task.cadence.every
        for day in month.days:
            if count[day] > count[task.day] - 2 or day in others:
                continue
            too_soon = last is not None and day < last + every.days // 2
            due_is_far = every.unit is EveryUnit.WEEKS and abs(day - task.day) > 1
            assert too_soon or due_is_far, (task, day)


@settings(max_examples=60)
@given(
    st.sampled_from(MONTHS),
    st.lists(st.sampled_from((CORE, POTENTIAL, REGULAR, ASSISTED, TOP)), max_size=120),
    st.randoms(use_true_random=False),
)
def test_days_are_even_for_customers_nobody_has_spoken_to_lately(
    month: str, kinds: list[int], random: object
) -> None:
    order = order_of(month, capacity=200)
    customers = [
        customer(number, kind, last_contact=order.first - 70 - random.randrange(99))  # type: ignore[attr-defined]
        for number, kind in enumerate(kinds)
    ]
    plan = plan_month(order, customers)
    loads = spread_of(plan, order.managers["m0"])
    assert max(loads) - min(loads) <= 1


@settings(max_examples=60)
@given(worlds())
def test_two_months_together_cover_every_customer_or_say_why_not(
    world: tuple[MonthOrder, list[PlannedCustomer]],
) -> None:
    order, customers = world
    first = plan_month(replace(order, months_known=0), customers)
    last_day = days_of(first)
    day_after = date.fromordinal(order.last + 1)
    following = order_of(day_after.isoformat()[:7])
    managers = {
        name: ManagerMonth(following.managers["m0"].days, month.capacity)
        for name, month in order.managers.items()
    }
    later = [
        replace(
            one,
            last_contact=max([one.last_contact or 0, *last_day.get(one.id, ())]) or None,
            last_visit=max(
                [
                    one.last_visit or 0,
                    *(
                        task.day
                        for task in first.tasks
                        if task.customer_id == one.id and task.cadence.name == "top-tier-visit"
                    ),
                ]
            )
            or None,
        )
        for one in customers
    ]
    second = plan_month(replace(following, managers=managers, months_known=1), later)
    planned = {one.customer_id for one in [*first.tasks, *second.tasks]}
    named = {one.customer_id for one in [*first.missing, *second.missing]}
    spoken_to = {
        one.id
        for one in customers
        if one.last_contact is not None and one.last_contact >= order.month_starts[1]
    }
    for one in customers:
        assert one.id in planned or one.id in named or one.id in spoken_to
    # Who was spoken to the month before the first one is due in these two at the latest.
    for one in customers:
        if one.rule != TOP:
            assert one.id in planned or one.id in named


@settings(max_examples=60)
@given(
    st.sampled_from(MONTHS),
    st.lists(st.none() | st.integers(1, 40), min_size=1, max_size=60),
)
def test_contacts_of_two_weeks_are_ten_to_eighteen_days_apart_where_days_need_not_be_evened_out(
    month: str, ago: list[int | None]
) -> None:
    order = order_of(month, capacity=500)
    customers = [
        customer(number, last_contact=None if one is None else order.first - one)
        for number, one in enumerate(ago)
    ]
    plan = plan_month(order, customers)
    known = {one.id: one.last_contact for one in customers}
    strays = 0
    for name, days in days_of(plan).items():
        last = known[name]
        is_late = last is not None and last + 14 < order.managers["m0"].days[0]
        before = [] if last is None or is_late else [last]
        gaps = [
            later - sooner
            for sooner, later in zip([*before, *days], [*before, *days][1:], strict=False)
        ]
        assert all(gap >= 2 for gap in gaps)
        if before:
            assert gaps[0] >= 7
        strays += any(not 10 <= gap <= 18 for gap in gaps)
    assert strays <= plan.off_cadence + len(plan.missing)


def test_a_talk_last_week_shifts_the_next_contact() -> None:
    order = order_of("2026-12")
    talked = ordinal("2026-11-27")
    plan = plan_month(order, [customer(1, last_contact=talked)])
    days = days_of(plan)["cus_00001"]
    assert len(days) == 2
    assert 10 <= days[0] - talked <= 18
    assert 10 <= days[1] - days[0] <= 18
    early = plan_month(order, [customer(1, last_contact=ordinal("2026-11-19"))])
    assert days_of(early)["cus_00001"][0] < days[0]


def test_a_talk_in_the_month_is_that_month_s_contact() -> None:
    order = order_of("2026-12", today="2026-12-03")
    talked = customer(1, POTENTIAL, last_contact=ordinal("2026-12-02"))
    waiting = Standing(talked.id, "potential", 1, "m0", ordinal("2026-12-16"))
    plan = plan_month(order, [talked], [waiting])
    assert plan.tasks == []
    assert plan.withdrawn == [waiting]


def test_what_is_begun_or_set_by_the_customer_stays_and_counts() -> None:
    order = order_of("2026-12")
    one = customer(1)
    first = plan_month(order, [one])
    agreed = ordinal("2026-12-05")  # a Saturday: the customer has first say
    standing = [
        replace(task, is_fixed=True, day=agreed) if task.number == 1 else task
        for task in standing_of(first)
    ]
    plan = plan_month(order, [one], standing)
    assert plan.withdrawn == []
    assert [task.number for task in plan.tasks] == [2]


def test_a_task_that_somebody_cancelled_is_not_planned_again() -> None:
    order = order_of("2026-12")
    one = customer(1, POTENTIAL)
    cancelled = Standing(
        one.id, "potential", 1, "m0", ordinal("2026-12-09"), is_fixed=True, is_counted=False
    )
    assert plan_month(order, [one], [cancelled]).tasks == []


def test_a_number_that_was_taken_back_is_not_used_again() -> None:
    order = order_of("2026-12")
    one = customer(1, POTENTIAL)
    gone = Standing(
        one.id, "potential", 1, "m0", ordinal("2026-12-09"), is_counted=False, is_used=False
    )
    assert [task.number for task in plan_month(order, [one], [gone]).tasks] == [2]


def test_a_day_of_leave_moves_what_lies_on_it_and_nothing_else() -> None:
    order = order_of("2026-12", capacity=100)
    customers = [customer(number, POTENTIAL) for number in range(28)]
    first = plan_month(order, customers)
    days = order.managers["m0"].days
    away = replace(order, managers={"m0": ManagerMonth(days[1:], 100)})
    second = plan_month(away, customers, standing_of(first))
    moved = [one for one in second.tasks if one.was is None or one.was.day != one.day]
    assert {one.was.day for one in moved if one.was is not None} == {days[0]}
    assert max(spread_of(second, away.managers["m0"])) == 3


def test_a_customer_of_another_manager_now_moves_along() -> None:
    order = order_of("2026-12")
    days = order.managers["m0"].days
    both = replace(order, managers={"m0": ManagerMonth(days, 30), "m1": ManagerMonth(days, 30)})
    one = customer(1, POTENTIAL)
    first = plan_month(both, [one])
    second = plan_month(both, [replace(one, owner_id="m1")], standing_of(first))
    assert [(task.manager_id, task.day) for task in second.tasks] == [("m1", first.tasks[0].day)]


def test_over_capacity_says_how_many_too_many_and_the_most_important_have_their_place() -> None:
    order = order_of("2026-12", capacity=1)
    places = len(order.managers["m0"].days)
    customers = [customer(number, CORE if number < 3 else POTENTIAL) for number in range(40)]
    plan = plan_month(order, customers)
    assert len(plan.tasks) == places
    assert {one.reason for one in plan.missing} == {Infeasibility.OVER_CAPACITY}
    assert len(plan.missing) == 3 * 2 + 37 - places
    assert not [one for one in plan.missing if one.cadence == "core" and one.number == 1]


def test_a_month_with_nobody_there_names_everybody() -> None:
    order = order_of("2026-12", managers={"m0": ManagerMonth([], 30)})
    plan = plan_month(order, [customer(1, POTENTIAL)])
    assert [one.reason for one in plan.missing] == [Infeasibility.MANAGER_AWAY]
    empty = replace(order, is_month_empty=True)
    plan = plan_month(empty, [customer(1, POTENTIAL)])
    assert [one.reason for one in plan.missing] == [Infeasibility.NO_VISITING_DAY]


def test_a_young_plan_shares_two_months_out_and_fills_days_up_to_the_target() -> None:
    customers = [customer(number, REGULAR) for number in range(300)]
    first = plan_month(order_of("2026-12", months_known=0), customers)
    assert (len(first.tasks), first.deferred) == (150, 150)
    to_target = order_of("2026-12", months_known=0, target=15)
    filled = plan_month(to_target, customers)
    assert len(filled.tasks) == 15 * len(to_target.managers["m0"].days)


def test_a_tier_with_two_cadences_has_a_call_each_month_and_a_visit_every_two() -> None:
    order = order_of("2026-12")
    plan = plan_month(order, [customer(1, TOP, last_contact=ordinal("2026-11-02"))])
    assert sorted(one.cadence.name for one in plan.tasks) == ["top-tier-call", "top-tier-visit"]
    visited = ordinal("2026-11-12")
    plan = plan_month(order, [customer(1, TOP, last_contact=visited, last_visit=visited)])
    assert [one.cadence.name for one in plan.tasks] == ["top-tier-call"]


def test_a_rule_without_cadences_plans_nothing() -> None:
    rules = (PlanRule(Who(tiers=("<30",))),)
    assert plan_month(order_of(rules=rules), [customer(1, 0)]) == MonthPlan(
        below_target=0, loads={}
    )


def test_standing_tasks_of_customers_the_plan_no_longer_covers_are_withdrawn() -> None:
    left = Standing("cus_gone", "core", 1, "m0", ordinal("2026-12-09"))
    begun = Standing("cus_gone", "core", 2, "m0", ordinal("2026-12-21"), is_fixed=True)
    assert plan_month(order_of(), [], [left, begun]).withdrawn == [left]


def test_a_cadence_of_a_week_comes_every_week() -> None:
    weekly = Cadence("weekly", Every(1, EveryUnit.WEEKS), priority=Priority.URGENT)
    rules = (PlanRule(Who(), (weekly,)),)
    plan = plan_month(order_of(rules=rules), [customer(1, 0)])
    assert len(plan.tasks) == 4


@settings(max_examples=30)
@given(worlds(), st.randoms(use_true_random=False))
def test_tasks_of_other_plans_take_their_part_of_days_and_of_capacity(
    world: tuple[MonthOrder, list[PlannedCustomer]], chance: random.Random
) -> None:
    order, customers = world
    others = {
        name: [chance.choice(month.days) for _ in range(chance.randint(0, month.capacity))]
        for name, month in order.managers.items()
        if month.days
    }
    plan = plan_month(replace(order, others=others), customers)
    own = Counter((one.manager_id, one.day) for one in plan.tasks)
    assert dict(own) == plan.loads
    for (name, day), count in own.items():
        theirs = others.get(name, []).count(day)
        assert count + theirs <= order.managers[name].capacity


def test_days_are_even_with_what_other_plans_have_put_there() -> None:
    order = order_of()
    full, *free = order.managers["m0"].days
    customers = [customer(number, POTENTIAL) for number in range(2 * len(free))]
    plan = plan_month(replace(order, others={"m0": [full] * 5}), customers)
    assert {day for _, day in plan.loads} == set(free)
    assert set(plan.loads.values()) == {2}
