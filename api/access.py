"""What a role may do and which part of the directory it sees: decided here and nowhere else.

Two questions are asked of every request. *May this role do it?* is a table. *To which things?* is
a scope: the groups below the principal's own, and for a manager only what is the manager's own.
What a role may not see answers 404, as if it did not exist; what it sees but may not change, 403.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from api.auth import Principal
from api.problems import ApiProblem
from voicegw.clock import Clock
from voicegw.errors import InvalidError, StoreUnavailableError
from voicegw.model.directory import Grant, Group, Manager, Role


class Permission(StrEnum):
    """One thing a route lets its caller do."""

    CALLS_READ = "calls.read"
    CALLS_START = "calls.start"
    CALLS_DIAL_ANY = "calls.dial-any"
    """Dial, and explain, numbers that are no own customer's."""
    CALLS_HANGUP = "calls.hangup"
    CALLS_MOVE = "calls.move"
    """Hold customers, hand them on, have somebody join."""
    CALLS_TRACE = "calls.trace"
    RECORDINGS_READ = "recordings.read"
    RECORDINGS_LISTEN = "recordings.listen"
    RECORDINGS_PAUSE = "recordings.pause"
    RECORDINGS_HOLD = "recordings.hold"
    RECORDINGS_DELETE = "recordings.delete"
    RECORDINGS_REDACT = "recordings.redact"
    RECORDINGS_EXPORT = "recordings.export"
    AUDIT_READ = "audit.read"
    QUALITY_READ = "quality.read"
    QUALITY_WRITE = "quality.write"
    """Scripts, scorecards and samples."""
    REVIEWS_READ = "reviews.read"
    REVIEWS_ASSIGN = "reviews.assign"
    """Beginning them, giving them to reviewers, closing them and taking them back."""
    REVIEWS_SCORE = "reviews.score"
    REVIEWS_APPEAL = "reviews.appeal"
    DISCLOSE = "calls.disclose"
    """Have a script played to the customer in mid-call."""
    TASKS_READ = "tasks.read"
    TASKS_WORK = "tasks.work"
    """Telling what came of them."""
    TASKS_ASSIGN = "tasks.assign"
    """Making them, giving them to managers, cancelling them."""
    REPORTS_READ = "reports.read"
    """Figures of calls and tasks; those of quality go with reviews."""
    TASK_TYPES_WRITE = "task-types.write"
    """They are everybody's: administrators only."""
    DIRECTORY_READ = "directory.read"
    DIRECTORY_WRITE = "directory.write"
    MANAGERS_AWAY = "managers.away"
    """Saying that a manager is away, or back: a manager of the own record only."""
    FLOWS_WRITE = "flows.write"
    """Flows may ask systems outside: administrators only."""
    PROMPTS_WRITE = "prompts.write"
    """Every caller hears them: administrators only."""
    HANDOVER = "handover"
    """Move a manager's customers to others."""
    IMPORTS = "imports"
    EVENTS_READ = "events.read"
    WEBHOOKS = "webhooks"
    """Read and write them."""
    KEYS = "keys"
    USERS = "users"
    SYSTEM_READ = "system.read"


_READERS: Final = frozenset(
    {
        Permission.CALLS_READ,
        Permission.RECORDINGS_READ,
        Permission.RECORDINGS_LISTEN,
        Permission.DIRECTORY_READ,
        Permission.QUALITY_READ,
        Permission.REVIEWS_READ,
        Permission.TASKS_READ,
    }
)
_DIALS: Final = frozenset(
    {
        Permission.CALLS_START,
        Permission.CALLS_HANGUP,
        Permission.CALLS_MOVE,
        Permission.RECORDINGS_PAUSE,
        Permission.DISCLOSE,
        Permission.TASKS_WORK,
        Permission.TASKS_ASSIGN,
    }
)

