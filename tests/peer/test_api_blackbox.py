"""The HTTP API as an integrator meets it: a real node, SIPp as its carrier, real requests."""

from __future__ import annotations

import io
import json
import re
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest
import soundfile

from tests.parts.lab import (
    HOTLINE,
    Lab,
    customer_does,
    customer_number,
    customer_of,
    manager_does,
    manager_number,
)
from tests.parts.node import wait_for
from tests.parts.rtp import tone_alaw

pytestmark = pytest.mark.peer

UTC_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
CALL_FIELDS = {
    "id",
    "direction",
    "status",
    "outcome",
    "hotline_id",
    "display_number",
    "manager_id",
    "customer_id",
    "customer_number",
    "customer_masked",
    "task_id",
    "client_state",
    "created_at",
    "ringing_at",
    "answered_at",
    "bridged_at",
    "ended_at",
    "talk_s",
    "hangup_source",
    "sip_code",
    "q850",
    "plan",
    "legs",
    "recordings",
    "recording_id",
    "disposition",
    "sequence",
}
LEG_FIELDS = {
    "id",
    "role",
    "manager_id",
    "number",
    "masked",
    "trunk",
    "started_at",
    "ringing_at",
    "answered_at",
    "accepted_at",
    "ended_at",
    "result",
    "hangup_source",
    "sip_code",
    "q850",
    "codec",
    "quality",
}
EVENT_FIELDS = {"specversion", "id", "source", "type", "subject", "time", "data", "dataschema"}
PROBLEM_FIELDS = {"type", "title", "status", "detail", "instance", "code", "errors", "request_id"}


@pytest.fixture
def api(lab: Lab) -> Iterator[httpx.Client]:
    """A client with the administrator's key."""
    with client_of(lab, lab.node.key) as client:
        yield client


def client_of(lab: Lab, key: str) -> httpx.Client:
    """Return a client that sends `key`."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return httpx.Client(base_url=lab.node.api, headers=headers, timeout=15)


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Assert that `answer` is the problem `code`, whole, and return it."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code), body
    assert set(body) == PROBLEM_FIELDS
    assert body["request_id"] == answer.headers["x-request-id"]
    assert body["instance"] == answer.request.url.path
    return body


def parties(manager: int = 1, customer: int | None = None, **more: Any) -> dict[str, Any]:
    """Return the body of a click-to-dial to (the first of) the manager's own customers."""
    index = customer or customer_of(manager)
    return {"manager_external_id": f"m{manager}", "customer_external_id": f"c{index}", **more}


def recorded_call(lab: Lab, api: httpx.Client) -> dict[str, Any]:
    """Have manager m1 talk (a tone) to a silent customer; return the call, its recording done."""
    carrier = lab.carrier(
        manager_does("answers_with_a_tone"),
        customer_does("answers"),
        calls=2,
        says=tone_alaw(1000, 1),
    )
    call_id = lab.talking(1, client_state="order 17 ✓")
    time.sleep(1)
    lab.node.hangup(call_id)
    carrier.finished()
    lab.assert_ended(call_id, "connected", "completed")
    recording_id = api.get(f"/v1/calls/{call_id}").json()["recording_id"]
    lab.recording(call_id)
    assert api.get(f"/v1/recordings/{recording_id}").json()["status"] == "completed"
    call: dict[str, Any] = api.get(f"/v1/calls/{call_id}").json()
    return call


