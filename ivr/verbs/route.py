"""route: have somebody rung, as the hotline's plan would."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Final

import msgspec

from ivr.verbs.verb import Edge, Fault, Go, StepName, Verb, Visit
from voicegw.calls.flow_terms import Command, Event, Take, Taken, WalkPlan
from voicegw.routing.plan import StepKind


class RouteTo(StrEnum):
    """Who is rung."""

    PLAN = "plan"
    """Everybody whom the hotline's plan has, in its order, to its end."""
    RESPONSIBLE = "responsible"
    OWNER = "owner"
    RECENT = "recent"
    DEPUTY = "deputy"
    GROUP = "group"


_KINDS: Final = {
    RouteTo.RESPONSIBLE: StepKind.RESPONSIBLE,
    RouteTo.OWNER: StepKind.OWNER,
    RouteTo.RECENT: StepKind.RECENT,
    RouteTo.DEPUTY: StepKind.DEPUTY,
    RouteTo.GROUP: StepKind.GROUP,
}
GroupId = Annotated[
    str,
    msgspec.Meta(max_length=100, description="Id of a group; without it the hotline's own."),
]


class RouteVerb(Verb, tag="route", frozen=True, kw_only=True):
    """Take the plan, or one step of it; `otherwise` when nobody was reached."""

    to: Annotated[RouteTo, msgspec.Meta(description="Who is rung.")] = RouteTo.PLAN
    otherwise: (
        Annotated[StepName, msgspec.Meta(description="Where to go when nobody takes the call.")]
        | None
    ) = None
    group_id: (
        Annotated[GroupId, msgspec.Meta(description="Which group; without it the hotline's own.")]
        | None
    ) = None

    def edges(self) -> tuple[Edge, ...]:
        """Where to go when nobody was reached; the whole plan has its own end."""
        return () if self.otherwise is None else (Edge("otherwise", self.otherwise),)

    def faults(self) -> Iterator[Fault]:
        """The plan has its own end; one step of it has not."""
        if self.to is RouteTo.PLAN and self.otherwise is not None:
            what = "the whole plan has an ending of its own"
            yield Fault("otherwise", what, "remove it", "not-with", {"other": "to"})
        if self.to is not RouteTo.PLAN and self.otherwise is None:
            mend = "say where to go when nobody takes the call"
            yield Fault("otherwise", "missing", mend, "missing")
        if self.group_id is not None and self.to is not RouteTo.GROUP:
            what, mend = f"to: {self.to} rings no group", "remove it, or to: group"
            yield Fault("group_id", what, mend, "not-with", {"other": "to"})

    def enter(self, visit: Visit) -> Command | Go:
        """Ring them."""
        del visit
        if self.to is RouteTo.PLAN:
            return WalkPlan()
        return Take(_KINDS[self.to], group_id=self.group_id)

    def heed(self, visit: Visit, event: Event) -> Command | Go:
        """Nobody was reached: go on."""
        del visit
        result = event.result if isinstance(event, Taken) else "done"
        return WalkPlan() if self.otherwise is None else Go(self.otherwise, str(result))
