"""A manager's day leaves numbers, names and words nowhere but where they belong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.parts.lab import (
    CUSTOMER_NAME,
    MANAGER_NAME,
    Lab,
    customer_does,
    customer_number,
    manager_does,
    manager_number,
)
from tests.parts.node import wait_for

pytestmark = pytest.mark.peer

CONFIG = """
[logging]
format = "json"
level = "debug"
requests = true

[sms]
provider = "file"
ask_after_s = 0
tell_missed = true
"""
NOTE, REASON, SUBJECT = "note-nobody-may-read", "reason-nobody-may-read", "subject-nobody-may-read"
#: What may hold them: the store, the journal before it, and what the file provider would send.
KEEPERS = ("data/voicegw.db", "data/journal/", "data/sms/outbox.jsonl")
#: What this test has written itself.
OURS = ("sipp",)


class Day:
    """What an integrator asks of a node in a day, and what was seen of it meanwhile."""

    def __init__(self, lab: Lab, api: httpx.Client) -> None:
        self.lab = lab
        self.api = api
        self.arguments: set[str] = set()

    def ask(self, method: str, path: str, *expected: int, **more: Any) -> Any:
        answer = self.api.request(method, path, **more)
        assert answer.status_code in expected, (path, answer.text)
        self.arguments.update(self.lab.node.children().values())
        return answer.json() if answer.content else None

    def tasks(self) -> list[str]:
        """Bring tasks by a file, a row of which is bad; return them once they are there."""
        rows = [f"t{index},renewal,c{index},m1,{SUBJECT}" for index in (1, 2)]
        rows.append(f"t3,renewal,{customer_number(3)},m1,{SUBJECT}")
        head = "external_id,type,customer,manager,subject"
        file = ("calls.csv", "\n".join([head, *rows]).encode(), "text/csv")
        job = self.ask("POST", "/imports", 202, data={"kind": "tasks"}, files={"file": file})

        def done() -> dict[str, Any] | None:
            found: dict[str, Any] = self.ask("GET", f"/imports/{job['id']}", 200)
            return found if found["finished_at"] else None

        found = wait_for("the import", done, 40)
        assert (found["rows_new"], found["rows_bad"]) == (2, 1), found
        assert customer_number(3)[3:] not in str(found["problems"])
        ids = (f"/tasks/by-external-id/t{index}" for index in (1, 2))
        return [str(self.ask("GET", path, 200)["id"]) for path in ids]

    def call(self, task_id: str) -> str:
        return str(self.ask("POST", f"/tasks/{task_id}/call", 202, json={})["id"])


def test_what_a_day_leaves(new_lab: Callable[..., Lab]) -> None:
    lab = new_lab(more=CONFIG, api='public_url = "https://gw.example"')
    does = (manager_does("answers"), customer_does("busy", 2), customer_does("answers"))
    lab.carrier(*does, calls=4)
    headers = {"Authorization": f"Bearer {lab.node.key}"}
    with httpx.Client(base_url=f"{lab.node.api}/v1", headers=headers, timeout=20) as api:
        day = Day(lab, api)
        reached, busy = day.tasks()
        day.ask("GET", "/tasks", 200, params={"customer_number": customer_number(1)})
        order = {"rule": {"kind": "owner"}, "task_ids": [reached, busy], "why": NOTE}
        day.ask("POST", "/tasks/assign", 202, json=order)
        talk = day.call(reached)
        lab.node.bridged(talk)
        lab.node.hangup(talk)
        lab.node.ended(talk)
        # The manager is asked for the result, unless it is told before.
        outbox = lab.folder / "data" / "sms" / "outbox.jsonl"
        wait_for("messages", outbox.exists, 60)
        lab.assert_ended(day.call(busy), "customer_busy", "busy")
        result = {"code": "renewed", "note": NOTE, "reason": REASON}
        day.ask("PUT", f"/tasks/{reached}/result", 200, json=result)
        day.ask("POST", f"/tasks/{busy}/do-not-call", 204, json={"reason": REASON})
        manager = day.ask("GET", f"/tasks/{busy}", 200)["manager_id"]
        trigger = {"kind": "wants_to_leave", "customer_external_id": "c4", "facts": {"said": NOTE}}
        day.ask("POST", "/triggers", 201, json=trigger)
        day.ask("POST", "/diallings", 201, json={"manager_id": manager, "mode": "preview"})
        for kind in ("activity", "tasks", "feedback", "managers"):
            day.ask("GET", f"/reports/{kind}", 200, params={"by": "manager"})
        events = api.get("/events", params={"limit": 200}).text
        metrics = httpx.get(f"{lab.node.api}/metrics", timeout=20).text
    lab.node.stop()
    numbers = [make(index)[3:] for make in (customer_number, manager_number) for index in (1, 2)]
    names = [MANAGER_NAME, CUSTOMER_NAME]
    words = [NOTE, REASON, SUBJECT]
    files = [path for path in lab.node.folder.rglob("*") if path.is_file()]
    told = {
        "metrics": metrics,
        "arguments": "\n".join(day.arguments),
        "log": lab.node.log.read_text(),
        "names of files": "\n".join(str(path) for path in files),
    }
    private = [*numbers, *names, *words]
    assert not {(name, one) for name, text in told.items() for one in private if one in text}
    assert not [name for name in names if name in events]
    places = {one: str(one.relative_to(lab.node.folder)) for one in files}
    holders = {
        place
        for path, place in places.items()
        if not place.startswith((*KEEPERS, *OURS)) and holds(path, private)
    }
    assert not holders
    assert holds(lab.node.folder / "data" / "voicegw.db", [NOTE]), "they are looked for rightly"


def holds(path: Path, private: list[str]) -> bool:
    """Whether any of these stands in a file."""
    content = path.read_bytes()
    return any(one.encode() in content for one in private)