def test_a_call_tells_everything_and_its_events_follow_it(lab: Lab, api: httpx.Client) -> None:
    """Every field of the contract, times in UTC, masked twins, CloudEvents in rising order."""
    call = recorded_call(lab, api)
    assert set(call) >= CALL_FIELDS
    assert (call["display_number"], call["client_state"]) == (HOTLINE, "order 17 ✓")
    assert (call["customer_number"], call["customer_masked"]) == (
        customer_number(1),
        "138****0001",
    )
    times = ["created_at", "ringing_at", "answered_at", "bridged_at", "ended_at"]
    assert all(UTC_TIME.fullmatch(call[name]) for name in times)
    assert [call[name] for name in times] == sorted(call[name] for name in times)
    assert 0.9 < call["talk_s"] < 5
    assert call["recordings"] == [
        {"id": call["recording_id"], "kind": "talk", "status": "completed"}
    ]
    manager, customer = call["legs"]
    for leg in call["legs"]:
        assert set(leg) >= LEG_FIELDS
        assert set(leg["quality"]) == {"mos", "loss_pct", "jitter_ms"}
        assert UTC_TIME.fullmatch(leg["answered_at"])
    assert (manager["role"], manager["number"], manager["masked"]) == (
        "manager",
        manager_number(1),
        "139****0001",
    )
    assert (customer["role"], customer["manager_id"]) == ("customer", None)
    events = api.get(f"/v1/calls/{call['id']}/events").json()["items"]
    assert [event["data"]["sequence"] for event in events] == list(range(1, len(events) + 1))
    for event in events:
        assert set(event) >= EVENT_FIELDS
        assert (event["specversion"], event["source"]) == ("1.0", "voicegw/test")
        assert event["subject"] == call["id"]
        assert UTC_TIME.fullmatch(event["time"])
        assert event["data"]["client_state"] == "order 17 ✓"
    assert [event["type"] for event in events].count("call.ended") == 1
    assert events[-1]["type"] == "recording.completed"
    later = api.get("/v1/events", params={"after": events[0]["id"], "subject": call["id"]}).json()
    assert later["items"] == events[1:]


def test_audio_in_every_form_and_part(lab: Lab, api: httpx.Client) -> None:
    """FLAC, Opus and WAV, both sides or one, by ranges as RFC 9110 says; the rest is 406."""
    url = f"/v1/recordings/{recorded_call(lab, api)['recording_id']}/audio"
    whole = api.get(url)
    assert (whole.status_code, whole.headers["accept-ranges"]) == (200, "bytes")
    sound, rate_hz = soundfile.read(io.BytesIO(whole.content), dtype="int16")
    assert (rate_hz, sound.shape[1]) == (8000, 2)
    for side, index in (("customer", 0), ("manager", 1)):
        wav = api.get(url, params={"format": "wav", "channel": side})
        heard, _ = soundfile.read(io.BytesIO(wav.content), dtype="int16")
        assert np.array_equal(heard, sound[:, index])
    assert np.abs(sound[:, 1]).max() > 2000 > 100 > np.abs(sound[:, 0]).max()
    size, etag = len(whole.content), whole.headers["etag"]
    for spelled, part in (
        ("0-9", slice(0, 10)),
        ("10-", slice(10, None)),
        ("-7", slice(size - 7, None)),
        (f"5-{size + 99}", slice(5, None)),
    ):
        answer = api.get(url, headers={"Range": f"bytes={spelled}", "If-Range": etag})
        assert (answer.status_code, answer.content) == (206, whole.content[part])
        assert answer.headers["content-range"].endswith(f"/{size}")
    stale = api.get(url, headers={"Range": "bytes=0-9", "If-Range": '"other"'})
    assert (stale.status_code, stale.content) == (200, whole.content)
    beyond = api.get(url, headers={"Range": f"bytes={size}-"})
    problem(beyond, 416, "range-not-satisfiable")
    assert beyond.headers["content-range"] == f"bytes */{size}"
    assert api.get(url, headers={"If-None-Match": etag}).status_code == 304
    head = api.head(url, headers={"Range": "bytes=0-9"})
    assert (head.status_code, head.headers["content-length"], head.content) == (206, "10", b"")
    opus = api.get(url, params={"format": "opus"})
    assert (opus.headers["content-type"], opus.content[:4]) == ("audio/ogg", b"OggS")
    for form, side in (("opus", "customer"), ("mp3", "both"), ("flac", "customer")):
        problem(api.get(url, params={"format": form, "channel": side}), 406, "not-acceptable")
    problem(api.get(url, params={"format": "ogg"}), 422, "invalid")


def _is_made(api: httpx.Client, export: str) -> bool:
    return bool(api.get(export).json()["state"] == "completed")


