"""The directory: groups, managers and customers, kept in step with a system of your own."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from datetime import datetime
from typing import Any, Generic, TypeVar, Unpack

from voicegw.client.aio.transport import Transport, read
from voicegw.client.models import (
    Customer,
    CustomerBody,
    CustomerRecord,
    Group,
    GroupBody,
    Manager,
    ManagerBody,
    Sync,
)
from voicegw.client.models.filters import CustomerFilters, GroupFilters, ManagerFilters
from voicegw.client.page import Page
from voicegw.client.request import query, request, segment
from voicegw.client.stored import Stored
from voicegw.client.sync_batches import batches, together

View = TypeVar("View")
Body = TypeVar("Body")


class Records(Generic[View, Body]):
    """Records of one kind, known by id or by what another system calls them."""

    def __init__(self, transport: Transport, path: str, kind: type[View]) -> None:
        """All requests go by `transport`, to `path`."""
        self._transport = transport
        self._path = path
        self._kind = kind

    async def get(self, record_id: str) -> View:
        """Return a record. Raise NotFoundError."""
        asked = request("GET", f"{self._path}/{segment(record_id)}")
        return await self._transport.get(asked, self._kind)

    async def by_external_id(self, external_id: str) -> Stored[View]:
        """Return the record that another system calls so, with its tag. Raise NotFoundError."""
        return await self._stored("GET", external_id, None, {})

    async def put(
        self,
        external_id: str,
        body: Body,
        *,
        if_match: str | None = None,
    ) -> Stored[View]:
        """Create or replace the record that another system calls so; repeating it changes nothing.

        Fields that are not given take their defaults. With `if_match`, the tag of what you have
        read, a PreconditionFailedError is raised when somebody has changed it since.
        """
        headers = {} if if_match is None else {"If-Match": if_match}
        return await self._stored("PUT", external_id, body, headers)

    async def _stored(
        self, method: str, external_id: str, body: Any, headers: dict[str, str]
    ) -> Stored[View]:
        path = f"{self._path}/by-external-id/{segment(external_id)}"
        answer = await self._transport.send(request(method, path, headers=headers, body=body))
        return Stored(
            record=read(answer, self._kind),
            etag=answer.headers.get("etag", ""),
            result=answer.headers.get("voicegw-result", ""),
        )


class Groups(Records[Group, GroupBody]):
    """Groups of managers, hotlines and customers, in a tree."""

    def list(self, **filters: Unpack[GroupFilters]) -> AsyncGenerator[Group, None]:
        """Yield all groups that fit."""
        return self._transport.pages(self._path, Page[Group], query(filters))


class Managers(Records[Manager, ManagerBody]):
    """Account managers and their telephones."""

    def list(self, **filters: Unpack[ManagerFilters]) -> AsyncGenerator[Manager, None]:
        """Yield all managers that fit."""
        return self._transport.pages(self._path, Page[Manager], query(filters))

    async def away(
        self, manager_id: str, *, until: datetime | None = None, deputy_id: str | None = None
    ) -> Manager:
        """Say that a manager is away until then, or until told otherwise; the deputy is rung.

        Raise NotFoundError; ConflictError for one who has left.
        """
        body = {"until": until, "deputy_id": deputy_id}
        asked = request("PUT", self._away(manager_id), body=body)
        return await self._transport.get(asked, Manager)

    async def back(self, manager_id: str) -> Manager:
        """Say that a manager is back. Raise NotFoundError; ConflictError for one who has left."""
        return await self._transport.get(request("DELETE", self._away(manager_id)), Manager)

    def _away(self, manager_id: str) -> str:
        return f"{self._path}/{segment(manager_id)}/away"


class Customers(Records[Customer, CustomerBody]):
    """Customers, their numbers and whose they are."""

    def list(self, **filters: Unpack[CustomerFilters]) -> AsyncGenerator[Customer, None]:
        """Yield all customers that fit."""
        return self._transport.pages(self._path, Page[Customer], query(filters))

    async def sync(self, records: Iterable[CustomerRecord]) -> Sync:
        """Create or replace any number of customers by what your system calls them.

        `items` has the result of each, in order. One that is refused does not keep the others
        away; what is the same already is not written. It may be repeated, after an error too.
        """
        answers = []
        for batch in batches(records):
            asked = request("POST", f"{self._path}/sync", body={"items": batch}, repeatable=True)
            answers.append(await self._transport.get(asked, Sync))
        return together(answers)
