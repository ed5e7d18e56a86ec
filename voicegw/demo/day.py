"""The manager's day of the demo: sample tasks, a cadence plan, and a result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import httpx

from voicegw.demo.asking import ask

#: Type, subject, and whose customer; the first is the one that is called for.
_TASKS: Final = (
    ("renewal", "套餐到期 Package ends", "C-1"),
    ("survey", "满意度 Satisfaction", "C-1"),
    ("revisit", "季度回访 Quarterly call", "C-2"),
)
_PLAN: Final[Mapping[str, Any]] = {
    "name": "客户拜访计划 Visits",
    "rules": [
        {"who": {}, "cadences": [{"name": "regular", "every": {"count": 2, "unit": "months"}}]}
    ],
}
_MANAGER: Final = "4711"
_CODE: Final = "renewed"


async def make_day(client: httpx.AsyncClient, group_id: str) -> list[str]:
    """Make the sample tasks and a plan; return the ids of the tasks. Raises StartError."""
    made = [
        await ask(
            client,
            "POST",
            "/v1/tasks",
            {
                "type": kind,
                "subject": subject,
                "customer_external_id": customer,
                "manager_external_id": _MANAGER,
            },
        )
        for kind, subject, customer in _TASKS
    ]
    await ask(client, "POST", "/v1/plans", {**_PLAN, "group_id": group_id})
    return [str(one["id"]) for one in made]


async def close_day(client: httpx.AsyncClient, task_ids: list[str]) -> list[dict[str, Any]]:
    """Tell the result of the first task; return all as they are then. Raises StartError."""
    result = {"code": _CODE, "note": "two years more"}
    await ask(client, "PUT", f"/v1/tasks/{task_ids[0]}/result", result)
    return [await ask(client, "GET", f"/v1/tasks/{task_id}") for task_id in task_ids]
