"""Where an exception becomes an HTTP status: once, here.

Every :class:`~voicegw.errors.VoicegwError` carries a stable slug; this module knows which status
belongs to which class and slug, and writes the problem document.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, Final, cast

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.field_problems import field_problem
from api.problems import CODES, ApiProblem, problem_response
from voicegw.errors import (
    ConflictError,
    DamagedFileError,
    InvalidError,
    KeyMissingError,
    NoMediaCapacityError,
    NotFoundError,
    PolicyError,
    StorageUnavailableError,
    StoreUnavailableError,
    VoicegwError,
)

logger = logging.getLogger(__name__)

_RETRY_AFTER_S: Final = {
    "trunk-full": 5,
    "recording-unavailable": 60,
    "store-unavailable": 5,
    "storage-unavailable": 30,
    "draining": 30,
    "overloaded": 5,
    "customer-rate": 60,
    "quiet-hours": 3600,
}
"""Seconds to wait where the rule itself gave none."""

_HTTP_CODES: Final = {
    400: "bad-request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    409: "conflict",
    413: "too-large",
    415: "unsupported-media-type",
    416: "range-not-satisfiable",
    422: "invalid",
}
_HTTP_DETAILS: Final = {
    "not-found": "No such resource.",
    "method-not-allowed": "The resource has no such method.",
    "bad-request": "The request can't be read.",
}
PROBLEM_KEY: Final = "voicegw.problem"
"""Where the scope of a request has the code of the problem that was answered."""


def install(app: FastAPI, *, methods_of: Callable[[str], Sequence[str]]) -> None:
    """Make `app` answer every error with a problem document.

    `methods_of` tells which methods a path has: a 405 lists them all (RFC 9110 §15.5.6).
    """

    async def on_http_exception(request: Request, error: Exception) -> Response:
        problem = _http_problem(cast(HTTPException, error))
        methods = methods_of(request.url.path) if problem.status == 405 else ()
        if methods:
            problem.headers = {"Allow": ", ".join(methods)}
        return _respond(request, problem)

    app.add_exception_handler(VoicegwError, _on_voicegw_error)
    app.add_exception_handler(ApiProblem, _on_api_problem)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, on_http_exception)


def request_id(request: Request) -> str:
    """Return the id that the middleware gave this request."""
    return cast(str, request.scope.get("voicegw.request_id", ""))


def as_problem(error: VoicegwError) -> ApiProblem:
    """Return the problem that `error` is to a client."""
    match error:
        case PolicyError():
            problem = _policy_problem(error)
        case InvalidError():
            problem = ApiProblem("invalid", "A value is not acceptable.", errors=(error.fault,))
        case NotFoundError():
            problem = ApiProblem("not-found", f"No such {error.kind}.")
        case ConflictError():
            problem = _conflict_problem(error)
        case StoreUnavailableError():
            problem = _with_retry_after("store-unavailable", "The store can't be reached.", None)
        case NoMediaCapacityError():
            problem = _with_retry_after("trunk-full", "No capacity for the call's sound.", None)
        case KeyMissingError():
            problem = ApiProblem("key-missing", "The key that opens the recording is not here.")
        case StorageUnavailableError():
            detail = "The storage of recordings can't be reached."
            problem = _with_retry_after("storage-unavailable", detail, None)
        case DamagedFileError():
            logger.error("recording is damaged", extra={"why": error.detail})
            problem = ApiProblem("recording-damaged", "The file is not what was recorded.")
        case _:
            logger.error("request failed", extra={"slug": error.slug}, exc_info=error)
            problem = ApiProblem("internal-error", "The gateway could not answer this request.")
    return problem


def _policy_problem(error: PolicyError) -> ApiProblem:
    known = CODES.get(error.slug)
    if known is None:
        problem = ApiProblem("forbidden", error.detail)
        problem.code = error.slug
        return problem
    if known.status in {429, 503}:
        return _with_retry_after(error.slug, error.detail, error.retry_after_s)
    return ApiProblem(error.slug, error.detail)


def _conflict_problem(error: ConflictError) -> ApiProblem:
    if error.slug in CODES:
        return ApiProblem(error.slug, error.detail)
    problem = ApiProblem("conflict", error.detail)
    problem.code = error.slug
    return problem


def _with_retry_after(code: str, detail: str, retry_after_s: int | None) -> ApiProblem:
    wait_s = retry_after_s if retry_after_s is not None else _RETRY_AFTER_S[code]
    return ApiProblem(code, detail, headers={"Retry-After": str(max(wait_s, 1))})


async def _on_voicegw_error(request: Request, error: Exception) -> Response:
    return _respond(request, as_problem(cast(VoicegwError, error)))


async def _on_api_problem(request: Request, error: Exception) -> Response:
    return _respond(request, cast(ApiProblem, error))


def _http_problem(http_error: HTTPException) -> ApiProblem:
    fallback = "bad-request" if http_error.status_code < 500 else "internal-error"
    code = _HTTP_CODES.get(http_error.status_code, fallback)
    detail = _HTTP_DETAILS.get(code, str(http_error.detail))
    return ApiProblem(code, detail, headers=http_error.headers)


async def _on_validation_error(request: Request, error: Exception) -> Response:
    found = cast(RequestValidationError, error).errors()
    if _is_unread_body(request, found):
        problem = ApiProblem("unsupported-media-type", "Send the body as application/json.")
    elif any(item.get("type") == "json_invalid" for item in found):
        problem = ApiProblem("bad-request", "The body is no valid JSON.")
    else:
        fields = tuple(field_problem(item) for item in found)
        problem = ApiProblem("invalid", "A value is not acceptable.", errors=fields)
    return _respond(request, problem)


def _is_unread_body(request: Request, found: Sequence[Any]) -> bool:
    """Whether the body was not understood because it does not claim to be JSON."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_json = media_type == "application/json" or media_type.endswith("+json")
    return not is_json and any(
        tuple(item.get("loc", ())) == ("body",) and item.get("type") != "missing" for item in found
    )


def _respond(request: Request, problem: ApiProblem) -> Response:
    request.scope[PROBLEM_KEY] = problem.code
    return problem_response(
        status=problem.status,
        code=problem.code,
        detail=problem.detail,
        instance=request.url.path,
        request_id=request_id(request),
        errors=problem.errors,
        headers=problem.headers,
    )
