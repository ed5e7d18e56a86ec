"""`/v1/imports`: many records of the directory at once, from a file."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any, Final

import anyio
from fastapi import APIRouter, Request
from starlette.datastructures import UploadFile
from starlette.responses import Response

from api.dependencies import FIRST_PAGE, Caller, Cursor, Importer, Limit, Services, problems
from api.problems import ApiProblem
from api.schemas.base import PathId
from api.schemas.directory import ImportView
from api.services import ApiServices
from api.views import import_view, respond
from voicegw.errors import InvalidError, NotFoundError, StartError
from voicegw.model.ids import IdKind, new_id
from voicegw.store.jobs import Job, JobState
from voicegw.store.paging import Page

logger = logging.getLogger(__name__)
router = APIRouter(prefix="/v1/imports", tags=["directory"])

UPLOAD_PATH: Final = "/v1/imports"
KINDS: Final = ("groups", "hotlines", "managers", "customers")
_CHUNK_BYTES: Final = 1 << 18
_FORM: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["kind", "file"],
                    "properties": {
                        "kind": {"type": "string", "enum": list(KINDS)},
                        "dry_run": {
                            "type": "boolean",
                            "default": False,
                            "description": "Only check the rows; nothing is written.",
                        },
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "CSV in UTF-8 or GBK with a header line.",
                        },
                    },
                }
            }
        },
    }
}


@router.post(
    "",
    operation_id="startImport",
    summary="Import a file",
    status_code=202,
    response_class=Response,
    responses={202: {"model": ImportView}, **problems(400, 403, 413, 415)},
    openapi_extra=_FORM,
)
async def start_import(request: Request, services: Services, caller: Importer) -> Response:
    """Take a CSV file and import it in a process of its own.

    Rows are taken one by one: every bad row is listed with its reason, good rows are not lost, and
    a file can be sent again: rows with a known external id replace what they name.
    """
    if caller.scope.group_ids is not None:
        raise ApiProblem("forbidden", "Imports need a key that sees all groups.")
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise ApiProblem("unsupported-media-type", "Send the file as multipart/form-data.")
    async with request.form(max_files=1, max_fields=4) as form:
        kind, dry_run = _kind(form.get("kind")), _flag(form.get("dry_run"))
        upload = form.get("file")
        if not isinstance(upload, UploadFile):
            raise InvalidError("file", "a file is needed")
        job = Job(
            id=new_id(IdKind.JOB),
            kind=kind,
            created_by=caller.principal.id,
            created_at=services.clock.now(),
            dry_run=dry_run,
        )
        file = await _keep(upload, services.options.upload_folder, job.id)
    await _launch(services, job, file)
    view = import_view(job, Page([], None))
    return respond(view, 202, {"Location": f"/v1/imports/{job.id}"})


@router.get(
    "/{import_id}",
    operation_id="getImport",
    summary="Get an import",
    response_class=Response,
    responses={200: {"model": ImportView}, **problems()},
)
async def get_import(
    import_id: PathId,
    services: Services,
    caller: Importer,
    limit: Limit = FIRST_PAGE,
    cursor: Cursor = None,
) -> Response:
    """How far an import is, and which rows it could not take."""
    job = await _seen_job(services, caller, import_id)
    bad_rows = await services.repositories.jobs.problems(import_id, limit=limit, cursor=cursor)
    return respond(import_view(job, bad_rows))


async def _seen_job(services: ApiServices, caller: Caller, job_id: str) -> Job:
    job = await services.repositories.jobs.get(job_id)
    if job is None or caller.scope.group_ids is not None:
        raise NotFoundError("import", job_id)
    return job


async def _keep(upload: UploadFile, folder: Path, job_id: str) -> Path:
    """Write the upload to `folder` under the job's name and return its path."""
    target = folder / f"{job_id}.csv"
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True, mode=0o700)
    async with await anyio.open_file(target, "xb") as stream:
        while chunk := await upload.read(_CHUNK_BYTES):
            await stream.write(chunk)
    return target


async def _launch(services: ApiServices, job: Job, file: Path) -> None:
    """Note the job and begin it; what can't begin leaves no file behind."""
    try:
        await services.repositories.jobs.create(job)
    except BaseException:
        await asyncio.to_thread(file.unlink, missing_ok=True)
        raise
    try:
        await services.imports.start(job.id, job.kind, file, dry_run=job.dry_run)
    except StartError as error:
        await asyncio.to_thread(file.unlink, missing_ok=True)
        logger.error("import not started", extra={"job_id": job.id, "reason": str(error)})
        job.state = JobState.FAILED
        job.failure = "the import could not be started"
        job.finished_at = services.clock.now()
        await services.repositories.jobs.update(job)


def _kind(value: object) -> str:
    if value not in KINDS:
        raise InvalidError("kind", f"must be one of {', '.join(KINDS)}")
    return value


def _flag(value: object) -> bool:
    known = {None: False, "": False, "false": False, "0": False, "true": True, "1": True}
    text = value.lower() if isinstance(value, str) else value
    if text not in known:
        raise InvalidError("dry_run", "must be true or false")
    return known[text]