def test_a_recording_is_redacted_exported_and_proved(
    lab: Lab, api: httpx.Client, tmp_path: Path
) -> None:
    """What was heard goes into an archive that its own script verifies, and all of it is noted."""
    call = recorded_call(lab, api)
    path = f"/v1/recordings/{call['recording_id']}"
    sealed = f"{path}/seals"
    wait_for("its seal", lambda: len(api.get(sealed).json()["items"]) == 1)
    body = {"spans": [{"start_s": 0.1, "end_s": 0.4}], "why": "test"}
    copy = api.post(f"{path}/redactions", json=body)
    assert copy.status_code == 201, copy.text
    covered, _ = soundfile.read(io.BytesIO(api.get(copy.headers["location"]).content))
    assert np.abs(covered[1000:3000, 0]).max() > 0.09  # the customer was silent there
    wait_for("the copy's seal", lambda: len(api.get(sealed).json()["items"]) == 2)
    for resource, query in (
        ("recordings/export", {"filters": {"ids": [call["recording_id"]]}, "redacted": True}),
        ("dossiers", {"call_ids": [call["id"]]}),
    ):
        asked = api.post(f"/v1/{resource}", json={**query, "why": "test"})
        assert asked.status_code == 202, asked.text
        export = asked.headers["location"]
        wait_for("the archive", partial(_is_made, api, export))
        archive = tmp_path / "archive.zip"
        archive.write_bytes(api.get(f"{export}/archive").content)
        assert api.get(export).json()["recordings"] == 1
    with zipfile.ZipFile(archive) as dossier:
        script = tmp_path / "verify.py"
        script.write_bytes(dossier.read("verify.py"))
    verify = [sys.executable, "-I", "-S", str(script), str(archive)]
    done = subprocess.run(verify, capture_output=True, text=True, check=False)
    assert (done.returncode, "everything holds" in done.stdout) == (0, True), done.stdout
    noted = api.get("/v1/audit", params={"subject": call["recording_id"]}).json()["items"]
    assert [entry["action"] for entry in noted] == [
        "recording.exported",
        "recording.exported",
        "recording.listened",
        "recording.redacted",
    ]


def test_fifty_equal_requests_ring_one_telephone(lab: Lab, api: httpx.Client) -> None:
    """One INVITE leaves; the answer is replayed after the end; another body is refused."""
    carrier = lab.carrier(manager_does("answers", 2), customer_does("answers"), calls=2)
    headers = {"Idempotency-Key": f"order-{time.time_ns()}"}

    def post(body: dict[str, Any]) -> httpx.Response:
        return httpx.post(
            f"{lab.node.api}/v1/calls", json=body, headers={**api.headers, **headers}, timeout=20
        )

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(post, [parties(2)] * 50))
    taken = [answer for answer in answers if answer.status_code == 202]
    assert len({answer.json()["id"] for answer in taken}) == 1
    for answer in answers:
        if answer not in taken:
            problem(answer, 409, "idempotency-in-flight")
    call_id = taken[0].json()["id"]
    lab.node.bridged(call_id)
    problem(post(parties(2, ring_s=20)), 422, "idempotency-mismatch")
    lab.node.hangup(call_id)
    carrier.finished()
    lab.assert_ended(call_id, "connected", "completed")
    again = post(parties(2))
    assert (again.status_code, again.content) == (202, taken[0].content)
    assert again.headers["location"] == f"/v1/calls/{call_id}"
    invites = [message for message in carrier.received() if message.startswith("INVITE ")]
    assert sorted(invite.split("@")[0][-11:] for invite in invites) == [
        customer_number(customer_of(2))[-11:],
        manager_number(2)[-11:],
    ]


