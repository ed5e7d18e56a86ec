"""From what was asked for to an export: within the caller's scope, noted, begun."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Final

import msgspec
from starlette.requests import Request

from api.access import Permission
from api.audit import Subject, note
from api.dependencies import Caller
from api.problems import ApiProblem
from api.recording_query import RecordingQuery, filter_for
from api.schemas.exports import DossierBody, ExportBody, ExportFilters
from api.services import ApiServices
from recordings.care.dossier_request import DossierRequest
from recordings.care.export_service import ArchiveRequest
from recordings.care.recordings_request import RecordingsRequest
from voicegw.errors import InvalidError, NotFoundError, StartError
from voicegw.events.outward import record_shown
from voicegw.identity import mask_within
from voicegw.model.audit import AuditAction, SubjectKind
from voicegw.model.directory import Role
from voicegw.model.export import Export, ExportContent, ExportKind
from voicegw.model.ids import IdKind, new_id
from voicegw.store.calls import CallFilter
from voicegw.store.recordings import RecordingFilter

_NOT_KEPT: Final = frozenset({"number", "q"})
_RETRY_AFTER: Final = {"Retry-After": "60"}


async def start_export(
    services: ApiServices, caller: Caller, request: Request, body: ExportBody
) -> Export:
    """Note the export in the audit log and have it made; return it as it begins.

    Raises ApiProblem `forbidden` for filters the role may not use, `too-many-exports`.
    """
    asked = _query(body.filters)
    wanted = await filter_for(services, caller, asked)
    ids = body.filters.ids
    if wanted is None:
        wanted, ids = RecordingFilter(), []
    export = Export(
        id=new_id(IdKind.EXPORT),
        kind=ExportKind.RECORDINGS,
        node=services.options.node,
        created_by=caller.principal.id,
        role=caller.role,
        created_at=services.clock.now(),
        why=mask_within(body.why),
        contents=list(dict.fromkeys(body.contents)),
        redacted=body.redacted,
        filters=_described(body.filters),
    )
    # What is recorded while the archive is written belongs to the next one.
    until = min(wanted.until or export.created_at, export.created_at)
    narrowed = msgspec.structs.replace(wanted, until=until, ids=ids)
    await _begin(services, caller, request, RecordingsRequest(export, narrowed, asked.terms))
    return export


async def start_dossier(
    services: ApiServices, caller: Caller, request: Request, body: DossierBody
) -> Export:
    """Note the dossier in the audit log and have it made; return it as it begins.

    Raises InvalidError when no matter is named, ApiProblem `too-many-exports`.
    """
    if body.customer_id is None and body.task_id is None and body.call_ids is None:
        raise InvalidError(
            "customer_id",
            "name a customer, a task or calls",
            kind="choose-one",
            fields="customer_id, task_id, call_ids",
        )
    listing = await services.scopes.listing(caller.scope, None, None)
    export = Export(
        id=new_id(IdKind.EXPORT),
        kind=ExportKind.DOSSIER,
        node=services.options.node,
        created_by=caller.principal.id,
        role=caller.role,
        created_at=services.clock.now(),
        why=mask_within(body.why),
        contents=[ExportContent.MASTER, ExportContent.TRANSCRIPT, ExportContent.FINDINGS],
        filters=_described(body),
    )
    wanted = CallFilter(
        group_ids=listing.group_ids if listing is not None else (),
        manager_id=listing.manager_id if listing is not None else None,
        customer_id=body.customer_id,
        task_id=body.task_id,
        ids=body.call_ids,
        from_=body.from_,
        until=body.until,
    )
    show = partial(record_shown, caller.role)
    lists_tasks = caller.may(Permission.TASKS_READ)
    dossier = DossierRequest(export, wanted, services.load_signer, show, lists_tasks)
    await _begin(services, caller, request, dossier)
    return export


async def _begin(
    services: ApiServices, caller: Caller, request: Request, wanted: ArchiveRequest
) -> None:
    export = wanted.export
    is_dossier = export.kind is ExportKind.DOSSIER
    action = AuditAction.DOSSIER_MADE if is_dossier else AuditAction.EXPORT_STARTED
    await note(
        services,
        caller,
        request,
        action,
        Subject(SubjectKind.EXPORT, export.id, export.group_id),
        kind=export.kind,
        contents=export.contents,
        redacted=export.redacted,
        filters=export.filters,
        why=export.why,
    )
    try:
        await services.exports.start(wanted)
    except StartError as error:
        raise ApiProblem("too-many-exports", str(error), headers=_RETRY_AFTER) from error


async def seen_export(services: ApiServices, caller: Caller, export_id: str) -> Export:
    """Return an export that `caller` may fetch. Raises NotFoundError."""
    export = await services.repositories.exports.get(export_id)
    if export is None or not (sees_all(caller) or export.created_by == caller.principal.id):
        raise NotFoundError("export", export_id)
    return export


def sees_all(caller: Caller) -> bool:
    """Whether `caller` sees everybody's exports: an administrator of everything."""
    return caller.role is Role.ADMIN and caller.scope.group_ids is None


def _query(filters: ExportFilters) -> RecordingQuery:
    names = RecordingQuery.__dataclass_fields__
    return RecordingQuery(**{name: getattr(filters, name) for name in names})


def _described(filters: ExportFilters | DossierBody) -> dict[str, object]:
    """Return what was asked for, without number and text."""
    shown: dict[str, object] = {}
    asked = filters.model_dump(by_alias=True, exclude_none=True, exclude={"why"})
    for name, value in asked.items():
        if name in _NOT_KEPT:
            shown[name] = "given"
        else:
            shown[name] = value.isoformat() if isinstance(value, datetime) else value
    return shown
