"""`/v1/session/oidc`: logging in by the OpenID provider."""

from __future__ import annotations

import html
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, Response

from api.dependencies import Services, problems
from api.entry import NO_STORE, give_cookie, is_secure
from api.errors import PROBLEM_KEY, as_problem
from api.oidc.desk import OidcDesk
from api.oidc.handshake import Handshake
from api.problems import ApiProblem
from api.routes.sessions import asked_by
from api.services import ApiServices
from voicegw.errors import NotFoundError, VoicegwError

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
    """Send the browser to the provider, which sends it back to `…/callback`.

    A browser that can't be sent there comes to the console's log-in page, which says why.
    """
    desk = _desk(services)
    return await _told_on_the_page(request, services, lambda: _begun(request, services, desk))


async def _begun(request: Request, services: ApiServices, desk: OidcDesk) -> Response:
    handshake, address = await desk.begin()
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
        303: {
            "description": "To the console's log-in page, which says why a browser is not let in"
        },
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

    A browser that is not let in comes to the console's log-in page, where there is one; programs,
    which ask for no page, get the problem itself.
    """
    desk = _desk(services)
    coming = _Coming(code, state, iss)
    return await _told_on_the_page(
        request, services, lambda: _finished(request, services, desk, coming)
    )


@dataclass(frozen=True, slots=True)
class _Coming:
    """What the provider has sent the browser back with."""

    code: str
    state: str
    iss: str | None


async def _finished(
    request: Request, services: ApiServices, desk: OidcDesk, coming: _Coming
) -> Response:
    handshake = Handshake.of_cookie(request.cookies.get(COOKIE, ""))
    if handshake is None or not handshake.is_state(coming.state):
        raise ApiProblem("oidc-expired", "This browser has begun no such login, or too long ago.")
    if coming.iss not in {None, desk.provider.options.issuer} or not coming.code:
        raise ApiProblem("oidc-refused", "The provider has not let you in.")
    _, token = await desk.finish(handshake, coming.code, asked_by(request))
    response = HTMLResponse(_page(desk.provider.options.after_login), headers=_HEADERS)
    give_cookie(request, services, response, token)
    response.delete_cookie(
        COOKIE, path=_PATH, secure=is_secure(request, services), httponly=True, samesite="lax"
    )
    return response


async def _told_on_the_page(
    request: Request, services: ApiServices, work: Callable[[], Awaitable[Response]]
) -> Response:
    """Return what `work` answers; send a browser that is refused to the console's log-in page.

    All that goes along is the problem's code, which is ours: nothing of what came in the address,
    and to no other place than this gateway's first page. Raises what `work` raises where there is
    no console, or no page was asked for.
    """
    try:
        return await work()
    except (ApiProblem, VoicegwError) as error:
        wants_page = "text/html" in request.headers.get("accept", "")
        if services.options.console is None or not wants_page:
            raise
        problem = error if isinstance(error, ApiProblem) else as_problem(error)
    request.scope[PROBLEM_KEY] = problem.code
    return Response(
        status_code=303,
        headers={**NO_STORE, "Location": f"{_LOG_IN}{problem.code}", **_NO_REFERRER},
    )


_LOG_IN: Final = "/?refused="
"""The console's first page: whoever is not logged in is asked to, whatever the address."""
_NO_REFERRER: Final = {"Referrer-Policy": "no-referrer"}
_HEADERS: Final = {
    **NO_STORE,
    "Content-Security-Policy": "default-src 'none'",
    **_NO_REFERRER,
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
