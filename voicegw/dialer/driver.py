"""Works on lists: looks at every dialling that this node drives, and takes its next step.

Exactly one node drives a dialling (a lease in the store); what it does stands there before it is
done, so that another one, or the same after a crash, goes on where it was:

* which customer is called, and by which call, is written before the call is begun (a claim);
* a call that is not in the store was never dialled, for nothing is before it is there; and once it
  is there, it is asked whether the claim still stands before anybody is rung: a node that slept
  longer than its lease finds that another one has taken over;
* a call whose end nobody knows counts as one that was made.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from voicegw.calls.control import DialRequest
from voicegw.dialer.availability import BUSY_AGAIN, NotNow, not_now
from voicegw.dialer.choice import NOT_DIALLED, Candidate, Choice
from voicegw.dialer.ports import DialerParts
from voicegw.errors import ConflictError, NotFoundError, PolicyError, StoreError, VoicegwError
from voicegw.model.call import Call
from voicegw.model.dialling import (
    Dialling,
    DiallingMode,
    DiallingState,
    DiallingWait,
    call_over,
    calls,
    delayed,
    never_called,
    set_aside,
    shows,
    told_to_stop,
    waits,
)
from voicegw.model.directory import ManagerStatus
from voicegw.model.ids import IdKind, new_id
from voicegw.model.task import Task
from voicegw.store.diallings import CLAIM_LOST, CUSTOMER_ENGAGED, Claim, Held, claim_keys

_log = logging.getLogger(__name__)

LEASE: Final = timedelta(seconds=30)
"""How long nobody else drives what a node drove last."""
_RENEW: Final = timedelta(seconds=20)
"""A lease that has less than this left is prolonged."""
DIAL_S: Final = 8.0
"""So long a call may take from its claim until it is in the store, or it is not made."""
_IDLE_AGAIN: Final = timedelta(seconds=10)
"""How soon it is looked for tasks again where there are none."""
_DEEP_AGAIN: Final = timedelta(minutes=2)
"""How soon it is looked again behind many tasks of which none may be called for."""
_NODE_AGAIN: Final = timedelta(seconds=5)
"""How soon it is tried again after the node, or a trunk, could not take a call."""
_FAULT_AGAIN: Final = timedelta(seconds=30)
"""How soon it is tried again after a defect of our own."""
_GONE_AGAIN: Final = timedelta(seconds=60)
"""How soon it is looked whether a manager, who says nothing, has departed."""
_ASIDE: Final = timedelta(minutes=10)
"""How long a task is left alone whose customer may not be called, for what the choice can't see."""
_READ_AT_ONCE: Final = 50
"""So many diallings are read in one go: some milliseconds."""
_AT_ONCE: Final = 8
"""So many diallings take a step at the same time."""
_STEPS: Final = 4
"""From the end of a call over the wrap-up to the next call are so many, and no more at once."""
_OF_CUSTOMER: Final = frozenset(
    {
        CUSTOMER_ENGAGED,
        "customer-rate",
        "do-not-call",
        "emergency-number",
        "prefix-not-allowed",
        "quiet-hours",
    }
)
"""Rules that concern one customer; the others concern manager, group or node."""


