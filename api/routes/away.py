"""`/v1/managers/{manager_id}/away`: a manager goes away, or is back."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.audit import Subject, note_record
from api.dependencies import AwayTeller, Caller, Services, problems
from api.guards import check_manager
from api.preconditions import ETAG_HEADER, IfMatch, expected_state, tagged
from api.problems import ApiProblem
from api.schemas.base import PathId
from api.schemas.directory import AwayBody, ManagerView
from api.services import ApiServices
from api.views import manager_view, respond
from voicegw.directory.away import come_back, gone_away
from voicegw.errors import InvalidError, NotFoundError
from voicegw.model.audit import SubjectKind
from voicegw.model.directory import Manager, ManagerStatus

router = APIRouter(prefix="/v1/managers/{manager_id}/away", tags=["directory"])

_ONE = {"model": ManagerView, "headers": ETAG_HEADER}


@router.put(
    "",
    operation_id="putManagerAway",
    summary="Say that a manager is away",
    response_class=Response,
    responses={200: _ONE, **problems(400, 403, 409, 412, 415)},
)
async def put_manager_away(
    *,
    manager_id: PathId,
    body: AwayBody,
    request: Request,
    services: Services,
    caller: AwayTeller,
    if_match: IfMatch = None,
) -> Response:
    """Until then, or until told otherwise, the manager isn't rung; the deputy is.

    A `manager` says it of the own record only. 409 for one who has left.
    """
    known = await _own(services, caller, manager_id)
    expected_state(if_match, known)
    deputy = await _deputy(services, caller, known, body.deputy_id)
    wanted = gone_away(known, body.until, deputy, services.clock.now())
    return await _write(services, caller, request, (known, wanted))


@router.delete(
    "",
    operation_id="deleteManagerAway",
    summary="Say that a manager is back",
    response_class=Response,
    responses={200: _ONE, **problems(403, 409, 412)},
)
async def delete_manager_away(
    *,
    manager_id: PathId,
    request: Request,
    services: Services,
    caller: AwayTeller,
    if_match: IfMatch = None,
) -> Response:
    """The manager takes calls again; the deputy stays who it is. Without being away: no change."""
    known = await _own(services, caller, manager_id)
    expected_state(if_match, known)
    return await _write(services, caller, request, (known, come_back(known)))


async def _own(services: ApiServices, caller: Caller, manager_id: str) -> Manager:
    """Return the manager whose being away the caller may tell.

    Raises NotFoundError for one who is not seen, ApiProblem `forbidden` for a colleague.
    """
    manager = await services.repositories.directory.managers.get(manager_id)
    scope = caller.scope
    if manager is None or not scope.has_group(manager.group_id):
        raise NotFoundError("manager", manager_id)
    if scope.own_only and manager.id != scope.manager_id:
        raise ApiProblem("forbidden", "A manager says it of the own record only.")
    return manager


async def _deputy(
    services: ApiServices, caller: Caller, manager: Manager, deputy_id: str | None
) -> Manager | None:
    """Return the manager named as deputy: one whom the caller sees, or who is it already."""
    if deputy_id is None:
        return None
    if deputy_id != manager.deputy_id:
        await check_manager(services, caller, "deputy_id", deputy_id)
    deputy = await services.repositories.directory.managers.get(deputy_id)
    if deputy is None:
        raise InvalidError("deputy_id", "no such manager", kind="not-found")
    return deputy


async def _write(
    services: ApiServices, caller: Caller, request: Request, change: tuple[Manager, Manager]
) -> Response:
    """Write the second of `change` over the first, with its entry in the audit log.

    Of the record only this is meant to change: 412 where somebody else has written it since. What
    is the same is not written, and who said it is noted all the same.
    """
    known, wanted = change
    how = "away" if wanted.status is ManagerStatus.AWAY else "back"
    subject = Subject(SubjectKind.MANAGER, known.id, known.group_id)
    await note_record(services, caller, request, subject, how, before=known, after=wanted)
    if wanted != known:
        wanted = await services.directory.update_manager(wanted, expected=known)
    return respond(manager_view(wanted, caller.role), 200, tagged(wanted))
