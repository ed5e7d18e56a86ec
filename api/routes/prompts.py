"""`/v1/prompts`: the sentences that callers hear, and own recordings in their place."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import UploadFile
from starlette.responses import Response

from api.audit import Subject, note
from api.dependencies import (
    FIRST_PAGE,
    Caller,
    Cursor,
    DirectoryReader,
    Limit,
    PromptWriter,
    Services,
    problems,
)
from api.forms import known_form
from api.problems import ApiProblem
from api.ranges import RangeNotSatisfiableError, requested_range
from api.schemas.base import ListView, PathId
from api.schemas.prompts import PromptView, SpokenBody
from api.views import respond, respond_page, struct_view
from ivr.prompt_service import MAX_TEXT
from ivr.prompts import PromptSource
from voicegw.errors import InvalidError, NotFoundError
from voicegw.model.audit import AuditAction, SubjectKind

router = APIRouter(prefix="/v1/prompts", tags=["prompts"])

UPLOAD_PREFIX: Final = "/v1/prompts/"
_WAV: Final[dict[str, Any]] = {"audio/wav": {}}
_BINARY: Final = {"type": "string", "format": "binary"}
_UPLOAD: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "audio/*": {"schema": _BINARY},
            "application/octet-stream": {"schema": _BINARY},
            "application/json": {"schema": SpokenBody.model_json_schema()},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "additionalProperties": False,
                    "properties": {
                        "file": {**_BINARY, "description": "The recording, in any format"},
                        "text": {
                            "type": "string",
                            "maxLength": MAX_TEXT,
                            "description": "What it says",
                        },
                    },
                }
            },
        },
    }
}


@router.get(
    "",
    operation_id="listPrompts",
    summary="List prompts",
    response_class=Response,
    responses={200: {"model": ListView[PromptView]}, **problems()},
)
async def list_prompts(
    *,
    services: Services,
    caller: DirectoryReader,
    language: Annotated[str | None, Query(max_length=8, examples=["zh"])] = None,
    source: Annotated[PromptSource | None, Query(description="Where they come from")] = None,
    limit: Limit = FIRST_PAGE,
    cursor: Cursor = None,
) -> Response:
    """What is in force on the node that answers, by language and name."""
    del caller
    page = await services.prompts.list(language=language, source=source, limit=limit, cursor=cursor)
    return await respond_page(page, struct_view)


@router.get(
    "/{language}/{name}",
    operation_id="getPrompt",
    summary="Get a prompt",
    response_class=Response,
    responses={200: {"model": PromptView}, **problems()},
)
async def get_prompt(
    language: PathId, name: PathId, services: Services, caller: DirectoryReader
) -> Response:
    """What is in force on the node that answers; its sound is below `/audio`."""
    del caller
    return respond(struct_view(await services.prompts.get(language, name)))


@router.put(
    "/{language}/{name}",
    operation_id="putPrompt",
    summary="Upload a recording, or have a text spoken",
    response_class=Response,
    responses={200: {"model": PromptView}, 201: {"model": PromptView}, **problems(403, 413, 415)},
    openapi_extra=_UPLOAD,
)
async def put_prompt(
    *,
    language: PathId,
    name: PathId,
    request: Request,
    services: Services,
    caller: PromptWriter,
    text: Annotated[
        str, Query(max_length=MAX_TEXT, description="What it says, where no form tells")
    ] = "",
) -> Response:
    """Put a recording in the place of a prompt, or add one: 20 MB and 600 s at most.

    It is brought to the loudness of the shipped ones. What can't be decoded is answered 422 with
    the reason. Callers hear it from their next prompt on, on every node within seconds; who hears
    the one before now hears it to its end.

    As JSON, `{"text": …}` is spoken by the program of `speech.command`; without one it is 422.
    """
    _need_all_groups(caller)
    if _media_type(request) == "application/json":
        text = (await _spoken_body(request)).text
        sound = await services.prompts.spoken(language, name, text)
    else:
        upload, said = await _upload(request)
        text = said if said is not None else text
        sound = await services.prompts.decoded(language, name, upload, text)
    subject = Subject(SubjectKind.PROMPT, f"{language}/{name}")
    await note(services, caller, request, AuditAction.PROMPT_PUT, subject, sha256=sound.sha256)
    is_new = await services.prompts.put(language, name, sound, text=text, by=caller.principal.id)
    headers = {"Location": f"{UPLOAD_PREFIX}{language}/{name}"} if is_new else {}
    view = struct_view(await services.prompts.get(language, name))
    return respond(view, 201 if is_new else 200, headers)


@router.delete(
    "/{language}/{name}",
    operation_id="deletePrompt",
    summary="Delete an uploaded recording",
    status_code=204,
    response_class=Response,
    responses={204: {"description": "Deleted"}, **problems(403)},
)
async def delete_prompt(
    language: PathId, name: PathId, request: Request, services: Services, caller: PromptWriter
) -> Response:
    """Take back what was uploaded: what it had replaced is in force again.

    Only an uploaded prompt can be deleted: files are 404 here.
    """
    _need_all_groups(caller)
    if not await services.prompts.has_own(language, name):
        raise NotFoundError("uploaded prompt", f"{language}/{name}")
    subject = Subject(SubjectKind.PROMPT, f"{language}/{name}")
    await note(services, caller, request, AuditAction.PROMPT_DELETED, subject)
    await services.prompts.delete(language, name)
    return Response(status_code=204)


@router.get(
    "/{language}/{name}/audio",
    operation_id="getPromptAudio",
    summary="Hear a prompt",
    response_class=Response,
    responses={
        200: {"content": _WAV, "description": "All of it"},
        206: {"content": _WAV, "description": "The range asked for"},
        304: {"description": "Unchanged"},
        **problems(416),
    },
)
async def get_prompt_audio(
    *,
    language: PathId,
    name: PathId,
    services: Services,
    caller: DirectoryReader,
    range_: Annotated[str | None, Header(alias="Range", description="One range of bytes")] = None,
    if_range: Annotated[str | None, Header()] = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """The WAV file, mono. Players may ask for ranges and seek."""
    del caller
    digest, content = await services.prompts.audio(language, name)
    etag = f'"{digest[:32]}"'
    headers = {"Accept-Ranges": "bytes", "ETag": etag, "Cache-Control": "private, no-cache"}
    if if_none_match is not None and etag in {tag.strip() for tag in if_none_match.split(",")}:
        return Response(status_code=304, headers=headers)
    try:
        part = requested_range(range_, len(content), if_range=if_range, etag=etag)
    except RangeNotSatisfiableError:
        raise ApiProblem(
            "range-not-satisfiable",
            "The range lies outside the audio.",
            headers={"Content-Range": f"bytes */{len(content)}", "Accept-Ranges": "bytes"},
        ) from None
    if part is None:
        return Response(content, headers=headers, media_type="audio/wav")
    headers["Content-Range"] = part.content_range
    return Response(
        content[part.start : part.stop], status_code=206, headers=headers, media_type="audio/wav"
    )


def _need_all_groups(caller: Caller) -> None:
    if caller.scope.group_ids is not None:
        raise ApiProblem("forbidden", "Prompts need a key that sees all groups.")


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _spoken_body(request: Request) -> SpokenBody:
    """Return the text to speak. Raises RequestValidationError, which is answered 422."""
    try:
        return SpokenBody.model_validate_json(await request.body())
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from error


async def _upload(request: Request) -> tuple[bytes, str | None]:
    """Return the file, and what a form tells of its words.

    Raises ApiProblem for another type, InvalidError for a form without a file.
    """
    media_type = _media_type(request)
    if media_type == "multipart/form-data":
        async with known_form(request, "file", "text") as form:
            file, text = form.get("file"), form.get("text")
            if not isinstance(file, UploadFile):
                raise InvalidError("file", "a file is needed", kind="missing")
            return await file.read(), text if isinstance(text, str) else None
    if media_type == "application/octet-stream" or media_type.startswith(("audio/", "video/")):
        return await request.body(), None
    raise ApiProblem("unsupported-media-type", "Send audio/…, a form, or a text as JSON.")
