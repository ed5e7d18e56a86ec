"""Streams of the client: events after a broken connection, calls from their beginning, sound."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import islice

import httpx
import pytest

from tests.unit.client.scripted import Answer, event, gateway, page, problem, stream
from voicegw.client import GoneError, NoAnswerError, Retries, StreamEndedError
from voicegw.client.sse import Message, MessageReader


def ids(answers: list[Answer], count: int) -> tuple[list[str], list[str | None]]:
    """Return the ids that a stream yields, and the Last-Event-ID of each of its connections."""
    scripted = gateway(*answers)
    with scripted.client() as client:
        found = [one.id for one in islice(client.events.stream(types="call.*"), count)]
    return found, [one.headers.get("last-event-id") for one in scripted.asked]


@pytest.mark.parametrize(
    "ends",
    [
        stream(event(1), event(2), breaks=True),
        stream(event(1), event(2)),
        stream(event(1), event(2), end="stopping"),
        stream(event(1), event(2), end="slow-reader"),
    ],
    ids=["broken", "closed", "stopping", "slow"],
)
def test_a_stream_goes_on_after_its_last_event(ends: httpx.Response) -> None:
    answers: list[Answer] = [ends, httpx.ConnectError("refused"), problem(503, "streams-full")]
    found, places = ids([*answers, stream(event(3))], 3)
    assert found == ["evt_1", "evt_2", "evt_3"]
    assert places == [None, "evt_2", "evt_2", "evt_2"]


def test_a_stream_that_breaks_before_its_first_event_goes_on_from_where_it_began() -> None:
    answers = [stream(place="evt_0", breaks=True), stream(breaks=True), stream(event(1))]
    found, places = ids([*answers], 1)
    assert (found, places) == (["evt_1"], [None, "evt_0", "evt_0"])


def test_a_stream_that_the_gateway_ends_for_good_is_ended() -> None:
    with pytest.raises(StreamEndedError) as raised:
        ids([stream(event(1), end="unauthenticated")], 2)
    assert (raised.value.reason, raised.value.last_id) == ("unauthenticated", "evt_1")


def test_a_place_that_is_gone_is_told() -> None:
    with pytest.raises(GoneError):
        ids([stream(event(1), breaks=True), problem(410, "event-gone")], 2)


@pytest.mark.parametrize("answer", [httpx.ConnectError("refused"), stream()])
def test_a_gateway_that_stays_away_is_given_up(answer: Answer) -> None:
    def fresh() -> Answer:
        return answer if isinstance(answer, Exception) else stream()

    scripted = gateway(*[fresh() for _ in range(9)])
    patient = Retries(first_pause_s=0, stream_attempts=5)
    with scripted.client(patient) as client, pytest.raises((NoAnswerError, StreamEndedError)):
        next(client.events.stream())
    assert len(scripted.asked) == 5


def test_a_quiet_stream_that_lives_is_not_given_up() -> None:
    quiet = [stream(beats=1, breaks=True) for _ in range(30)]
    assert ids([*quiet, stream(event(1))], 1)[0] == ["evt_1"]


def test_a_call_is_followed_from_before_the_stream_began() -> None:
    """What is in the list and in the stream comes once."""
    scripted = gateway(
        stream(event(2), event(3), event(4, "call.ended"), event(5)), page(event(1), event(2))
    )
    with scripted.client() as client:
        found = [one.id for one in client.calls.follow("call_1")]
    assert found == ["evt_1", "evt_2", "evt_3", "evt_4"]
    assert [one.url.path for one in scripted.asked] == ["/v1/events", "/v1/calls/call_1/events"]
    assert scripted.asked[0].url.params["subject"] == "call_1"


def test_a_stream_that_broke_before_its_first_event_misses_nothing_of_a_call() -> None:
    scripted = gateway(
        stream(breaks=True), page(event(1)), stream(), page(event(1), event(2, "call.ended"))
    )
    with scripted.client() as client:
        assert [one.id for one in client.calls.follow("call_1")] == ["evt_1", "evt_2"]


def sound(status: int, data: bytes, *, tag: str = '"a"', breaks: bool = False) -> httpx.Response:
    def pieces() -> Iterator[bytes]:
        yield data
        if breaks:
            raise httpx.ReadError("reset")

    return httpx.Response(status, content=pieces(), headers={"etag": tag})


def test_a_download_goes_on_where_it_was() -> None:
    scripted = gateway(sound(200, b"fLaC12", breaks=True), sound(206, b"3456"))
    target = io.BytesIO(b"head")
    target.seek(4)
    with scripted.client() as client:
        assert client.recordings.download("rec_1", target) == 10
    assert target.getvalue() == b"headfLaC123456"
    assert scripted.asked[1].headers["range"] == "bytes=6-"
    assert scripted.asked[1].headers["if-range"] == '"a"'


def test_a_download_begins_anew_where_the_bytes_are_others() -> None:
    scripted = gateway(
        sound(200, b"a longer beginning", breaks=True), sound(200, b"new", tag='"b"')
    )
    target = io.BytesIO()
    with scripted.client() as client:
        assert client.recordings.download("rec_1", target) == 3
    assert target.getvalue() == b"new"


def test_a_part_of_the_sound_is_asked_for_by_range() -> None:
    scripted = gateway(httpx.Response(206, content=b"fLaC"))
    with scripted.client() as client:
        assert client.recordings.audio("rec_1", last_byte=3) == b"fLaC"
    assert scripted.asked[0].headers["range"] == "bytes=0-3"


def test_lines_become_messages_as_the_standard_says() -> None:
    reader = MessageReader()
    lines = ["retry: 2000", ": comment", "id: 1", "event: a", "data:x", "data: y", "", "data", ""]
    lines += ["event: lost", "", "id: n\0l", "retry: soon", "data: z", ""]
    found = [message for message in map(reader.line, lines) if message]
    assert found == [
        Message("1", "a", "x\ny"),
        Message("1", "message", ""),
        Message("1", "message", "z"),
    ]
    assert reader.retry_ms == 2000