def test_refusals_name_their_rule_and_release_the_key(lab: Lab, api: httpx.Client) -> None:
    """Nothing is dialled after an error, and the same key may be used again."""
    customer = api.get("/v1/customers/by-external-id/c10").json()
    body = {
        "name": customer["name"],
        "group_id": customer["group_id"],
        "numbers": [item["number"] for item in customer["numbers"]],
        "owner_id": customer["owner_id"],
        "do_not_call": {"reason": "asked in March"},
    }
    answer = api.put("/v1/customers/by-external-id/c10", json=body)
    assert answer.json()["do_not_call"]["reason"] == "asked in March"
    known = lab.node.call_ids()
    key = {"Idempotency-Key": f"refused-{time.time_ns()}"}
    for given, status, code in (
        (parties(3, 10), 403, "do-not-call"),
        ({"manager_external_id": "m3", "customer_number": "1 1 0"}, 403, "emergency-number"),
        ({"manager_external_id": "m3", "customer_number": "10086"}, 403, "prefix-not-allowed"),
        ({"manager_external_id": "m3", "customer_number": "+12125550123"}, 403, None),
        ({"manager_external_id": "m3", "customer_number": "nobody"}, 422, "invalid"),
        (parties(3, 999), 404, "not-found"),
        (parties(3, hotline_id="hot_none"), 404, "not-found"),
    ):
        refused = api.post("/v1/calls", json=given, headers=key)
        problem(refused, status, code or "prefix-not-allowed")
    assert lab.node.call_ids() == known
    carrier = lab.carrier(manager_does("answers", 3), customer_does("answers"), calls=2)
    taken = api.post("/v1/calls", json=parties(3), headers=key)
    assert taken.status_code == 202
    lab.node.bridged(taken.json()["id"])
    problem(api.post("/v1/calls", json=parties(3, 11)), 409, "manager-busy")
    assert api.post(f"/v1/calls/{taken.json()['id']}/hangup").status_code == 200
    carrier.finished()
    ended = lab.node.ended(taken.json()["id"])
    again = api.post(f"/v1/calls/{ended['id']}/hangup")
    assert (again.status_code, again.json()["outcome"]) == (200, "connected")


@pytest.mark.parametrize(
    ("spelled", "stored"),
    [
        ("+86 137 1234 5678", "+8613712345678"),
        ("008613712345678", "+8613712345678"),
        ("8613712345678", "+8613712345678"),
        ("0137-1234-5678", "+8613712345678"),
        ("(021) 5961 2345", "+862159612345"),
        ("59612345", "+862159612345"),
        ("10086", "10086"),
        ("95588", "95588"),
    ],
)
def test_numbers_in_any_spelling(lab: Lab, api: httpx.Client, spelled: str, stored: str) -> None:
    """Wherever a number is taken it may be spelled as people do; short codes stay short."""
    group = api.put("/v1/groups/by-external-id/local", json={"name": "L", "area_code": "021"})
    group_id = group.json()["id"]
    body = {"name": "S", "group_id": group_id, "numbers": [spelled]}
    customer = api.post("/v1/customers", json=body).json()
    assert [item["number"] for item in customer["numbers"]] == [stored]
    body = {"name": "S", "group_id": group_id, "phones": [spelled]}
    manager = api.post("/v1/managers", json=body).json()
    assert [item["number"] for item in manager["phones"]] == [stored]
    query = {"number": spelled, "group_id": group_id}
    found = api.get("/v1/customers", params=query).json()["items"]
    assert [item["id"] for item in found] == [customer["id"]]
    assert api.delete(f"/v1/customers/{customer['id']}").status_code == 204
    assert api.delete(f"/v1/managers/{manager['id']}").status_code == 204


