"""What routes write into the audit log, and the entry for each listening.

An entry is written before what it tells of is done: a store that is away answers 503, and nothing
is heard, exported or changed without its entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from starlette.requests import Request

from api.dependencies import Caller
from api.errors import request_id
from api.services import ApiServices
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.recording import Recording

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
