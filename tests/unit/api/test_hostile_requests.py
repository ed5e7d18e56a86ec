"""Whatever a client sends to a route, the answer is one that the reference documents.

Each parameter and each field of a body is replaced by what no honest client sends, one at a time,
in a request that would otherwise do. No answer is a fault, each status is documented for its
operation, and each body has the documented shape.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from api.app import create_app
from api.routes import (
    audit,
    disclosure,
    exports,
    findings,
    keeping,
    midcall,
    recordings,
    redactions,
    reports,
    reviews,
    samples,
    scorecards,
    scripts,
    transcripts,
)
from api.schemas.base import ProblemView
from tests.unit.api.conftest import Directory, World
from tests.unit.api.test_exports import add_recording
from tests.unit.api.test_reviews import CARD
from tests.unit.api.test_scripts import SCRIPT
from voicegw.store.paging import encode_cursor

TEXTS = (
    "", " ", "\0", "a\0b", "\udcff", "'\"%_*()^:{}", "x" * 20_000, "-1", "nan", "9" * 400,
    "1e400", "0001-01-01T00:00:00+14:00", "=1+1", encode_cursor(2**70),
    encode_cursor("0001-01-01T00:00:00+14:00", "x"), encode_cursor("2026-01-05T02:03:04", "x"),
)  # fmt: skip
"""What a lone surrogate stands for here is a byte that is no UTF-8."""
VALUES: tuple[Any, ...] = (
    "", " ", "\0", "a\0b", "\udcff", "'\"%_*()^:{}", "x" * 20_000, None, True, -1, 0, 2**70, 1e308,
    float("nan"), float("inf"), [], {}, [None], {"a": {"b": ["\0"]}},
)  # fmt: skip
SAMPLE = {
    "scorecard_id": "", "from": "2025-12-01T00:00:00Z", "until": "2026-03-01T00:00:00Z",
    "per_manager": 1, "seed": "s", "blind_share": 0.5,
}  # fmt: skip
FILTERS: dict[str, Any] = {
    "from": "2026-01-01T00:00:00Z", "until": None, "status": "completed", "group_id": None,
    "manager_id": None, "customer_id": None, "call_id": None, "number": None, "q": "a",
    "finding": None, "severity": None, "min_score": None, "max_score": None,
    "has_transcript": None, "ids": ["rec_1"],
}  # fmt: skip
BODIES: dict[str, Any] = {
    "startDisclosure": {
        "statements": [{"id": "a", "prompt": "p"}], "timeout_s": 5, "repeats": 1, "yes_key": "1",
        "no_key": "2", "go_on": True, "script_id": None,
    },
    "holdCall": {"on": False},
    "transferCall": {"manager_id": "mgr_1", "group_id": None, "short_code": None, "mode": "blind"},
    "addToCall": {"manager_id": None, "group_id": None, "short_code": "10010"},
    "exportRecordings": {"why": "w", "redacted": False, "contents": [], "filters": FILTERS},
    "makeDossier": {
        "why": "w", "call_ids": ["call_1"], "customer_id": None, "task_id": None, "from": None,
        "until": None,
    },
    "redactRecording": {"why": "w", "spans": [{"start_s": 0, "end_s": 0.05, "channel": "both"}]},
    "holdRecording": {"why": "w"},
    "createScript": SCRIPT,
    "replaceScript": SCRIPT,
    "tryScript": {
        "segments": [{"channel": "manager", "start_s": 0, "end_s": 1, "text": "保证收益"}],
        "values": {"price": "3"},
        "recording_id": None,
    },
    "createScorecard": CARD,
    "replaceScorecard": CARD,
    "createSample": SAMPLE,
    "assignSample": {"reviewers": ["key_1"]},
    "arbitrateSample": {"min_difference": 0.1},
    "createReview": {"recording_id": "rec_1", "scorecard_id": "crd_1"},
    "takeReview": {"sample_id": None},
    "assignReview": {"reviewer": "key_1"},
    "scoreReview": {"scores": {"tone": {"points": 3, "reason": "x"}}, "summary": "s"},
    "commentReview": {"text": "t", "at_s": 0.1, "channel": "customer", "item_id": "tone"},
    "appealReview": {"text": "t", "items": {"tone": "x"}},
    "decideReview": {"text": "t", "scores": {"tone": {"points": 3}}},
}  # fmt: skip
MODULES = (
    audit, disclosure, exports, findings, keeping, midcall, recordings, redactions, reports,
    reviews, samples, scorecards, scripts, transcripts,
)  # fmt: skip
#: Each place gets this share of what is hostile, another than the place before: in all, all of it.
ONE_IN = 4


@pytest.fixture
async def ids(world: World, admin: dict[str, str], directory: Directory) -> dict[str, str]:
    """One of each thing, by the name it has in paths."""
    recording = await add_recording(world, directory.chongming, directory.manager, "我们保证收益")

    async def make(path: str, body: Any) -> str:
        answer = await world.client.post(f"/v1/{path}", json=body, headers=admin)
        assert answer.is_success, answer.text
        return str(answer.json()["id"])

    card = await make("scorecards", CARD)
    parties = {"manager_id": directory.manager, "customer_id": directory.customer}
    found = {
        "recording_id": recording.id,
        "scorecard_id": card,
        "script_id": await make("scripts", SCRIPT),
        "export_id": await make("recordings/export", {"why": "w"}),
        "review_id": await make("reviews", {"recording_id": recording.id, "scorecard_id": card}),
        "call_id": await make("calls", parties),
        "sample_id": await make("samples", {**SAMPLE, "scorecard_id": card}),
        "external_id": "x",
    }
    await world.services.exports.join()
    return found


async def test_no_request_is_answered_by_a_fault(
    world: World, admin: dict[str, str], ids: dict[str, str]
) -> None:
    described = create_app(world.services).openapi()["paths"]
    turn = 0
    for route in (one for module in MODULES for one in module.router.routes):
        if not isinstance(route, APIRoute) or not route.include_in_schema:
            continue
        method = next(iter(route.methods or ()))
        path = route.path.replace(":path}", "}")
        operation = described[path][method.lower()]
        for name, value in ids.items():
            path = path.replace("{" + name + "}", value)
        requests = [httpx.Request(method, f"http://api.test{path}", headers=admin)]
        body = BODIES.get(str(route.operation_id))
        for parameter in operation.get("parameters", []):
            turn += 1
            for text in TEXTS[turn % ONE_IN :: ONE_IN]:
                requests.append(_asked(method, path, admin, parameter, text, body))
        for place in _places(body) if body is not None else ():
            turn += 1
            for value in VALUES[turn % ONE_IN :: ONE_IN]:
                content = json.dumps(_with(body, place, value)).encode()
                headers = {**admin, "content-type": "application/json"}
                url = f"http://api.test{path}"
                requests.append(httpx.Request(method, url, headers=headers, content=content))
        for request in requests if method != "DELETE" else requests[1:]:
            _check(route, operation, await world.client.send(request), request)


def _check(
    route: APIRoute, operation: dict[str, Any], answer: httpx.Response, request: httpx.Request
) -> None:
    """Fail unless the answer is one that the operation documents."""
    told = (route.operation_id, str(request.url)[:200], request.content[:300], answer.text[:300])
    assert str(answer.status_code) in operation["responses"], told
    assert answer.status_code < 500, told
    if answer.status_code >= 400:
        ProblemView.model_validate(answer.json())
        return
    model = (route.responses.get(answer.status_code) or {}).get("model")
    if model is not None and "json" in answer.headers.get("content-type", ""):
        TypeAdapter(model).validate_json(answer.content)


def _asked(
    method: str, path: str, who: dict[str, str], parameter: dict[str, Any], text: str, body: Any
) -> httpx.Request:
    """Return a request with a parameter that is not what it should be."""
    url = f"http://api.test{path}"
    headers = {name.encode(): value.encode() for name, value in who.items()}
    if parameter["in"] == "query":
        url += f"?{parameter['name']}={quote(text, errors='surrogateescape')}"
    elif parameter["in"] == "header":
        headers[parameter["name"].encode()] = text.encode(errors="surrogateescape")
    return httpx.Request(method, url, headers=headers, json=body)


def _places(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield where in a body something stands, the body itself first."""
    yield at
    inner = value.items() if isinstance(value, dict) else ()
    for key, one in enumerate(value[:1]) if isinstance(value, list) else inner:
        yield from _places(one, (*at, key))


def _with(body: Any, place: tuple[str | int, ...], value: Any) -> Any:
    """Return `body` with something else at `place`."""
    if not place:
        return value
    changed = copy.deepcopy(body)
    at = changed
    for key in place[:-1]:
        at = at[key]
    at[place[-1]] = value
    return changed