def test_lists_are_whole_in_pages_and_bounded_in_time(lab: Lab, api: httpx.Client) -> None:
    """Following cursors gives each once; `from` is inclusive, `until` exclusive."""
    whole = [item["id"] for item in api.get("/v1/customers?limit=200").json()["items"]]
    paged: list[str] = []
    cursor: str | None = None
    while not paged or cursor:
        page = api.get(
            "/v1/customers", params={"limit": 7, **({"cursor": cursor} if cursor else {})}
        )
        paged += [item["id"] for item in page.json()["items"]]
        cursor = page.json()["next_cursor"]
    assert paged == whole
    lab.carrier(manager_does("busy", 4), calls=1)
    call_id = api.post("/v1/calls", json=parties(4)).json()["id"]
    lab.node.ended(call_id)
    created = wait_for("call stored", lambda: api.get(f"/v1/calls/{call_id}").json())["created_at"]

    def listed(**query: str) -> bool:
        return call_id in {
            item["id"] for item in api.get("/v1/calls", params=query).json()["items"]
        }

    assert listed(**{"from": created})
    assert not listed(until=created)
    for query in ("limit=201", "limit=0", "cursor=nonsense", "from=1700000000", "status=sleeping"):
        wrong = problem(api.get(f"/v1/calls?{query}"), 422, "invalid")
        assert [error["field"] for error in wrong["errors"]] == [query.partition("=")[0]]


def test_roles_see_what_is_theirs(lab: Lab, api: httpx.Client) -> None:
    """Keys of the command line: a manager's own customers, masked numbers, 404 for the rest."""
    groups = {item["external_id"]: item["id"] for item in api.get("/v1/groups").json()["items"]}
    options = {
        "manager": ("--manager", "m5"),
        "county_manager": ("--group", "g2"),
        "qa_reviewer": (),
        "integrator": (),
    }
    keys = {
        role: json.loads(lab.node.cli("keys", "create", "--role", role, *more, "--json"))
        for role, more in options.items()
    }
    assert keys["county_manager"]["group_id"] == groups["g2"]
    own, foreign = (
        api.get(f"/v1/customers/by-external-id/c{customer_of(manager)}").json()["id"]
        for manager in (5, 6)
    )
    with client_of(lab, keys["manager"]["key"]) as manager:
        assert len(manager.get("/v1/customers").json()["items"]) == 4
        assert manager.get(f"/v1/customers/{own}").json()["numbers"][0]["number"] is not None
        problem(manager.get(f"/v1/customers/{foreign}"), 404, "not-found")
        problem(manager.post("/v1/calls", json=parties(6)), 404, "not-found")
        problem(manager.put(f"/v1/customers/{own}", json={}), 403, "forbidden")
        assert manager_number(5)[3:] not in manager.get("/v1/managers").text
    with client_of(lab, keys["county_manager"]["key"]) as elsewhere:
        assert elsewhere.get("/v1/customers").json()["items"] == []
        problem(elsewhere.get(f"/v1/customers/{own}"), 404, "not-found")
    with client_of(lab, keys["qa_reviewer"]["key"]) as reviewer:
        shown = reviewer.get(f"/v1/customers/{own}").json()["numbers"]
        assert shown == [{"number": None, "masked": "138****0017"}]
        problem(reviewer.get("/v1/customers?number=13800000017"), 403, "forbidden")
        problem(reviewer.post("/v1/calls", json=parties(5)), 403, "forbidden")
        problem(reviewer.get("/v1/keys"), 404, "not-found")
    with client_of(lab, keys["integrator"]["key"]) as integrator:
        assert integrator.get("/v1/events").status_code == 200
        problem(integrator.get("/v1/recordings/rec_x/audio"), 403, "forbidden")
    with client_of(lab, "") as nobody:
        assert "Bearer" in problem_header(nobody.get("/v1/calls"), 401, "unauthenticated")
        for path in ("/healthz", "/readyz", "/metrics", "/openapi.json", "/docs"):
            assert nobody.get(path).status_code == 200


