"""`/v1/users`: people who log in; for administrators who see all groups."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response

from api.access import check_grants
from api.audit import Subject, audit_entry
from api.dependencies import FIRST_PAGE, Caller, Cursor, Limit, Services, UserKeeper, problems
from api.entry import NO_STORE
from api.guards import check_group, check_manager, check_power
from api.made_once import made_once
from api.passwords import ONE_TIME_FOR, one_time_password
from api.preconditions import etag, expected_revision
from api.problems import ApiProblem
from api.routes.sessions import session_view
from api.schemas.base import Id, ListView, PathId, Text
from api.schemas.sessions import SessionListView
from api.schemas.users import NewUserBody, NewUserView, OneTimePasswordView, UserBody, UserView
from api.services import ApiServices
from api.views import respond, respond_page
from voicegw.errors import InvalidError, NotFoundError
from voicegw.identity import mask
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.directory import Role
from voicegw.model.ids import IdKind, new_id
from voicegw.model.numbers import require_number
from voicegw.model.user import User, UserStatus, check_reach, checked_login, normalised_login
from voicegw.store.users import UserFilter

router = APIRouter(prefix="/v1/users", tags=["users"])

_SHOWN: Final = (
    "id",
    "login",
    "name",
    "role",
    "group_id",
    "manager_id",
    "grants",
    "status",
    "must_change",
    "password_expires_at",
    "has_second_factor",
    "oidc_managed",
    "created_at",
    "last_login_at",
)
#: What `PUT` changes, for the audit log.
_REPLACED: Final = (
    "login",
    "name",
    "role",
    "group_id",
    "manager_id",
    "grants",
    "status",
    "phone",
)

IfMatch = Annotated[str | None, Header(description="The `ETag` that the change is meant for")]


@router.get(
    "",
    operation_id="listUsers",
    summary="List users",
    response_class=Response,
    responses={200: {"model": ListView[UserView]}, **problems()},
)
async def list_users(
    *,
    services: Services,
    caller: UserKeeper,
    limit: Limit = FIRST_PAGE,
    cursor: Cursor = None,
    login: Annotated[Text | None, Query(max_length=64, description="Only this login")] = None,
    role: Role | None = None,
    status: UserStatus | None = None,
    group_id: Annotated[Id | None, Query(description="Only those of this very group")] = None,
    manager_id: Annotated[Id | None, Query(description="Only who this manager is")] = None,
) -> Response:
    """All users, the oldest first."""
    _check_unscoped(caller)
    known = None if login is None else normalised_login(login)
    wanted = UserFilter(known, role, status, group_id, manager_id)
    page = await services.repositories.users.list(wanted, limit=limit, cursor=cursor)
    return await respond_page(page, user_view)


@router.post(
    "",
    operation_id="createUser",
    summary="Create a user",
    status_code=201,
    response_class=Response,
    responses={201: {"model": NewUserView}, **problems(400, 403, 409, 415)},
)
@made_once(shown_once="password")
async def create_user(
    body: NewUserBody, request: Request, services: Services, caller: UserKeeper
) -> Response:
    """Let somebody in, by a one-time password that is shown this once."""
    _check_unscoped(caller)
    now = services.clock.now()
    user = await _user(services, caller, body, new_id(IdKind.USER))
    user.created_at = now
    password = one_time_password() if body.with_password else None
    if password is not None:
        user.password_hash = await services.passwords.hash(password)
        user.must_change, user.password_expires_at = True, now + ONE_TIME_FOR
    entry = _entry(services, caller, request, user, how="created", for_role=user.role)
    await services.repositories.users.create(user, entry)
    headers = {**NO_STORE, **etag(user.revision), "Location": f"/v1/users/{user.id}"}
    return respond({**user_view(user), "password": password}, 201, headers)


@router.get(
    "/{user_id}",
    operation_id="getUser",
    summary="Get a user",
    response_class=Response,
    responses={200: {"model": UserView}, **problems()},
)
async def get_user(user_id: PathId, services: Services, caller: UserKeeper) -> Response:
    """One user; `ETag` tells the revision."""
    user = await _known(services, caller, user_id)
    return respond(user_view(user), headers=etag(user.revision))


@router.put(
    "/{user_id}",
    operation_id="replaceUser",
    summary="Replace a user",
    response_class=Response,
    responses={200: {"model": UserView}, **problems(400, 403, 409, 412, 415)},
)
async def replace_user(
    *,
    user_id: PathId,
    body: UserBody,
    request: Request,
    services: Services,
    caller: UserKeeper,
    if_match: IfMatch = None,
) -> Response:
    """Fields that are not given take their defaults. All sessions of the user end when role, reach
    or status change; `status: disabled` lets nobody in any more.
    """
    before = await _known(services, caller, user_id)
    check_power(caller, before.role, before.grants)
    user = await _user(services, caller, body, user_id)
    own = caller.principal.id == user_id
    if own and (user.role, user.group_id, user.status) != (
        before.role,
        before.group_id,
        before.status,
    ):
        raise ApiProblem("own-account", "Nobody changes role, group or status of the own account.")
    changes = [name for name in _REPLACED if getattr(user, name) != getattr(before, name)]
    entry = _entry(services, caller, request, user, how="replaced", changed=changes)
    changed = await services.repositories.users.replace(
        user, entry, expected_revision=expected_revision(if_match)
    )
    services.sessions.forget_user(user_id)
    return respond(user_view(changed), headers=etag(changed.revision))


@router.delete(
    "/{user_id}",
    operation_id="deleteUser",
    summary="Delete a user",
    status_code=204,
    response_class=Response,
    responses=problems(403, 409),
)
async def delete_user(
    user_id: PathId, request: Request, services: Services, caller: UserKeeper
) -> Response:
    """The user's sessions end. The audit log keeps the id; whose it was, nobody tells any more."""
    user = await _known(services, caller, user_id)
    check_power(caller, user.role, user.grants)
    _check_other(caller, user_id)
    entry = _entry(services, caller, request, user, how="deleted")
    await services.repositories.users.delete(user_id, entry)
    services.sessions.forget_user(user_id)
    return Response(status_code=204)


