"""What can be wrong with a field: sentences for people, and for programs a kind with its values.

A sentence is English and may be worded better tomorrow; a kind is stable, so that a page says it in
its reader's language, and a program finds out whether it is a limit or a slip that was met.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

import msgspec

FaultKind: TypeAlias = Literal[
    "missing",
    "unknown-field",
    "given-twice",
    "wrong-type",
    "not-a-number",
    "not-whole",
    "not-a-boolean",
    "not-a-time",
    "not-a-day",
    "not-a-month",
    "not-a-time-of-day",
    "not-a-time-zone",
    "not-opening-hours",
    "not-a-phone-number",
    "not-a-url",
    "https-needed",
    "private-address",
    "holds-login",
    "characters",
    "pattern",
    "digits",
    "length",
    "too-short",
    "too-long",
    "too-many-bytes",
    "too-deep",
    "item-count",
    "too-few",
    "too-many",
    "out-of-range",
    "too-small",
    "too-great",
    "not-one-of",
    "not-found",
    "digits-lost",
    "taken",
    "repeated",
    "choose-one",
    "goes-with",
    "not-with",
    "not-after",
    "in-past",
    "in-future",
    "wrong-code",
    "easy-to-guess",
    "unchanged",
    "own-self",
    "not-active",
    "not-allowed",
    "mismatch",
    "unreadable",
    "not-yaml",
    "alias",
    "no-such-step",
    "no-such-prompt",
    "no-such-variable",
    "unreachable",
    "endless",
    "no-ending",
    "nothing-heard",
    "lasts-too-long",
    "took-too-long",
    "program-failed",
    "interrupted",
    "other",
]
"""The stable kinds; more may come."""

FAULT_KINDS: Final[Mapping[FaultKind, str]] = {
    "missing": "A value is needed, or at least one of `fields`.",
    "unknown-field": (
        "There is no such field, parameter or column; those of `allowed`; perhaps `near` is meant."
    ),
    "given-twice": "The field is given more than once.",
    "wrong-type": "Another type of value is expected.",
    "not-a-number": "It is no number.",
    "not-whole": "It is no whole number.",
    "not-a-boolean": "It is neither true nor false.",
    "not-a-time": "It is no time with its offset (RFC 3339).",
    "not-a-day": "It is no day, such as 2026-01-05.",
    "not-a-month": "It is no month, such as 2026-01.",
    "not-a-time-of-day": "It is no time of day, such as 07:30.",
    "not-a-time-zone": "It is no name of a time zone, such as Asia/Shanghai.",
    "not-opening-hours": "It can't be read as opening hours, such as Mo-Fr 08:30-18:00; PH off.",
    "not-a-phone-number": "It is no telephone number: E.164, national or a short code.",
    "not-a-url": "It is no URL that can be used here.",
    "https-needed": "The URL must begin with https.",
    "private-address": "The URL leads into a private network.",
    "holds-login": "It holds a login: a password the user's own, a URL one for its server.",
    "characters": "It has characters that can't be stored or shown.",
    "pattern": "It is not of the form asked for; `example` is.",
    "digits": "It must have `min` to `max` digits and nothing else.",
    "length": "It must have `min` to `max` characters.",
    "too-short": "It has fewer than `min` characters.",
    "too-long": "It has more than `max` characters.",
    "too-many-bytes": "It has more than `max` bytes.",
    "too-deep": "It is nested too deeply.",
    "item-count": "It must have `min` to `max` items.",
    "too-few": "It has fewer than `min` items.",
    "too-many": "It has, or comes to, more than `max` items.",
    "out-of-range": "It must be `min` to `max`, or at most `max_days` from now.",
    "too-small": "It must be at least `min`, more than `above`, or not less than field `other`.",
    "too-great": (
        "It must be at most `max`, less than `below`, not more than field `other`, or span at"
        " most `max_days`."
    ),
    "not-one-of": "It is none of `allowed`; perhaps `near` is meant.",
    "not-found": "What it names is not there, or not for this key.",
    "digits-lost": "A spreadsheet has lost digits of it; have the column written as text.",
    "taken": "Another record has this value already.",
    "repeated": "Two parts of the request have the same value where each needs its own.",
    "choose-one": "One of `fields` must be given, and only one.",
    "goes-with": "It is for where the field `other` is given, or says so.",
    "not-with": "It does not go with the field `other`, or with what that says.",
    "not-after": "It must be later than the field `other`.",
    "in-past": "It must be a time to come.",
    "in-future": "It must not be a time to come.",
    "wrong-code": "It is not the code of this moment, or was used before.",
    "easy-to-guess": "It is too easy to guess.",
    "unchanged": "It must be another one than now.",
    "own-self": "It names the record itself.",
    "not-active": "What it names is away, has left, is over or out of use.",
    "not-allowed": "The key, the role or the configuration does not allow it.",
    "mismatch": "It contradicts something else in the request, or in what is named.",
    "unreadable": "The file or the text can't be read.",
    "not-yaml": "It is no YAML that a flow may have; mind indents, colons and quotation marks.",
    "alias": "It stands for another part of the text (`*name`); write that out.",
    "no-such-step": "The flow has no step `name`; perhaps `near` is meant.",
    "no-such-prompt": "There is no prompt `name` in `languages`.",
    "no-such-variable": "The flow has no variable `name`; perhaps `near` is meant.",
    "unreachable": "No step of the flow leads to this one.",
    "endless": "Steps lead round, `way`, without a key being pressed.",
    "no-ending": "No step of the flow ends the call.",
    "nothing-heard": "There is nothing to be heard in the sound.",
    "lasts-too-long": "The sound lasts more than `max_s` seconds.",
    "took-too-long": "It took more than `max_s` seconds to be made, and was given up.",
    "program-failed": "The gateway's `program` for it can't be started, or gave up with `code`.",
    "interrupted": "The node, or its process, ended before it was done; do it again.",
    "other": "None of these; `message` says it.",
}
"""What each kind means, with the names of the values that may come with it."""

FaultParam: TypeAlias = str | int | float


class FieldFault(msgspec.Struct, frozen=True):
    """One field that is not acceptable."""

    field: str
    """A dotted path, as in `phones.0`."""
    message: str
    """What was expected, in English; it repeats nothing of what was sent."""
    kind: FaultKind = "other"
    params: dict[str, FaultParam] = {}
    """Values of the kind, such as limits: see :data:`FAULT_KINDS`."""
