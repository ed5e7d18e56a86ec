"""`/v1/session`: logging in and out, who one is, another password; `/v1/sessions`: one's logins."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Security
from starlette.responses import Response

from api.access import permissions_of
from api.auth import Principal
from api.client import client_in
from api.dependencies import BY_KEY, BY_LOGIN, Services, problems, services
from api.entry import (
    COOKIE,
    DEVICE_COOKIE,
    NO_STORE,
    check_origin,
    duty_of,
    give_cookie,
    know_device,
    signed_in_of,
    take_cookie,
)
from api.errors import request_id
from api.login import Asked
from api.passwords import check_password
from api.problems import ApiProblem
from api.query import check_query
from api.schemas.base import PathId
from api.schemas.sessions import (
    LoginBody,
    LoginMethodsView,
    PasswordBody,
    SessionListView,
    WhoView,
)
from api.services import ApiServices
from api.sessions import csrf_token, principal_of_user
from api.views import respond
from voicegw.errors import InvalidError, NotFoundError
from voicegw.model.audit import AuditAction
from voicegw.model.user import LoginMethod, UserSession
from voicegw.store.sessions import SignedIn

router = APIRouter(tags=["session"])


def asked_by(request: Request) -> Asked:
    """Return from where `request` comes, and its id."""
    device = request.cookies.get(DEVICE_COOKIE, "")
    return Asked(client_in(request.scope), request_id(request) or None, device)


async def _signed_in(
    request: Request, _session: Annotated[Any, Security(BY_LOGIN)] = None
) -> SignedIn:
    if COOKIE not in request.cookies and request.headers.get("authorization"):
        raise NotFoundError("session", "")
    check_query(request)
    return await signed_in_of(request, services(request))


LoggedIn = Annotated[SignedIn, Depends(_signed_in)]
"""Whoever is logged in, even who has to see to something first."""


@router.post(
    "/v1/session",
    operation_id="logIn",
    summary="Log in",
    status_code=201,
    response_class=Response,
    responses={201: {"model": WhoView}, **problems(400, 403, 415, 429)},
)
async def log_in(body: LoginBody, request: Request, services: Services) -> Response:
    """Begin a session: its cookie is for browsers, its `csrf_token` for their requests.

    Ten failures from one address cost minutes, more of them hours; then `login-locked` is answered,
    whatever the password.
    """
    check_query(request)
    check_origin(request, services)
    signed_in, token = await services.logins.by_password(
        body.login, body.password, body.totp, asked_by(request)
    )
    response = respond(await who_view(services, signed_in, token), 201, _headers("/v1/session"))
    give_cookie(request, services, response, token)
    know_device(request, services, response, signed_in.user)
    return response


@router.get(
    "/v1/session",
    operation_id="whoAmI",
    summary="Tell who asks",
    response_class=Response,
    responses={200: {"model": WhoView}, **problems()},
    dependencies=[Security(BY_KEY), Security(BY_LOGIN)],
)
async def who_am_i(request: Request, services: Services) -> Response:
    """Whose cookie or key it is, what it may do and sees, and when it ends."""
    check_query(request)
    authorization = request.headers.get("authorization")
    if authorization is not None or COOKIE not in request.cookies:
        principal = await services.authenticator.principal(authorization)
        return respond(await _principal_view(services, principal), headers=NO_STORE)
    signed_in = await signed_in_of(request, services)
    view = await who_view(services, signed_in, request.cookies[COOKIE])
    return respond(view, headers=NO_STORE)


@router.get(
    "/v1/session/methods",
    operation_id="listLoginMethods",
    summary="List how one may log in",
    response_class=Response,
    responses={200: {"model": LoginMethodsView}, **problems()},
)
async def list_login_methods(request: Request, services: Services) -> Response:
    """Tell a page what to offer somebody who is not logged in; nothing is asked of the provider."""
    check_query(request)
    methods = [LoginMethod.PASSWORD]
    if services.oidc is not None:
        methods.append(LoginMethod.OIDC)
    return respond({"methods": methods}, headers=NO_STORE)


@router.delete(
    "/v1/session",
    operation_id="logOut",
    summary="Log out",
    status_code=204,
    response_class=Response,
    responses=problems(403),
)
async def log_out(request: Request, services: Services, signed_in: LoggedIn) -> Response:
    """End the session, here at once, on other nodes within five seconds."""
    await _end(services, request, signed_in, signed_in.session.id)
    response = Response(status_code=204, headers=NO_STORE)
    take_cookie(request, services, response)
    return response


@router.post(
    "/v1/session/password",
    operation_id="changePassword",
    summary="Change one's password",
    response_class=Response,
    responses={200: {"model": WhoView}, **problems(400, 403, 409, 415, 429)},
)
async def change_password(
    body: PasswordBody, request: Request, services: Services, signed_in: LoggedIn
) -> Response:
    """All other sessions of the user end; this one goes on under a new cookie."""
    user, asked = signed_in.user, asked_by(request)
    await services.logins.confirm_password(user, body.current, asked)
    check_password(body.new, user.login, field="new")
    if body.new == body.current:
        raise InvalidError("new", "is the present one", kind="unchanged")
    password_hash = await services.passwords.hash(body.new)
    entry = services.logins.entry(user.id, user, AuditAction.USER_PASSWORD, asked, how="changed")
    changed = await services.repositories.users.set_password(
        user.id, password_hash, entry, replaces=user.password_hash
    )
    services.sessions.forget_user(user.id)
    if changed is None:
        raise ApiProblem("conflict", "The password was changed meanwhile.")
    begun = await services.sessions.begin(changed, LoginMethod.PASSWORD, asked.client.address)
    if begun is None:
        raise ApiProblem("conflict", "The user was changed meanwhile; log in again.")
    signed_in, token = begun
    response = respond(await who_view(services, signed_in, token), headers=NO_STORE)
    give_cookie(request, services, response, token)
    know_device(request, services, response, changed)
    return response


@router.get(
    "/v1/sessions",
    operation_id="listSessions",
    summary="List one's sessions",
    response_class=Response,
    responses={200: {"model": SessionListView}, **problems()},
)
async def list_sessions(services: Services, signed_in: LoggedIn) -> Response:
    """Where one is logged in."""
    sessions = await services.repositories.sessions.of_user(signed_in.user.id)
    items = [session_view(one) for one in sessions]
    return respond({"items": items}, headers=NO_STORE)


@router.delete(
    "/v1/sessions/{session_id}",
    operation_id="endSession",
    summary="End one of one's sessions",
    status_code=204,
    response_class=Response,
    responses=problems(403),
)
async def end_session(
    session_id: PathId, request: Request, services: Services, signed_in: LoggedIn
) -> Response:
    """Log out elsewhere."""
    await _end(services, request, signed_in, session_id)
    return Response(status_code=204, headers=NO_STORE)


async def _end(
    services: ApiServices, request: Request, signed_in: SignedIn, session_id: str
) -> None:
    user = signed_in.user
    if session_id not in {one.id for one in await services.repositories.sessions.of_user(user.id)}:
        raise NotFoundError("session", session_id)
    asked = asked_by(request)
    await services.logins.note(user.id, user, AuditAction.LOGOUT, asked, session=session_id)
    await services.repositories.sessions.end(user.id, session_id)
    services.sessions.forget_user(user.id)


def session_view(session: UserSession) -> dict[str, Any]:
    """Return a session without its token's hash."""
    return {
        "id": session.id,
        "method": session.method,
        "created_at": session.created_at,
        "last_seen_at": session.last_seen_at,
        "expires_at": session.expires_at,
        "address": session.address,
    }


