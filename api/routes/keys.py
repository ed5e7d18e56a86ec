"""`/v1/keys`: API keys; for administrators only."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.audit import Subject, note
from api.dependencies import FIRST_PAGE, Caller, Cursor, KeyKeeper, Limit, Services, problems
from api.guards import check_group, check_manager
from api.keys import generate_key
from api.schemas.base import ListView, PathId
from api.schemas.directory import KeyBody, KeyView, NewKeyView
from api.views import key_view, page_view, respond
from voicegw.errors import InvalidError, NotFoundError
from voicegw.model.audit import AuditAction, SubjectKind

router = APIRouter(prefix="/v1/keys", tags=["keys"])


@router.get(
    "",
    operation_id="listKeys",
    summary="List keys",
    response_class=Response,
    responses={200: {"model": ListView[KeyView]}, **problems()},
)
async def list_keys(
    services: Services, caller: KeyKeeper, limit: Limit = FIRST_PAGE, cursor: Cursor = None
) -> Response:
    """All keys, the oldest first, without their secrets."""
    _check_unscoped(caller)
    page = await services.repositories.keys.list(limit=limit, cursor=cursor)
    return respond(page_view(page, key_view))


@router.post(
    "",
    operation_id="createKey",
    summary="Create a key",
    status_code=201,
    response_class=Response,
    responses={201: {"model": NewKeyView}, **problems(400, 409)},
)
async def create_key(
    body: KeyBody, request: Request, services: Services, caller: KeyKeeper
) -> Response:
    """Make a key. `key` is shown this once; only its hash is kept."""
    _check_unscoped(caller)
    if body.group_id is not None:
        check_group(caller, "group_id", body.group_id)
        if await services.repositories.directory.groups.get(body.group_id) is None:
            raise InvalidError("group_id", "no such group")
    await check_manager(services, caller, "manager_id", body.manager_id)
    key, plaintext = generate_key(
        body.role,
        body.group_id,
        body.manager_id,
        grants=body.grants,
        now=services.clock.now(),
    )
    subject = Subject(SubjectKind.KEY, key.id, key.group_id)
    await note(
        services, caller, request, AuditAction.KEY, subject, how="created", for_role=body.role
    )
    await services.repositories.keys.create(key)
    return respond({**key_view(key), "key": plaintext}, 201)


@router.delete(
    "/{key_id}",
    operation_id="revokeKey",
    summary="Revoke a key",
    status_code=204,
    response_class=Response,
    responses=problems(),
)
async def revoke_key(
    key_id: PathId, request: Request, services: Services, caller: KeyKeeper
) -> Response:
    """The key stops working: here at once, on other nodes within five seconds."""
    _check_unscoped(caller)
    await services.repositories.keys.revoke(key_id, services.clock.now())
    services.authenticator.forget(key_id)
    subject = Subject(SubjectKind.KEY, key_id)
    await note(services, caller, request, AuditAction.KEY, subject, how="revoked")
    return Response(status_code=204)


def _check_unscoped(caller: Caller) -> None:
    """An administrator of some groups could make a key for all of them: keys aren't theirs."""
    if caller.scope.group_ids is not None:
        raise NotFoundError("resource", "keys")
