"""Tasks: have managers call customers, and learn what came of it.

Written from `aio/tasks.py` by `make client`.
"""

from __future__ import annotations

from collections.abc import Generator
from datetime import datetime
from typing import Unpack

from voicegw.client.blocking.transport import Transport
from voicegw.client.models import Call, Task, TaskBody, TaskResultBody, ToldTask
from voicegw.client.models.filters import TaskFilters
from voicegw.client.page import Page
from voicegw.client.request import given, idempotent, query, request, segment


class Tasks:
    """What has to be done for customers."""

    def __init__(self, transport: Transport) -> None:
        """All requests go by `transport`."""
        self._transport = transport

    def create(self, body: TaskBody) -> Task:
        """Make a task. It is not tried again after a broken connection: `put` is safer."""
        return self._transport.get(request("POST", "/v1/tasks", body=body), Task)

    def put(self, external_id: str, body: TaskBody) -> Task:
        """Make or replace the task that your system calls so; repeating it changes nothing."""
        path = f"/v1/tasks/by-external-id/{segment(external_id)}"
        return self._transport.get(request("PUT", path, body=body), Task)

    def get(self, task_id: str) -> Task:
        """Return a task: its state, and the calls that were made for it. Raise NotFoundError."""
        return self._transport.get(request("GET", _path(task_id)), Task)

    def list(self, **filters: Unpack[TaskFilters]) -> Generator[Task, None, None]:
        """Yield all tasks that fit, the newest first."""
        return self._transport.pages("/v1/tasks", Page[Task], query(filters))

    def call(
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
        return self._transport.get(asked, Call)

    def set_result(
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
        return self._transport.get(asked, ToldTask)

    def cancel(self, task_id: str, *, why: str = "") -> Task:
        """Take a task back: nothing is to be done any more."""
        asked = request("POST", f"{_path(task_id)}/cancel", body={"why": why})
        return self._transport.get(asked, Task)


def _path(task_id: str) -> str:
    return f"/v1/tasks/{segment(task_id)}"
