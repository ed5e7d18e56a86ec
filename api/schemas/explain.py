"""What a call would do, on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pydantic import ConfigDict, Field

from api.schemas.base import Id, NumberText, RequestModel, Time, ViewModel, time_field
from api.schemas.calls import StartCall
from voicegw.errors import InvalidError
from voicegw.model.call import Direction, LegRole

ANONYMOUS: Final = "anonymous"


class ExplainCall(RequestModel):
    """A call to be explained: one that comes in, or one that would be started."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"caller": "13800138000", "hotline_id": "hot_06f1q2r3"},
                {"caller": ANONYMOUS, "hotline_id": "hot_06f1q2r3", "at": "2026-10-01T02:00:00Z"},
                {"dial": {"manager_external_id": "4711", "customer_number": "13800138000"}},
            ]
        }
    )

    caller: NumberText | None = Field(
        None,
        description="Who calls: any usual spelling, or `anonymous`; with `hotline_id`. Or `dial`.",
        examples=["13800138000"],
    )
    hotline_id: Id | None = Field(None, description="The hotline that `caller` dials.")
    dial: StartCall | None = Field(None, description="As `POST /v1/calls` would be given.")
    at: Time | None = Field(
        None,
        description="When; RFC 3339. Hours, holidays and absences are those of that moment; who is"
        " in a call, rates, trunks and the node's own state count only without it, for now.",
    )

    def check(self) -> None:
        """Raise InvalidError unless it is either a caller of a hotline or a call outward."""
        if (self.caller is None) == (self.dial is None):
            raise InvalidError(
                "caller", "give one of caller and dial", kind="choose-one", fields="caller, dial"
            )
        if self.caller is not None and self.hotline_id is None:
            raise InvalidError("hotline_id", "which hotline does the caller dial?", kind="missing")
        if self.dial is not None:
            if self.hotline_id is not None:
                raise InvalidError(
                    "hotline_id", "belongs into dial", kind="goes-with", other="dial"
                )
            self.dial.check_parties()


class ForeseenStepView(ViewModel):
    """One step of the plan: what would be tried, in this order, until somebody takes the call."""

    step: str = Field(
        description="`responsible`, `owner`, `recent`, `deputy`, `group`, `queue`, `voicemail`,"
        " `hang_up`; of a call outward `manager`, `customer`",
        examples=["owner"],
    )
    taken: bool = Field(description="Whether it would be taken; else `reason` says why not")
    target: str | None = Field(
        description="The manager's or the customer's id; of a spoken ending the prompt's name"
    )
    manager_ids: list[str] = Field(description="Whom of a group it could ring")
    reason: str | None = Field(
        description="Why it is in the plan, or is left out", examples=["away"]
    )


class ShownNumberView(ViewModel):
    """What the telephones of a side show."""

    side: LegRole
    number: str | None = Field(description="E.164; null where the role may not see it")
    masked: str | None = Field(examples=["138****8000"])


class RefusalView(ViewModel):
    """The rule that would refuse the call."""

    code: str = Field(description="As `POST /v1/calls` would say", examples=["quiet-hours"])
    detail: str
    retry_after_s: int | None = Field(description="Seconds until it no longer would")


class ExplanationView(ViewModel):
    """What a call would do."""

    direction: Direction
    at: datetime = time_field("The moment it is explained for")
    hotline_id: str
    is_open: bool | None = Field(
        description="Whether the hotline is within its hours; null for a call outward"
    )
    flow: str | None = Field(
        description="The hotline's flow, which speaks with the caller first; `plan` is what it does"
        " where the flow says nothing else"
    )
    customer_id: str | None
    customer_number: str | None = Field(description="null where the role may not see it")
    customer_masked: str | None = Field(examples=["138****8000"])
    refusal: RefusalView | None = Field(description="null: it would be made, or taken")
    plan: list[ForeseenStepView]
    asked_for: list[str] = Field(
        description="Ids of the managers between whom the caller is asked to choose by key, where"
        " several customers have the number; `plan` is for whoever presses nothing"
    )
    shown: list[ShownNumberView]
