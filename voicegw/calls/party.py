"""Whom a manager may hand a customer on to in mid-call, or have join: nobody else is dialled.

Managers and groups of the directory, and the short codes that `policy.allowed_short_codes` has:
a stolen key or telephone must not be a way to numbers abroad.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from voicegw.calls.control import HandOnRequest
from voicegw.calls.customer_side import CustomerSide
from voicegw.calls.flow_steps import find_step
from voicegw.calls.flow_terms import Take
from voicegw.calls.policy import (
    MAX_TRANSFERS,
    DialRules,
    TransferFacts,
    TransferRefusal,
    transfer_refusal,
)
from voicegw.directory.match import CallerMatch
from voicegw.errors import ConflictError, NotFoundError, PolicyError, VoicegwError
from voicegw.model.directory import Manager
from voicegw.routing.plan import PlanStep, StepKind


class HandOnStep(StrEnum):
    """How a handing on is named among the steps of a call's plan."""

    TRANSFER = "transfer"
    ADD = "add"


_STEPS: Final = frozenset(str(step) for step in HandOnStep)


@dataclass(frozen=True, slots=True)
class ManagerParty:
    """A colleague."""

    manager: Manager

    @property
    def target(self) -> str:
        """What the call's record calls it."""
        return self.manager.id


@dataclass(frozen=True, slots=True)
class GroupParty:
    """Whoever of a group takes the call; `step` rings its managers as a plan's step does."""

    group_id: str
    step: PlanStep

    @property
    def target(self) -> str:
        """What the call's record calls it."""
        return self.group_id


@dataclass(frozen=True, slots=True)
class ShortCodeParty:
    """A service of the operator's, such as 10010."""

    number: str

    @property
    def target(self) -> str:
        """What the call's record calls it."""
        return self.number


Party = ManagerParty | GroupParty | ShortCodeParty

_REFUSED: Final = {
    TransferRefusal.SELF: ("same-manager", "The manager has this customer already."),
    TransferRefusal.TOO_MANY: ("too-many-transfers", "The customer was handed on too often."),
    TransferRefusal.UNAVAILABLE: ("manager-away", "The manager takes no calls now."),
    TransferRefusal.BUSY: ("manager-busy", "The manager has as many calls as allowed."),
}


def handed_on_before(side: CustomerSide) -> int:
    """Return how often somebody was dialled in mid-call already, in vain or not."""
    return sum(step.step in _STEPS for step in side.call.record.plan)


async def find_party(side: CustomerSide, request: HandOnRequest, by: str | None) -> Party:
    """Return whom `request`, of the manager `by`, names.

    Raises NotFoundError, PolicyError for a number that may not be dialled, ConflictError
    `same-manager`, `too-many-transfers`, `manager-away`, `manager-busy` or `nobody-there`,
    StoreUnavailableError where nothing was ever read.
    """
    parts = side.call.parts
    if request.short_code is not None:
        check_short_code(parts.settings.rules, request.short_code)
        _check_count(side)
        return ShortCodeParty(request.short_code)
    if request.group_id is not None:
        _check_count(side)
        return await _group(side, request.group_id)
    manager_id = request.manager_id or ""
    manager = await parts.directory.manager(manager_id)
    if manager is None:
        raise NotFoundError("manager", manager_id)
    return _manager(side, manager, by)


async def find_dialled(side: CustomerSide, entry: str, by: str | None) -> Party:
    """Return whom a manager names by keys: a short code, or a staff number or extension.

    Raises the same.
    """
    parts = side.call.parts
    if entry in parts.settings.rules.allowed_short_codes:
        return await find_party(side, HandOnRequest(short_code=entry), by)
    manager = await parts.directory.manager_by_extension(entry) if entry else None
    if manager is None:
        raise NotFoundError("manager", "")
    return _manager(side, manager, by)


def check_short_code(rules: DialRules, number: str) -> None:
    """Raise PolicyError for what is no short code that may be dialled."""
    if number in rules.emergency:
        raise PolicyError("emergency-number", "emergency numbers can't be dialled for someone")
    if number not in rules.allowed_short_codes:
        raise PolicyError("prefix-not-allowed", "this short code may not be called")


def _manager(side: CustomerSide, manager: Manager, by: str | None) -> ManagerParty:
    parts = side.call.parts
    refusal = transfer_refusal(
        TransferFacts(
            manager,
            by,
            busy=parts.manager_slots.full(manager.id),
            at=parts.clock.now(),
            before=handed_on_before(side),
        )
    )
    if refusal is None:
        return ManagerParty(manager)
    raise _refused(refusal, manager.id)


def _check_count(side: CustomerSide) -> None:
    if handed_on_before(side) >= MAX_TRANSFERS:
        raise _refused(TransferRefusal.TOO_MANY, "")


def _refused(refusal: TransferRefusal, manager_id: str) -> VoicegwError:
    if refusal not in _REFUSED:
        return NotFoundError("manager", manager_id)
    return ConflictError(*_REFUSED[refusal])


async def _group(side: CustomerSide, group_id: str) -> GroupParty:
    wanted = Take(StepKind.GROUP, group_id=group_id)
    step = await find_step(side, wanted, CallerMatch(None, None, (), None))
    if step is None or step.skip_reason is not None or not step.managers:
        raise ConflictError("nobody-there", "Nobody of the group takes calls now.")
    return GroupParty(group_id, step)
