"""queue: have the caller wait for a manager of the group."""

from __future__ import annotations

from typing import Annotated

import msgspec

from ivr.verbs.route import GroupId
from ivr.verbs.verb import Edge, Go, PromptName, StepName, Verb, Visit
from voicegw.calls.flow_terms import Command, Event, Take, Taken
from voicegw.routing.plan import StepKind


class QueueVerb(Verb, tag="queue", frozen=True, kw_only=True):
    """Wait with music; `otherwise` when the queue is full or the longest wait is over."""

    otherwise: StepName
    group_id: (
        Annotated[GroupId, msgspec.Meta(description="Which group; without it the hotline's own.")]
        | None
    ) = None
    size: (
        Annotated[
            int,
            msgspec.Meta(ge=1, le=1000, description="Who comes when so many wait is not let in."),
        ]
        | None
    ) = None
    max_wait_s: (
        Annotated[int, msgspec.Meta(ge=5, le=7200, description="The longest wait, in seconds.")]
        | None
    ) = None
    announce_every_s: (
        Annotated[
            int,
            msgspec.Meta(ge=0, le=600, description="How often the place is said; 0 for never."),
        ]
        | None
    ) = None
    music: Annotated[PromptName, msgspec.Meta(description="Played meanwhile.")] | None = None
    callback: (
        Annotated[bool, msgspec.Meta(description="Whether pressing 1 leaves the number.")] | None
    ) = None

    def edges(self) -> tuple[Edge, ...]:
        """On to `otherwise` when nobody has come."""
        return (Edge("otherwise", self.otherwise),)

    def prompts(self) -> tuple[str, ...]:
        """Return the music."""
        return () if self.music is None else (self.music,)

    def enter(self, visit: Visit) -> Command | Go:
        """Wait, as the hotline has it where the step says nothing."""
        del visit
        given = {
            name: value
            for name in ("size", "max_wait_s", "announce_every_s", "music", "callback")
            if (value := getattr(self, name)) is not None
        }
        return Take(StepKind.QUEUE, group_id=self.group_id, settings=given)

    def heed(self, visit: Visit, event: Event) -> Command | Go:
        """Nobody came in time: go on."""
        del visit
        return Go(self.otherwise, str(event.result) if isinstance(event, Taken) else "done")
