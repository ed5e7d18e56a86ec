"""Tasks: have managers call customers, and learn what came of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Unpack

import msgspec

from voicegw.client.aio.transport import Transport
from voicegw.client.models import (
    Assignment,
    AssignPreview,
    Call,
    NamedTask,
    NextTasks,
    Task,
    TaskAssignBody,
    TaskBody,
    TaskChangeBody,
    TaskHistory,
    TaskResultBody,
    TaskTypeRules,
    ToldTask,
)
from voicegw.client.models.enums import TaskType
from voicegw.client.models.filters import TaskFilters
from voicegw.client.page import Page
from voicegw.client.request import Request, given, idempotent, query, request, segment


class Tasks:
    """What has to be done for customers."""

    def __init__(self, transport: Transport) -> None:
        """All requests go by `transport`."""
        self._transport = transport

    async def create(self, body: TaskBody, *, idempotency_key: str | None = None) -> Task:
        """Make a task, once, however often the connection breaks.

        `idempotency_key` is for trying again after this has failed for good: the same text makes no
        second task within 24 hours.
        """
        headers = idempotent(idempotency_key)
        asked = request("POST", "/v1/tasks", headers=headers, body=body, repeatable=True)
        return await self._transport.get(asked, Task)

    async def put(self, external_id: str, body: TaskBody) -> Task:
        """Make or replace the task that your system calls so; repeating it changes nothing."""
        path = f"/v1/tasks/by-external-id/{segment(external_id)}"
        return await self._transport.get(request("PUT", path, body=body), Task)

    async def get(self, task_id: str) -> Task:
        """Return a task: its state, and the calls that were made for it. Raise NotFoundError."""
        return await self._transport.get(request("GET", _path(task_id)), Task)

    def list(self, **filters: Unpack[TaskFilters]) -> AsyncGenerator[NamedTask, None]:
        """Yield all tasks that fit, the newest first, each with whom it is for."""
        return self._transport.pages("/v1/tasks", Page[NamedTask], query(filters))

    async def change(self, task_id: str, body: TaskChangeBody) -> Task:
        """Change what is given of an open task, and leave the rest as it is."""
        asked = request("PATCH", _path(task_id), body=body)
        return await self._transport.get(asked, Task)

    def history(self, task_id: str) -> AsyncGenerator[TaskHistory, None]:
        """Yield all that was done with a task, by whom, and what it changed."""
        return self._transport.pages(f"{_path(task_id)}/history", Page[TaskHistory], {})

    async def next(
        self, manager_id: str, *, task_type: TaskType | str | None = None, limit: int | None = None
    ) -> NextTasks:
        """Return what a manager is to call for now, why, and what is held back until when."""
        params = {"manager_id": manager_id, "type": task_type, "limit": limit}
        return await self._transport.get(request("GET", "/v1/tasks/next", params=params), NextTasks)

    async def preview_assignment(self, body: TaskAssignBody) -> AssignPreview:
        """Return what an order would do if it were given now; nothing is written."""
        asked = _order(body, preview=True)
        return await self._transport.get(asked, AssignPreview)

    async def assign(self, body: TaskAssignBody) -> Assignment:
        """Give tasks to managers by a rule; `assignment` tells how far it is.

        Raise a ConflictError `assignment-changed` when `plan_tag` is of a preview that is no more
        true. It is not tried again after a broken connection.
        """
        return await self._transport.get(_order(body, preview=False), Assignment)

    async def assignment(self, assignment_id: str) -> Assignment:
        """Return an order as it stands. Raise NotFoundError."""
        path = f"/v1/tasks/assignments/{segment(assignment_id)}"
        return await self._transport.get(request("GET", path), Assignment)

    def types(self) -> AsyncGenerator[TaskTypeRules, None]:
        """Yield all types of tasks: their fields, times, attempts and results."""
        return self._transport.pages("/v1/task-types", Page[TaskTypeRules], {})

    async def call(
        self,
        task_id: str,
        *,
        manager_id: str | None = None,
        client_state: str | None = None,
        ring_s: int | None = None,
        max_talk_s: int | None = None,
        idempotency_key: str | None = None,
    ) -> Call:
        """Call the task's customer, by its manager or another. As `Calls.start`."""
        body = given(
            manager_id=manager_id, client_state=client_state, ring_s=ring_s, max_talk_s=max_talk_s
        )
        headers = idempotent(idempotency_key)
        asked = request(
            "POST", f"{_path(task_id)}/call", headers=headers, body=body, repeatable=True
        )
        return await self._transport.get(asked, Call)

    async def set_result(
        self,
        task_id: str,
        code: str,
        *,
        note: str = "",
        reason: str = "",
        exception: str = "",
        call_again_at: datetime | None = None,
    ) -> ToldTask:
        """Say what came of a task, by a code of its type; it is done, or open until another call.

        `reason` is the customer's true one, `exception` why it is late, where they are asked for.
        Raise a ConflictError `task-closed` when it has another result, `contact-missing` or
        `exception-needed` where its type asks for more first.
        """
        body = TaskResultBody(code=code, note=note, reason=reason, exception=exception)
        if call_again_at is not None:
            body.call_again_at = call_again_at
        asked = request("PUT", f"{_path(task_id)}/result", body=body)
        return await self._transport.get(asked, ToldTask)

    async def cancel(self, task_id: str, *, why: str = "") -> Task:
        """Take a task back: nothing is to be done any more."""
        asked = request("POST", f"{_path(task_id)}/cancel", body={"why": why})
        return await self._transport.get(asked, Task)


def _order(body: TaskAssignBody, *, preview: bool) -> Request:
    return request("POST", "/v1/tasks/assign", body=msgspec.structs.replace(body, preview=preview))


def _path(task_id: str) -> str:
    return f"/v1/tasks/{segment(task_id)}"
