"""Server-sent events as bytes."""

from __future__ import annotations

from api.sse import HEART_BEAT, frame, notice, opening


def test_an_event_has_id_type_and_data() -> None:
    assert frame("evt_1", "call.ended", b"{}") == b"id: evt_1\nevent: call.ended\ndata: {}\n\n"


def test_what_is_about_the_stream_leaves_the_last_id_alone() -> None:
    assert notice("voicegw.dropped", b"{}") == b"event: voicegw.dropped\ndata: {}\n\n"
    assert HEART_BEAT.startswith(b":")
    assert HEART_BEAT.endswith(b"\n\n")


def test_a_stream_begins_with_when_to_come_back() -> None:
    assert opening(2000) == b"retry: 2000\n\n"
