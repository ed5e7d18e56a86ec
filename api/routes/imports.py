"""`/v1/imports`: many records of the directory at once, from a file."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import anyio
import msgspec
from fastapi import APIRouter, Header, Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from api.access import Permission
from api.audit import Subject, note
from api.dependencies import FIRST_PAGE, Caller, Cursor, Importer, Limit, Services, problems
from api.forms import known_form
from api.idempotency import fingerprint
from api.introducing import introduction_of
from api.made_once import ABOUT_KEY, stored
from api.problems import ApiProblem
from api.schemas.base import PathId
from api.schemas.imports import ImportView
from api.services import ApiServices
from api.views import import_view, respond
from voicegw.directory.import_columns import ImportKind, checked_mapping
from voicegw.directory.import_hold import SUFFIX
from voicegw.directory.import_job import interrupted
from voicegw.directory.import_reach import ImportReach
from voicegw.errors import InvalidError, NotFoundError, StartError
from voicegw.model.audit import AuditAction, SubjectKind
from voicegw.model.ids import IdKind, new_id
from voicegw.model.introduction import Introduction
from voicegw.store.idempotency import StoredResponse
from voicegw.store.jobs import Job
from voicegw.store.paging import Page

logger = logging.getLogger(__name__)
router = APIRouter(prefix="/v1/imports", tags=["directory"])

UPLOAD_PATH: Final = "/v1/imports"
_CHUNK_BYTES: Final = 1 << 18
_RETRY_AFTER: Final = {"Retry-After": "60"}
_FORM: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["kind", "file"],
                    "additionalProperties": False,
                    "properties": {
                        "kind": {"type": "string", "enum": list(ImportKind)},
                        "dry_run": {
                            "type": "boolean",
                            "default": False,
                            "description": "Only check the rows; nothing is written.",
                        },
                        "introduce": {
                            "type": "boolean",
                            "default": False,
                            "description": "Whether owners who are new to their customers get "
                            "tasks `introduction`, to tell them; of customers only.",
                        },
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "XLSX (its first sheet), or CSV in UTF-8, UTF-16 or "
                            "GBK, with a header line.",
                        },
                        "mapping": {
                            "type": "string",
                            "contentMediaType": "application/json",
                            "description": "What titles of columns mean, as a JSON object; kept "
                            "for later files of the kind. Left out: what was kept is used.",
                            "examples": ['{"主要联系方式": "numbers", "备注": ""}'],
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
    responses={202: {"model": ImportView}, **problems(400, 403, 409, 413, 415)},
    openapi_extra=_FORM,
)
async def start_import(
    request: Request,
    services: Services,
    caller: Importer,
    idempotency_key: Annotated[str | None, Header(description=ABOUT_KEY)] = None,
) -> Response:
    """Take an XLSX or CSV file and import it in a process of its own.

    Rows are taken one by one: every bad row is listed with its reason, good rows are not lost, and
    a file can be sent again: rows with a known external id replace what they name. Who sees some
    groups only imports `tasks`, of customers, managers and groups that are seen; a `mapping` of
    theirs holds for this file and is not kept. An `Idempotency-Key` is for what the form says and
    the bytes of its file, whatever the file is called; a dry run is a request of its own.
    """
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise ApiProblem("unsupported-media-type", "Send the file as multipart/form-data.")
    async with known_form(request, "kind", "dry_run", "introduce", "file", "mapping") as form:
        asked = _Asked.read(form)
        if asked.kind is not ImportKind.TASKS and caller.scope.group_ids is not None:
            raise ApiProblem("forbidden", "Imports of this kind need a key that sees all groups.")

        async def work() -> StoredResponse:
            return stored(await _begin(request, services, caller, asked))

        # Without a key nothing is compared.
        request_hash = "" if idempotency_key is None else await asked.fingerprint()
        return await services.idempotency.run(
            caller.principal.id, idempotency_key, request_hash, work
        )


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


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a form asks for; its file ends with the form."""

    kind: ImportKind
    dry_run: bool
    introduce: bool
    mapping: object
    upload: UploadFile

    @classmethod
    def read(cls, form: FormData) -> _Asked:
        """Return what a form says. Raises InvalidError."""
        kind, dry_run = _kind(form.get("kind")), _flag(form, "dry_run")
        introduce, upload = _flag(form, "introduce"), form.get("file")
        if not isinstance(upload, UploadFile):
            raise InvalidError("file", "a file is needed", kind="missing")
        return cls(kind, dry_run, introduce, form.get("mapping"), upload)

    async def fingerprint(self) -> str:
        """Return what tells this request from another: all that is asked, and the file's bytes."""
        digest = hashlib.sha256()
        while chunk := await self.upload.read(_CHUNK_BYTES):
            # In a thread: a large file takes longer in all than signalling may wait.
            await asyncio.to_thread(digest.update, chunk)
        await self.upload.seek(0)
        mapping = self.mapping if isinstance(self.mapping, str) else None
        said = (self.kind, self.dry_run, self.introduce, mapping, digest.hexdigest())
        return fingerprint(f"POST {UPLOAD_PATH}", msgspec.json.encode(said))


