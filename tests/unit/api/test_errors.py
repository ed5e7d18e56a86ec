"""Every error is a problem document."""

from __future__ import annotations

import logging
from typing import Any

import httpx
import pytest

from api import errors
from api.problems import CODES, MEDIA_TYPE
from api.schemas.base import ProblemView
from tests.unit.api.conftest import Directory, World
from voicegw.errors import (
    ConflictError,
    DamagedFileError,
    InvalidError,
    KeyMissingError,
    NoMediaCapacityError,
    NotFoundError,
    PolicyError,
    SdpError,
    StorageUnavailableError,
    StoreUnavailableError,
    VoicegwError,
)

JSON = {"Content-Type": "application/json"}


def check(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == MEDIA_TYPE
    problem = answer.json()
    ProblemView.model_validate(problem)
    assert problem["code"] == code
    assert problem["status"] == status
    assert problem["type"] == f"/docs#problem-{code}"
    assert problem["request_id"] == answer.headers["X-Request-Id"]
    assert isinstance(problem, dict)
    return problem


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (PolicyError("quiet-hours", "night"), 429, "quiet-hours"),
        (InvalidError("name", "too long"), 422, "invalid"),
        (NotFoundError("call", "call_1"), 404, "not-found"),
        (ConflictError("already-exists", "taken"), 409, "already-exists"),
        (StoreUnavailableError("locked"), 503, "store-unavailable"),
        (NoMediaCapacityError("no port"), 503, "trunk-full"),
        (KeyMissingError("k1"), 503, "key-missing"),
        (StorageUnavailableError("away"), 503, "storage-unavailable"),
        (DamagedFileError("chunk 3"), 500, "recording-damaged"),
        (SdpError("unusable"), 500, "internal-error"),
        (VoicegwError("anything"), 500, "internal-error"),
    ],
)
def test_each_error_has_its_status(error: VoicegwError, status: int, code: str) -> None:
    problem = errors.as_problem(error)
    assert (problem.status, problem.code) == (status, code)


def test_every_code_has_a_status_of_an_error_and_a_meaning() -> None:
    for code, entry in CODES.items():
        assert 400 <= entry.status < 600, code
        assert entry.meaning.endswith("."), code


async def test_unknown_paths(world: World) -> None:
    problem = check(await world.client.get("/v2/calls"), 404, "not-found")
    assert problem["instance"] == "/v2/calls"
    assert problem["title"] == "Not Found"


async def test_wrong_methods(world: World) -> None:
    answer = await world.client.patch("/v1/calls")
    check(answer, 405, "method-not-allowed")
    assert answer.headers["Allow"] == "GET, POST"
    answer = await world.client.post("/v1/customers/by-external-id/a/b")
    check(answer, 405, "method-not-allowed")
    assert answer.headers["Allow"] == "GET, PUT"
    answer = await world.client.post("/openapi.json")
    check(answer, 405, "method-not-allowed")
    assert "GET" in answer.headers["Allow"]


async def test_broken_json(world: World, admin: dict[str, str]) -> None:
    for body in (b"{", b"", b"\xff\xfe", b"[" * 100_000, b'{"ring_s":' + b"1" * 5000 + b"}"):
        answer = await world.client.post("/v1/calls", content=body, headers={**admin, **JSON})
        assert answer.status_code in {400, 422}, answer.text
        check(answer, answer.status_code, answer.json()["code"])


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_a_body_that_is_not_json(
    world: World, admin: dict[str, str], media_type: str
) -> None:
    headers = {**admin, "Content-Type": media_type}
    answer = await world.client.post("/v1/calls", content=b'{"a":1}', headers=headers)
    check(answer, 415, "unsupported-media-type")


async def test_json_by_another_name_is_read(world: World, admin: dict[str, str]) -> None:
    headers = {**admin, "Content-Type": "application/vnd.some+json; charset=utf-8"}
    answer = await world.client.post("/v1/groups", content=b'{"name":"G"}', headers=headers)
    assert answer.status_code == 201


async def test_values_that_are_not_objects(world: World, admin: dict[str, str]) -> None:
    for body in ("[]", "1", "null", '"text"'):
        answer = await world.client.post("/v1/calls", content=body, headers={**admin, **JSON})
        check(answer, 422, "invalid")


async def test_what_was_sent_is_not_repeated(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    for body in (
        {"manager_external_id": "4711", "customer_number": "13800138000x"},
        {"manager_external_id": "4711", "customer_number": "13800138000", "ring_s": "13800138000"},
        {"manager_id": "13800138000 ", "customer_number": "13800138000"},
    ):
        answer = await world.client.post("/v1/calls", json=body, headers=admin)
        assert answer.status_code in {404, 422}
        assert "13800138000" not in answer.text


async def test_a_body_declared_too_large(world: World, admin: dict[str, str]) -> None:
    body = b'"' + b"a" * (1 << 20) + b'"'
    answer = await world.client.post("/v1/calls", content=body, headers={**admin, **JSON})
    check(answer, 413, "too-large")


async def test_a_body_that_turns_out_too_large(world: World, admin: dict[str, str]) -> None:
    sent = 0

    async def chunks() -> Any:
        nonlocal sent
        for _ in range(1000):
            sent += 1 << 16
            yield b"a" * (1 << 16)

    answer = await world.client.post("/v1/calls", content=chunks(), headers={**admin, **JSON})
    check(answer, 413, "too-large")
    assert sent < 2 << 20


async def test_a_fault_is_logged_and_answered_without_a_traceback(
    world: World,
    admin: dict[str, str],
    directory: Directory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    world.control.refusals.append(RuntimeError("the secret of +8613800138000"))
    body = {"manager_external_id": "4711", "customer_number": "13800138000"}
    with caplog.at_level(logging.ERROR):
        answer = await world.client.post("/v1/calls", json=body, headers=admin)
    check(answer, 500, "internal-error")
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert any(record.exc_info for record in caplog.records)


async def test_store_away(
    world: World, admin: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any, **__: Any) -> None:
        raise StoreUnavailableError("away")

    monkeypatch.setattr(world.services.repositories.calls, "list", away)
    answer = await world.client.get("/v1/calls", headers=admin)
    check(answer, 503, "store-unavailable")
    assert answer.headers["Retry-After"] == "5"


async def test_request_id_is_echoed_when_harmless(world: World) -> None:
    given = await world.client.get("/healthz", headers={"X-Request-Id": "job-17/a"})
    assert given.headers["X-Request-Id"] == "job-17/a"
    for harmful in ("", "a b", "x" * 129, "a\x1b[0m"):
        made = await world.client.get("/healthz", headers={"X-Request-Id": harmful})
        assert made.headers["X-Request-Id"] != harmful
        assert len(made.headers["X-Request-Id"]) == 24
