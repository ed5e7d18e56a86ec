from __future__ import annotations

import json

import msgspec
import pytest

from recordings.finishing.marks import MAX_MARKS, MarkList
from recordings.finishing.timeline import survey
from recordings.integrity.canonical import canonical
from tests.unit.recordings.spools import EPOCH_US, Sender, as_captured, end, mark, sine
from voicegw.media.spool import CaptureMark
from voicegw.model.recording import Channel, MarkKind, RecordingKind, RecordingMark

DAY_S = 24 * 3600


def told(*marks: CaptureMark, start_s: float = 0.0) -> list[RecordingMark]:
    made = MarkList()
    for one in marks:
        made.follow(one)
    return made.recording_marks(EPOCH_US + round(start_s * 1e6))


def test_marks_count_from_the_first_sample() -> None:
    found = survey(
        as_captured(
            [mark(0.5, "notice", detail="abc"), mark(2, "bridge"), mark(3.25, "transfer")],
            Sender(0, sine(400, 4)).packets(),
            [end(4)],
        ),
        RecordingKind.TALK,
    )
    assert found is not None
    assert list(found.marks) == [
        RecordingMark(MarkKind.NOTICE, -1.5, None, {"digest": "abc"}),
        RecordingMark(MarkKind.BRIDGE, 0.0),
        RecordingMark(MarkKind.TRANSFER, 1.25),
    ]


def test_a_hold_says_whose_it_is() -> None:
    assert told(mark(1, "hold", detail="manager"), mark(2, "unhold", detail="manager")) == [
        RecordingMark(MarkKind.HOLD, 1.0, Channel.MANAGER),
        RecordingMark(MarkKind.UNHOLD, 2.0, Channel.MANAGER),
    ]
    assert told(mark(1, "hold", detail="customer"))[0].channel is Channel.CUSTOMER


def test_the_end_of_a_prompt_names_what_was_heard() -> None:
    prompt = {"names": ["moh"], "digests": ["d1"]}
    assert told(
        mark(1, "prompt", leg=0, playback="p1", **prompt),
        mark(2, "prompt_ended", leg=0, playback="p1"),
        mark(3, "prompt_ended", leg=1, playback="unknown"),
    ) == [
        RecordingMark(MarkKind.PROMPT, 1.0, Channel.CUSTOMER, prompt),
        RecordingMark(MarkKind.PROMPT_HEARD, 2.0, Channel.CUSTOMER, prompt),
        RecordingMark(MarkKind.PROMPT_HEARD, 3.0, Channel.MANAGER),
    ]


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("s1", {"detail": "s1"}),
        ("", {}),
        ("x" * 5000, {}),
    ],
)
def test_a_text_is_kept_unless_it_is_too_long(text: str, detail: dict[str, object]) -> None:
    (made,) = told(mark(1, "statement", detail=text))
    assert made == RecordingMark(MarkKind.STATEMENT, 1.0, None, detail)


def test_fields_of_a_mark_are_its_detail() -> None:
    assert told(mark(1, "assent", leg=0, key="1"))[0] == RecordingMark(
        MarkKind.ASSENT, 1.0, Channel.CUSTOMER, {"key": "1"}
    )


def test_what_only_the_finisher_needs_or_is_damaged_is_left_out() -> None:
    damaged = CaptureMark(EPOCH_US, [])  # type: ignore[arg-type]
    assert told(mark(1, "codec", leg=0), mark(1, "unheard-of"), mark(1, 5), damaged) == []  # type: ignore[arg-type]
    (odd,) = told(mark(1, "prompt", leg=-9, playback=[1], names=["x"]))
    assert odd == RecordingMark(MarkKind.PROMPT, 1.0)


def test_times_that_cannot_be_true_are_left_out() -> None:
    assert told(mark(2 * DAY_S, "hold")) == []
    assert told(CaptureMark(0, {"kind": "hold"})) == []


def test_marks_are_told_in_order_and_bounded() -> None:
    assert [one.at_s for one in told(mark(3, "pause"), mark(1, "hold"))] == [1.0, 3.0]
    assert len(told(*[mark(1, "hold")] * (MAX_MARKS + 5))) == MAX_MARKS


@pytest.mark.parametrize("damaged", ['"\\ud800"', "9007199254740993", "1e999", "NaN", '"\\u0000"'])
def test_a_damaged_detail_can_be_told_of_and_sealed(damaged: str) -> None:
    """One that can't be written down would cost the recording, or its seal, or its deletion."""
    detail = json.loads(f'{{"kind": "hold", "leg": 1, "n": {damaged}}}')
    (found,) = told(CaptureMark(EPOCH_US, detail))
    assert (found.kind, found.channel, found.detail) == (MarkKind.HOLD, Channel.MANAGER, {})
    assert msgspec.json.decode(msgspec.json.encode(found), type=RecordingMark) == found
    canonical(msgspec.to_builtins(found))
