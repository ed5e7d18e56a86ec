"""transfer: hand the caller to one manager, to a group, or to an allowed short code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import msgspec

from ivr.verbs.route import GroupId
from ivr.verbs.verb import Edge, Fault, Go, StepName, VariableName, Verb, Visit
from voicegw.calls.flow_terms import Command, Event, Take, Taken
from voicegw.routing.plan import StepKind


class TransferVerb(Verb, tag="transfer", frozen=True, kw_only=True):
    """Ring exactly whom it names; `otherwise` when nobody takes the call."""

    otherwise: StepName
    manager: (
        Annotated[
            str,
            msgspec.Meta(max_length=100, description="A manager's id or staff number."),
        ]
        | None
    ) = None
    manager_in: (
        Annotated[VariableName, msgspec.Meta(description="The variable that names the manager.")]
        | None
    ) = None
    group_id: GroupId | None = None
    short_code: (
        Annotated[
            str,
            msgspec.Meta(
                pattern=r"^[0-9]{3,8}$", description="One of `policy.allowed_short_codes`."
            ),
        ]
        | None
    ) = None

    def edges(self) -> tuple[Edge, ...]:
        """On to `otherwise` when nobody takes the call."""
        return (Edge("otherwise", self.otherwise),)

    def reads(self) -> tuple[str, ...]:
        """Return the variable that names the manager."""
        return () if self.manager_in is None else (self.manager_in,)

    def faults(self) -> Iterator[Fault]:
        """There is one to hand the caller to, and only one."""
        named = (self.manager, self.manager_in, self.group_id, self.short_code)
        if sum(one is not None for one in named) != 1:
            fields = "manager, manager_in, group_id, short_code"
            yield Fault(
                "do",
                "it has to name one target",
                f"give one of {fields}",
                "choose-one",
                {"fields": fields},
            )

    def enter(self, visit: Visit) -> Command | Go:
        """Ring them."""
        if self.group_id is not None:
            return Take(StepKind.GROUP, group_id=self.group_id)
        if self.short_code is not None:
            return Take(StepKind.SHORT_CODE, short_code=self.short_code)
        manager = self.manager or visit.variables.get(self.manager_in or "") or None
        if manager is None:
            return Go(self.otherwise, "empty")
        return Take(StepKind.MANAGER, manager=manager)

    def heed(self, visit: Visit, event: Event) -> Command | Go:
        """Nobody took the call: go on."""
        del visit
        return Go(self.otherwise, str(event.result) if isinstance(event, Taken) else "done")