class Driver:
    """Drives diallings, one `look` after the other."""

    def __init__(self, parts: DialerParts) -> None:
        """Work with `parts`."""
        self._parts = parts
        self._known: dict[str, Dialling] = {}
        """The diallings that this node drives, as they were read last."""
        self._look_at: dict[str, tuple[int | None, float]] = {}
        """When each dialling is looked at next, while its revision is this one, or whatever it is:
        a moment of the monotonic clock, for the other one may be set back."""
        self._deep_at: dict[str, float] = {}
        """When it is looked behind tasks of which none may be called for, in the same clock."""
        self._is_given_up = False
        self.held = 0
        """How many diallings this node drives."""
        self.results: Counter[str] = Counter()
        """What became of what was to be called: `dialled`, `taken`, or the rule that refused."""

    async def look(self) -> None:
        """Take the next step of each dialling that is due. Raises StoreUnavailableError."""
        parts = self._parts
        now = parts.clock.now()
        if parts.is_draining():
            await self._give_up(now)
            return
        self._is_given_up = False
        held = await parts.book.going()
        is_ending = any(one.lease_until < now + _RENEW for one in held)
        if is_ending or await parts.book.is_any_free(now):
            running = [
                one.call_id
                for one in self._known.values()
                if one.state is DiallingState.CALLING and one.call_id is not None
            ]
            await parts.book.lease(now, now + LEASE, running)
            held = await parts.book.going()
        self.held = len(held)
        mine = [one for one in held if one.lease_until >= now + _RENEW]
        await self._read(mine)
        ids = self._known.keys()
        self._look_at = {key: when for key, when in self._look_at.items() if key in ids}
        self._deep_at = {key: when for key, when in self._deep_at.items() if key in ids}
        due = [one for one in self._known.values() if self._is_due(one)]
        limit = asyncio.Semaphore(_AT_ONCE)
        await asyncio.gather(*(self._steps(one, limit) for one in due))

    async def _read(self, mine: Sequence[Held]) -> None:
        """Know the diallings that are driven: those that have changed are read, some at a time."""
        known = {one.id: self._known[one.id] for one in mine if one.id in self._known}
        changed = [
            one.id for one in mine if one.id not in known or known[one.id].revision != one.revision
        ]
        for first in range(0, len(changed), _READ_AT_ONCE):
            found = await self._parts.book.get_many(changed[first : first + _READ_AT_ONCE])
            known |= {one.id: one for one in found}
        self._known = known

    async def stop(self) -> None:
        """Let others drive what this node did; calls that run go on."""
        try:
            await self._give_up(self._parts.clock.now())
        except StoreError as error:
            _log.info("diallings keep their leases", extra={"why": error.slug})

    async def _give_up(self, now: datetime) -> None:
        if not self._is_given_up:
            await self._parts.book.give_up(now)
            self._is_given_up, self.held = True, 0

    def _is_due(self, dialling: Dialling) -> bool:
        revision, at = self._look_at.get(dialling.id, (0, 0.0))
        is_changed = revision not in {None, dialling.revision}
        return is_changed or at <= self._parts.clock.monotonic()

    def _later(self, dialling: Dialling, wait: timedelta, *, whatever: bool = False) -> None:
        at = self._parts.clock.monotonic() + wait.total_seconds()
        self._look_at[dialling.id] = (None if whatever else dialling.revision, at)

    async def _steps(self, dialling: Dialling, limit: asyncio.Semaphore) -> None:
        """Take one step after the other, until there is something to wait for."""
        steps = {
            DiallingState.WAITING: self._wait,
            DiallingState.SHOWN: self._shown,
            DiallingState.CALLING: self._calling,
            DiallingState.WRAP_UP: self._wrap_up,
            DiallingState.PAUSED: self._idle,
        }
        async with limit:
            try:
                for _ in range(_STEPS):
                    before, step = dialling, steps.get(dialling.state)
                    if step is None or not self._is_due(dialling):
                        return
                    dialling = await step(before)
                    if dialling.revision == before.revision:
                        return
            except (StoreError, NotFoundError) as error:
                facts = {"dialling": dialling.id, "why": error.slug}
                _log.warning("a list's step is put off", extra=facts)
            except Exception:  # noqa: BLE001 - logged whole; the other lists go on
                _log.exception("a list's step failed", extra={"dialling": dialling.id})
                self._later(dialling, _FAULT_AGAIN, whatever=True)

    # -- what comes next ---------------------------------------------------------------------

    async def _wait(self, dialling: Dialling) -> Dialling:
        now = self._parts.clock.now()
        stands = await self._not_now(dialling, now)
        if stands is not None:
            return await self._hold(dialling, stands, now)
        choice = await self._choose(dialling, now)
        best = choice.best
        if best is None:
            wait = _IDLE_AGAIN
            if choice.look_at is not None:
                wait = max(timedelta(), min(choice.look_at - now, wait))
            return await self._hold(dialling, NotNow(DiallingWait.NOTHING_TO_CALL, wait), now)
        if dialling.mode is DiallingMode.PREVIEW:
            return await self._change(dialling, partial(_shown, best), now)
        return await self._dial(dialling, best)

    async def _shown(self, dialling: Dialling) -> Dialling:
        if not dialling.is_told:
            return await self._idle(dialling)
        now = self._parts.clock.now()
        stands = await self._not_now(dialling, now)
        if stands is not None:
            after = await self._change(dialling, lambda one: delayed(one, stands.why), now)
            self._later(after, stands.again)
            return after
        choice = await self._choose(dialling, now)
        wanted = next((one for one in choice.next if one.task.id == dialling.task_id), None)
        if wanted is None:
            return await self._change(dialling, lambda one: waits(one, None), now)
        return await self._dial(dialling, wanted)

    async def _choose(self, dialling: Dialling, now: datetime) -> Choice:
        """Have the next task chosen: at length, unless that was in vain a moment ago."""
        monotonic = self._parts.clock.monotonic()
        is_deep = self._deep_at.get(dialling.id, monotonic) <= monotonic
        choice = await self._parts.chooser.choose(
            dialling.manager_id,
            now,
            types=dialling.types,
            aside=dialling.aside,
            is_deep=is_deep,
        )
        if is_deep and choice.best is None:
            self._deep_at[dialling.id] = monotonic + _DEEP_AGAIN.total_seconds()
        return choice

    async def _not_now(self, dialling: Dialling, now: datetime) -> NotNow | None:
        """Return why the manager is not rung now, None: may be."""
        parts = self._parts
        manager = await parts.people.manager(dialling.manager_id)
        if manager is None:
            return NotNow(DiallingWait.MANAGER_GONE, timedelta())
        groups = await parts.people.groups_above(manager.group_id)
        timezone = groups[0].timezone if groups else parts.timezone
        is_busy = not parts.is_idle(manager.id) or await parts.book.is_engaged(manager.id, now)
        return not_now(
            manager, now, ZoneInfo(timezone), parts.calendars.of(timezone), is_busy=is_busy
        )

    async def _hold(self, dialling: Dialling, stands: NotNow, now: datetime) -> Dialling:
        """Note why nobody is called, and when to look again."""
        if stands.why is DiallingWait.MANAGER_GONE:
            return await self._change(dialling, lambda one: told_to_stop(one, now, stands.why), now)
        after = dialling
        if dialling.why != stands.why:
            after = await self._change(dialling, lambda one: waits(one, stands.why), now)
        self._later(after, stands.again)
        return after

    async def _idle(self, dialling: Dialling) -> Dialling:
        """Wait for the manager's word, unless he or she has gone."""
        now = self._parts.clock.now()
        manager = await self._parts.people.manager(dialling.manager_id)
        if manager is None or manager.status is ManagerStatus.DEPARTED:
            return await self._hold(dialling, NotNow(DiallingWait.MANAGER_GONE, timedelta()), now)
        self._later(dialling, _GONE_AGAIN)
        return dialling

    async def _change(
        self, dialling: Dialling, how: Callable[[Dialling], Dialling], now: datetime
    ) -> Dialling:
        """Change it unless somebody has since it was read: then the next look sees that."""

        def unless_changed(one: Dialling) -> Dialling:
            return how(one) if one.revision == dialling.revision else one

        return await self._parts.book.change(dialling.id, unless_changed, now)

    # -- calling -----------------------------------------------------------------------------

    async def _dial(self, dialling: Dialling, chosen: Candidate) -> Dialling:
        """Claim the customer, and begin the call whose id the claim has."""
        task, call_id = chosen.task, new_id(IdKind.CALL)
        numbers = await self._numbers(task)
        claim = Claim(
            dialling.id,
            task,
            claim_keys(task.customer_id, numbers),
            partial(_calling, dialling.revision, chosen, call_id),
        )
        now = self._parts.clock.now()
        claimed = await self._parts.book.claim(claim, now)
        if claimed is None:
            self.results["taken"] += 1
            self._later(dialling, BUSY_AGAIN)
            return dialling
        request = DialRequest(
            manager_id=dialling.manager_id,
            customer_id=task.customer_id,
            customer_number=None if task.customer_id is not None else task.customer_number,
            hotline_id=task.hotline_id,
            task_id=task.id,
            call_id=call_id,
            still_wanted=partial(self._require_claim, claim, call_id),
        )
        try:
            async with asyncio.timeout(DIAL_S):
                await self._parts.control.dial(request)
        except (VoicegwError, TimeoutError) as error:
            return await self._refused(claimed, _refusal(error, task))
        self.results["dialled"] += 1
        return claimed

    async def _numbers(self, task: Task) -> list[str]:
        if task.customer_id is None:
            return [] if task.customer_number is None else [task.customer_number]
        customer = await self._parts.people.customer(task.customer_id)
        return [] if customer is None else list(customer.numbers)

    async def _require_claim(self, claim: Claim, call_id: str) -> None:
        """Raise ConflictError unless the call is still to be made, now that it is in the store."""
        why = await self._parts.book.stands_against(claim, call_id, self._parts.clock.now())
        if why is not None:
            raise ConflictError(why, "The call is not to be made any more.")

    async def _refused(self, dialling: Dialling, refusal: _Refusal) -> Dialling:
        """Take back what was written for a call that was not, and will not be, made."""
        self.results[refusal.why] += 1
        now = self._parts.clock.now()
        why = None if refusal.is_tasks or refusal.why == CLAIM_LOST else refusal.why

        def undone(one: Dialling) -> Dialling:
            if one.state is not DiallingState.CALLING or one.call_id != dialling.call_id:
                return one
            after = never_called(one, why)
            if refusal.is_tasks and one.task_id is not None and not one.is_pausing:
                after = set_aside(after, one.task_id, now + max(refusal.wait, _ASIDE))
            return after

        after = await self._parts.book.unclaim(dialling.id, dialling.call_id or "", undone, now)
        if not refusal.is_tasks:
            self._later(after, refusal.wait)
        return after

    async def _calling(self, dialling: Dialling) -> Dialling:
        """See whether the call is over."""
        parts, call_id = self._parts, dialling.call_id or ""
        running = parts.control.live(call_id)
        if running is not None and not running.is_final:
            return dialling
        call = running or await parts.calls.get(call_id)
        now = parts.clock.now()
        if call is None:
            # Nothing is dialled before the call is in the store.
            how = partial(_not_made, call_id)
            return await parts.book.unclaim(dialling.id, call_id, how, now)
        if call.is_final or await self._is_lost(call, now):
            over = partial(_over, call, now)
            if call.outcome in NOT_DIALLED:
                # The customer was not rung: the claim has nothing to wait for.
                return await parts.book.unclaim(dialling.id, call_id, over, now)
            return await parts.book.change(dialling.id, over, now, call_over=call_id)
        return dialling

    async def _is_lost(self, call: Call, now: datetime) -> bool:
        """Whether the call's node has gone, and nobody will tell soon how it ended.

        One of this node's own, that is not live, is closed by its recovery.
        """
        if call.node == self._parts.node:
            return False
        node = await self._parts.nodes.get(call.node)
        return node is None or node.lease_until <= now

    async def _wrap_up(self, dialling: Dialling) -> Dialling:
        """Go on when the time for notes is over, or the result of the talk is told."""
        now = self._parts.clock.now()
        left = (dialling.wrap_up_until or now) - now
        # More than there ever is: the clock was set back.
        is_over = not timedelta() < left <= timedelta(seconds=dialling.pause_s)
        if is_over or await self._is_told(dialling):
            return await self._change(dialling, lambda one: waits(one, None), now)
        return dialling

    async def _is_told(self, dialling: Dialling) -> bool:
        if not dialling.was_talk or dialling.task_id is None:
            return False
        task = await self._parts.tasks.get(dialling.task_id)
        if task is None or not task.is_open:
            return True
        attempt = next((one for one in task.attempts if one.call_id == dialling.call_id), None)
        return attempt is not None and task.result is not None and task.result.at >= attempt.at


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Why a call was not made, and how long it is not tried again.

    `is_tasks`: it concerns this task or its customer; else manager, group or node.
    """

    why: str
    wait: timedelta
    is_tasks: bool


def _refusal(error: Exception, task: Task) -> _Refusal:
    """Return what an error of a call's beginning means for the list."""
    if isinstance(error, PolicyError):
        retry_after_s = error.retry_after_s
        wait = _NODE_AGAIN if retry_after_s is None else timedelta(seconds=retry_after_s)
        return _Refusal(error.slug, wait, error.slug in _OF_CUSTOMER)
    if isinstance(error, NotFoundError):
        is_tasks = error.kind == "customer" or (
            error.kind == "hotline" and task.hotline_id is not None
        )
        return _Refusal(f"no-{error.kind}", _NODE_AGAIN, is_tasks)
    if isinstance(error, ConflictError):
        return _Refusal(error.slug, _NODE_AGAIN, error.slug in _OF_CUSTOMER)
    if isinstance(error, StoreError):
        return _Refusal(error.slug, _NODE_AGAIN, is_tasks=False)
    if isinstance(error, VoicegwError):
        _log.error("a list's call failed", extra={"task": task.id, "why": error.slug})
        return _Refusal(error.slug, _NODE_AGAIN, is_tasks=True)
    return _Refusal("store-unavailable", _NODE_AGAIN, is_tasks=False)


def _shown(best: Candidate, dialling: Dialling) -> Dialling:
    return shows(dialling, best.task.id, best.favours)


def _calling(revision: int, chosen: Candidate, call_id: str, dialling: Dialling) -> Dialling:
    """Return it calling, unless somebody has changed it since it was looked at."""
    if dialling.revision != revision:
        return dialling
    return calls(dialling, chosen.task.id, call_id, chosen.favours)


def _not_made(call_id: str, dialling: Dialling) -> Dialling:
    if dialling.state is not DiallingState.CALLING or dialling.call_id != call_id:
        return dialling
    return never_called(dialling, None)


def _over(call: Call, now: datetime, dialling: Dialling) -> Dialling:
    if dialling.state is not DiallingState.CALLING or dialling.call_id != call.id:
        return dialling
    return call_over(dialling, call, now)
