"""`/v1/calls`."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from api.schemas.base import ListView
from api.schemas.calls import CallView, EventView
from tests.unit.api.conftest import Directory, World
from tests.unit.api.fakes import (
    CUSTOMER_MOBILE,
    MANAGER_MOBILE,
    START,
    make_call,
    make_event,
    make_recording,
)
from voicegw.errors import (
    ConflictError,
    NotFoundError,
    PolicyError,
    StoreUnavailableError,
)
from voicegw.journal.entries import CallChanged, RecordingChanged
from voicegw.model.call import CallOutcome
from voicegw.model.directory import Role
from voicegw.model.event import EventType

BY_NUMBER = {"manager_external_id": "4711", "customer_number": "138 0013 8000"}


async def start(world: World, headers: dict[str, str], **body: Any) -> Any:
    return await world.client.post("/v1/calls", json=body, headers=headers)


async def test_starts_a_call_and_answers_with_it(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    answer = await start(world, admin, **BY_NUMBER, client_state="order 17", ring_s=20)
    assert answer.status_code == 202, answer.text
    call = answer.json()
    CallView.model_validate(call)
    assert answer.headers["Location"] == f"/v1/calls/{call['id']}"
    assert call["customer_number"] == CUSTOMER_MOBILE
    assert call["customer_masked"] == "138****8000"
    assert call["client_state"] == "order 17"
    (request,) = world.control.dialled
    assert request.manager_id == directory.manager
    assert request.customer_number == CUSTOMER_MOBILE
    assert request.customer_id is None
    assert request.ring_s == 20
    followed = await world.client.get(answer.headers["Location"], headers=admin)
    assert followed.json() == call


@pytest.mark.parametrize(
    "spelling", ["+8613800138000", "008613800138000", "013800138000", "138-0013-8000"]
)
async def test_takes_a_number_in_any_spelling(
    world: World, admin: dict[str, str], directory: Directory, spelling: str
) -> None:
    await start(world, admin, manager_id=directory.manager, customer_number=spelling)
    assert world.control.dialled[0].customer_number == CUSTOMER_MOBILE


async def test_completes_a_local_number_by_the_area_code_of_the_managers_group(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    await start(world, admin, manager_id=directory.manager, customer_number="59612345")
    assert world.control.dialled[0].customer_number == "+862159612345"


async def test_finds_parties_by_id_and_by_external_id(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    await start(
        world,
        admin,
        manager_id=directory.manager,
        customer_id=directory.customer,
        hotline_id=directory.hotline,
    )
    await start(world, admin, manager_external_id="4711", customer_external_id="c/1")
    first, second = world.control.dialled
    assert (first.manager_id, first.customer_id) == (directory.manager, directory.customer)
    assert (second.manager_id, second.customer_id) == (directory.manager, directory.customer)
    assert first.hotline_id == directory.hotline


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "manager_id"),
        ({"manager_id": "m", "manager_external_id": "4711"}, "manager_id"),
        ({"manager_id": "m"}, "customer_id"),
        ({"manager_id": "m", "customer_id": "c", "customer_number": "1"}, "customer_id"),
        ({"manager_external_id": "4711", "customer_number": "abc"}, "customer_number"),
        ({**BY_NUMBER, "ring_s": "20"}, "ring_s"),
        ({**BY_NUMBER, "ring_s": 0}, "ring_s"),
        ({**BY_NUMBER, "ring_s": 121}, "ring_s"),
        ({**BY_NUMBER, "max_talk_s": 0}, "max_talk_s"),
        ({**BY_NUMBER, "client_state": "好" * 342}, "client_state"),
        ({**BY_NUMBER, "client_state": "a\x00"}, "client_state"),
        ({**BY_NUMBER, "unknown": 1}, "unknown"),
        ({**BY_NUMBER, "customer_number": 13800138000}, "customer_number"),
    ],
)
async def test_refuses_a_bad_body_and_names_the_field(
    world: World,
    admin: dict[str, str],
    directory: Directory,
    body: dict[str, Any],
    field: str,
) -> None:
    answer = await start(world, admin, **body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] == "invalid"
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not world.control.dialled


async def test_takes_a_client_state_of_exactly_one_kibibyte(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    answer = await start(world, admin, **BY_NUMBER, client_state="好" * 341 + "a")
    assert answer.status_code == 202


@pytest.mark.parametrize(
    "body",
    [
        {"manager_id": "nobody", "customer_number": "13800138000"},
        {"manager_external_id": "0", "customer_number": "13800138000"},
        {"manager_external_id": "4711", "customer_id": "nobody"},
        {"manager_external_id": "4711", "customer_external_id": "nobody"},
        {**BY_NUMBER, "hotline_id": "none"},
    ],
)
async def test_unknown_parties_are_not_found(
    world: World, admin: dict[str, str], directory: Directory, body: dict[str, Any]
) -> None:
    answer = await start(world, admin, **body)
    assert answer.status_code == 404
    assert answer.json()["code"] == "not-found"
    assert not world.control.dialled


@pytest.mark.parametrize(
    ("slug", "retry_after_s", "status", "retry_after"),
    [
        ("customer-rate", 42, 429, "42"),
        ("customer-rate", None, 429, "60"),
        ("quiet-hours", 7200, 429, "7200"),
        ("manager-busy", None, 409, None),
        ("trunk-full", None, 503, "5"),
        ("recording-unavailable", 0, 503, "1"),
        ("store-unavailable", None, 503, "5"),
        ("draining", 30, 503, "30"),
        ("overloaded", None, 503, "5"),
        ("do-not-call", None, 403, None),
        ("prefix-not-allowed", None, 403, None),
        ("emergency-number", None, 403, None),
        ("a-later-rule", None, 403, None),
    ],
)
async def test_a_refusal_names_its_rule(
    world: World,
    admin: dict[str, str],
    directory: Directory,
    slug: str,
    retry_after_s: int | None,
    status: int,
    retry_after: str | None,
) -> None:
    world.control.refusals.append(PolicyError(slug, "said no", retry_after_s=retry_after_s))
    answer = await start(world, admin, **BY_NUMBER)
    assert answer.status_code == status
    assert answer.json()["code"] == slug
    assert answer.json()["detail"] == "said no"
    assert answer.headers.get("Retry-After") == retry_after


class TestIdempotency:
    """A request with an Idempotency-Key acts once."""

    async def test_repetition_gets_the_same_answer(
        self, world: World, admin: dict[str, str], directory: Directory
    ) -> None:
        headers = {**admin, "Idempotency-Key": "k1"}
        first = await start(world, headers, **BY_NUMBER)
        second = await start(world, headers, **BY_NUMBER)
        assert second.status_code == 202
        assert second.content == first.content
        assert second.headers["Location"] == first.headers["Location"]
        assert second.headers["Idempotent-Replayed"] == "true"
        assert "Idempotent-Replayed" not in first.headers
        assert len(world.control.dialled) == 1

    async def test_spelling_of_the_json_does_not_matter(
        self, world: World, admin: dict[str, str], directory: Directory
    ) -> None:
        headers = {**admin, "Idempotency-Key": "k1", "Content-Type": "application/json"}
        for body in (
            b'{"manager_external_id":"4711","customer_number":"13800138000"}',
            b'{ "customer_number": "13800138000", "manager_external_id": "4711" }',
        ):
            answer = await world.client.post("/v1/calls", content=body, headers=headers)
            assert answer.status_code == 202
        assert len(world.control.dialled) == 1

    async def test_another_body_is_refused(
        self, world: World, admin: dict[str, str], directory: Directory
    ) -> None:
        headers = {**admin, "Idempotency-Key": "k1"}
        await start(world, headers, **BY_NUMBER)
        answer = await start(world, headers, **BY_NUMBER, ring_s=20)
        assert answer.status_code == 422
        assert answer.json()["code"] == "idempotency-mismatch"
        assert len(world.control.dialled) == 1

    async def test_keys_of_different_principals_are_different(
        self, world: World, admin: dict[str, str], directory: Directory
    ) -> None:
        other = await world.key(Role.INTEGRATOR)
        for headers in (admin, other):
            answer = await start(world, {**headers, "Idempotency-Key": "k1"}, **BY_NUMBER)
            assert answer.status_code == 202
        assert len(world.control.dialled) == 2

    async def test_fifty_at_once_dial_once(
        self, world: World, admin: dict[str, str], directory: Directory
    ) -> None:
        world.control.gate = asyncio.Event()
        headers = {**admin, "Idempotency-Key": "k1"}
        posts = [asyncio.create_task(start(world, headers, **BY_NUMBER)) for _ in range(50)]
        finished = asyncio.as_completed(posts)
        for _ in range(49):
            await next(finished)
        assert not world.control.dialled
        world.control.gate.set()
        answers = await asyncio.gather(*posts)
        assert len(world.control.dialled) == 1
        assert sorted(answer.status_code for answer in answers) == [202] + [409] * 49
        refused = next(answer for answer in answers if answer.status_code == 409)
        assert refused.json()["code"] == "idempotency-in-flight"
        assert refused.headers["Retry-After"] == "1"
        assert (await start(world, headers, **BY_NUMBER)).status_code == 202
        assert len(world.control.dialled) == 1

    async def test_fifty_at_once_without_a_pause_dial_once(
        self, world: World, admin: dict[str, str], directory: Directory
    ) -> None:
        headers = {**admin, "Idempotency-Key": "k1"}
        answers = await asyncio.gather(*(start(world, headers, **BY_NUMBER) for _ in range(50)))
        assert {answer.status_code for answer in answers} <= {202, 409}
        assert len(world.control.dialled) == 1

    @pytest.mark.parametrize(
        "refusal",
        [
            PolicyError("manager-busy", "busy"),
            StoreUnavailableError("away"),
            NotFoundError("hotline", "h"),
        ],
    )
    async def test_a_refusal_releases_the_key(
        self,
        world: World,
        admin: dict[str, str],
        directory: Directory,
        refusal: Exception,
    ) -> None:
        world.control.refusals.append(refusal)
        headers = {**admin, "Idempotency-Key": "k1"}
        assert (await start(world, headers, **BY_NUMBER)).status_code >= 400
        assert (await start(world, headers, **BY_NUMBER)).status_code == 202
        assert len(world.control.dialled) == 1

    async def test_a_fault_releases_the_key(
        self, world: World, admin: dict[str, str], directory: Directory
    ) -> None:
        world.control.refusals.append(RuntimeError("a defect"))
        headers = {**admin, "Idempotency-Key": "k1"}
        assert (await start(world, headers, **BY_NUMBER)).status_code == 500
        assert (await start(world, headers, **BY_NUMBER)).status_code == 202

    async def test_a_key_is_kept_for_a_day(
        self, world: World, admin: dict[str, str], directory: Directory
    ) -> None:
        headers = {**admin, "Idempotency-Key": "k1"}
        await start(world, headers, **BY_NUMBER)
        world.clock.pass_s(24 * 3600 + 1)
        await start(world, headers, **BY_NUMBER)
        assert len(world.control.dialled) == 2

    @pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
    async def test_an_unusable_key_is_refused(
        self, world: World, admin: dict[str, str], directory: Directory, key: str
    ) -> None:
        answer = await start(world, {**admin, "Idempotency-Key": key}, **BY_NUMBER)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "Idempotency-Key"
        assert not world.control.dialled

    async def test_store_away_before_the_claim_dials_nothing(
        self,
        world: World,
        admin: dict[str, str],
        directory: Directory,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        async def away(*_: Any) -> None:
            raise StoreUnavailableError("away")

        monkeypatch.setattr(world.services.repositories.idempotency, "begin", away)
        answer = await start(world, {**admin, "Idempotency-Key": "k1"}, **BY_NUMBER)
        assert answer.status_code == 503
        assert answer.json()["code"] == "store-unavailable"
        assert not world.control.dialled

    async def test_store_away_after_the_dial_still_answers_202(
        self,
        world: World,
        admin: dict[str, str],
        directory: Directory,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        async def away(*_: Any) -> None:
            raise StoreUnavailableError("away")

        headers = {**admin, "Idempotency-Key": "k1"}
        with monkeypatch.context() as patch:
            patch.setattr(world.services.repositories.idempotency, "complete", away)
            assert (await start(world, headers, **BY_NUMBER)).status_code == 202
        assert (await start(world, headers, **BY_NUMBER)).status_code == 409
        assert len(world.control.dialled) == 1

    async def test_store_away_after_a_refusal_still_tells_the_rule(
        self,
        world: World,
        admin: dict[str, str],
        directory: Directory,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        async def away(*_: Any) -> None:
            raise StoreUnavailableError("away")

        monkeypatch.setattr(world.services.repositories.idempotency, "release", away)
        world.control.refusals.append(PolicyError("manager-busy", "busy"))
        answer = await start(world, {**admin, "Idempotency-Key": "k1"}, **BY_NUMBER)
        assert answer.json()["code"] == "manager-busy"


class TestReading:
    """Lists, one call, its events."""

    async def test_lists_newest_first_page_by_page(
        self, world: World, admin: dict[str, str]
    ) -> None:
        calls = [make_call(created_at=START + timedelta(minutes=i)) for i in range(5)]
        await world.write(*(CallChanged(call) for call in calls))
        seen: list[str] = []
        cursor: str | None = None
        for _ in range(3):
            query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
            page = (await world.client.get("/v1/calls", params=query, headers=admin)).json()
            ListView[CallView].model_validate(page)
            seen += [call["id"] for call in page["items"]]
            cursor = page["next_cursor"]
        assert cursor is None
        assert seen == [call.id for call in reversed(calls)]

    async def test_filters(self, world: World, admin: dict[str, str], directory: Directory) -> None:
        connected = make_call(
            group_id=directory.chongming,
            manager_id=directory.manager,
            outcome=CallOutcome.CONNECTED,
            customer_id=directory.customer,
        )
        later = make_call(
            group_id=directory.fengxian,
            customer_number="10086",
            created_at=START + timedelta(hours=1),
        )
        await world.write(CallChanged(connected), CallChanged(later))
        hour = (START + timedelta(hours=1)).isoformat()
        for query, expected in (
            ({}, {connected.id, later.id}),
            ({"status": "completed"}, {connected.id}),
            ({"outcome": "connected"}, {connected.id}),
            ({"direction": "inbound"}, set()),
            ({"group_id": directory.fengxian}, {later.id}),
            ({"group_id": directory.city}, {connected.id, later.id}),
            ({"manager_id": directory.manager}, {connected.id}),
            ({"customer_id": directory.customer}, {connected.id}),
            ({"customer_number": "0086 138 0013 8000"}, {connected.id}),
            ({"customer_number": "10086"}, {later.id}),
            ({"customer_number": "no number"}, set()),
            ({"from": hour}, {later.id}),
            ({"until": hour}, {connected.id}),
        ):
            answer = await world.client.get("/v1/calls", params=query, headers=admin)
            assert {call["id"] for call in answer.json()["items"]} == expected, query

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ({"limit": "0"}, "limit"),
            ({"limit": "201"}, "limit"),
            ({"limit": "x"}, "limit"),
            ({"cursor": "x"}, "cursor"),
            ({"from": "yesterday"}, "from"),
            ({"from": "2026-01-05T02:03:04"}, "from"),
            ({"until": "9999-12-31T23:59:59-12:00"}, "until"),
            ({"status": "unheard-of"}, "status"),
        ],
    )
    async def test_refuses_a_bad_query(
        self, world: World, admin: dict[str, str], query: dict[str, str], field: str
    ) -> None:
        answer = await world.client.get("/v1/calls", params=query, headers=admin)
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["field"] == field

    async def test_prefers_the_running_call_to_the_store(
        self, world: World, admin: dict[str, str]
    ) -> None:
        call = make_call()
        await world.write(CallChanged(call))
        running = make_call(call_id=call.id, client_state="fresher")
        world.control.calls[call.id] = running
        one = await world.client.get(f"/v1/calls/{call.id}", headers=admin)
        assert one.json()["client_state"] == "fresher"
        listed = await world.client.get("/v1/calls", headers=admin)
        assert listed.json()["items"][0]["client_state"] == "fresher"

    async def test_names_its_recording(self, world: World, admin: dict[str, str]) -> None:
        call = make_call(outcome=CallOutcome.CONNECTED)
        recording = make_recording(call)
        await world.write(CallChanged(call), RecordingChanged(recording))
        answer = (await world.client.get(f"/v1/calls/{call.id}", headers=admin)).json()
        assert answer["recording_id"] == recording.id
        assert answer["recordings"] == [{"id": recording.id, "kind": "talk", "status": "completed"}]

    @pytest.mark.parametrize("call_id", ["call_none", "%00", "a%20b", "x" * 65])
    async def test_what_is_no_call_is_not_found(
        self, world: World, admin: dict[str, str], call_id: str
    ) -> None:
        for path in (f"/v1/calls/{call_id}", f"/v1/calls/{call_id}/events"):
            answer = await world.client.get(path, headers=admin)
            assert answer.status_code == 404, answer.text
            assert answer.json()["code"] == "not-found"

    async def test_events_are_cloudevents_in_order(
        self, world: World, admin: dict[str, str]
    ) -> None:
        call, other = make_call(), make_call()
        events = [
            make_event(call, EventType.CALL_INITIATED, 1),
            make_event(call, EventType.CALL_RINGING, 2),
            make_event(call, EventType.CALL_ENDED, 3),
        ]
        await world.write(
            CallChanged(call, events),
            CallChanged(other, [make_event(other, EventType.CALL_INITIATED, 1)]),
        )
        path = f"/v1/calls/{call.id}/events"
        page = (await world.client.get(path, params={"limit": 2}, headers=admin)).json()
        ListView[EventView].model_validate(page)
        assert [event["type"] for event in page["items"]] == ["call.initiated", "call.ringing"]
        assert page["items"][0]["source"] == "voicegw/node-1"
        assert page["items"][0]["subject"] == call.id
        assert [event["data"]["sequence"] for event in page["items"]] == [1, 2]
        query = {"cursor": page["next_cursor"]}
        rest = (await world.client.get(path, params=query, headers=admin)).json()
        assert [event["id"] for event in rest["items"]] == [events[2].id]
        assert rest["next_cursor"] is None


class TestHangup:
    """`POST /v1/calls/{id}/hangup`."""

    async def test_ends_a_running_call(
        self, world: World, admin: dict[str, str], directory: Directory
    ) -> None:
        call = (await start(world, admin, **BY_NUMBER)).json()
        answer = await world.client.post(f"/v1/calls/{call['id']}/hangup", headers=admin)
        assert answer.status_code == 200
        assert answer.json()["status"] == "canceled"
        assert answer.json()["hangup_source"] == "api"

    async def test_an_ended_call_is_answered_as_it_is(
        self, world: World, admin: dict[str, str]
    ) -> None:
        call = make_call(outcome=CallOutcome.CONNECTED)
        await world.write(CallChanged(call))
        answer = await world.client.post(f"/v1/calls/{call.id}/hangup", headers=admin)
        assert answer.status_code == 200
        assert answer.json()["outcome"] == "connected"

    async def test_a_call_of_another_node_is_told(
        self, world: World, admin: dict[str, str]
    ) -> None:
        call = make_call(node="node-2")
        await world.write(CallChanged(call))
        answer = await world.client.post(f"/v1/calls/{call.id}/hangup", headers=admin)
        assert answer.status_code == 409
        assert answer.json()["code"] == "call-elsewhere"

    async def test_an_unknown_call_is_not_found(self, world: World, admin: dict[str, str]) -> None:
        answer = await world.client.post("/v1/calls/call_none/hangup", headers=admin)
        assert answer.status_code == 404


@pytest.mark.parametrize("act", ["pause", "resume"])
class TestRecordingPause:
    """`POST /v1/calls/{id}/recording/pause` and `…/resume`."""

    async def test_is_shown(
        self, world: World, admin: dict[str, str], directory: Directory, act: str
    ) -> None:
        call = (await start(world, admin, **BY_NUMBER)).json()
        path = f"/v1/calls/{call['id']}/recording/{act}"
        answer = await world.client.post(path, headers=admin)
        assert answer.status_code == 200
        assert (answer.json()["recording_paused_at"] is not None) == (act == "pause")

    async def test_a_call_without_a_recording_is_told(
        self, world: World, admin: dict[str, str], directory: Directory, act: str
    ) -> None:
        call = (await start(world, admin, **BY_NUMBER)).json()
        world.control.refusals.append(ConflictError("not-recording", "why"))
        path = f"/v1/calls/{call['id']}/recording/{act}"
        answer = await world.client.post(path, headers=admin)
        assert (answer.status_code, answer.json()["code"]) == (409, "not-recording")

    async def test_a_call_that_is_over_or_elsewhere_is_told(
        self, world: World, admin: dict[str, str], act: str
    ) -> None:
        over = make_call(outcome=CallOutcome.CONNECTED)
        elsewhere = make_call(node="node-2")
        await world.write(CallChanged(over), CallChanged(elsewhere))
        for call, code in ((over, "not-recording"), (elsewhere, "call-elsewhere")):
            path = f"/v1/calls/{call.id}/recording/{act}"
            answer = await world.client.post(path, headers=admin)
            assert (answer.status_code, answer.json()["code"]) == (409, code)

    async def test_who_only_reads_may_not(self, world: World, act: str) -> None:
        call = make_call()
        await world.write(CallChanged(call))
        reviewer = await world.key(Role.QA_REVIEWER)
        path = f"/v1/calls/{call.id}/recording/{act}"
        assert (await world.client.post(path, headers=reviewer)).status_code == 403

    async def test_an_unknown_call_is_not_found(
        self, world: World, admin: dict[str, str], act: str
    ) -> None:
        path = f"/v1/calls/call_none/recording/{act}"
        assert (await world.client.post(path, headers=admin)).status_code == 404


@pytest.mark.parametrize(
    ("role", "customer", "manager"),
    [
        (Role.ADMIN, CUSTOMER_MOBILE, MANAGER_MOBILE),
        (Role.INTEGRATOR, CUSTOMER_MOBILE, None),
        (Role.QA_REVIEWER, None, None),
    ],
)
async def test_every_number_is_shown_as_the_role_may_see_it(
    world: World, role: Role, customer: str | None, manager: str | None
) -> None:
    headers = await world.key(role)
    call = make_call()
    await world.write(CallChanged(call, [make_event(call, EventType.CALL_INITIATED, 1)]))
    one = (await world.client.get(f"/v1/calls/{call.id}", headers=headers)).json()
    listed = (await world.client.get("/v1/calls", headers=headers)).json()["items"][0]
    path = f"/v1/calls/{call.id}/events"
    event = (await world.client.get(path, headers=headers)).json()["items"][0]["data"]
    for shown in (one, listed, event):
        assert shown["customer_number"] == customer
        assert shown["customer_masked"] == "138****8000"
        by_role = {leg["role"]: leg for leg in shown["legs"]}
        assert by_role["manager"]["number"] == manager
        assert by_role["manager"]["masked"] == "139****9000"
        assert by_role["customer"]["number"] == customer
        assert shown["display_number"] == "+862161234567"


async def test_an_anonymous_caller_has_no_number(world: World, admin: dict[str, str]) -> None:
    call = make_call(customer_number=None)
    await world.write(CallChanged(call))
    answer = (await world.client.get(f"/v1/calls/{call.id}", headers=admin)).json()
    assert answer["customer_number"] is None
    assert answer["customer_masked"] is None


@pytest.mark.parametrize("time", ["0.5", "1700000000", "2026-01-01", "2026-01-01T00:00:00"])
async def test_only_times_with_an_offset_bound_a_list(
    world: World, admin: dict[str, str], time: str
) -> None:
    for name in ("from", "until"):
        answer = await world.client.get("/v1/calls", params={name: time}, headers=admin)
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["field"] == name
    for good in ("2026-01-01T00:00:00Z", "2026-01-01T08:00:00.25+08:00"):
        answer = await world.client.get("/v1/calls", params={"from": good}, headers=admin)
        assert answer.status_code == 200, answer.text
