"""Which contacts a month brings for whom, and on which day: a cadence plan's arithmetic. Pure.

Days are :meth:`datetime.date.toordinal` numbers. What is promised, in this order:

1. Nothing lies on a day on which its manager can't, or beyond the manager's capacity, of which
   other plans' tasks take their part; a contact that finds no place is named with its reason, and
   the most important ones find theirs first.
2. What is begun, done, or set by the customer stays where it is; what is planned already and may
   stay, stays. So the same run again changes nothing, and a run after a change only what it must.
3. A contact that has happened counts: the next one is due an interval later, and lies half an
   interval later at least. A cadence of months wants one contact in each span of so many months.
4. A manager's days differ by one task at most, as far as (3) leaves a way.
5. A contact lies close to its due day: two of a cadence of weeks are an interval apart, give or
   take two sevenths of it (10 to 18 days for two weeks), unless (4) or absences ask for more.

When a plan is young, contacts of several months are shared out over these months instead of all
being due at once: they are *deferred*.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from voicegw.model.plan import Cadence, ContactChannel, EveryUnit, Infeasibility, PlanRule
from voicegw.model.task import RANKS
from voicegw.tasks.levelling import Job, settled


@dataclass(frozen=True, slots=True)
class PlannedCustomer:
    """A customer to whom `rule` applies (its place among the plan's rules).

    `last_contact` is the day of the last contact by whatever way, or for which one is planned in an
    earlier month; `last_visit` the same of visits only.
    """

    id: str
    rule: int
    owner_id: str | None
    group_id: str
    is_do_not_call: bool = False
    last_contact: int | None = None
    last_visit: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A task that the month has already.

    `is_fixed`: it is begun, over, or its time was set by the customer; `is_counted`: its day has a
    task because of it (it is not cancelled). A task that a plan has taken back is not `is_used`:
    only its number is taken.
    """

    customer_id: str
    cadence: str
    number: int
    manager_id: str | None
    day: int
    is_fixed: bool = False
    is_counted: bool = True
    is_used: bool = True
    group_id: str | None = None
    task_id: str = ""
    is_new: bool = False
    """Whether the same run has made it, before it was interrupted."""


@dataclass(frozen=True, slots=True)
class ManagerMonth:
    """The visiting days that a manager has in the month, in order, and the most tasks a day."""

    days: Sequence[int]
    capacity: int


@dataclass(frozen=True, slots=True)
class MonthOrder:
    """What a month is planned by.

    `first` and `last` are its days; nothing is put on a day before `today`. `begun` is the visiting
    day from which on it was planned at first: what is due is reckoned from there, so that it is due
    on the same days in every later run. `month_starts` are the first days of this month, the one
    before, and so on, as far back as the longest cadence of months. `months_known` is how many of
    the months before were planned, without a gap.
    """

    rules: Sequence[PlanRule]
    first: int
    last: int
    today: int
    begun: int
    month_starts: Sequence[int]
    months_known: int
    target_per_day: int
    managers: Mapping[str, ManagerMonth]
    is_month_empty: bool = False
    """Whether the month has no visiting day left for anybody."""
    others: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """The days, by manager, on which tasks of other plans lie: one day for each task."""


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """A contact with its day. `was` is the task that it has already, if it has one."""

    customer_id: str
    cadence: Cadence
    number: int
    manager_id: str
    group_id: str
    day: int
    was: Standing | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """A contact that is not planned, and why."""

    customer_id: str
    cadence: str
    number: int
    reason: Infeasibility
    manager_id: str | None
    group_id: str


@dataclass(slots=True)
class MonthPlan:
    """What comes of a month: `tasks` are those that may still be moved."""

    tasks: list[PlannedTask] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    withdrawn: list[Standing] = field(default_factory=list)
    deferred: int = 0
    uneven: int = 0
    off_cadence: int = 0
    below_target: int = 0
    loads: dict[tuple[str, int], int] = field(default_factory=dict)
    """How many of the plan's tasks each manager has on each day, those that can't be moved, too."""


@dataclass(slots=True)
class _Wish:
    """One contact that is wanted, before it has a day."""

    customer: PlannedCustomer
    cadence: Cadence
    due: int
    windows: Sequence[tuple[int, int]]
    """First and last day, from narrow to wide."""
    was: Standing | None = None
    number: int = 0
    may_wait: bool = False
    job: Job | None = None


def tolerance_days(cadence: Cadence) -> int:
    """Return by how much two contacts of a cadence of weeks may be nearer or further than due."""
    return cadence.every.days * 2 // 7


def plan_month(
    order: MonthOrder,
    customers: Iterable[PlannedCustomer],
    standing: Iterable[Standing] = (),
) -> MonthPlan:
    """Return the month's plan. The same order and customers, however sorted, lead to the same."""
    by_customer: dict[str, list[Standing]] = defaultdict(list)
    for one in standing:
        by_customer[one.customer_id].append(one)
    by_owner: dict[str | None, list[PlannedCustomer]] = defaultdict(list)
    plan = MonthPlan()
    for customer in sorted(customers, key=lambda one: one.id):
        by_owner[customer.owner_id if customer.owner_id in order.managers else None].append(
            customer
        )
    fixed: dict[str, list[int]] = defaultdict(list)
    for tasks in by_customer.values():
        for one in tasks:
            if one.is_fixed and one.is_counted and one.manager_id is not None:
                fixed[one.manager_id].append(one.day)
    for owner_id in sorted(by_owner, key=lambda one: one or ""):
        month = None if owner_id is None else order.managers[owner_id]
        own = _Manager(order, plan, owner_id, month, fixed.get(owner_id or "", ()))
        own.run(by_owner[owner_id], by_customer)
    for tasks in by_customer.values():  # of customers to whom the plan applies no more
        plan.withdrawn += [one for one in tasks if one.is_used and not one.is_fixed]
    return plan


class _Manager:
    """Plans the customers of one manager; of nobody, where there is no `month`."""

    def __init__(
        self,
        order: MonthOrder,
        plan: MonthPlan,
        manager_id: str | None,
        month: ManagerMonth | None,
        fixed_days: Iterable[int],
    ) -> None:
        self._order = order
        self._plan = plan
        self._manager_id = manager_id
        known = [] if month is None else [one for one in month.days if one >= order.begun]
        self._days = [one for one in known if one >= order.today]
        self._first_day = known[0] if known else order.begun
        self._contacted: dict[int, int] = defaultdict(int)
        """How many that could have waited had their contact in this month, by months."""
        self._capacity = 0 if month is None else month.capacity
        places = {day: place for place, day in enumerate(self._days)}
        self._others = [0] * len(self._days)
        for day in order.others.get(manager_id or "", ()):
            if day in places:
                self._others[places[day]] += 1
        self._fixed = [*self._others]
        for day in fixed_days:
            if day in places:
                self._fixed[places[day]] += 1

    def run(
        self, customers: Sequence[PlannedCustomer], standing: dict[str, list[Standing]]
    ) -> None:
        """Plan all of them; takes what they have already out of `standing`."""
        wishes: list[_Wish] = []
        for customer in customers:
            tasks = standing.pop(customer.id, [])
            wishes += self._wishes(customer, tasks)
        wishes = self._deferred(wishes)
        feasible = []
        for wish in wishes:
            reason = self._obstacle(wish)
            if reason is None:
                feasible.append(wish)
            else:
                self._miss(wish, reason)
        self._place(feasible)

    def _wishes(self, customer: PlannedCustomer, tasks: Sequence[Standing]) -> list[_Wish]:
        """Return the contacts that the month is to bring; what stands for none is withdrawn."""
        found = []
        for cadence in self._order.rules[customer.rule].cadences:
            own = [one for one in tasks if one.cadence == cadence.name]
            movable = sorted(
                (one for one in own if one.is_used and not one.is_fixed), key=lambda one: one.day
            )
            fixed = [one.day for one in own if one.is_used and one.is_fixed]
            wishes = self._of_cadence(customer, cadence, fixed)
            self._plan.withdrawn += _matched(wishes, movable)
            taken = {one.number for one in own}
            free = (number for number in range(1, 1000) if number not in taken)
            for wish in wishes:
                wish.number = next(free) if wish.was is None else wish.was.number
            found += wishes
        names = {cadence.name for cadence in self._order.rules[customer.rule].cadences}
        self._plan.withdrawn += [
            one for one in tasks if one.is_used and not one.is_fixed and one.cadence not in names
        ]
        return found

    def _of_cadence(
        self, customer: PlannedCustomer, cadence: Cadence, fixed: Sequence[int]
    ) -> list[_Wish]:
        is_visit = cadence.channel is ContactChannel.VISIT
        last = customer.last_visit if is_visit else customer.last_contact
        known = [day for day in fixed if day < self._order.today]
        if last is not None:
            known.append(last)
        anchor = max(known, default=None)
        if cadence.every.unit is EveryUnit.MONTHS:
            return self._of_months(customer, cadence, anchor, fixed)
        ahead = [day for day in fixed if day >= self._order.today]
        return self._of_weeks(customer, cadence, anchor, ahead)

    def _of_weeks(
        self,
        customer: PlannedCustomer,
        cadence: Cadence,
        anchor: int | None,
        ahead: Sequence[int],
    ) -> list[_Wish]:
        every = cadence.every.days
        start, last = max(self._order.first, self._order.today), self._order.last
        grid = self._dues(customer.id, every, anchor)
        for day in ahead:  # what the customer has set, or what is begun, is one of them
            near = min(grid, key=lambda due: abs(due - day), default=None)
            if near is not None and abs(near - day) <= every // 2:
                grid.remove(near)
        earliest = start if anchor is None else max(start, anchor + every // 2)
        tolerances = range(every // 7, max(every // 7, (every - 1) // 2) + 1)
        wishes = []
        for due in grid:
            windows = [(max(earliest, due - half), min(last, due + half)) for half in tolerances]
            # What was due before is made up for while its days last; after that the next one does.
            if due >= start or self._mask(windows[-1]):
                wishes.append(_Wish(customer, cadence, due, windows))
        return wishes

    def _dues(self, customer_id: str, every: int, anchor: int | None) -> list[int]:
        """Return the days of the month on which a contact is due: the same whenever it is asked."""
        begin, last = self._order.begun, self._order.last
        if self._first_day - begin >= every // 2:  # some days of leave shift nothing
            begin = self._first_day
        if anchor is not None and anchor + every >= begin:
            return list(range(anchor + every, last + 1, every))
        # Overdue, or new: anywhere in the first interval, in its first half where it is not long
        # overdue.
        is_soon = anchor is not None and anchor + every >= begin - every // 2
        span = every // 2 if is_soon else every
        phase = zlib.crc32(customer_id.encode()) % max(1, min(span, last - begin + 1))
        return list(range(begin + phase, last + 1, every))

    def _of_months(
        self,
        customer: PlannedCustomer,
        cadence: Cadence,
        anchor: int | None,
        fixed: Sequence[int],
    ) -> list[_Wish]:
        order = self._order
        span, every = cadence.every.count, cadence.every.days
        may_wait = span - order.months_known > 1
        if fixed or (anchor is not None and anchor >= order.month_starts[span - 1]):
            is_of_month = fixed or (anchor is not None and anchor >= order.first)
            self._contacted[span] += bool(may_wait and is_of_month)
            return []
        start = max(order.first, order.today)
        windows = [(start, order.last)]
        due = start + zlib.crc32(customer.id.encode()) % (order.last - start + 1)
        if anchor is not None:
            due = min(max(start, anchor + every), order.last)
            windows = [(max(start, anchor + every * share // 6), order.last) for share in (5, 4, 3)]
            due = max(due, windows[0][0])
        wish = _Wish(customer, cadence, due, windows)
        wish.may_wait = may_wait
        return [wish]

    def _deferred(self, wishes: list[_Wish]) -> list[_Wish]:
        """Leave to the next months what need not be now: an even share, beyond the target."""
        waiting: dict[int, list[_Wish]] = defaultdict(list)
        for wish in wishes:
            if wish.may_wait and not wish.customer.is_do_not_call and self._days:
                waiting[wish.cadence.every.count].append(wish)
        later: set[int] = set()
        spare = self._order.target_per_day * len(self._days) - (len(wishes) - sum(
            map(len, waiting.values())
        )) - sum(self._fixed)  # fmt: skip
        for span, some in sorted(waiting.items()):
            some.sort(key=lambda one: (one.was is None, _last(one.customer), _shuffled(one)))
            contacted = self._contacted[span]
            share = -(-(len(some) + contacted) // (span - self._order.months_known)) - contacted
            stand = sum(one.was is not None for one in some)
            now = max(share, stand, min(len(some), spare))
            spare -= now
            later.update(map(id, some[now:]))
        self._plan.deferred += len(later)
        for wish in wishes:
            if id(wish) in later and wish.was is not None:
                self._plan.withdrawn.append(wish.was)
        return [wish for wish in wishes if id(wish) not in later]

    def _obstacle(self, wish: _Wish) -> Infeasibility | None:
        if wish.customer.is_do_not_call:
            return Infeasibility.DO_NOT_CALL
        if self._manager_id is None:
            return Infeasibility.NO_OWNER
        if not self._days:
            empty = self._order.is_month_empty
            return Infeasibility.NO_VISITING_DAY if empty else Infeasibility.MANAGER_AWAY
        masks = [mask for mask in map(self._mask, wish.windows) if mask]
        if not masks and wish.cadence.every.unit is EveryUnit.MONTHS:
            # Better early than not in this month, but not on the heels of the last one.
            masks = [mask for mask in [self._mask((self._soonest(wish), self._order.last))] if mask]
        if not masks:
            return Infeasibility.NO_VISITING_DAY
        was = wish.was
        day = None if was is None else self._place_of(was.day)
        worth = RANKS[wish.cadence.priority]
        due = min(bisect_left(self._days, wish.due), len(self._days) - 1)
        tie = (-wish.number, *_shuffled(wish))
        wish.job = Job(masks, worth, tie, due, day, stands=was is not None)
        return None

    def _soonest(self, wish: _Wish) -> int:
        last = wish.customer.last_contact
        return self._order.first if last is None else last + wish.cadence.every.days // 4

    def _place(self, wishes: Sequence[_Wish]) -> None:
        """Put what can be placed on days."""
        jobs = [wish.job for wish in wishes if wish.job is not None]
        of_customer: dict[str, list[Job]] = defaultdict(list)
        for wish in wishes:
            if wish.job is not None:
                of_customer[wish.customer.id].append(wish.job)
        for some in of_customer.values():
            if len(some) > 1:
                for job in some:
                    job.others = some
        spreading = settled(self._fixed, jobs, self._capacity)
        self._plan.uneven += not spreading.is_even
        for place, day in enumerate(self._days):
            own = spreading.loads[place] - self._others[place]
            if self._manager_id is not None and own:
                self._plan.loads[self._manager_id, day] = own
            self._plan.below_target += spreading.loads[place] < self._order.target_per_day
        for wish in wishes:
            self._conclude(wish)

    def _conclude(self, wish: _Wish) -> None:
        if wish.job is None or wish.job.day is None or self._manager_id is None:
            is_full = self._capacity * len(self._days)
            self._miss(wish, Infeasibility.OVER_CAPACITY if is_full else Infeasibility.MANAGER_AWAY)
            return
        day = self._days[wish.job.day]
        first, last = wish.windows[0]
        self._plan.off_cadence += not first <= day <= last
        customer = wish.customer
        self._plan.tasks.append(
            PlannedTask(
                customer.id,
                wish.cadence,
                wish.number,
                self._manager_id,
                customer.group_id,
                day,
                wish.was,
            )
        )

    def _miss(self, wish: _Wish, reason: Infeasibility) -> None:
        customer = wish.customer
        self._plan.missing.append(
            Missing(
                customer.id,
                wish.cadence.name,
                wish.number,
                reason,
                customer.owner_id,
                customer.group_id,
            )
        )
        if wish.was is not None:
            self._plan.withdrawn.append(wish.was)

    def _mask(self, window: tuple[int, int]) -> int:
        first = bisect_left(self._days, window[0])
        until = bisect_right(self._days, window[1])
        return ((1 << until) - 1) & ~((1 << first) - 1) if until > first else 0

    def _place_of(self, day: int) -> int | None:
        place = bisect_left(self._days, day)
        return place if place < len(self._days) and self._days[place] == day else None


def _matched(wishes: Sequence[_Wish], movable: Sequence[Standing]) -> list[Standing]:
    """Give each wish a task that is near to it, the nearest pairs first; return what is left."""
    pairs = sorted(
        (abs(task.day - wish.due), place, number)
        for place, wish in enumerate(wishes)
        for number, task in enumerate(movable)
    )
    left = dict(enumerate(movable))
    for _, place, number in pairs:
        if wishes[place].was is None and number in left:
            wishes[place].was = left.pop(number)
    return list(left.values())


def _last(customer: PlannedCustomer) -> int:
    return customer.last_contact or 0


def _shuffled(wish: _Wish) -> tuple[int, str]:
    """Return what sorts customers in an order that favours none and never changes."""
    return zlib.crc32(wish.customer.id.encode()), wish.customer.id
