"""Tells what came of a talk, as a reply or a one-time link says it: of the task and of the call.

The rules are those of `PUT /v1/tasks/{id}/result` and `PUT /v1/calls/{id}/disposition`; whoever
tells is the manager.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from voicegw.clock import Clock
from voicegw.errors import ConflictError, NotFoundError
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.call import Call
from voicegw.model.directory import Role
from voicegw.model.escalation import late_by
from voicegw.model.sms import SmsMessage
from voicegw.model.survey import Disposition, DispositionSource
from voicegw.model.task import ResultSource, Task, TaskResult
from voicegw.model.task_type import ResultKind, ResultRule
from voicegw.store.audit import AuditLog
from voicegw.store.calls import CallRepository
from voicegw.store.task_changes import TaskChanges
from voicegw.store.tasks import TaskRepository
from voicegw.tasks.results import told
from voicegw.tasks.types import TaskTypes

OF_ANY_CALL: Final = (
    ResultRule("success", ResultKind.SUCCESS, "1", {"zh": "成功", "en": "success"}),
    ResultRule("refused", ResultKind.REFUSED, "2", {"zh": "拒绝", "en": "refused"}),
    ResultRule("call_again", ResultKind.CALL_AGAIN, "3", {"zh": "再联系", "en": "call again"}),
    ResultRule(
        "wrong_number", ResultKind.UNREACHABLE, "4", {"zh": "号码错误", "en": "wrong number"}
    ),
)
"""What a talk may come to that was for no task: as the keys after a call say it."""
_SOURCES: Final = {
    ResultSource.SMS: DispositionSource.SMS,
    ResultSource.LINK: DispositionSource.LINK,
}


@dataclass(frozen=True, slots=True)
class Matter:
    """What a question is about: the call, and the task that it was for."""

    call: Call
    task: Task | None
    results: Sequence[ResultRule]

    @property
    def is_told(self) -> bool:
        """Whether somebody has told what came of it."""
        if self.call.disposition is not None:
            return True
        result = None if self.task is None else self.task.result
        since = self.call.bridged_at or self.call.created_at
        return result is not None and result.at >= since and result.source is not _BY_ITSELF


_BY_ITSELF: Final = ResultSource.GATEWAY


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody tells. `again_at`: the customer is to be called again then."""

    code: str
    note: str = ""
    again_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Telling:
    """What results are told to, and found in."""

    tasks: TaskRepository
    changes: TaskChanges
    calls: CallRepository
    types: TaskTypes
    audit: AuditLog
    clock: Clock

    async def matter(self, message: SmsMessage) -> Matter | None:
        """Return what a question was about; None when that is there no more."""
        call = None if message.call_id is None else await self.calls.get(message.call_id)
        if call is None:
            return None
        task = None if message.task_id is None else await self.tasks.get(message.task_id)
        return Matter(call, task, self.results_of(task))

    def results_of(self, task: Task | None) -> Sequence[ResultRule]:
        """Return the results that a talk may come to."""
        if task is None:
            return OF_ANY_CALL
        return self.types.of(task).results or OF_ANY_CALL

    def again_at(self, matter: Matter, named: ResultRule, at: datetime | None) -> datetime | None:
        """Return when the customer is called again: the time that was told, else after a pause.

        None where the result leaves nothing to do.
        """
        if named.kind is not ResultKind.CALL_AGAIN or matter.task is None:
            return None
        pause_s = self.types.of(matter.task).attempts.spacing_s
        return at or self.clock.now() + timedelta(seconds=pause_s)

    async def tell(
        self, message: SmsMessage, matter: Matter, what: Told, source: ResultSource
    ) -> None:
        """Write the result of the task, and of the call.

        Raises InvalidError naming the field that is missing, ConflictError when the task is closed
        with another result, or nobody has talked with its customer.
        """
        now, by = self.clock.now(), message.manager_id or ""
        await self._note(message, what.code, now)
        if matter.task is not None:
            await self.tell_task(matter.task, what, source, by)
        disposition = Disposition(what.code, _SOURCES[source], by, now, what.note)
        await self._dispose(matter.call, disposition)

    async def tell_task(self, task: Task, what: Told, source: ResultSource, by: str) -> None:
        """Write the result of a task alone. Raises what `tell` does."""
        now, rule = self.clock.now(), self.types.of(task)
        named = rule.result(what.code)
        # One text is all that a reply has: it serves for whatever is asked.
        result = TaskResult(
            what.code,
            by,
            now,
            note=what.note,
            reason=what.note if named is not None and named.needs_reason else "",
            exception=what.note if late_by(task, now) else "",
            source=source,
        )
        await self.changes.change(
            task.id, lambda before: told(before, rule, result, what.again_at), now, by=by
        )

    async def _dispose(self, call: Call, disposition: Disposition) -> None:
        try:
            await self.calls.dispose(call.id, disposition)
        except NotFoundError as error:  # purged since it was read
            raise ConflictError("call-gone", "The call is there no more.") from error

    async def _note(self, message: SmsMessage, code: str, now: datetime) -> None:
        is_task = message.task_id is not None
        await self.audit.note(
            AuditEntry(
                at=now,
                principal=message.manager_id or "",
                role=Role.MANAGER,
                action=AuditAction.TASK_CLOSED if is_task else AuditAction.DISPOSED,
                subject_kind=SubjectKind.TASK if is_task else SubjectKind.CALL,
                subject=message.task_id or message.call_id or "",
                group_id=message.group_id,
                detail={"code": code, "message": message.id},
            )
        )
