"""What the routes of documents do that belong to a group or to everybody: scripts, scorecards.

A document of a group is within reach of who may use the group; everybody's is seen by all, and
changed by whoever is bound to no group.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, cast

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from api.audit import Subject, changed_fields, note
from api.dependencies import Caller
from api.guards import check_external_id, check_group, taken_elsewhere
from api.preconditions import etag, expected_revision
from api.services import ApiServices
from api.views import empty_page, respond, respond_page
from voicegw.errors import NotFoundError
from voicegw.model.audit import AuditAction, SubjectKind
from voicegw.model.ids import IdKind, new_id
from voicegw.store.owned_documents import OwnedDocument, OwnedDocumentRepository


class DocumentBody(Protocol):
    """What the body of a request that brings a document has."""

    @property
    def external_id(self) -> str | None:
        """The document's name in another system."""
        ...


D = TypeVar("D", bound=OwnedDocument)
B = TypeVar("B", bound=DocumentBody)


@dataclass(frozen=True, slots=True)
class OwnedDocuments(Generic[D, B]):
    """One kind of documents. Every method raises what its routes answer as a problem.

    `name` is the kind's in messages, `path` that of its collection. `make` makes a document with
    an id from a request's body, `check` raises InvalidError for one that is not sound. What is
    written stands in the audit log before, as `action` done to a `kind`.
    """

    name: str
    path: str
    id_kind: IdKind
    kind: SubjectKind
    action: AuditAction
    repository: Callable[[ApiServices], OwnedDocumentRepository[D]]
    make: Callable[[ApiServices, str, B], D]
    check: Callable[[D], None]
    view: Callable[[D], dict[str, Any]]

    async def list(
        self,
        services: ApiServices,
        caller: Caller,
        *,
        limit: int,
        cursor: str | None,
        active: bool | None = None,
    ) -> Response:
        """Return a page of those of the caller's groups and everybody's, the oldest first."""
        groups = await services.scopes.narrowed(caller.scope, None)
        if groups is not None and not groups:
            return empty_page()
        page = await self.repository(services).list(
            group_ids=groups, active=active, limit=limit, cursor=cursor
        )
        return await respond_page(page, self.view)

    async def create(
        self, services: ApiServices, caller: Caller, request: Request, body: B
    ) -> Response:
        """Add a document and return it."""
        document = self.make(services, new_id(self.id_kind), body)
        self._check(caller, document)
        await self._note(services, caller, request, document, how="created")
        await self.repository(services).create(document)
        return self.shown(document, 201)

    async def by_external_id(
        self, services: ApiServices, caller: Caller, external_id: str
    ) -> Response:
        """Return the document that another system calls `external_id`."""
        document = await self.repository(services).get_by_external_id(external_id)
        if document is None or not _is_seen(caller, document):
            raise NotFoundError(self.name, external_id)
        return self.shown(document)

    async def put_by_external_id(
        self, services: ApiServices, caller: Caller, request: Request, external_id: str, body: B
    ) -> Response:
        """Add or replace the document that another system calls `external_id`; return it."""
        check_external_id(external_id, body.external_id)
        repository = self.repository(services)
        known = await repository.get_by_external_id(external_id)
        if known is not None and not _is_seen(caller, known):
            raise taken_elsewhere(self.name)
        wanted = self.make(services, known.id if known else new_id(self.id_kind), body)
        wanted.external_id = external_id
        self._check(caller, wanted)
        if known is None:
            await self._note(services, caller, request, wanted, how="created")
            await repository.create(wanted)
            return self.shown(wanted, 201)
        self._check(caller, known)
        await self._note(services, caller, request, wanted, how="replaced", known=known)
        return self.shown(await repository.replace(wanted, expected_version=None))

    async def replace(
        self,
        services: ApiServices,
        caller: Caller,
        request: Request,
        document_id: str,
        body: B,
        *,
        if_match: str | None,
    ) -> Response:
        """Replace a document, one version up, and return it."""
        known = await self.seen(services, caller, document_id)
        self._check(caller, known)
        wanted = self.make(services, document_id, body)
        self._check(caller, wanted)
        await self._note(services, caller, request, wanted, how="replaced", known=known)
        replaced = await self.repository(services).replace(
            wanted, expected_version=expected_revision(if_match)
        )
        return self.shown(replaced)

    async def delete(
        self, services: ApiServices, caller: Caller, request: Request, document_id: str
    ) -> Response:
        """Remove a document."""
        known = await self.seen(services, caller, document_id)
        self._check(caller, known)
        await self._note(services, caller, request, known, how="deleted")
        await self.repository(services).delete(document_id)
        return Response(status_code=204)

    async def seen(self, services: ApiServices, caller: Caller, document_id: str) -> D:
        """Return a document that the caller may use. Raises NotFoundError."""
        document = await self.found(services, caller, document_id)
        if document is None:
            raise NotFoundError(self.name, document_id)
        return document

    async def found(self, services: ApiServices, caller: Caller, document_id: str) -> D | None:
        """Return a document that the caller may use, None where there is none."""
        document = await self.repository(services).get(document_id)
        return document if document is not None and _is_seen(caller, document) else None

    def shown(self, document: D, status: int = 200) -> Response:
        """Return the answer that shows `document`."""
        headers = etag(document.version)
        if status == 201:
            headers["Location"] = f"{self.path}/{document.id}"
        return respond(self.view(document), status, headers)

    async def _note(
        self,
        services: ApiServices,
        caller: Caller,
        request: Request,
        document: D,
        *,
        how: str,
        known: D | None = None,
    ) -> None:
        """Write who does what to a document, and to which fields of the one that is known."""
        subject = Subject(self.kind, document.id, document.group_id)
        detail = (
            {}
            if known is None
            else {
                "fields": changed_fields(
                    cast(msgspec.Struct, known), cast(msgspec.Struct, document)
                )
            }
        )
        await note(services, caller, request, self.action, subject, how=how, **detail)

    def _check(self, caller: Caller, document: D) -> None:
        """Raise InvalidError unless it is sound and its group within the caller's reach."""
        if document.group_id is not None or caller.scope.group_ids is not None:
            check_group(caller, "group_id", document.group_id or "")
        self.check(document)


def _is_seen(caller: Caller, document: OwnedDocument) -> bool:
    return document.group_id is None or caller.scope.has_group(document.group_id)
