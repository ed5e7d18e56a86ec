"""`/v1/audit`: who did what; for administrators only."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.dependencies import FIRST_PAGE, AuditReader, Cursor, From, Limit, Services, Until, problems
from api.schemas.audit import AuditEntryView
from api.schemas.base import Id, ListView, Text
from api.views import audit_view, empty_page, respond_page
from voicegw.model.audit import AuditAction
from voicegw.store.audit import AuditFilter

router = APIRouter(prefix="/v1/audit", tags=["audit"])


@router.get(
    "",
    operation_id="listAudit",
    summary="List the audit log",
    response_class=Response,
    responses={200: {"model": ListView[AuditEntryView]}, **problems()},
)
async def list_audit(
    *,
    services: Services,
    caller: AuditReader,
    limit: Limit = FIRST_PAGE,
    cursor: Cursor = None,
    from_: From = None,
    until: Until = None,
    principal: Annotated[Text | None, Query(max_length=64, description="Only of this key")] = None,
    action: AuditAction | None = None,
    subject: Annotated[Id | None, Query(description="Only about this thing")] = None,
) -> Response:
    """Every listening, reading, export, redaction, hold and deletion, the newest first.

    A listening stands here once for all ranges that a player asks for within ten minutes.
    """
    groups = await services.scopes.narrowed(caller.scope, None)
    if groups is not None and not groups:
        return empty_page()
    wanted = AuditFilter(
        principal=principal,
        action=action,
        subject=subject,
        group_ids=groups,
        from_=from_,
        until=until,
    )
    page = await services.repositories.audit.list(wanted, limit=limit, cursor=cursor)
    return await respond_page(page, audit_view)