def test_a_key_has_a_rate_scopes_and_two_secrets_for_a_while(lab: Lab, api: httpx.Client) -> None:
    """Keys of the command line on a node that runs: limited, rotated, revoked, and noted."""

    def told(*arguments: str) -> Any:
        return json.loads(lab.node.cli("keys", *arguments, "--json"))

    options = ("--scope", "calls.read", "--requests-per-s", "0.01")
    made = told("create", "--role", "integrator", "--name", "tried", *options)
    with client_of(lab, made["key"]) as limited:
        problem(limited.get("/v1/customers"), 404, "not-found")
        answers = [limited.get("/v1/calls") for _ in range(3)]
        assert answers[0].status_code == 200
        problem(answers[2], 429, "rate-limited")
        assert int(answers[2].headers["retry-after"]) > 1
        assert answers[2].headers["ratelimit"].startswith('"key";r=0;t=')
        assert limited.get("/readyz").status_code == 200
    # Its own rate is the key's; who has another key is not concerned.
    assert api.get("/v1/calls").status_code == 200

    made = told("create", "--role", "integrator")
    new = told("rotate", made["id"], "--overlap-s", "3600")["key"]
    for key in (made["key"], new):
        with client_of(lab, key) as both:
            assert both.get("/v1/calls").status_code == 200
    version = api.get(f"/v1/keys/{made['id']}").headers["etag"]
    change = {"name": "renamed"}
    path = f"/v1/keys/{made['id']}"
    changed = api.put(path, json=change, headers={"If-Match": version})
    assert (changed.status_code, changed.json()["name"]) == (200, "renamed")
    problem(api.put(path, json=change, headers={"If-Match": version}), 412, "revision-changed")
    assert api.delete(path).status_code == 204
    with client_of(lab, new) as gone:
        problem(gone.get("/v1/calls"), 401, "unauthenticated")
    noted = api.get("/v1/audit", params={"subject": made["id"]}).json()["items"]
    told_of = [(entry["principal"] == "command line", entry["detail"]["how"]) for entry in noted]
    assert told_of == [
        (False, "revoked"),
        (False, "replaced"),
        (True, "rotated"),
        (True, "created"),
    ]


def problem_header(answer: httpx.Response, status: int, code: str) -> str:
    """Assert that `answer` is the problem `code` and return its challenge."""
    problem(answer, status, code)
    return str(answer.headers["www-authenticate"])


def test_bad_requests_are_problems_and_harm_nobody(lab: Lab, api: httpx.Client) -> None:
    """Wrong paths, methods, types, sizes and depths; the node answers the next as before."""
    problem(api.get("/v1/nothing"), 404, "not-found")
    wrong_method = api.patch("/v1/calls")
    problem(wrong_method, 405, "method-not-allowed")
    assert wrong_method.headers["allow"] == "GET, POST"
    problem(api.post("/v1/calls", content=b"a=1"), 415, "unsupported-media-type")
    as_json = {"Content-Type": "application/json"}
    problem(api.post("/v1/calls", content=b"{", headers=as_json), 400, "bad-request")
    problem(api.post("/v1/calls", content=b"[" * 10**5, headers=as_json), 400, "bad-request")
    problem(api.post("/v1/calls", content=b" " * (2 << 20), headers=as_json), 413, "too-large")
    wrong = problem(api.post("/v1/calls", json={**parties(), "ring_s": "9"}), 422, "invalid")
    assert wrong["errors"][0]["field"] == "ring_s"
    assert raw(lab, b"GET / HTTP/1.1\r\nX-A: " + b"a" * 10**6).startswith(b"HTTP/1.1 431 ")
    assert raw(lab, b"\x16\x03\x01\x02\x00\x01").startswith(b"HTTP/1.1 400 ")
    assert api.get("/healthz").json() == {"status": "ok"}


def raw(lab: Lab, data: bytes) -> bytes:
    """Send bytes as they are and return what is answered before the connection ends."""
    url = urlsplit(lab.node.api)
    found = b""
    with socket.create_connection((url.hostname, url.port), 5) as connection:
        try:
            connection.sendall(data)
            while received := connection.recv(65536):
                found += received
        except (BrokenPipeError, ConnectionResetError):
            return found
    return found


def test_a_full_disk_refuses_calls(new_lab: Callable[..., Lab]) -> None:
    """Where a call can't be recorded it is not made; the probe says why."""
    lab = new_lab(min_free="900 TB")
    with client_of(lab, lab.node.key) as api:
        refused = api.post("/v1/calls", json=parties())
        problem(refused, 503, "recording-unavailable")
        assert int(refused.headers["retry-after"]) > 0
        waiting = api.get("/readyz")
        assert (waiting.status_code, waiting.json()["not_ready"]) == (503, ["recordings"])
