"""`/v1/keys`: API keys; for administrators only."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Header, Request
from starlette.responses import Response

from api.access import check_grants, check_scopes
from api.audit import Subject, audit_entry
from api.dependencies import FIRST_PAGE, Caller, Cursor, KeyKeeper, Limit, Services, problems
from api.guards import check_group, check_manager, check_power
from api.keys import check_end, generate_key, rotated
from api.made_once import made_once
from api.preconditions import etag, expected_revision
from api.problems import ApiProblem
from api.schemas.base import Id, ListView, PathId
from api.schemas.keys import (
    DEFAULT_OVERLAP_S,
    KeyBody,
    KeySettings,
    KeyView,
    NewKeyView,
    RotateBody,
)
from api.services import ApiServices
from api.views import key_view, respond, respond_page
from voicegw.errors import InvalidError, NotFoundError
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.directory import ApiKey, Role
from voicegw.store.keys import KeyFilter, KeyState

router = APIRouter(prefix="/v1/keys", tags=["keys"])

IfMatch = Annotated[str | None, Header(description="The version this change is meant for")]


@router.get(
    "",
    operation_id="listKeys",
    summary="List keys",
    response_class=Response,
    responses={200: {"model": ListView[KeyView]}, **problems()},
)
async def list_keys(
    *,
    services: Services,
    caller: KeyKeeper,
    limit: Limit = FIRST_PAGE,
    cursor: Cursor = None,
    role: Role | None = None,
    group_id: Id | None = None,
    manager_id: Id | None = None,
    state: KeyState | None = None,
) -> Response:
    """All keys, the oldest first, without their secrets."""
    _check_unscoped(caller)
    wanted = KeyFilter(
        now=services.clock.now(), role=role, group_id=group_id, manager_id=manager_id, state=state
    )
    page = await services.repositories.keys.list(wanted, limit=limit, cursor=cursor)
    return await respond_page(page, key_view)


@router.post(
    "",
    operation_id="createKey",
    summary="Create a key",
    status_code=201,
    response_class=Response,
    responses={201: {"model": NewKeyView}, **problems(400, 403, 409)},
)
@made_once(shown_once="key")
async def create_key(
    body: KeyBody, request: Request, services: Services, caller: KeyKeeper
) -> Response:
    """Make a key. `key` is shown this once; only its hash is kept."""
    _check_unscoped(caller)
    if body.group_id is not None:
        check_group(caller, "group_id", body.group_id)
        if await services.repositories.directory.groups.get(body.group_id) is None:
            raise InvalidError("group_id", "no such group", kind="not-found")
    await check_manager(services, caller, "manager_id", body.manager_id)
    key, plaintext = generate_key(
        body.role,
        body.group_id,
        body.manager_id,
        grants=body.grants,
        now=services.clock.now(),
        name=body.name,
        scopes=body.scopes,
        expires_at=body.expires_at,
        requests_per_s=body.requests_per_s,
    )
    check_power(caller, key.role, key.grants, key.scopes)
    entry = _entry(services, caller, request, key, how="created", for_role=key.role)
    await services.repositories.keys.create(key, entry)
    return _with_secret(key, plaintext)


@router.get(
    "/{key_id}",
    operation_id="getKey",
    summary="Get a key",
    response_class=Response,
    responses={200: {"model": KeyView}, **problems()},
)
async def get_key(key_id: PathId, services: Services, caller: KeyKeeper) -> Response:
    """One key, without its secret."""
    key = await _seen_key(services, caller, key_id)
    return respond(key_view(key), headers=etag(key.version))


@router.put(
    "/{key_id}",
    operation_id="replaceKey",
    summary="Change a key's name, scopes, end and rate",
    response_class=Response,
    responses={200: {"model": KeyView}, **problems(400, 403, 412)},
)
async def replace_key(
    *,
    key_id: PathId,
    body: KeySettings,
    request: Request,
    services: Services,
    caller: KeyKeeper,
    if_match: IfMatch = None,
) -> Response:
    """Its secret, role and group stay. It holds here at once, on other nodes within 5 seconds."""
    known = await _seen_key(services, caller, key_id, if_match)
    check_grants(known.role, body.grants)
    check_scopes(known.role, body.grants, body.scopes)
    if body.expires_at != known.expires_at:
        check_end(body.expires_at, services.clock.now())
    scopes = None if body.scopes is None else sorted(str(one) for one in set(body.scopes))
    wanted = msgspec.structs.replace(
        known,
        name=body.name,
        grants=list(dict.fromkeys(body.grants)),
        scopes=scopes,
        expires_at=body.expires_at,
        requests_per_s=body.requests_per_s,
    )
    for key in (known, wanted):
        check_power(caller, key.role, key.grants, key.scopes)
    fields = sorted(
        name for name in KeySettings.model_fields if getattr(known, name) != getattr(wanted, name)
    )
    entry = _entry(services, caller, request, known, how="replaced", fields=fields)
    changed = await services.repositories.keys.change(wanted, entry)
    services.authenticator.forget(key_id)
    return respond(key_view(changed), headers=etag(changed.version))


@router.post(
    "/{key_id}/rotate",
    operation_id="rotateKey",
    summary="Give a key another secret",
    response_class=Response,
    responses={200: {"model": NewKeyView}, **problems(400, 403, 412)},
)
async def rotate_key(
    *,
    key_id: PathId,
    request: Request,
    services: Services,
    caller: KeyKeeper,
    body: RotateBody | None = None,
    if_match: IfMatch = None,
) -> Response:
    """The present secret goes on being valid for `overlap_s`; one before that ends now.

    `key` is shown this once. A key that is revoked or expired can't be rotated.
    """
    known = await _seen_key(services, caller, key_id, if_match)
    check_power(caller, known.role, known.grants, known.scopes)
    overlap_s = DEFAULT_OVERLAP_S if body is None else body.overlap_s
    now = services.clock.now()
    wanted, plaintext = rotated(known, timedelta(seconds=overlap_s), now)
    entry = _entry(services, caller, request, known, how="rotated", overlap_s=overlap_s)
    changed = await services.repositories.keys.change(wanted, entry)
    services.authenticator.forget(key_id)
    return _with_secret(changed, plaintext, 200)


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
    key = await _seen_key(services, caller, key_id)
    entry = _entry(services, caller, request, key, how="revoked")
    await services.repositories.keys.revoke(key_id, services.clock.now(), entry)
    services.authenticator.forget(key_id)
    return Response(status_code=204)


def _check_unscoped(caller: Caller) -> None:
    """An administrator of some groups could make a key for all of them: keys aren't theirs."""
    if caller.scope.group_ids is not None:
        raise NotFoundError("resource", "keys")


async def _seen_key(
    services: ApiServices, caller: Caller, key_id: str, if_match: str | None = None
) -> ApiKey:
    """Return a key. Raises NotFoundError, and ApiProblem when `if_match` names another version."""
    _check_unscoped(caller)
    key = await services.repositories.keys.get(key_id)
    if key is None:
        raise NotFoundError("key", key_id)
    expected = expected_revision(if_match)
    if expected is not None and expected != key.version:
        raise ApiProblem("revision-changed", "The key was changed since it was read.")
    return key


def _entry(
    services: ApiServices, caller: Caller, request: Request, key: ApiKey, **detail: Any
) -> AuditEntry:
    subject = Subject(SubjectKind.KEY, key.id, key.group_id)
    return audit_entry(services, caller, request, AuditAction.KEY, subject, **detail)


def _with_secret(key: ApiKey, plaintext: str, status: int = 201) -> Response:
    headers = etag(key.version)
    if status == 201:
        headers["Location"] = f"/v1/keys/{key.id}"
    return respond({**key_view(key), "key": plaintext}, status, headers)
