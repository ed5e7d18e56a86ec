"""From a message to a command, or to the reason why it is none."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.commands.reading import MAX_COMMAND_BYTES, Refused, id_of, read
from api.schemas.commands import DialCommand
from voicegw.events.mqtt.commands import Command

NOW = datetime(2026, 1, 5, 2, 3, 4, tzinfo=UTC)


def payload(**more: Any) -> bytes:
    content = {
        "id": "order-17",
        "at": NOW.isoformat(),
        "manager_external_id": "4711",
        "customer_number": "13800138000",
        **more,
    }
    return json.dumps({key: value for key, value in content.items() if value is not ...}).encode()


def refusal(command: Command) -> Refused:
    found = read(command, NOW, "CN")
    assert isinstance(found, Refused)
    return found


def test_a_command_is_a_call_with_an_id_and_a_moment() -> None:
    found = read(Command(payload(ring_s=20)), NOW, "CN")
    assert isinstance(found, DialCommand)
    assert (found.id, found.at, found.ring_s) == ("order-17", NOW, 20)


@pytest.mark.parametrize("seconds", [-30, 0, 30])
def test_a_command_is_good_for_half_a_minute(seconds: int) -> None:
    at = (NOW + timedelta(seconds=seconds)).isoformat()
    assert isinstance(read(Command(payload(at=at)), NOW, "CN"), DialCommand)


@pytest.mark.parametrize("seconds", [-31, 31, -86400])
def test_then_it_has_expired_whatever_else_is_wrong_with_it(seconds: int) -> None:
    at = (NOW + timedelta(seconds=seconds)).isoformat()
    found = refusal(Command(payload(at=at, ring_s="x")))
    assert (found.id, found.problem.code) == ("order-17", "expired")


def test_a_retained_command_is_expired() -> None:
    assert refusal(Command(payload(), is_retained=True)).problem.code == "expired"


def test_every_wrong_field_is_named() -> None:
    found = refusal(Command(payload(at="yesterday", ring_s="long", whom="me", customer_number=7)))
    assert found.problem.code == "invalid"
    fields = [one.field for one in found.problem.errors]
    assert sorted(fields) == ["at", "customer_number", "ring_s", "whom"]
    assert not any("yesterday" in one.message for one in found.problem.errors)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"at": ...}, "at"),
        ({"customer_number": ...}, "customer_id"),
        ({"manager_id": "mgr_1"}, "manager_id"),
    ],
)
def test_what_is_missing_or_too_much_is_named(more: dict[str, Any], field: str) -> None:
    assert [one.field for one in refusal(Command(payload(**more))).problem.errors] == [field]


def test_an_answer_at_a_wrong_topic_is_refused() -> None:
    found = refusal(Command(payload(), has_answer_topic=True, has_wrong_answer_topic=True))
    assert [one.field for one in found.problem.errors] == ["response_topic"]


@pytest.mark.parametrize(
    "number", ["13800138000", "8613800138000", "02161234567", "0086.138.00138000"]
)
def test_an_id_that_is_a_telephone_number_comes_into_no_topic(number: str) -> None:
    found = refusal(Command(payload(id=number)))
    assert found.id is None
    assert [one.field for one in found.problem.errors] == ["id"]
    assert number not in str(found.problem.errors)


@pytest.mark.parametrize("command_id", ["17", "order-2026-01-05.17", "A_b-c.9", "x" * 64])
def test_ids_that_are_none_are_taken(command_id: str) -> None:
    assert id_of(payload(id=command_id), "CN") == command_id


@pytest.mark.parametrize("command_id", ["", "a/b", "+", "#", "a b", "x" * 65, 17, None, ["a"]])
def test_ids_that_fit_no_topic_are_none(command_id: object) -> None:
    found = refusal(Command(payload(id=command_id)))
    assert found.id is None
    assert "id" in {one.field for one in found.problem.errors}


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (b'{"id": "order-17", "at": ', "bad-request"),
        (b'{"id": "order-17", "note": "\xff"}', "bad-request"),
        (payload() + b"{}", "bad-request"),
        (b'["id"]', "bad-request"),
        (b"", "bad-request"),
        (b"[" * 10_000, "bad-request"),
        (payload(client_state="x" * MAX_COMMAND_BYTES), "too-large"),
        (b'{"id": "order-17"' + b" " * (10 << 20), "too-large"),
    ],
)
def test_what_can_not_be_read_is_told_to_the_id_where_one_is_seen(broken: bytes, code: str) -> None:
    found = refusal(Command(broken))
    assert found.problem.code == code
    assert found.id == ("order-17" if b'"order-17"' in broken else None)


@given(st.one_of(st.binary(max_size=300), st.text(max_size=100).map(str.encode)))
def test_nothing_that_is_published_raises(anything: bytes) -> None:
    assert isinstance(read(Command(anything), NOW, "CN"), Refused)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*DialCommand.model_fields, "more"]), JSON))
def test_no_object_raises_either(content: dict[str, Any]) -> None:
    read(Command(json.dumps(content).encode()), NOW, "CN")
