"""What would be done for whoever calls: a plan, or several to choose from where it isn't clear who.

Made when a call arrives, and in the same way to explain what would happen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from voicegw.calls.parts import CallParts
from voicegw.directory.match import CallerMatch
from voicegw.directory.shared_number import offered_customers
from voicegw.model.directory import Hotline, Manager
from voicegw.model.routing import Routing
from voicegw.routing.plan import PlanFacts, PlanStep, inbound_plan


@dataclass(frozen=True, slots=True)
class Choice:
    """One customer who may be calling, as the number tells, and the plan then."""

    match: CallerMatch
    facts: PlanFacts
    plan: tuple[PlanStep, ...]


@dataclass(frozen=True, slots=True)
class Choices:
    """What to do for a caller: `likely`, unless one of `offered` is asked for by key."""

    likely: Choice
    offered: tuple[Choice, ...] = ()


_RECENT_DAYS: Final = Routing().recent_days


def recent_days(hotline: Hotline) -> int:
    """Return for how many days a contact tells whose number it is.

    That counts even where nobody is rung for having had it.
    """
    return hotline.routing.recent_days or _RECENT_DAYS


async def choices_for(
    parts: CallParts,
    hotline: Hotline,
    match: CallerMatch,
    at: datetime,
    *,
    knows_busy: bool = True,
) -> Choices:
    """Return what to do for a caller of `hotline` at `at`, whom `match` tells of.

    Who is in a call counts only with `knows_busy`: that is known of now alone. Raises
    StoreUnavailableError only where nothing was ever read.
    """
    is_busy = parts.manager_slots.full if knows_busy else _nobody
    likely = await _choice(parts, hotline, match, at, is_busy)
    owners = await _owners(parts, match) if len(match.customers) > 1 else {}
    offered = []
    for customer in offered_customers(match, hotline.routing.shared_number, owners):
        chosen = replace(match, customer=customer, manager=owners[customer.owner_id or ""])
        offered.append(await _choice(parts, hotline, chosen, at, is_busy))
    return Choices(likely, tuple(offered))


async def _choice(
    parts: CallParts,
    hotline: Hotline,
    match: CallerMatch,
    at: datetime,
    is_busy: Callable[[str], bool],
) -> Choice:
    facts = await parts.facts.find(hotline, match, match.customer, at=at, is_busy=is_busy)
    return Choice(match, facts, inbound_plan(facts))


def _nobody(_manager_id: str) -> bool:
    return False


async def _owners(parts: CallParts, match: CallerMatch) -> dict[str, Manager]:
    ids = {customer.owner_id for customer in match.customers if customer.owner_id}
    found = [await parts.directory.manager(one) for one in sorted(ids)]
    return {manager.id: manager for manager in found if manager is not None}