GRANTS: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.ADMIN: frozenset(Permission),
    Role.COUNTY_MANAGER: _READERS
    | {Permission.CALLS_TRACE, Permission.EVENTS_READ, Permission.REPORTS_READ},
    Role.MANAGER: _READERS
    | _DIALS
    | {
        Permission.MANAGERS_AWAY,
        Permission.REVIEWS_APPEAL,
        Permission.EVENTS_READ,
        Permission.REPORTS_READ,
    },
    Role.QA_REVIEWER: _READERS
    | {
        Permission.QUALITY_WRITE,
        Permission.REVIEWS_ASSIGN,
        Permission.REVIEWS_SCORE,
        Permission.RECORDINGS_HOLD,
        Permission.RECORDINGS_REDACT,
        Permission.RECORDINGS_EXPORT,
    },
    Role.INTEGRATOR: _DIALS
    | {
        Permission.CALLS_DIAL_ANY,
        Permission.CALLS_READ,
        Permission.RECORDINGS_READ,
        Permission.QUALITY_READ,
        Permission.TASKS_READ,
        Permission.DIRECTORY_READ,
        Permission.DIRECTORY_WRITE,
        Permission.MANAGERS_AWAY,
        Permission.IMPORTS,
        Permission.EVENTS_READ,
        Permission.WEBHOOKS,
        Permission.SYSTEM_READ,
    },
}

_SEEN_WITH: Final[Mapping[Permission, Permission]] = {
    Permission.CALLS_START: Permission.CALLS_READ,
    Permission.CALLS_DIAL_ANY: Permission.CALLS_READ,
    Permission.CALLS_HANGUP: Permission.CALLS_READ,
    Permission.CALLS_MOVE: Permission.CALLS_READ,
    Permission.CALLS_TRACE: Permission.CALLS_READ,
    Permission.RECORDINGS_LISTEN: Permission.RECORDINGS_READ,
    Permission.RECORDINGS_PAUSE: Permission.CALLS_READ,
    Permission.DISCLOSE: Permission.CALLS_READ,
    Permission.RECORDINGS_HOLD: Permission.RECORDINGS_READ,
    Permission.RECORDINGS_DELETE: Permission.RECORDINGS_READ,
    Permission.RECORDINGS_REDACT: Permission.RECORDINGS_READ,
    Permission.RECORDINGS_EXPORT: Permission.RECORDINGS_READ,
    Permission.QUALITY_WRITE: Permission.QUALITY_READ,
    Permission.REVIEWS_ASSIGN: Permission.REVIEWS_READ,
    Permission.REVIEWS_SCORE: Permission.REVIEWS_READ,
    Permission.REVIEWS_APPEAL: Permission.REVIEWS_READ,
    Permission.DIRECTORY_WRITE: Permission.DIRECTORY_READ,
    Permission.MANAGERS_AWAY: Permission.DIRECTORY_READ,
    Permission.FLOWS_WRITE: Permission.DIRECTORY_READ,
    Permission.PROMPTS_WRITE: Permission.DIRECTORY_READ,
    Permission.TASKS_WORK: Permission.TASKS_READ,
    Permission.TASKS_ASSIGN: Permission.TASKS_READ,
    Permission.TASK_TYPES_WRITE: Permission.TASKS_READ,
    Permission.HANDOVER: Permission.DIRECTORY_READ,
}
"""Which permission makes the resource visible, so that lacking the other is 403 and not 404."""


GRANTED: Final[Mapping[Grant, frozenset[Permission]]] = {
    Grant.HANDOVER: frozenset({Permission.HANDOVER, Permission.MANAGERS_AWAY}),
    # Whoever may make tasks may make them of a file; within groups an import takes nothing else.
    Grant.ASSIGN: frozenset({Permission.TASKS_ASSIGN, Permission.IMPORTS}),
    Grant.DIAL_ANY: frozenset({Permission.CALLS_DIAL_ANY}),
}
"""What each grant adds to a role."""

GRANTABLE: Final[Mapping[Role, frozenset[Grant]]] = {
    Role.COUNTY_MANAGER: frozenset({Grant.HANDOVER, Grant.ASSIGN}),
    Role.MANAGER: frozenset({Grant.DIAL_ANY}),
}
"""The grants that each role may be given; roles that are not here take none."""


