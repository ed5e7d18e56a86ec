"""What commands write into the audit log: whoever may run them here is an administrator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from voicegw.clock import SystemClock
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.directory import Role

BY: Final = "command line"
"""The principal of all that is done by a command."""


def entry_of(
    action: AuditAction,
    kind: SubjectKind,
    subject: str,
    detail: Mapping[str, Any],
    *,
    group_id: str | None = None,
) -> AuditEntry:
    """Return the entry that a command does `action` to `subject`, now.

    `detail` must hold no telephone number and nobody's name.
    """
    return AuditEntry(
        at=SystemClock().now(),
        principal=BY,
        role=Role.ADMIN,
        action=action,
        subject_kind=kind,
        subject=subject,
        group_id=group_id,
        detail=dict(detail),
    )
