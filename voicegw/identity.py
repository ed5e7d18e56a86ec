"""Who may see which number. This module decides; nothing else does. Pure.

Numbers reach people and peers in three ways, and each asks here first:

* on the wire: :func:`presentation` says what a leg's From, Contact and asserted identity show;
* in the API, events, exports: :func:`visible_number` says whether a role sees a number whole;
* in logs, file names, metrics: :func:`mask` is the only form allowed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from voicegw.model.call import LegRole
from voicegw.model.directory import Role

_BETWEEN = "[ .\u00a0\u2010-\u2015-]"
"""What stands between the groups of a number as people write it."""
_NUMBER = re.compile(
    rf"""
    # a mobile: 138 0013 8000, 138-001-38000
    (?<!\d)(?:(?:\+|00)86{_BETWEEN}?)?1[3-9]\d{_BETWEEN}?
        (?:\d{{4}}{_BETWEEN}?\d{{4}}|\d{{3}}{_BETWEEN}?\d{{5}})(?!\d)
    # with an area code: (021) 6123 4567
    | (?<!\d)\(?0[1-9]\d{{1,2}}\)?{_BETWEEN}?\d{{3,4}}{_BETWEEN}\d{{4}}(?!\d)
    # of another country: +44 20 7946 0958
    | (?:\+|(?<!\d)00)[1-9]\d{{0,3}}(?:{_BETWEEN}\d{{2,4}}){{2,4}}(?!\d)
    | \+?\d{{7,15}}
    """,
    re.VERBOSE,
)
_NO_DIGIT = re.compile(r"[^\d+]")


@dataclass(frozen=True, slots=True)
class Presentation:
    """What one leg's far end is shown.

    `number` goes into From, Contact's user part and, where the trunk wants it, P-Asserted-Identity
    or Remote-Party-ID. Nothing else of the other leg may appear. `fallback` is shown instead over a
    trunk that may not present `number`.
    """

    number: str
    fallback: str | None = None


def presentation(
    role: LegRole,
    *,
    hotline: str,
    customer_number: str | None,
    show_customer_to_manager: bool = False,
) -> Presentation:
    """Return what the far end of a leg of `role` sees: the hotline, always, to a customer.

    A manager sees the hotline too, unless the policy grants the customer's number; then the hotline
    stays the fallback.
    """
    if role is LegRole.MANAGER and show_customer_to_manager and customer_number is not None:
        return Presentation(customer_number, fallback=hotline)
    return Presentation(hotline)


def mask(number: str | None) -> str | None:
    """Return `number` with its middle hidden: `+8613800138000` → `138****8000`.

    Short codes (up to 8 digits) hide all but their last two digits; None stays None.
    """
    if number is None:
        return None
    digits = number.removeprefix("+")
    if number.startswith("+86"):
        digits = digits[2:]
    if len(digits) <= 8:
        return "*" * max(len(digits) - 2, 0) + digits[-2:]
    return digits[:3] + "****" + digits[-4:]


def mask_within(text: str) -> str:
    """Return `text` with everything masked that may be a telephone number.

    That is 7 to 15 digits at one go, and what is grouped as numbers are. For texts that nobody has
    composed with care, such as tracebacks and reasons.
    """
    return _NUMBER.sub(lambda found: mask(_NO_DIGIT.sub("", found[0])) or "", text)


_SEES_CUSTOMER_NUMBERS = frozenset({Role.ADMIN, Role.INTEGRATOR, Role.MANAGER})
_SEES_MANAGER_NUMBERS = frozenset({Role.ADMIN})


def visible_number(role: Role, owner: LegRole, number: str | None) -> str | None:
    """Return `number` when `role` may see a number of `owner` whole, else None."""
    allowed = _SEES_CUSTOMER_NUMBERS if owner is LegRole.CUSTOMER else _SEES_MANAGER_NUMBERS
    return number if role in allowed else None


def sees_signalling_whole(role: Role) -> bool:
    """Whether `role` may read a call's messages with their numbers, names and addresses.

    Messages hold the numbers of customers and managers alike, and where a telephone is.
    """
    return role in _SEES_CUSTOMER_NUMBERS & _SEES_MANAGER_NUMBERS