@router.post(
    "/{user_id}/password",
    operation_id="resetPassword",
    summary="Reset a user's password",
    response_class=Response,
    responses={200: {"model": OneTimePasswordView}, **problems(403)},
)
async def reset_password(
    user_id: PathId, request: Request, services: Services, caller: UserKeeper
) -> Response:
    """Give a one-time password for three days. All sessions of the user, and locks, end."""
    user = await _known(services, caller, user_id)
    check_power(caller, user.role, user.grants)
    password, until = one_time_password(), services.clock.now() + ONE_TIME_FOR
    password_hash = await services.passwords.hash(password)
    entry = _entry(services, caller, request, user, AuditAction.USER_PASSWORD, how="reset")
    await services.repositories.users.set_password(
        user_id, password_hash, entry, one_time_until=until
    )
    await services.logins.unlock(user.login)
    services.sessions.forget_user(user_id)
    return respond({"password": password, "expires_at": until}, headers=NO_STORE)


@router.post(
    "/{user_id}/unlock",
    operation_id="unlockUser",
    summary="Lift a user's locks",
    status_code=204,
    response_class=Response,
    responses=problems(),
)
async def unlock_user(
    user_id: PathId, request: Request, services: Services, caller: UserKeeper
) -> Response:
    """Forget the failed logins; locks of addresses stay."""
    user = await _known(services, caller, user_id)
    entry = _entry(services, caller, request, user, how="unlocked")
    await services.repositories.audit.note(entry)
    await services.logins.unlock(user.login)
    return Response(status_code=204)


