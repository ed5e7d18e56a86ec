"""A number that several customers have: among whom is its caller asked to choose? Pure.

Names can't be spoken from parts, staff numbers can, and what matters to the caller is whom to talk
to: so the choice is between account managers. A family with one manager is asked nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from voicegw.directory.match import CallerMatch
from voicegw.model.directory import Customer, Manager, ManagerStatus
from voicegw.model.routing import SharedNumber

MAX_OFFERED: Final = 5
"""Nobody listens to more, and each has a key of its own."""


def offered_customers(
    match: CallerMatch, wanted: SharedNumber, managers: Mapping[str, Manager]
) -> tuple[Customer, ...]:
    """Return one customer for each manager whom the caller may ask for; empty: nothing to ask.

    `managers` has the owners by id. Left out are owners who have departed, or have no staff number
    that could be spoken. Fewer than two are no choice.
    """
    if len(match.customers) < 2:
        return ()
    if wanted is SharedNumber.LAST_DIALLED and not match.is_ambiguous:
        return ()
    by_owner: dict[str, Customer] = {}
    for customer in match.customers:
        owner = managers.get(customer.owner_id or "")
        if owner is not None and _can_be_asked_for(owner):
            by_owner.setdefault(owner.id, customer)
    offered = tuple(by_owner.values())[:MAX_OFFERED]
    return offered if len(offered) > 1 else ()


def _can_be_asked_for(owner: Manager) -> bool:
    staff_no = owner.staff_no or ""
    return owner.status is not ManagerStatus.DEPARTED and any(
        one in "0123456789" for one in staff_no
    )