async def _begin(
    request: Request, services: ApiServices, caller: Caller, asked: _Asked
) -> Response:
    """Keep the file and begin its import."""
    mapping = await _mapping(services, caller, asked.kind, asked.mapping)
    introduction = introduction_of(services) if asked.introduce else None
    job = Job(
        id=new_id(IdKind.JOB),
        kind=asked.kind,
        created_by=caller.principal.id,
        created_at=services.clock.now(),
        dry_run=asked.dry_run,
    )
    file = await _keep(asked.upload, services.options.upload_folder, job.id)
    await _launch(services, caller, job, file, mapping=mapping, introduction=introduction)
    subject = Subject(SubjectKind.IMPORT, job.id)
    how = {"kind": asked.kind, "dry_run": asked.dry_run}
    await note(services, caller, request, AuditAction.IMPORT, subject, **how)
    view = import_view(job, Page([], None))
    return respond(view, 202, {"Location": f"/v1/imports/{job.id}"})


async def _seen_job(services: ApiServices, caller: Caller, job_id: str) -> Job:
    job = await services.repositories.jobs.get(job_id)
    is_seen = caller.scope.group_ids is None
    if job is None or not (is_seen or job.created_by == caller.principal.id):
        raise NotFoundError("import", job_id)
    return job


async def _keep(upload: UploadFile, folder: Path, job_id: str) -> Path:
    """Write the upload to `folder` under the job's name and return its path."""
    target = folder / f"{job_id}{SUFFIX}"
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True, mode=0o700)
    async with await anyio.open_file(target, "xb") as stream:
        while chunk := await upload.read(_CHUNK_BYTES):
            await stream.write(chunk)
    return target


async def _mapping(
    services: ApiServices, caller: Caller, kind: ImportKind, given: object
) -> dict[str, str]:
    """Return what titles of columns mean: as given now, and kept from now on, else as kept."""
    kept = services.repositories.import_mappings
    if given is None or given == "":
        return (await kept.get(kind)).mapping
    try:
        mapping = msgspec.json.decode(given if isinstance(given, str) else b"", type=dict[str, str])
    except msgspec.MsgspecError as error:
        raise InvalidError("mapping", "must be a JSON object of texts", kind="pattern") from error
    checked = checked_mapping(kind, mapping)
    if caller.scope.group_ids is not None:
        return checked  # what is kept is everybody's
    await kept.put(kind, checked, by=caller.principal.id, at=services.clock.now())
    return checked


async def _launch(
    services: ApiServices,
    caller: Caller,
    job: Job,
    file: Path,
    *,
    mapping: Mapping[str, str],
    introduction: Introduction | None,
) -> None:
    """Note the job and begin it; what can't begin leaves no file behind.

    Raises ApiProblem `too-many-imports`.
    """
    try:
        await services.repositories.jobs.create(job)
    except BaseException:
        await asyncio.to_thread(file.unlink, missing_ok=True)
        raise
    try:
        await services.imports.start(
            job.id,
            job.kind,
            file,
            dry_run=job.dry_run,
            role=caller.role,
            mapping=mapping,
            introduction=introduction,
            reach=ImportReach(
                caller.scope.group_ids,
                any_number=caller.may(Permission.CALLS_DIAL_ANY),
            ),
        )
    except StartError as error:
        await asyncio.to_thread(file.unlink, missing_ok=True)
        logger.error("import not started", extra={"job_id": job.id, "reason": str(error)})
        job.give_up(interrupted(str(error)), services.clock.now())
        await services.repositories.jobs.update(job)
        raise ApiProblem("too-many-imports", str(error), headers=_RETRY_AFTER) from error


def _kind(value: object) -> ImportKind:
    if not isinstance(value, str) or value not in list(ImportKind):
        raise InvalidError(
            "kind",
            f"must be one of {', '.join(ImportKind)}",
            kind="not-one-of",
            allowed=", ".join(ImportKind),
        )
    return ImportKind(value)


def _flag(form: FormData, name: str) -> bool:
    value = form.get(name)
    known = {None: False, "false": False, "0": False, "true": True, "1": True}
    text = value.lower() if isinstance(value, str) else value
    if text not in known:
        raise InvalidError(name, "must be true or false", kind="not-a-boolean")
    return known[text]
