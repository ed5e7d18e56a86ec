"""`/v1/session/totp`: setting up one's second factor, and going on without."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.dependencies import Services, problems
from api.entry import NO_STORE, give_cookie
from api.problems import ApiProblem
from api.routes.sessions import LoggedIn, asked_by, who_view
from api.schemas.sessions import (
    CodeBody,
    ConfirmedBody,
    RecoveryCodesView,
    RemovalBody,
    TotpView,
    WhoView,
)
from api.totp import (
    matching_step,
    new_recovery_codes,
    new_secret,
    otpauth_uri,
    recovery_code_hash,
)
from api.views import respond
from voicegw.errors import InvalidError
from voicegw.model.audit import AuditAction
from voicegw.model.user import LoginMethod

router = APIRouter(prefix="/v1/session/totp", tags=["session"])


@router.post(
    "",
    operation_id="beginSecondFactor",
    summary="Begin to set up a second factor",
    response_class=Response,
    responses={200: {"model": TotpView}, **problems(400, 403, 409, 415, 429)},
)
async def begin_second_factor(
    body: ConfirmedBody, request: Request, services: Services, signed_in: LoggedIn
) -> Response:
    """Get a secret for an authenticator app; nothing is asked for before a code confirms it."""
    user = signed_in.user
    await services.logins.confirm_password(user, body.password, asked_by(request))
    secret = new_secret()
    sealed = services.box.seal(secret, user.id)
    if not await services.repositories.users.begin_second_factor(user.id, sealed):
        raise ApiProblem("second-factor-state", "There is a second factor already.")
    view = {"secret": secret, "otpauth_uri": otpauth_uri(secret, user.login)}
    return respond(view, headers=NO_STORE)


@router.post(
    "/confirm",
    operation_id="confirmSecondFactor",
    summary="Confirm a second factor",
    response_class=Response,
    responses={200: {"model": RecoveryCodesView}, **problems(400, 403, 409, 415)},
)
async def confirm_second_factor(
    body: CodeBody, request: Request, services: Services, signed_in: LoggedIn
) -> Response:
    """From now on logins need a code. The recovery codes are shown this once."""
    user = await services.repositories.users.get(signed_in.user.id)
    if user is None or user.totp_secret is None or user.has_second_factor:
        raise ApiProblem("second-factor-state", "There is none that waits to be confirmed.")
    secret = services.box.open(user.totp_secret, user.id)
    step = matching_step(secret, body.totp, services.clock.now())
    if step is None:
        raise InvalidError(
            "totp", "is not the code of this moment; check the device's clock", kind="wrong-code"
        )
    codes = new_recovery_codes()
    hashes = [digest for code in codes if (digest := recovery_code_hash(code)) is not None]
    asked = asked_by(request)
    action = AuditAction.USER_SECOND_FACTOR
    entry = services.logins.entry(user.id, user, action, asked, how="set up")
    changed = await services.repositories.users.confirm_second_factor(
        user, step, services.clock.now(), hashes, entry
    )
    services.sessions.forget_user(user.id)
    if changed is None:
        raise ApiProblem("second-factor-state", "Another one was set up meanwhile.")
    return respond({"recovery_codes": codes}, headers=NO_STORE)


@router.post(
    "/remove",
    operation_id="removeSecondFactor",
    summary="Go on without one's second factor",
    response_class=Response,
    responses={200: {"model": WhoView}, **problems(400, 403, 409, 415, 429)},
)
async def remove_second_factor(
    body: RemovalBody, request: Request, services: Services, signed_in: LoggedIn
) -> Response:
    """All other sessions end; this one goes on under a new cookie."""
    user, asked = signed_in.user, asked_by(request)
    if not user.has_second_factor:
        raise ApiProblem("second-factor-state", "There is no second factor.")
    await services.logins.confirm_password(user, body.password, asked, code=body.totp)
    action = AuditAction.USER_SECOND_FACTOR
    entry = services.logins.entry(user.id, user, action, asked, how="removed")
    changed = await services.repositories.users.remove_second_factor(user.id, entry)
    services.sessions.forget_user(user.id)
    begun = await services.sessions.begin(changed, LoginMethod.PASSWORD, asked.client.address)
    if begun is None:
        raise ApiProblem("conflict", "The user was changed meanwhile; log in again.")
    signed_in, token = begun
    response = respond(await who_view(services, signed_in, token), headers=NO_STORE)
    give_cookie(request, services, response, token)
    return response
