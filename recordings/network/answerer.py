"""Whether a person or a machine answered a call of ours, from its transcript. Pure.

Some networks answer and then announce, and mailboxes answer and ask for a message. Both speak first
and at length, say what such machines say, and never reply. Everything else is left to people: a
call is a machine's only when all of this is true, a person's only when the two took turns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from recordings.network.announcements import AnnouncementBook
from voicegw.model.call import AnsweredBy, LegReason
from voicegw.model.recording import Channel
from voicegw.model.transcript import Segment

_FIRST_WORD_S: Final = 15.0
"""A machine begins within this time."""
_GREETING_S: Final = 45.0
"""No greeting is longer."""
_PAUSE_S: Final = 4.0
"""A longer pause ends a greeting."""
_REPLY_S: Final = 2.0
"""A machine may say so much after its greeting: a tone is heard as a word, a farewell."""
_TURNS: Final = 2
"""So often a person has answered what was said."""


@dataclass(frozen=True, slots=True)
class Answerer:
    """Who answered; a machine's `reason` is what it said."""

    by: AnsweredBy
    reason: LegReason | None = None


def answerer(segments: Sequence[Segment], book: AnnouncementBook) -> Answerer | None:
    """Return who answered the talk of `segments` (by start); None when that can't be told."""
    customer = [one for one in segments if one.channel is Channel.CUSTOMER]
    greeting = _greeting(customer, [one for one in segments if one.channel is Channel.MANAGER])
    meaning = book.meaning(" ".join(one.text for one in greeting)) if greeting else None
    after_s = sum(one.end_s - one.start_s for one in customer[len(greeting) :])
    if meaning is not None and after_s <= _REPLY_S:
        return Answerer(AnsweredBy.MACHINE, meaning)
    if meaning is None and _turns(segments) >= _TURNS:
        return Answerer(AnsweredBy.PERSON)
    return None


def _greeting(customer: Sequence[Segment], manager: Sequence[Segment]) -> Sequence[Segment]:
    """Return what the customer's side said at first, without a pause for the manager's words."""
    if not customer or customer[0].start_s > _FIRST_WORD_S:
        return []
    greeting = [customer[0]]
    for one in customer[1:]:
        since_s = greeting[-1].end_s
        answers = any(since_s <= other.start_s and other.end_s <= one.start_s for other in manager)
        if answers or one.start_s - since_s > _PAUSE_S or one.start_s > _GREETING_S:
            break
        greeting.append(one)
    return greeting


def _turns(segments: Sequence[Segment]) -> int:
    """Return how often the customer spoke after the manager had."""
    channels = [one.channel for one in segments]
    return sum(pair == (Channel.MANAGER, Channel.CUSTOMER) for pair in pairwise(channels))