def permissions_of(
    role: Role, grants: Collection[Grant] = (), scopes: Collection[str] | None = None
) -> frozenset[Permission]:
    """Return what `role` may do with `grants`, limited to `scopes` where those are given.

    A scope takes away and never adds: one that the role lacks counts for nothing.
    """
    allowed = GRANTS[role].union(*(GRANTED[grant] for grant in grants))
    return allowed if scopes is None else allowed & frozenset(scopes)


def check_grants(role: Role, grants: Collection[Grant]) -> None:
    """Raise InvalidError when `role` does not take one of `grants`."""
    taken = GRANTABLE.get(role, frozenset())
    for grant in grants:
        if grant not in taken:
            what = ", ".join(sorted(taken)) or "none"
            raise InvalidError(
                "grants",
                f"the role {role} does not take {grant}; it takes {what}",
                kind="not-allowed",
            )


def check_scopes(role: Role, grants: Collection[Grant], scopes: Collection[str] | None) -> None:
    """Raise InvalidError when `scopes` is empty or names what `role` with `grants` may not do."""
    if scopes is None:
        return
    if not scopes:
        raise InvalidError(
            "scopes", "names nothing; leave it out for all of the role's", kind="missing"
        )
    lacking = sorted(set(scopes) - permissions_of(role, grants))
    if lacking:
        raise InvalidError(
            "scopes", f"the role {role} does not have {', '.join(lacking)}", kind="not-allowed"
        )


def demand(principal: Principal, permission: Permission) -> None:
    """Return when `principal` has `permission`, by role, grant and scope.

    Raises ApiProblem `forbidden` when it may at least see the resource, else `not-found`.
    """
    had = permissions_of(principal.role, principal.grants, principal.scopes)
    if permission in had:
        return
    if _SEEN_WITH.get(permission) in had:
        raise ApiProblem(
            "forbidden", f"The {_who_lacks(principal, permission)} lacks {permission}."
        )
    raise ApiProblem("not-found", "No such resource.")


def _who_lacks(principal: Principal, permission: Permission) -> str:
    """Say what would have to change: what the key is limited to, or whose it is."""
    if permission in permissions_of(principal.role, principal.grants):
        return "key, by its scopes,"
    return f"role {principal.role}"


@dataclass(frozen=True, slots=True)
class Scope:
    """What part of everything a principal sees.

    `group_ids` None means all groups. `manager_id` narrows calls, recordings and customers to one
    manager's own; `own_only` says so even where that manager is not known, and then none is seen.
    """

    role: Role
    group_ids: frozenset[str] | None = None
    manager_id: str | None = None
    own_only: bool = False
    above_ids: frozenset[str] = frozenset()
    """The groups above the principal's own, whose hotlines its calls may show."""
    home_id: str | None = None
    """The principal's own group, whose area code completes local numbers."""

    def has_group(self, group_id: str | None) -> bool:
        """Whether things of this group are seen."""
        return self.group_ids is None or group_id in self.group_ids

    def has(self, group_id: str | None, owner_id: str | None) -> bool:
        """Whether a call, recording or customer of this group and this manager is seen."""
        if self.own_only:
            return self.manager_id is not None and owner_id == self.manager_id
        return self.has_group(group_id)

    def has_hotline(self, group_id: str) -> bool:
        """Whether a hotline of this group is seen: one's own, those below, and those above."""
        return self.has_group(group_id) or group_id in self.above_ids

    @property
    def is_limited(self) -> bool:
        """Whether there may be calls, recordings or customers that are not seen."""
        return self.own_only or self.group_ids is not None

    @property
    def is_empty(self) -> bool:
        """Whether no call, recording or customer at all is seen."""
        if self.own_only:
            return self.manager_id is None
        return self.group_ids is not None and not self.group_ids


@dataclass(frozen=True, slots=True)
class Listing:
    """The filters that keep a list within a scope; None doesn't filter."""

    group_ids: Sequence[str] | None
    manager_id: str | None


class GroupSource(Protocol):
    """Where groups are read."""

    async def all(self) -> Sequence[Group]:
        """Return every group."""
        ...


class ManagerSource(Protocol):
    """Where managers are read."""

    async def get(self, manager_id: str) -> Manager | None:
        """Return a manager by id."""
        ...


