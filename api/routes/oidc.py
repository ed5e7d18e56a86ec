"""`/v1/session/oidc`: logging in by the OpenID provider."""

from __future__ import annotations

import html
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, Response

from api.dependencies import Services, problems
from api.entry import NO_STORE, give_cookie, is_secure
from api.oidc.desk import OidcDesk
from api.oidc.handshake import Handshake
from api.problems import ApiProblem
from api.routes.sessions import asked_by
from api.services import ApiServices
from voicegw.errors import NotFoundError

router = APIRouter(prefix="/v1/session/oidc", tags=["session"])

COOKIE: Final = "voicegw_oidc"
_PATH: Final = "/v1/session/oidc"
_LASTS_S: Final = 600
_MAX_CODE: Final = 2048
#: What codes and addresses are made of (RFC 6749, appendix A).
_VISIBLE: Final = r"^[\x20-\x7e]*$"


@router.get(
    "",
    operation_id="beginOidcLogin",
    summary="Log in by the OpenID provider",
    status_code=302,
    response_class=Response,
    responses={302: {"description": "To the provider's own page"}, **problems()},
)
async def begin_oidc_login(request: Request, services: Services) -> Response:
    """Send the browser to the provider, which sends it back to `…/callback`."""
    handshake, address = await _desk(services).begin()
    response = Response(status_code=302, headers={**NO_STORE, "Location": address})
    # Not SameSite=Strict: it must come back with the browser that the provider sends.
    response.set_cookie(
        COOKIE,
        handshake.secret,
        max_age=_LASTS_S,
        path=_PATH,
        secure=is_secure(request, services),
        httponly=True,
        samesite="lax",
    )
    return response


@router.get(
    "/callback",
    operation_id="finishOidcLogin",
    summary="Come back from the OpenID provider",
    response_class=Response,
    responses={
        200: {"content": {"text/html": {}}, "description": "Logged in; the page leads on"},
        **problems(403),
    },
)
async def finish_oidc_login(
    request: Request,
    services: Services,
    code: Annotated[
        str, Query(max_length=_MAX_CODE, pattern=_VISIBLE, description="For an id token")
    ] = "",
    state: Annotated[
        str, Query(max_length=128, pattern=_VISIBLE, description="As it was sent there")
    ] = "",
    iss: Annotated[
        str | None, Query(max_length=512, pattern=_VISIBLE, description="RFC 9207")
    ] = None,
) -> Response:
    """Begin a session of the user whom the provider vouches for.

    The answer is a page that leads on: a browser that another site has sent here would not send a
    strict cookie along with a redirect. What else providers add to the address is passed over.
    """
    desk = _desk(services)
    handshake = Handshake.of_cookie(request.cookies.get(COOKIE, ""))
    if handshake is None or not handshake.is_state(state):
        raise ApiProblem("oidc-refused", "This browser has begun no such login, or too long ago.")
    if iss not in {None, desk.provider.options.issuer} or not code:
        raise ApiProblem("oidc-refused", "The provider has not let you in.")
    _, token = await desk.finish(handshake, code, asked_by(request))
    response = HTMLResponse(_page(desk.provider.options.after_login), headers=_HEADERS)
    give_cookie(request, services, response, token)
    response.delete_cookie(
        COOKIE, path=_PATH, secure=is_secure(request, services), httponly=True, samesite="lax"
    )
    return response


_HEADERS: Final = {
    **NO_STORE,
    "Content-Security-Policy": "default-src 'none'",
    "Referrer-Policy": "no-referrer",
}


def _page(leads_to: str) -> str:
    to = html.escape(leads_to)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>voicegw</title>'
        f'<meta http-equiv="refresh" content="0; url={to}">'
        f'<p><a href="{to}">Logged in. 已登录。</a></p></html>'
    )


def _desk(services: ApiServices) -> OidcDesk:
    if services.oidc is None:
        raise NotFoundError("resource", "oidc")
    return services.oidc
