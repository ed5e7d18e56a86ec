"""What the routes of documents do that are known by a name and ship with the product.

They are everybody's: all may read them who may read at all, and who is bound to no group changes
them. What is put takes the place of the shipped one of its name, until it is deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from api.audit import Subject, note
from api.dependencies import Caller
from api.preconditions import RESULT, require_known, tag_of
from api.problems import ApiProblem
from api.services import ApiServices
from api.views import respond
from voicegw.directory.service import Put
from voicegw.errors import NotFoundError
from voicegw.model.audit import AuditAction, SubjectKind
from voicegw.store.named_documents import NamedDocument, NamedDocumentRepository

D = TypeVar("D", bound=NamedDocument)


@dataclass(frozen=True, slots=True)
class NamedDocuments(Generic[D]):
    """One kind of documents. Every method raises what its routes answer as a problem.

    `name` is the kind's in errors, `words` in sentences, `path` that of its collection. `shipped`
    are those of the product. What is written stands in the audit log before, as `action` done to a
    `kind`.
    """

    name: str
    words: str
    path: str
    kind: SubjectKind
    action: AuditAction
    shipped: Mapping[str, D]
    repository: Callable[[ApiServices], NamedDocumentRepository[D]]
    view: Callable[[D], dict[str, Any]]
    address: Callable[[D], str] | None = None
    """Where a document is read; without it at its name below `path`."""

    def check_caller(self, caller: Caller) -> None:
        """Raise ApiProblem `forbidden` for who is bound to a group."""
        if caller.scope.group_ids is not None:
            raise ApiProblem("forbidden", f"{self.words} are for keys that see all groups.")

    async def put(
        self,
        services: ApiServices,
        caller: Caller,
        request: Request,
        document: D,
        *,
        if_match: str | None,
    ) -> Response:
        """Put a sound `document` in place of what has its name, and return it.

        With `if_match` it is compared where it is written: of two who have read the same, one is
        told that it has changed.
        """
        put = (await self.repository(services).all()).get(document.name)
        known = put or self.shipped.get(document.name)
        expected = require_known(if_match, _record(known))
        if known == document:
            return self.shown(document, how=Put.UNCHANGED)
        await self._note(services, caller, request, document.name, "put")
        await self.repository(services).put(document, expected=put, is_checked=expected is not None)
        return self.shown(document, how=Put.CREATED if known is None else Put.REPLACED)

    async def delete(
        self,
        services: ApiServices,
        caller: Caller,
        request: Request,
        name: str,
        *,
        if_match: str | None,
    ) -> Response:
        """Take back what was put by this name; the shipped one holds again."""
        put = (await self.repository(services).all()).get(name)
        expected = require_known(if_match, _record(put or self.shipped.get(name)))
        if put is None:
            raise NotFoundError(self.name, name)
        await self._note(services, caller, request, name, "deleted")
        await self.repository(services).delete(name, expected=put if expected is not None else None)
        return Response(status_code=204)

    def shown(self, document: D, *, how: Put | None = None) -> Response:
        """Return the answer that shows `document`, and what was done to it."""
        headers = {"ETag": tag_of(cast(msgspec.Struct, document))}
        if how is not None:
            at = f"{self.path}/{document.name}" if self.address is None else self.address(document)
            headers |= {RESULT: how, "Location": at}
        return respond(self.view(document), 201 if how is Put.CREATED else 200, headers)

    async def _note(
        self, services: ApiServices, caller: Caller, request: Request, name: str, how: str
    ) -> None:
        await note(services, caller, request, self.action, Subject(self.kind, name), how=how)


def _record(document: NamedDocument | None) -> msgspec.Struct | None:
    return cast(msgspec.Struct | None, document)
