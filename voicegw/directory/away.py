"""Going away and coming back: what a manager says of the own record. Pure.

The deputy is rung from then on where the hotline's `routing.deputy` says so. Planned absences are
`leave`, which rings nobody else.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import msgspec

from voicegw.errors import ConflictError, InvalidError
from voicegw.model.directory import Manager, ManagerStatus

LONGEST: Final = timedelta(days=366)
"""Who stays away longer does so until told otherwise."""


def gone_away(
    manager: Manager, until: datetime | None, deputy: Manager | None, now: datetime
) -> Manager:
    """Return `manager` away until `until`, None: until told otherwise, with `deputy` or none.

    Raises ConflictError for one who has left, and InvalidError naming `until` or `deputy_id`.
    """
    _check_not_left(manager)
    if until is not None and not now < until <= now + LONGEST:
        raise InvalidError(
            "until",
            f"must be in the future, at most {LONGEST.days} days ahead",
            kind="out-of-range",
            max_days=LONGEST.days,
        )
    if deputy is not None:
        if deputy.id == manager.id:
            raise InvalidError("deputy_id", "a manager can't be the own deputy", kind="own-self")
        if deputy.status is ManagerStatus.DEPARTED or deputy.is_away(now):
            raise InvalidError("deputy_id", "is away as well, or has left", kind="not-active")
    return msgspec.structs.replace(
        manager,
        status=ManagerStatus.AWAY,
        away_until=until,
        deputy_id=None if deputy is None else deputy.id,
    )


def come_back(manager: Manager) -> Manager:
    """Return `manager` taking calls; who is deputy stays, for when the manager can't be reached.

    Raises ConflictError for one who has left.
    """
    _check_not_left(manager)
    return msgspec.structs.replace(manager, status=ManagerStatus.ACTIVE, away_until=None)


def _check_not_left(manager: Manager) -> None:
    if manager.status is ManagerStatus.DEPARTED:
        raise ConflictError("conflict", "The manager has left.")