class Scopes:
    """Works out scopes; keeps the tree of groups for a few seconds, longer while the store is away.

    Reading the tree costs one query; everything else is memory.
    """

    def __init__(
        self, groups: GroupSource, managers: ManagerSource, clock: Clock, *, ttl_s: float = 5.0
    ) -> None:
        """Nothing is read before the first principal with a group asks."""
        self._groups = groups
        self._managers = managers
        self._clock = clock
        self._ttl_s = ttl_s
        self._tree: dict[str, Group] = {}
        self._children: dict[str, list[str]] = {}
        self._expires_s = float("-inf")

    def invalidate(self) -> None:
        """Read the tree again at the next question; call it when a group was changed."""
        self._expires_s = float("-inf")

    async def scope(self, principal: Principal) -> Scope:
        """Return what `principal` sees.

        Raises StoreUnavailableError when the tree was never read and can't be read now.
        """
        role = principal.role
        own_only = role is Role.MANAGER
        top = principal.group_id
        if top is None and own_only and principal.manager_id is not None:
            manager = await self._managers.get(principal.manager_id)
            top = manager.group_id if manager is not None else None
        if top is not None:
            below = await self.below(top)
            return Scope(role, below, principal.manager_id, own_only, self._above(top), top)
        if role in {Role.COUNTY_MANAGER, Role.MANAGER}:
            return Scope(role, frozenset(), principal.manager_id, own_only)
        return Scope(role)

    async def below(self, group_id: str) -> frozenset[str]:
        """Return `group_id` and every group below it."""
        await self._refresh()
        found: set[str] = set()
        waiting = [group_id]
        while waiting:
            current = waiting.pop()
            if current not in found:
                found.add(current)
                waiting.extend(self._children.get(current, ()))
        return frozenset(found)

    async def listing(
        self,
        scope: Scope,
        group_id: str | None,
        manager_id: str | None,
        *,
        below: bool = True,
    ) -> Listing | None:
        """Return how a list of calls, recordings or customers is to be filtered.

        `group_id` and `manager_id` are what the client asked for, the groups `below` it, too, or
        not. None: nothing would be seen.
        """
        if scope.is_empty:
            return None
        if scope.own_only:
            if manager_id not in {None, scope.manager_id}:
                return None
            manager_id = scope.manager_id
            if group_id is None:
                # What is the manager's own may well belong to another group than the manager.
                return Listing(None, manager_id)
        if below or group_id is None:
            groups = await self.narrowed(scope, group_id)
        else:
            groups = [group_id] if scope.has_group(group_id) else ()
        return Listing(groups, manager_id) if groups is None or groups else None

    async def narrowed(self, scope: Scope, group_id: str | None) -> Sequence[str] | None:
        """Return the groups that a list filtered by `group_id` may show; None for all.

        Nothing (an empty sequence) when the scope doesn't reach that group.
        """
        if group_id is None:
            return None if scope.group_ids is None else sorted(scope.group_ids)
        return sorted(await self.below(group_id)) if scope.has_group(group_id) else ()

    async def area_code(self, group_id: str) -> str | None:
        """Return what completes local numbers in this group."""
        await self._refresh()
        group = self._tree.get(group_id)
        return group.area_code if group is not None else None

    def _above(self, group_id: str) -> frozenset[str]:
        found: set[str] = set()
        group = self._tree.get(group_id)
        while group is not None and group.parent_id is not None and group.parent_id not in found:
            found.add(group.parent_id)
            group = self._tree.get(group.parent_id)
        return frozenset(found)

    async def _refresh(self) -> None:
        now_s = self._clock.monotonic()
        if now_s < self._expires_s:
            return
        try:
            groups = await self._groups.all()
        except StoreUnavailableError:
            if self._tree:
                return
            raise
        children: dict[str, list[str]] = {}
        for group in groups:
            if group.parent_id is not None:
                children.setdefault(group.parent_id, []).append(group.id)
        self._tree = {group.id: group for group in groups}
        self._children = children
        self._expires_s = now_s + self._ttl_s
