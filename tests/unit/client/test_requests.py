"""Requests of the client: what is sent, what is sent again, and what is raised."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest

from tests.unit.client.scripted import Answer, call, gateway, page, problem
from voicegw.client import (
    Client,
    ConflictError,
    InvalidError,
    NoAnswerError,
    NotFoundError,
    ProblemError,
    TooManyRequestsError,
    UnavailableError,
    WaitedTooLongError,
)
from voicegw.client.models import (
    AssignFilter,
    Evenly,
    TaskAssignBody,
    TaskBody,
    TriggerBody,
    WebhookBody,
)
from voicegw.client.models.enums import Balance, SplitBy, TaskType

STARTED = httpx.Response(202, json=call())
LOST = httpx.ReadError("reset")
REFUSED = httpx.ConnectError("refused")


def start(answers: list[Answer], **more: str) -> list[httpx.Request]:
    scripted = gateway(*answers)
    with scripted.client() as client:
        client.calls.start(manager_id="mgr_1", customer_id="cus_1", **more)  # type: ignore[arg-type]
    return scripted.asked


def test_a_call_is_asked_for_with_a_key_and_nothing_that_was_not_given() -> None:
    [asked] = start([STARTED])
    assert asked.url == "http://gateway.test/v1/calls"
    assert asked.headers["authorization"] == "Bearer vgw_secret"
    assert asked.content == b'{"manager_id":"mgr_1","customer_id":"cus_1"}'
    assert len(asked.headers["idempotency-key"]) >= 20


@pytest.mark.parametrize(
    "first",
    [
        LOST,
        REFUSED,
        problem(503, "store-unavailable", retry_after="0"),
        problem(429, "rate-limited", retry_after="0"),
        problem(409, "idempotency-in-flight"),
        httpx.Response(502, text="<html>"),
    ],
    ids=["lost", "refused", "503", "429", "in-flight", "proxy"],
)
def test_a_call_is_asked_for_again_with_the_same_key(first: Answer) -> None:
    asked = start([first, STARTED])
    assert len(asked) == 2
    assert asked[0].content == asked[1].content
    assert len({one.headers["idempotency-key"] for one in asked}) == 1


def test_a_key_of_ones_own_is_used() -> None:
    [asked] = start([STARTED], idempotency_key="order-17-1")
    assert asked.headers["idempotency-key"] == "order-17-1"


@pytest.mark.parametrize(
    ("status", "code", "retry_after", "kind"),
    [
        (429, "customer-rate", "1", TooManyRequestsError),
        (429, "quiet-hours", "1", TooManyRequestsError),
        (429, "rate-limited", "31", TooManyRequestsError),
        (503, "trunk-full", "3600", UnavailableError),
        (409, "manager-busy", "1", ConflictError),
        (500, "internal-error", "", ProblemError),
    ],
)
def test_what_waiting_would_not_help_is_raised_at_once(
    status: int, code: str, retry_after: str, kind: type[ProblemError]
) -> None:
    with pytest.raises(kind) as raised:
        start([problem(status, code, retry_after=retry_after)])
    assert (raised.value.status, raised.value.code) == (status, code)
    assert raised.value.retry_after_s == (float(retry_after) if retry_after else None)
    assert raised.value.request_id == "r1"


def test_tries_come_to_an_end() -> None:
    scripted = gateway(*[LOST] * 9)
    with scripted.client() as client, pytest.raises(NoAnswerError):
        client.calls.get("call_1")
    assert len(scripted.asked) == 4


def test_what_may_have_been_done_is_not_done_twice() -> None:
    body = WebhookBody(url="https://crm.example/events", types=["call.*"])
    for first in (LOST, problem(503, "store-unavailable")):
        scripted = gateway(first)
        with scripted.client() as client, pytest.raises((NoAnswerError, UnavailableError)):
            client.webhooks.create(body)
        assert len(scripted.asked) == 1


def test_a_task_is_asked_for_again_by_the_same_key() -> None:
    body = TaskBody(type=TaskType.RENEWAL, customer_id="cus_1")
    scripted = gateway(LOST, problem(409, "idempotency-mismatch"))
    with scripted.client() as client, pytest.raises(ConflictError):
        client.tasks.create(body)
    first, second = (one.headers["Idempotency-Key"] for one in scripted.asked)
    assert first == second != ""


def test_what_was_never_sent_is_sent_again_whatever_it_is() -> None:
    task: dict[str, Any] = {
        "id": "tsk_1",
        "type": "renewal",
        "state": "new",
        "subject": "",
        "note": "",
    }
    task |= {"priority": "normal", "source": "api", "escalates": False}
    answer = httpx.Response(201, json={**task, "created_at": "2026-01-05T02:03:04Z"})
    scripted = gateway(REFUSED, problem(429, "rate-limited"), answer)
    with scripted.client() as client:
        made = client.tasks.create(TaskBody(type=TaskType.RENEWAL, customer_id="cus_1"))
    assert (made.id, made.attempts, made.due_at) == ("tsk_1", [], None)
    assert scripted.asked[0].content == b'{"customer_id":"cus_1","type":"renewal"}'


def test_every_wrong_field_is_named() -> None:
    body = {
        "code": "invalid",
        "detail": "A value is not acceptable.",
        "errors": [
            {"field": "ring_s", "message": "at most 180", "later": 1},
            {"field": "name", "message": "too long", "kind": "too-long", "params": {"max": 200}},
        ],
        "something": "new",
    }
    told = pytest.raises(InvalidError, match="ring_s: at most 180")
    with gateway(httpx.Response(422, json=body)).client() as client, told as raised:
        client.calls.start(manager_id="mgr_1", customer_id="cus_1", ring_s=10**6)
    first, second = raised.value.errors
    assert (first.field, first.kind, first.params) == ("ring_s", "other", {})  # an older gateway's
    assert (second.kind, second.params) == ("too-long", {"max": 200})


def test_what_is_no_problem_document_is_still_told() -> None:
    answer = httpx.Response(404, text="<h1>", headers={"x-request-id": "r2"})
    with gateway(answer).client() as client, pytest.raises(NotFoundError) as raised:
        client.calls.get("call_1")
    assert (raised.value.code, raised.value.request_id) == ("http-404", "r2")


@pytest.mark.parametrize("text", ["<h1>hello</h1>", "[]", '{"id": 7}', ""])
def test_an_answer_of_something_else_is_none(text: str) -> None:
    told = pytest.raises(NoAnswerError, match="no gateway")
    with gateway(httpx.Response(200, text=text)).client() as client, told:
        client.calls.get("call_1")


def test_fields_and_values_of_a_later_version_are_no_errors() -> None:
    answer = httpx.Response(200, json=call(status="teleported", mood={"a": 1}, outcome="beamed"))
    with gateway(answer).client() as client:
        found = client.calls.get("call_1")
    assert (found.status, found.status.is_known) == ("teleported", False)
    assert (found.direction.is_known, found.outcome) == (True, "beamed")
    assert f"{found.status}" == "teleported"


def test_lists_are_read_page_by_page_as_they_are_needed() -> None:
    scripted = gateway(page(call("a"), call("b"), next_cursor="c1"), page(call("c")))
    with scripted.client() as client:
        since = datetime(2026, 1, 5, tzinfo=UTC)
        found = client.calls.list(from_=since, status="failed")
        assert [next(found).id, next(found).id] == ["a", "b"]
        assert len(scripted.asked) == 1
        assert [one.id for one in found] == ["c"]
    first, second = (dict(one.url.params) for one in scripted.asked)
    assert first == {"limit": "200", "from": "2026-01-05T00:00:00+00:00", "status": "failed"}
    assert second == first | {"cursor": "c1"}


def test_a_time_without_a_zone_is_refused() -> None:
    with gateway().client() as client, pytest.raises(ValueError, match="zone"):
        client.calls.page(from_=datetime(2026, 1, 5))  # noqa: DTZ001 - which is what is tried


@pytest.mark.parametrize(("call_id", "path"), [("a/b", "/v1/calls/a%2Fb"), ("..", ""), ("", "")])
def test_an_id_never_leads_elsewhere(call_id: str, path: str) -> None:
    scripted = gateway(httpx.Response(200, json=call()))
    with scripted.client() as client:
        if not path:
            with pytest.raises(ValueError, match="no id"):
                client.calls.get(call_id)
            return
        client.calls.get(call_id)
    assert scripted.asked[0].url.raw_path == path.encode()


def test_waiting_has_an_end() -> None:
    scripted = gateway(*[httpx.Response(200, json=call()) for _ in range(9)])
    with scripted.client() as client, pytest.raises(WaitedTooLongError):
        client.calls.wait_until_ended("call_1", timeout_s=0.01, every_s=0.005)


def test_the_key_is_in_no_text_about_the_client() -> None:
    with Client("http://gateway.test", "vgw_secret") as client:
        assert "vgw_secret" not in repr(client) + str(vars(client))


def test_a_report_is_asked_for_by_days_and_split_by_each() -> None:
    empty = {
        "report": "tasks",
        "from": "2026-11-01",
        "until": "2026-12-01",
        "by": ["day", "manager"],
        "rows": [{"keys": {"day": "2026-11-02"}, "figures": {"tasks_done": 3}}],
    }
    scripted = gateway(httpx.Response(200, json=empty), httpx.Response(200, content=b"a,b"))
    with scripted.client() as client:
        since, by = date(2026, 11, 1), [SplitBy.DAY, SplitBy.MANAGER]
        found = client.reports.get("tasks", from_=since, by=by, compare="previous")
        assert client.reports.csv("tasks", from_=since) == b"a,b"
    asked, table = scripted.asked
    assert asked.url.path == "/v1/reports/tasks"
    assert asked.url.params.multi_items() == [
        ("from", "2026-11-01"),
        ("by", "day"),
        ("by", "manager"),
        ("compare", "previous"),
    ]
    assert table.headers["accept"] == "text/csv"
    assert (found.from_, found.rows[0].figures["tasks_done"]) == (since, 3)


def test_an_order_is_previewed_and_given_with_the_rule_that_was_made() -> None:
    known: dict[str, Any] = {"kind": "evenly", "plan_tag": "t1", "tasks": 2, "kept": 1}
    told = httpx.Response(200, json=known)
    more: dict[str, Any] = {"id": "asg_1", "state": "running", "why": "", "created_by": "key_1"}
    more |= {"position": 0, "moved": 0, "created_at": "2026-01-05T02:03:04Z"}
    scripted = gateway(told, httpx.Response(202, json=known | more))
    order = TaskAssignBody(
        rule=Evenly(kind="evenly", balance=Balance.TOTAL),
        filter=AssignFilter(nobodys=True, type=TaskType.RENEWAL),
        group_id="grp_1",
    )
    with scripted.client() as client:
        preview = client.tasks.preview_assignment(order)
        order.plan_tag = preview.plan_tag
        assert client.tasks.assign(order).id == "asg_1"
    bodies = [json.loads(one.content) for one in scripted.asked]
    assert [one.pop("preview") for one in bodies] == [True, False]
    assert bodies[0] | {"plan_tag": "t1"} == bodies[1]
    assert bodies[0]["rule"] == {"kind": "evenly", "balance": "total"}
    assert bodies[0]["filter"] == {"nobodys": True, "type": "renewal"}


@pytest.mark.parametrize(("external_id", "tries"), [("crm-1", 4), (None, 1)])
def test_a_trigger_is_told_again_only_where_that_leads_to_nothing_new(
    external_id: str | None, tries: int
) -> None:
    body = TriggerBody(kind="wants_to_leave", customer_id="cus_1")
    if external_id is not None:
        body.external_id = external_id
    scripted = gateway(*[LOST] * 9)
    with scripted.client() as client, pytest.raises(NoAnswerError):
        client.triggers.tell(body)
    assert len(scripted.asked) == tries


def test_a_manager_is_said_to_be_away_and_back() -> None:
    manager = {"id": "mgr_1", "name": "M", "group_id": "grp_1", "phones": [], "status": "away"}
    more: dict[str, Any] = {"skills": [], "leave": [], "has_pin": False}
    scripted = gateway(*[httpx.Response(200, json=manager | more)] * 2)
    with scripted.client() as client:
        until = datetime(2026, 3, 2, 10, tzinfo=UTC)
        assert client.managers.away("mgr_1", until=until, deputy_id="mgr_2").status == "away"
        client.managers.back("mgr_1")
    went, came = scripted.asked
    assert (went.method, went.url.path) == ("PUT", "/v1/managers/mgr_1/away")
    assert json.loads(went.content) == {"until": "2026-03-02T10:00:00Z", "deputy_id": "mgr_2"}
    assert (came.method, came.url.path) == ("DELETE", "/v1/managers/mgr_1/away")
