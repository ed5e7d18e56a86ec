"""Server-sent events as bytes."""

from __future__ import annotations

from api.sse import frame, heart_beat, notice, opening


def test_an_event_has_id_type_and_data() -> None:
    assert frame("evt_1", "call.ended", b"{}") == b"id: evt_1\nevent: call.ended\ndata: {}\n\n"


def test_what_is_about_the_stream_leaves_the_last_id_alone() -> None:
    assert notice("voicegw.dropped", b"{}") == b"event: voicegw.dropped\ndata: {}\n\n"
    assert heart_beat() == b": heart-beat\n\n"


def test_a_stream_begins_with_when_to_come_back() -> None:
    assert opening(2000) == b"retry: 2000\n\n"


def test_a_place_without_an_event_is_an_id_without_data() -> None:
    assert opening(2000, "evt_1") == b"retry: 2000\nid: evt_1\n\n"
    assert heart_beat("evt_2") == b": heart-beat\nid: evt_2\n\n"
