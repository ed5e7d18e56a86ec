"""Moving a manager's customers to others: asked for here, carried out by `handover_runner`.

How a handover goes, and what happens to calls meanwhile: docs/handover.md.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import msgspec

from voicegw.clock import Clock
from voicegw.directory.sharing import Sharing, share_out
from voicegw.errors import InvalidError, NotFoundError
from voicegw.model.audit import AuditEntry
from voicegw.model.directory import Manager, ManagerStatus
from voicegw.model.handover import (
    CANCELABLE,
    Candidate,
    Choice,
    Handover,
    HandoverState,
    ItemResult,
    LeftOutReason,
    RecipientKind,
    Recipients,
)
from voicegw.model.ids import IdKind, new_id
from voicegw.model.introduction import Introduction
from voicegw.store.directory import DirectoryRepository
from voicegw.store.handovers import CHUNK, HandoverRepository

#: Customers that are read at once.
_READ: Final = 1000


@dataclass(frozen=True, slots=True)
class HandoverRequest:
    """What is asked for. Of `to`, `manager_ids` may be empty where `group_id` names a group.

    `group_id` with `skills` stands for its active managers who have all these skills. `scope_ids`
    are the groups of which the one who asks sees managers and customers; None: all.
    """

    from_manager_id: str
    to: Recipients
    by: str
    why: str = ""
    choice: Choice = field(default_factory=Choice)
    at: datetime | None = None
    group_id: str | None = None
    skills: Sequence[str] = ()
    scope_ids: Sequence[str] | None = None
    introduction: Introduction | None = None
    moves_matters: bool = True


class HandoverService:
    """Checks and keeps what is asked for, and tells beforehand what would come of it.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(
        self,
        repository: HandoverRepository,
        directory: DirectoryRepository,
        clock: Clock,
        *,
        on_request: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_request` is called when there is something to carry out."""
        self.repository = repository
        self._directory = directory
        self._clock = clock
        self._on_request = on_request

    async def prepare(self, request: HandoverRequest) -> Handover:
        """Return the handover that is asked for, with its recipients named; nothing is written.

        Raises NotFoundError for the manager, InvalidError for anything else that can't be.
        """
        manager = await self._manager(request, request.from_manager_id)
        if manager is None:
            raise NotFoundError("manager", request.from_manager_id)
        to = await self._recipients(request, manager)
        await self._check_recipients(request, manager, to)
        now = self._clock.now()
        return Handover(
            id=new_id(IdKind.HANDOVER),
            from_manager_id=manager.id,
            state=HandoverState.STAGING,
            to=to,
            created_by=request.by,
            created_at=now,
            group_id=manager.group_id,
            choice=request.choice,
            why=request.why,
            scope_ids=None if request.scope_ids is None else sorted(request.scope_ids),
            introduction=request.introduction,
            moves_matters=request.moves_matters,
            switch_at=request.at if request.at is not None and request.at > now else None,
        )

    async def preview(self, handover: Handover) -> Handover:
        """Return `handover` with the counts it would have now; nothing is written."""
        sharing = await plan_shares(self.repository, handover)
        return msgspec.structs.replace(
            handover, shares=sharing.shares(), left_out=sharing.summary()
        )

    async def start(self, handover: Handover, entry: AuditEntry) -> None:
        """Keep `handover`, with the entry that it was asked for, and have it carried out."""
        await self.repository.add(handover, entry)
        self._on_request()

    async def cancel(self, handover_id: str, entry: AuditEntry) -> Handover:
        """Call a handover off.

        Raises NotFoundError, ConflictError `handover-state` when new owners answer already.
        """

        def canceled(handover: Handover) -> Handover:
            return msgspec.structs.replace(
                handover, state=HandoverState.CANCELED, finished_at=self._clock.now()
            )

        changed = await self.repository.change(handover_id, CANCELABLE, canceled, entry=entry)
        self._on_request()
        return changed

    async def with_progress(self, handover: Handover) -> Handover:
        """Return `handover` with how many records have followed by now."""
        if handover.state is not HandoverState.SWITCHING:
            return handover
        counts = await self.repository.counts(handover.id)
        moved = sum(n for (_, result), n in counts.items() if result is ItemResult.MOVED)
        return msgspec.structs.replace(handover, moved=moved)

    async def _recipients(self, request: HandoverRequest, manager: Manager) -> Recipients:
        to = request.to
        if to.kind is RecipientKind.DEPUTY:
            if manager.deputy_id is None:
                raise InvalidError("to.kind", "the manager has no deputy", kind="not-active")
            return msgspec.structs.replace(to, manager_ids=[manager.deputy_id])
        if to.kind is RecipientKind.BACK:
            await self._check_earlier(request)
            return msgspec.structs.replace(to, manager_ids=[manager.id])
        if to.kind is RecipientKind.EVENLY and request.group_id is not None:
            return msgspec.structs.replace(to, manager_ids=await self._able(request, manager))
        if not to.all_ids():
            raise InvalidError("to", "nobody is named", kind="missing")
        return msgspec.structs.replace(to, manager_ids=list(dict.fromkeys(to.manager_ids)))

    async def _able(self, request: HandoverRequest, manager: Manager) -> list[str]:
        """Return the active managers of the group who have all the skills, by id."""
        wanted = set(request.skills)
        found = [
            one.id
            for one in await self._directory.managers.all()
            if one.group_id == request.group_id
            and one.id != manager.id
            and one.status is ManagerStatus.ACTIVE
            and wanted <= set(one.skills)
            and _sees(request, one)
        ]
        if not found:
            raise InvalidError(
                "to.group_id", "it has no active manager with these skills", kind="not-active"
            )
        return found

    async def _check_earlier(self, request: HandoverRequest) -> None:
        if request.to.back_of is None:
            return
        earlier = await self.repository.get(request.to.back_of)
        if earlier is None or earlier.from_manager_id != request.from_manager_id:
            raise InvalidError("to.handover_id", "no handover from this manager", kind="not-found")
        if earlier.state is not HandoverState.DONE:
            raise InvalidError("to.handover_id", "that handover moved nobody", kind="not-active")

    async def _check_recipients(
        self, request: HandoverRequest, manager: Manager, to: Recipients
    ) -> None:
        back = to.kind is RecipientKind.BACK
        for manager_id in to.all_ids():
            one = manager if manager_id == manager.id else await self._manager(request, manager_id)
            if one is None:
                raise InvalidError("to", "no such manager", kind="not-found")
            if one.id == manager.id and not back:
                raise InvalidError("to", "the manager whose customers they are", kind="own-self")
            if one.status is ManagerStatus.DEPARTED:
                raise InvalidError("to", "a manager who has departed", kind="not-active")

    async def _manager(self, request: HandoverRequest, manager_id: str) -> Manager | None:
        manager = await self._directory.managers.get(manager_id)
        return manager if manager is not None and _sees(request, manager) else None


def _sees(request: HandoverRequest, manager: Manager) -> bool:
    return request.scope_ids is None or manager.group_id in request.scope_ids


async def plan_shares(repository: HandoverRepository, handover: Handover) -> Sharing:
    """Return who is to get whom of the customers that fit and are not staged yet.

    Tens of thousands are read and shared out beside the event loop's work, in pieces.
    """
    found: list[Candidate] = []
    page: Sequence[Candidate] = await repository.candidates(handover, limit=_READ)
    while page:
        found += page
        if len(page) < _READ:
            break
        page = await repository.candidates(handover, page[-1].customer_id, _READ)
    given: dict[str, int] = {}
    for (manager_id, _), count in (await repository.counts(handover.id)).items():
        given[manager_id] = given.get(manager_id, 0) + count
    sharing = await asyncio.to_thread(
        share_out, found, handover.to, scope_ids=handover.scope_ids, given=given
    )
    await _note_missing(repository, handover, {one.customer_id for one in found}, sharing)
    return sharing


async def _note_missing(
    repository: HandoverRepository, handover: Handover, found: set[str], sharing: Sharing
) -> None:
    """Tell of customers who were named and are not among those found."""
    named = [one for one in handover.choice.customer_ids or () if one not in found]
    for start in range(0, len(named), CHUNK):
        some = named[start : start + CHUNK]
        groups = await repository.known_groups(some)
        for customer_id in some:
            group_id = groups.get(customer_id)
            scope = handover.scope_ids
            hidden = group_id is None or (scope is not None and group_id not in scope)
            reason = LeftOutReason.UNKNOWN if hidden else LeftOutReason.OTHER_OWNER
            sharing.left_out[reason].append(customer_id)
