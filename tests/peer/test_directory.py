"""The directory at work in a running node: imports, numbers shown, and who is left in peace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from openpyxl import Workbook

from tests.parts.lab import (
    HOTLINE,
    Lab,
    customer_does,
    customer_number,
    customer_of,
    manager_does,
)
from tests.parts.node import wait_for

pytestmark = pytest.mark.peer

SHOWN = "+864008005678"


def put(lab: Lab, path: str, body: dict[str, Any]) -> None:
    status, answer = lab.node.request("PUT", path, body)
    assert status in (200, 201), answer


def group_id(lab: Lab) -> str:
    return str(lab.node.get("/v1/groups/by-external-id/g1")["id"])


def import_file(lab: Lab, kind: str, path: Path, **fields: str) -> dict[str, Any]:
    """Send a file and return the import once it is over."""
    with path.open("rb") as stream:
        answer = httpx.post(
            f"{lab.node.api}/v1/imports",
            files={"file": (path.name, stream)},
            data={"kind": kind, **fields},
            headers={"Authorization": f"Bearer {lab.node.key}"},
        )
    assert answer.status_code == 202, answer.text

    def look() -> dict[str, Any] | None:
        job: dict[str, Any] = lab.node.get(f"/v1/imports/{answer.json()['id']}")
        return job if job["finished_at"] else None

    return dict(wait_for("import over", look, timeout_s=30))


@contextmanager
def quiet_hours(lab: Lab, text: str) -> Iterator[None]:
    path = "/v1/groups/by-external-id/g1"
    put(lab, path, {"name": "g1", "quiet_hours": text})
    try:
        yield
    finally:
        put(lab, path, {"name": "g1"})


def refusal(lab: Lab, manager: int, customer: str) -> httpx.Response:
    """Return the answer to a click-to-dial that must be refused."""
    answer = httpx.post(
        f"{lab.node.api}/v1/calls",
        json={"manager_external_id": f"m{manager}", "customer_external_id": customer},
        headers={"Authorization": f"Bearer {lab.node.key}"},
    )
    assert 400 <= answer.status_code < 500, answer.text
    return answer


def test_a_row_of_a_workbook_is_a_customer_who_reaches_the_own_manager(lab: Lab) -> None:
    """Numeric cells, a Chinese title and one that the mapping explains; the bad row is named."""
    number = customer_number(880)
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    for row in (
        ["客户编号", "客户名称", "主要联系方式", "客户经理", "拨号代码"],
        ["X880", "W", int(number.removeprefix("+86")), "m3", 880],
        ["X881", "W", "none", "m3", ""],
    ):
        sheet.append(row)
    path = lab.folder / "rows.xlsx"
    workbook.save(path)
    mapping = '{"主要联系方式": "numbers"}'
    tried = import_file(lab, "customers", path, mapping=mapping, dry_run="true")
    assert (tried["rows_new"], tried["rows_bad"]) == (1, 1)
    assert lab.node.request("GET", "/v1/customers/by-external-id/X880")[0] == 404
    for new in (1, 0):  # the mapping is kept, and the file may be sent again
        job = import_file(lab, "customers", path)
        assert (job["state"], job["rows_new"], job["rows_bad"]) == ("completed", new, 1)
        assert [(row["line"], row["field"]) for row in job["problems"]] == [(3, "numbers.0")]
    known = lab.node.call_ids()
    carrier = lab.carrier(manager_does("answers_then_hangs_up", 3), calls=1)
    caller = lab.caller("talks_until_hung_up", (number, HOTLINE))
    (call_id,) = lab.node.new_calls(known)
    caller.finished()
    carrier.finished()
    call = lab.assert_ended(call_id, "connected", "completed")
    assert call["customer_id"] == lab.node.get("/v1/customers/by-external-id/X880")["id"]


def test_both_telephones_show_the_display_number_and_none_the_hotlines_own(lab: Lab) -> None:
    """No message of a click-to-dial, of either leg, holds the hotline's own number."""
    path = f"/v1/hotlines/{lab.hotline_id(HOTLINE)}"
    known = lab.node.get(path)
    body = {key: value for key, value in known.items() if key != "id"}
    put(lab, path, {**body, "display_number": SHOWN})
    try:
        carrier = lab.carrier(manager_does("answers"), customer_does("answers"), calls=2)
        call_id = lab.talking(4)
        lab.node.hangup(call_id)
        carrier.finished()
        call = lab.assert_ended(call_id, "connected", "completed")
    finally:
        put(lab, path, body)
    assert call["display_number"] == SHOWN
    answer = httpx.get(
        f"{lab.node.api}/v1/calls/{call_id}/sip",
        headers={"Authorization": f"Bearer {lab.node.key}"},
    )
    assert SHOWN.removeprefix("+86") in answer.text
    assert HOTLINE.removeprefix("+86") not in answer.text


def test_quiet_hours_of_the_region_refuse_a_call_and_say_until_when(lab: Lab) -> None:
    now = datetime.now(ZoneInfo("Asia/Shanghai"))
    hour = timedelta(hours=1)
    with quiet_hours(lab, f"{now - hour:%H:%M}-{now + hour:%H:%M}"):
        answer = refusal(lab, 5, f"c{customer_of(5)}")
    assert (answer.status_code, answer.json()["code"]) == (429, "quiet-hours")
    assert 3400 < int(answer.headers["Retry-After"]) <= 3600


def test_a_relative_who_refuses_calls_refuses_them_for_the_shared_number(lab: Lab) -> None:
    number = customer_number(customer_of(6))
    wish = {"reason": "asked by letter"}
    body = {"name": "R", "group_id": group_id(lab), "numbers": [number], "do_not_call": wish}
    put(lab, "/v1/customers/by-external-id/relative", body)
    try:
        answer = refusal(lab, 6, f"c{customer_of(6)}")
    finally:
        put(lab, "/v1/customers/by-external-id/relative", {**body, "do_not_call": None})
    assert (answer.status_code, answer.json()["code"]) == (403, "do-not-call")
