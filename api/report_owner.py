"""What the owner of a scheduled report may see now: the rights of its making are those of today."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from api.access import Listing, Permission, Scopes, demand, permissions_of
from api.auth import Principal, principal_of_key
from api.dependencies import Caller
from api.sessions import principal_of_user
from voicegw.clock import Clock
from voicegw.model.report import ReportKind
from voicegw.store.keys import KeyRepository
from voicegw.store.users import UserRepository


def needed_for(report: ReportKind) -> Collection[Permission]:
    """Return what whoever reads a report, or has it made, must be allowed."""
    if report is ReportKind.SCORES:
        return (Permission.REPORTS_READ, Permission.REVIEWS_READ)
    return (Permission.REPORTS_READ,)


def check_report(caller: Caller, report: ReportKind) -> None:
    """Return when `caller` may read `report`. Raises ApiProblem."""
    for permission in needed_for(report):
        demand(caller.principal, permission)


@dataclass(frozen=True, slots=True)
class OwnerSees:
    """What a report for its owner is limited to. `group_id` is the owner's own."""

    listing: Listing
    group_id: str | None


class ReportOwners:
    """Looks owners up. Raises StoreUnavailableError when the store can't be asked."""

    def __init__(
        self, keys: KeyRepository, users: UserRepository, scopes: Scopes, clock: Clock
    ) -> None:
        """An owner is a key or a user."""
        self._keys = keys
        self._users = users
        self._scopes = scopes
        self._clock = clock

    async def sees(
        self, owner: str, report: ReportKind, group_id: str | None, manager_id: str | None
    ) -> OwnerSees | None:
        """Return what `owner` may see in `report` of this group and manager; None: nothing more."""
        principal = await self._principal(owner)
        if principal is None or not _permissions(principal).issuperset(needed_for(report)):
            return None
        scope = await self._scopes.scope(principal)
        listing = await self._scopes.listing(scope, group_id, manager_id)
        return None if listing is None else OwnerSees(listing, principal.group_id)

    async def _principal(self, owner: str) -> Principal | None:
        key = await self._keys.get(owner)
        if key is not None:
            now = self._clock.now()
            is_over = key.revoked_at is not None or (
                key.expires_at is not None and key.expires_at <= now
            )
            return None if is_over else principal_of_key(key)
        user = await self._users.get(owner)
        return principal_of_user(user) if user is not None and user.is_active else None


def _permissions(principal: Principal) -> frozenset[Permission]:
    return permissions_of(principal.role, principal.grants, principal.scopes)
