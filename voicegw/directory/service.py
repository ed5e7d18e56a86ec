"""The rules of the directory: what may be written, in which form. Used by the API, CLI, imports.

Methods take whole records of :mod:`voicegw.model.directory`; an empty `id` asks for a new one.
What is written is returned as it was written: numbers normalised, texts stripped. Reading needs no
rules: use the repositories (`service.repository.customers.list(...)`).

All methods raise StoreUnavailableError when the store can't be used, and InvalidError, naming the
field, for a value that can't be accepted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from typing import Final, TypeVar

import msgspec

from voicegw.clock import Clock
from voicegw.directory import rules
from voicegw.directory.customer_batch import BatchResult, CustomerBatch, Make
from voicegw.directory.pins import hash_pin
from voicegw.errors import ConflictError, InvalidError, NotFoundError
from voicegw.model.directory import Customer, DoNotCall, Group, Hotline, Manager
from voicegw.model.ids import IdKind, new_id
from voicegw.model.introduction import Introduction
from voicegw.store.customers import Change
from voicegw.store.directory import DirectoryRepository

T = TypeVar("T")

#: How often a wish is noted in a record that others change meanwhile.
_TRIES: Final = 5


class Put(StrEnum):
    """What became of a record that was put by its external id."""

    CREATED = "created"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"
    """It was the same already; nothing was written."""


class DirectoryService:
    """Creates, changes and deletes groups, hotlines, managers and customers."""

    def __init__(
        self,
        repository: DirectoryRepository,
        clock: Clock,
        *,
        region: str = "CN",
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        """Write through `repository`; `region` is where national numbers are at home.

        `on_change` is called after each write, so that caches of this node can be emptied.
        """
        self.repository = repository
        self._clock = clock
        self._region = region
        self._on_change = on_change

    async def create_group(self, group: Group) -> Group:
        """Add a group. Raises ConflictError when its external id is taken."""
        ready = await self._checked_group(_with_id(group, IdKind.GROUP))
        await self.repository.groups.create(ready)
        return self._written(ready)

    async def update_group(self, group: Group, *, expected: Group | None = None) -> Group:
        """Replace the group of the same id.

        Raises NotFoundError, ConflictError; `revision-changed` when it is not as `expected`.
        """
        ready = await self._checked_group(group)
        await self.repository.groups.update(ready, expected=expected)
        return self._written(ready)

    async def put_group(self, group: Group, *, expected: Group | None = None) -> tuple[Group, Put]:
        """Create or replace by external id, and tell which; what is the same is not written.

        Raises ConflictError; `revision-changed` when it is not as `expected`.
        """
        external_id = rules.require_text("external_id", group.external_id)
        return await _put(
            group,
            find=lambda: self.repository.groups.get_by_external_id(external_id),
            check=self._checked_group,
            create=self.create_group,
            update=lambda ready: self.update_group(ready, expected=expected),
        )

    async def delete_group(self, group_id: str) -> None:
        """Remove an empty group. Raises NotFoundError, ConflictError while it is not empty."""
        await self.repository.groups.delete(group_id)
        self._on_change()

    async def create_hotline(self, hotline: Hotline) -> Hotline:
        """Add a hotline. Raises ConflictError when its number is taken."""
        ready = await self._checked_hotline(_with_id(hotline, IdKind.HOTLINE))
        await self.repository.hotlines.create(ready)
        return self._written(ready)

    async def update_hotline(self, hotline: Hotline, *, expected: Hotline | None = None) -> Hotline:
        """Replace the hotline of the same id.

        Raises NotFoundError, ConflictError; `revision-changed` when it is not as `expected`.
        """
        ready = await self._checked_hotline(hotline)
        await self.repository.hotlines.update(ready, expected=expected)
        return self._written(ready)

    async def put_hotline(
        self, hotline: Hotline, *, expected: Hotline | None = None
    ) -> tuple[Hotline, Put]:
        """Create or replace by external id, and tell which; what is the same is not written.

        Raises ConflictError; `revision-changed` when it is not as `expected`.
        """
        external_id = rules.require_text("external_id", hotline.external_id)
        return await _put(
            hotline,
            find=lambda: self.repository.hotlines.get_by_external_id(external_id),
            check=self._checked_hotline,
            create=self.create_hotline,
            update=lambda ready: self.update_hotline(ready, expected=expected),
        )

    async def delete_hotline(self, hotline_id: str) -> None:
        """Remove a hotline. Raises NotFoundError."""
        await self.repository.hotlines.delete(hotline_id)
        self._on_change()

    async def create_manager(self, manager: Manager) -> Manager:
        """Add a manager. Raises ConflictError when the external id is taken."""
        ready = await self._checked_manager(_with_id(manager, IdKind.MANAGER))
        await self.repository.managers.create(ready)
        return self._written(ready)

    async def update_manager(self, manager: Manager, *, expected: Manager | None = None) -> Manager:
        """Replace the manager of the same id, but for the PIN.

        What is returned has the `pin_hash` that was given, not the one that is kept. Raises
        NotFoundError, ConflictError; `revision-changed` when it is not as `expected`.
        """
        ready = await self._checked_manager(manager)
        await self.repository.managers.update(ready, expected=expected)
        return self._written(ready)

    async def put_manager(
        self, manager: Manager, *, expected: Manager | None = None
    ) -> tuple[Manager, Put]:
        """Create or replace by external id, and tell which; what is the same is not written.

        Raises ConflictError; `revision-changed` when it is not as `expected`.
        """
        external_id = rules.require_text("external_id", manager.external_id)
        return await _put(
            manager,
            find=lambda: self.repository.managers.get_by_external_id(external_id),
            check=self._checked_manager,
            create=self.create_manager,
            update=lambda ready: self.update_manager(ready, expected=expected),
        )

    async def set_pin(self, manager_id: str, pin: str | None) -> None:
        """Set a manager's PIN of 4 to 12 digits, or take it away. Raises NotFoundError."""
        pin_hash = None if pin is None else await asyncio.to_thread(hash_pin, pin)
        await self.repository.managers.set_pin(manager_id, pin_hash)
        self._on_change()

    async def delete_manager(self, manager_id: str) -> None:
        """Remove a manager. Raises NotFoundError, ConflictError while customers are owned."""
        await self.repository.managers.delete(manager_id)
        self._on_change()

    async def create_customer(
        self,
        customer: Customer,
        *,
        by: str,
        role: str = "",
        why: str = "",
        introduction: Introduction | None = None,
    ) -> Customer:
        """Add a customer; `by` (a principal) and `why` go into the history of owners.

        `role` is that of `by`, for the audit log; `introduction` is how the owner gets known.
        Raises ConflictError when the external id or the code is taken.
        """
        ready = await self._checked_customer(_with_id(customer, IdKind.CUSTOMER))
        change = Change(by, why, self._clock.now(), role, introduction)
        await self.repository.customers.create(ready, change)
        return self._written(ready)

    async def update_customer(
        self,
        customer: Customer,
        *,
        by: str,
        role: str = "",
        why: str = "",
        introduction: Introduction | None = None,
        expected: Customer | None = None,
    ) -> Customer:
        """Replace the customer of the same id.

        Raises NotFoundError, ConflictError; `revision-changed` when it is not as `expected`.
        """
        ready = await self._checked_customer(customer)
        change = Change(by, why, self._clock.now(), role, introduction)
        await self.repository.customers.update(ready, change, expected=expected)
        return self._written(ready)

    async def put_customer(
        self,
        customer: Customer,
        *,
        by: str,
        role: str = "",
        why: str = "",
        introduction: Introduction | None = None,
        expected: Customer | None = None,
    ) -> tuple[Customer, Put]:
        """Create or replace by external id, and tell which; what is the same is not written.

        Raises ConflictError; `revision-changed` when it is not as `expected`.
        """
        external_id = rules.require_text("external_id", customer.external_id)
        return await _put(
            customer,
            find=lambda: self.repository.customers.get_by_external_id(external_id),
            check=self._checked_customer,
            create=lambda new: self.create_customer(
                new, by=by, role=role, why=why, introduction=introduction
            ),
            update=lambda ready: self.update_customer(
                ready, by=by, role=role, why=why, introduction=introduction, expected=expected
            ),
        )

    async def note_wish(
        self, customer_id: str, wish: DoNotCall, *, by: str, role: str = ""
    ) -> Customer:
        """Note a customer's wish not to be called; one that is noted already stays as it is.

        Raises NotFoundError, and ConflictError `revision-changed` while others keep changing it.
        """
        tries = 0
        while True:
            known = await self.repository.customers.get(customer_id)
            if known is None:
                raise NotFoundError("customer", customer_id)
            if known.do_not_call is not None:
                return known
            wanted = msgspec.structs.replace(known, do_not_call=wish)
            try:
                return await self.update_customer(wanted, by=by, role=role, expected=known)
            except ConflictError as error:
                tries += 1
                if error.slug != "revision-changed" or tries == _TRIES:
                    raise

    async def put_customers(
        self,
        wanted: Mapping[str, Make],
        *,
        by: str,
        role: str = "",
        why: str = "",
        introduction: Introduction | None = None,
    ) -> dict[str, BatchResult]:
        """Create or replace customers by external id; return what became of each.

        Each is made, by the rules, of what is known of it in the moment in which it is written.
        """
        change = Change(by, why, self._clock.now(), role, introduction)
        results = await CustomerBatch(self.repository.customers).write(wanted, change)
        self._on_change()
        return results

    async def delete_customer(self, customer_id: str) -> None:
        """Remove a customer; the history of its owners stays. Raises NotFoundError."""
        await self.repository.customers.delete(customer_id, self._clock.now())
        self._on_change()

    def _written(self, record: T) -> T:
        self._on_change()
        return record

    async def _checked_group(self, group: Group) -> Group:
        ready = rules.checked_group(group)
        seen = {ready.id}
        ancestor_id = ready.parent_id
        while ancestor_id is not None:
            if ancestor_id in seen:
                raise InvalidError("parent_id", "a group can't be below itself", kind="own-self")
            seen.add(ancestor_id)
            ancestor = await self._group("parent_id", ancestor_id)
            ancestor_id = ancestor.parent_id
        return ready

    async def _checked_hotline(self, hotline: Hotline) -> Hotline:
        group = await self._group("group_id", hotline.group_id)
        return rules.checked_hotline(hotline, group, self._region)

    async def _checked_manager(self, manager: Manager) -> Manager:
        group = await self._group("group_id", manager.group_id)
        ready = rules.checked_manager(manager, group, self._region)
        if ready.deputy_id is not None:
            await self._manager("deputy_id", ready.deputy_id)
        return ready

    async def _checked_customer(self, customer: Customer) -> Customer:
        group = await self._group("group_id", customer.group_id)
        ready = rules.checked_customer(customer, group, self._region)
        if ready.owner_id is not None:
            await self._manager("owner_id", ready.owner_id)
        return ready

    async def _group(self, field: str, group_id: str) -> Group:
        group = await self.repository.groups.get(group_id)
        if group is None:
            raise InvalidError(field, "no such group", kind="not-found")
        return group

    async def _manager(self, field: str, manager_id: str) -> Manager:
        manager = await self.repository.managers.get(manager_id)
        if manager is None:
            raise InvalidError(field, "no such manager", kind="not-found")
        return manager


R = TypeVar("R", Group, Hotline, Manager, Customer)


async def _put(
    record: R,
    *,
    find: Callable[[], Awaitable[R | None]],
    check: Callable[[R], Awaitable[R]],
    create: Callable[[R], Awaitable[R]],
    update: Callable[[R], Awaitable[R]],
) -> tuple[R, Put]:
    """Create a record, or replace the known one where it is another, and tell which."""
    known = await find()
    if known is None:
        try:
            return await create(msgspec.structs.replace(record, id="")), Put.CREATED
        except ConflictError:
            # Another request may have created it meanwhile; then this one comes second.
            known = await find()
            if known is None:
                raise
    ready = await check(msgspec.structs.replace(record, id=known.id))
    if ready == known:
        return known, Put.UNCHANGED
    return await update(ready), Put.REPLACED


def _with_id(record: R, kind: IdKind) -> R:
    return record if record.id else msgspec.structs.replace(record, id=new_id(kind))
