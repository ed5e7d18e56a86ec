"""Who asks: by a key, or by the cookie of a session. Where a request has both, the key is meant.

A browser sends cookies by itself, whoever wrote the page. So requests that change something by
cookie must carry `X-CSRF-Token`, which only a page of ours can know, and when they say where they
come from (`Origin`), it must be here.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request, cookie_parser
from starlette.responses import Response

from api.auth import Principal
from api.client import client_in
from api.known_devices import LASTS, device_cookie
from api.problems import ApiProblem
from api.services import ApiServices
from api.sessions import is_csrf_token, principal_of_user
from voicegw.model.user import LoginMethod, User
from voicegw.store.sessions import SignedIn

COOKIE: Final = "voicegw_session"
DEVICE_COOKIE: Final = "voicegw_device"
CSRF_HEADER: Final = "X-CSRF-Token"
NO_STORE: Final = {"Cache-Control": "no-store"}
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


PRINCIPAL_KEY: Final = "voicegw.principal"
"""Where the scope of a request has the id of who asks, once that is known."""


async def principal_of(
    request: Request, services: ApiServices, *, is_use: bool = True
) -> Principal:
    """Return who asks. Without `is_use` a session grows idle all the same: nobody has asked.

    Raises ApiProblem `unauthenticated`, `csrf`, and `password-change-needed` or
    `second-factor-missing` where somebody has to see to that first; StoreUnavailableError.
    """
    authorization = request.headers.get("authorization")
    if authorization is not None or COOKIE not in request.cookies:
        return await services.authenticator.principal(authorization)
    signed_in = await signed_in_of(request, services, is_use=is_use)
    duty = duty_of(signed_in, services)
    if duty is not None:
        raise ApiProblem(duty, _DUTIES[duty])
    return principal_of_user(signed_in.user)


def known_principal(headers: Headers, services: ApiServices) -> Principal | None:
    """Return who asks as far as memory tells; asks nobody, and checks nothing else.

    None for whoever was not seen of late, too: for what may err on the safe side.
    """
    authorization = headers.get("authorization")
    if authorization is not None:
        return services.authenticator.known(authorization)
    token = cookie_parser(headers.get("cookie", "")).get(COOKIE)
    known = None if token is None else services.sessions.known(token)
    return None if known is None else principal_of_user(known.user)


async def signed_in_of(request: Request, services: ApiServices, *, is_use: bool = True) -> SignedIn:
    """Return the session of the cookie, whatever its user has to see to first.

    Raises ApiProblem `unauthenticated` and `csrf`, and StoreUnavailableError.
    """
    token = request.cookies.get(COOKIE, "")
    signed_in = await services.sessions.find(token, is_use=is_use)
    if signed_in is None:
        raise ApiProblem(
            "unauthenticated",
            "The session is over; log in again.",
            headers={"WWW-Authenticate": 'Bearer realm="voicegw"'},
        )
    if request.method not in _SAFE:
        check_origin(request, services)
        if not is_csrf_token(token, request.headers.get(CSRF_HEADER, "")):
            raise ApiProblem("csrf", f"Send the session's csrf_token as {CSRF_HEADER}.")
    return signed_in


def duty_of(signed_in: SignedIn, services: ApiServices) -> str | None:
    """Return the code of what somebody has to see to before anything else; None for nothing.

    Who comes from an OpenID provider has neither a password nor a second factor here.
    """
    user = signed_in.user
    if signed_in.session.method is not LoginMethod.PASSWORD:
        return None
    if user.must_change:
        return "password-change-needed"
    if user.role in services.options.require_totp_for and not user.has_second_factor:
        return "second-factor-missing"
    return None


_DUTIES: Final = {
    "password-change-needed": "Choose a password of your own: POST /v1/session/password.",
    "second-factor-missing": "Your role needs a second factor: POST /v1/session/totp.",
}


def check_origin(request: Request, services: ApiServices) -> None:
    """Raise ApiProblem `csrf` when the request says that it comes from another site's page."""
    origin = request.headers.get("origin")
    if origin is None:
        return
    try:
        host = urlsplit(origin).netloc.lower()
    except ValueError:  # an address of IPv6 that is none
        host = ""
    public = urlsplit(services.options.public_url).netloc.lower()
    if not host or host not in {request.headers.get("host", "").lower(), public}:
        raise ApiProblem("csrf", "The request comes from another site.")


def give_cookie(request: Request, services: ApiServices, response: Response, token: str) -> None:
    """Have the browser keep `token`, where no script and no other site can use it."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(services.sessions.rules.lasts.total_seconds()),
        path="/",
        secure=is_secure(request, services),
        httponly=True,
        samesite="strict",
    )


def know_device(request: Request, services: ApiServices, response: Response, user: User) -> None:
    """Have the browser keep that `user` has logged in from it."""
    cookie = device_cookie(user)
    if cookie is not None:
        response.set_cookie(
            DEVICE_COOKIE,
            cookie,
            max_age=int(LASTS.total_seconds()),
            path="/v1/session",
            secure=is_secure(request, services),
            httponly=True,
            samesite="strict",
        )


def take_cookie(request: Request, services: ApiServices, response: Response) -> None:
    """Have the browser forget it."""
    response.delete_cookie(
        COOKIE, path="/", secure=is_secure(request, services), httponly=True, samesite="strict"
    )


def is_secure(request: Request, services: ApiServices) -> bool:
    """Whether people reach this API by TLS."""
    return services.options.public_url.startswith("https://") or client_in(request.scope).is_https
