"""http: ask an outside system where to go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final
from urllib.parse import urlsplit

import msgspec

from ivr.verbs.verb import Edge, Fault, Go, StepName, VariableName, Verb, Visit
from voicegw.calls.flow_terms import Answered, Ask, Command, Event, Unanswered

MAX_VALUE_CHARS: Final = 200
"""A longer value in an answer is not taken."""


class HttpVerb(Verb, tag="http", frozen=True, kw_only=True):
    """POST what is known of the call, without numbers and names, and go where the answer says.

    The answer is `{"next": STEP, "set": {VARIABLE: VALUE}}`, both optional; `next` must be one of
    `targets`. Whatever goes wrong leads `otherwise`.
    """

    url: Annotated[
        str,
        msgspec.Meta(max_length=2000, description="`https://…`, or `http://…` in a private net."),
    ]
    otherwise: StepName
    targets: Annotated[
        tuple[StepName, ...], msgspec.Meta(description="The steps that the answer may name.")
    ] = ()
    next: (
        Annotated[
            StepName,
            msgspec.Meta(description="Where to go when the answer names no step."),
        ]
        | None
    ) = None
    send: Annotated[
        tuple[VariableName, ...], msgspec.Meta(description="Variables that are told.")
    ] = ()
    take: Annotated[
        tuple[VariableName, ...], msgspec.Meta(description="Variables that the answer may set.")
    ] = ()
    timeout_s: Annotated[
        float, msgspec.Meta(gt=0, le=10, description="How long to wait at most, in seconds.")
    ] = 3.0

    def edges(self) -> tuple[Edge, ...]:
        """Where the answer may lead, and where a failure does."""
        after = () if self.next is None else (Edge("next", self.next),)
        return (
            *(Edge("answer", target) for target in self.targets),
            *after,
            Edge("otherwise", self.otherwise),
        )

    def reads(self) -> tuple[str, ...]:
        """Return the variables that are told."""
        return self.send

    def writes(self) -> tuple[str, ...]:
        """Return the variables that the answer may set."""
        return self.take

    def faults(self) -> Iterator[Fault]:
        """The address must be one that can be asked, and the answer must be able to lead on."""
        try:
            parts = urlsplit(self.url)
            _ = parts.port
        except ValueError:
            yield Fault("url", "no address", "write it as https://host/path", "not-a-url")
            return
        if parts.scheme not in ("http", "https") or not parts.hostname:
            yield Fault("url", "no http address", "write it as https://host/path", "not-a-url")
        if parts.username or parts.password:
            yield Fault("url", "it holds a user or a password", "leave them out", "holds-login")
        if not self.targets and self.next is None:
            what = "the answer can lead nowhere"
            fields = {"fields": "targets, next"}
            yield Fault("targets", what, "give targets, or next", "missing", fields)

    def enter(self, visit: Visit) -> Command | Go:
        """Ask."""
        context = visit.context
        body: dict[str, object] = {
            "hotline_id": context.hotline_id,
            "customer_masked": context.masked_number,
            "known": context.is_known,
            "class": context.customer_class,
            "tier": context.tier,
            "open": context.is_open,
            "language": visit.language,
            "variables": {name: visit.variables.get(name, "") for name in self.send},
        }
        return Ask(self.url, body, self.timeout_s)

    def heed(self, visit: Visit, event: Event) -> Command | Go:
        """Go where the answer says."""
        if isinstance(event, Unanswered):
            return Go(self.otherwise, "otherwise", event.reason)
        if not isinstance(event, Answered):
            return Go(self.otherwise, "otherwise", "no-answer")
        taken = {name: event.values[name] for name in self.take if name in event.values}
        if any(len(value) > MAX_VALUE_CHARS for value in taken.values()):
            return Go(self.otherwise, "otherwise", "value-too-long")
        visit.variables.update(taken)
        target = event.go_to if event.go_to is not None else self.next
        if target is None or (event.go_to is not None and target not in self.targets):
            return Go(self.otherwise, "otherwise", "unknown-step")
        return Go(target, "answered")