async def who_view(services: ApiServices, signed_in: SignedIn, token: str) -> dict[str, Any]:
    """Return what the one who is logged in is told of that."""
    user, session = signed_in.user, signed_in.session
    left = await services.repositories.users.recovery_codes_left(user.id)
    return await _principal_view(services, principal_of_user(user)) | {
        "login": user.login,
        "name": user.name,
        "session_id": session.id,
        "method": session.method,
        "csrf_token": csrf_token(token),
        "duty": duty_of(signed_in, services),
        "has_second_factor": user.has_second_factor,
        "recovery_codes_left": left,
        "created_at": session.created_at,
        "expires_at": session.expires_at,
        "idle_s": int(services.sessions.rules.idle.total_seconds()),
    }


async def _principal_view(services: ApiServices, principal: Principal) -> dict[str, Any]:
    scope = await services.scopes.scope(principal)
    groups = None if scope.group_ids is None else sorted(scope.group_ids)
    only_logins_have = dict.fromkeys(WhoView.model_fields)
    return only_logins_have | {
        "principal": principal.id,
        "role": principal.role,
        "grants": sorted(principal.grants),
        "permissions": sorted(permissions_of(principal.role, principal.grants, principal.scopes)),
        "scope": {"group_ids": groups, "manager_id": scope.manager_id},
    }


def _headers(location: str) -> dict[str, str]:
    return {**NO_STORE, "Location": location}
