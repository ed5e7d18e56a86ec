"""What the routing of a hotline must look like, whoever wrote it. Pure.

Each function returns what is stored, or raises InvalidError naming the field, such as
`routing.queue.max_wait_s`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from voicegw.errors import InvalidError
from voicegw.model.routing import (
    AfterCall,
    GroupRouting,
    QueueRouting,
    Routing,
    VoicemailRouting,
)
from voicegw.model.survey import SURVEYS

#: Seconds a telephone may be rung.
RING_S: Final = range(5, 181)
RECENT_DAYS: Final = range(91)
QUEUE_SIZE: Final = range(1, 501)
MAX_WAIT_S: Final = range(10, 7201)
REST_S: Final = range(1, 3601)
WRAP_UP_S: Final = range(3601)
#: 0 is never.
ANNOUNCE_EVERY_S: Final = range(10, 601)
MESSAGE_S: Final = range(5, 601)
LONGEST_MIN_S: Final = 30.0
MAX_SKILLS: Final = 20
MAX_SKILL: Final = 50

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


def checked_routing(routing: Routing) -> Routing:
    """Return `routing` as it is stored."""
    _check_range("routing.recent_days", routing.recent_days, RECENT_DAYS, "days")
    return msgspec.structs.replace(
        routing,
        group=None if routing.group is None else _checked_group(routing.group),
        queue=None if routing.queue is None else _checked_queue(routing.queue),
        voicemail=None if routing.voicemail is None else _checked_voicemail(routing.voicemail),
    )


def checked_after_call(after_call: AfterCall) -> AfterCall:
    """Return `after_call` as it is stored."""
    survey = (after_call.survey or "").strip()
    if not survey:
        return msgspec.structs.replace(after_call, survey=None)
    if survey not in SURVEYS:
        raise InvalidError(
            "after_call.survey",
            f"one of {', '.join(sorted(SURVEYS))}",
            kind="not-one-of",
            allowed=", ".join(sorted(SURVEYS)),
        )
    return msgspec.structs.replace(after_call, survey=survey)


def checked_skills(field: str, skills: Sequence[str]) -> list[str]:
    """Return `skills` stripped, each once, in their order."""
    found = list(dict.fromkeys(stripped for skill in skills if (stripped := skill.strip())))
    if len(found) > MAX_SKILLS:
        raise InvalidError(field, f"at most {MAX_SKILLS}", kind="too-many", max=MAX_SKILLS)
    for skill in found:
        if len(skill) > MAX_SKILL or _CONTROL.search(skill):
            raise InvalidError(
                field,
                f"each at most {MAX_SKILL} characters, none of control",
                kind="too-long",
                max=MAX_SKILL,
            )
    return found


def _checked_group(group: GroupRouting) -> GroupRouting:
    _check_range("routing.group.ring_s", group.ring_s, RING_S, "seconds")
    skills = tuple(checked_skills("routing.group.skills", group.skills))
    return msgspec.structs.replace(group, skills=skills)


def _checked_queue(queue: QueueRouting) -> QueueRouting:
    _check_range("routing.queue.size", queue.size, QUEUE_SIZE, "callers")
    _check_range("routing.queue.max_wait_s", queue.max_wait_s, MAX_WAIT_S, "seconds")
    if queue.announce_every_s:
        every = queue.announce_every_s
        _check_range("routing.queue.announce_every_s", every, ANNOUNCE_EVERY_S, "seconds, or 0")
    _check_range("routing.queue.ring_s", queue.ring_s, RING_S, "seconds")
    _check_range("routing.queue.rest_s", queue.rest_s, REST_S, "seconds")
    _check_range("routing.queue.wrap_up_s", queue.wrap_up_s, WRAP_UP_S, "seconds")
    return msgspec.structs.replace(queue, music=_name("routing.queue.music", queue.music))


def _checked_voicemail(voicemail: VoicemailRouting) -> VoicemailRouting:
    _check_range("routing.voicemail.max_s", voicemail.max_s, MESSAGE_S, "seconds")
    if not 0 <= voicemail.min_s <= LONGEST_MIN_S or voicemail.min_s >= voicemail.max_s:
        limit = f"must be 0 to {LONGEST_MIN_S:g} seconds and less than max_s"
        raise InvalidError(
            "routing.voicemail.min_s", limit, kind="out-of-range", min=0, max=LONGEST_MIN_S
        )
    greeting = _name("routing.voicemail.greeting", voicemail.greeting)
    return msgspec.structs.replace(voicemail, greeting=greeting)


def _name(field: str, text: str) -> str:
    stripped = text.strip()
    if _NAME.fullmatch(stripped) is None:
        raise InvalidError(
            field,
            "must be a name of letters, digits, _, . and -",
            kind="pattern",
            example="closed_today",
        )
    return stripped


def _check_range(field: str, value: int, allowed: range, unit: str) -> None:
    if value not in allowed:
        raise InvalidError(
            field,
            f"must be {allowed.start} to {allowed.stop - 1} {unit}",
            kind="out-of-range",
            min=allowed.start,
            max=allowed.stop - 1,
        )
