"""What routes write into the audit log, and the entry for each listening.

An entry is written before what it tells of is done: a store that is away answers 503, and nothing
is heard, exported or changed without its entry.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import msgspec
from starlette.requests import Request

from api.dependencies import Caller
from api.errors import request_id
from api.services import ApiServices
from voicegw.errors import StoreUnavailableError
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.call import Call
from voicegw.model.directory import Customer
from voicegw.model.recording import Recording

logger = logging.getLogger(__name__)

_MOMENT_S: Final = 1.0
"""How long the answer to what was done waits for its entry."""
_being_noted: Final[set[asyncio.Task[None]]] = set()
"""A loop alone does not keep a task."""

_KEPT: Final = frozenset({"id", "version", "created_at", "updated_at"})
#: A player asks for many ranges of one recording: that is one listening.
LISTEN_ONCE_WITHIN: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Subject:
    """What something is done to."""

    kind: SubjectKind
    id: str
    group_id: str | None = None

    @classmethod
    def call(cls, call_id: str) -> Subject:
        """Return a call as a subject; its group is for whoever has seen it."""
        return cls(SubjectKind.CALL, call_id)

    @classmethod
    def customer(cls, customer: Customer) -> Subject:
        """Return a customer as a subject."""
        return cls(SubjectKind.CUSTOMER, customer.id, customer.group_id)

    @classmethod
    def of(cls, recording: Recording) -> Subject:
        """Return a recording as a subject."""
        return cls(SubjectKind.RECORDING, recording.id, recording.group_id)


def audit_entry(
    services: ApiServices,
    caller: Caller,
    request: Request,
    action: AuditAction,
    subject: Subject,
    **detail: Any,
) -> AuditEntry:
    """Return the entry that `caller` does `action` to `subject`, to be written with the change.

    `detail` must hold no telephone number and nobody's name.
    """
    return AuditEntry(
        at=services.clock.now(),
        principal=caller.principal.id,
        role=caller.role,
        action=action,
        subject_kind=subject.kind,
        subject=subject.id,
        group_id=subject.group_id,
        request_id=request_id(request) or None,
        detail=detail,
    )


async def note_started(services: ApiServices, caller: Caller, request: Request, call: Call) -> None:
    """Write that `caller` has had `call` made; a store that is away loses it."""
    subject = Subject(SubjectKind.CALL, call.id, call.group_id)
    names = ("manager_id", "customer_id", "task_id")
    detail = {name: getattr(call, name) for name in names if getattr(call, name) is not None}
    action = AuditAction.CALL_STARTED
    await note_done(services, audit_entry(services, caller, request, action, subject, **detail))


async def note(
    services: ApiServices,
    caller: Caller,
    request: Request,
    action: AuditAction,
    subject: Subject,
    **detail: Any,
) -> None:
    """Write that `caller` does `action` to `subject`. Raises StoreUnavailableError."""
    entry = audit_entry(services, caller, request, action, subject, **detail)
    await services.repositories.audit.note(entry)


async def note_done(services: ApiServices, entry: AuditEntry) -> None:
    """Write the entry of what has been done to a call.

    Unlike a listening it comes second and may fail: a card number that is being read out does not
    wait for a store. Nor does the answer, for longer than a moment; a store that hangs gets the
    entry when it goes on. Events and marks tell of it all the same, only not who asked.
    """
    writing = asyncio.create_task(_note_if_possible(services, entry))
    _being_noted.add(writing)
    writing.add_done_callback(_being_noted.discard)
    await asyncio.wait({writing}, timeout=_MOMENT_S)


async def _note_if_possible(services: ApiServices, entry: AuditEntry) -> None:
    try:
        await services.repositories.audit.note(entry)
    except StoreUnavailableError:
        facts = {"call_id": entry.subject, "action": entry.action, "principal": entry.principal}
        logger.warning("not noted in the audit log", extra=facts)


def changed_fields(before: msgspec.Struct, after: msgspec.Struct) -> list[str]:
    """Return the names of the fields in which two records of one kind differ: never their values.

    What nobody changes by hand, as the version, is left out.
    """
    names = [field.name for field in msgspec.structs.fields(after) if field.name not in _KEPT]
    return sorted(name for name in names if getattr(before, name) != getattr(after, name))


async def note_record(
    services: ApiServices,
    caller: Caller,
    request: Request,
    subject: Subject,
    how: str,
    *,
    before: msgspec.Struct | None = None,
    after: msgspec.Struct | None = None,
) -> None:
    """Write that `caller` writes a record of the directory; `how` is `created`, `replaced` …

    Where it is known as it was `before` and is to be `after`, the entry names the fields that
    differ: a number that is only spelled otherwise is one of them. Raises StoreUnavailableError.
    """
    detail: dict[str, Any] = {"how": how}
    if before is not None and after is not None:
        detail["fields"] = changed_fields(before, after)
    await note(services, caller, request, AuditAction.DIRECTORY, subject, **detail)


async def note_heard(
    services: ApiServices,
    caller: Caller,
    request: Request,
    recording: Recording,
    action: AuditAction = AuditAction.LISTENED,
    **form: str,
) -> None:
    """Write that `caller` hears or reads `recording` in this form, once in ten minutes.

    Raises StoreUnavailableError.
    """
    entry = audit_entry(services, caller, request, action, Subject.of(recording), **form)
    await services.repositories.audit.note_once(entry, LISTEN_ONCE_WITHIN)
