"""Ids sort by creation and tell what they name."""

from __future__ import annotations

import os
import re
import time
from base64 import b32hexdecode
from uuid import RFC_4122, UUID

import pytest

from voicegw.model.ids import IdKind, new_id


@pytest.mark.parametrize("kind", IdKind)
def test_an_id_begins_with_its_kind(kind: IdKind) -> None:
    assert re.fullmatch(rf"{kind}_[0-9a-v]{{26}}", new_id(kind))


def test_ids_are_unique() -> None:
    assert len({new_id(IdKind.CALL) for _ in range(1000)}) == 1000


def test_ids_sort_by_their_millisecond(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = [1_700_000_000_000 + step for step in (0, 1, 2, 1000, 10**9)]
    made = []
    for moment_ms in moments:
        monkeypatch.setattr(time, "time_ns", lambda at=moment_ms: at * 1_000_000)
        made.append(new_id(IdKind.CALL))
    assert made == sorted(made)


@pytest.mark.parametrize("noise", [bytes(10), b"\xff" * 10, bytes(range(0x35, 0x3F))])
def test_an_id_is_a_uuid_of_version_7(monkeypatch: pytest.MonkeyPatch, noise: bytes) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 0x0123_4567_89AB * 1_000_000)
    monkeypatch.setattr(os, "urandom", lambda count: noise[:count])
    digits = new_id(IdKind.CALL).removeprefix("call_").upper()
    uuid = UUID(bytes=b32hexdecode(digits + "=" * 6))
    assert (uuid.version, uuid.variant) == (7, RFC_4122)
    assert uuid.bytes[:6].hex() == "0123456789ab"
    assert uuid.bytes[7] == noise[1]
    assert uuid.bytes[9:] == noise[3:]