@router.delete(
    "/{user_id}/totp",
    operation_id="resetSecondFactor",
    summary="Take a user's second factor away",
    status_code=204,
    response_class=Response,
    responses=problems(403),
)
async def reset_second_factor(
    user_id: PathId, request: Request, services: Services, caller: UserKeeper
) -> Response:
    """For who has lost it and the recovery codes. All sessions of the user end."""
    user = await _known(services, caller, user_id)
    check_power(caller, user.role, user.grants)
    action = AuditAction.USER_SECOND_FACTOR
    entry = _entry(services, caller, request, user, action, how="reset")
    await services.repositories.users.remove_second_factor(user_id, entry)
    services.sessions.forget_user(user_id)
    return Response(status_code=204)


@router.get(
    "/{user_id}/sessions",
    operation_id="listUserSessions",
    summary="List a user's sessions",
    response_class=Response,
    responses={200: {"model": SessionListView}, **problems()},
)
async def list_user_sessions(user_id: PathId, services: Services, caller: UserKeeper) -> Response:
    """Where the user is logged in."""
    await _known(services, caller, user_id)
    sessions = await services.repositories.sessions.of_user(user_id)
    return respond({"items": [session_view(one) for one in sessions]})


@router.delete(
    "/{user_id}/sessions",
    operation_id="endUserSessions",
    summary="End a user's sessions",
    status_code=204,
    response_class=Response,
    responses=problems(),
)
async def end_user_sessions(
    user_id: PathId, request: Request, services: Services, caller: UserKeeper
) -> Response:
    """Log the user out everywhere: here at once, on other nodes within five seconds."""
    user = await _known(services, caller, user_id)
    entry = _entry(services, caller, request, user, AuditAction.LOGOUT, how="all")
    await services.repositories.audit.note(entry)
    await services.repositories.sessions.end_all(user_id)
    services.sessions.forget_user(user_id)
    return Response(status_code=204)


def user_view(user: User) -> dict[str, Any]:
    """Return a user without secrets."""
    return {name: getattr(user, name) for name in _SHOWN} | {
        "has_password": user.password_hash is not None,
        "has_oidc": user.oidc_subject is not None,
        # Only administrators of everything see users, and they see every number.
        "phone": user.phone and {"number": user.phone, "masked": mask(user.phone)},
    }


async def _user(services: ApiServices, caller: Caller, body: UserBody, user_id: str) -> User:
    """Return the user that `body` describes. Raises InvalidError naming the field."""
    check_reach(body.role, body.group_id, body.manager_id)
    check_grants(body.role, body.grants)
    check_power(caller, body.role, body.grants)
    if body.group_id is not None:
        check_group(caller, "group_id", body.group_id)
        if await services.repositories.directory.groups.get(body.group_id) is None:
            raise InvalidError("group_id", "no such group", kind="not-found")
    await check_manager(services, caller, "manager_id", body.manager_id)
    phone = body.phone
    if phone is not None:
        group_id = body.group_id
        area_code = None if group_id is None else await services.scopes.area_code(group_id)
        phone = require_number("phone", phone, services.options.region, area_code)
    return User(
        id=user_id,
        login=checked_login(body.login),
        role=body.role,
        created_at=services.clock.now(),
        name=body.name,
        group_id=body.group_id,
        manager_id=body.manager_id,
        grants=list(dict.fromkeys(body.grants)),
        status=body.status,
        phone=phone,
    )


async def _known(services: ApiServices, caller: Caller, user_id: str) -> User:
    _check_unscoped(caller)
    user = await services.repositories.users.get(user_id)
    if user is None:
        raise NotFoundError("user", user_id)
    return user


def _check_unscoped(caller: Caller) -> None:
    """An administrator of some groups could make one of all of them: users aren't theirs."""
    if caller.scope.group_ids is not None:
        raise NotFoundError("resource", "users")


def _check_other(caller: Caller, user_id: str) -> None:
    if caller.principal.id == user_id:
        raise ApiProblem("own-account", "Nobody takes the own account away.")


def _entry(
    services: ApiServices,
    caller: Caller,
    request: Request,
    user: User,
    action: AuditAction = AuditAction.USER,
    **detail: Any,
) -> AuditEntry:
    subject = Subject(SubjectKind.USER, user.id, user.group_id)
    return audit_entry(services, caller, request, action, subject, **detail)
