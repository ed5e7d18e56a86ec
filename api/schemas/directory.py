"""Groups, hotlines, managers and customers on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field

from api.schemas.base import (
    Attributes,
    ExternalId,
    Id,
    Label,
    Name,
    NumberText,
    NumberView,
    OptionalTime,
    RequestModel,
    Text,
    Time,
    ViewModel,
    time_field,
)
from api.schemas.routing import AfterCallBody, RoutingBody, Skills
from voicegw.model.directory import Announce, HotlineAnswer, ManagerStatus

Hours = Annotated[Text, Field(min_length=1, max_length=500)]
"""Opening hours (docs/directory.md)."""
_HOURS_EXAMPLES = ["Mo-Fr 08:30-12:00,14:00-18:00; PH off", "周一至周五 8:30-18:00; 节假日休息"]

RetentionDays = Annotated[int, Field(ge=1, le=36_500)]


class GroupBody(RequestModel):
    """A county, a district, a team."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Chongming", "area_code": "21"}]}
    )

    name: Name
    external_id: ExternalId | None = None
    parent_id: Id | None = None
    area_code: Annotated[str, Field(pattern=r"^[0-9]{2,6}$")] | None = Field(
        None, description="Completes local numbers; with or without the leading 0", examples=["21"]
    )
    timezone: Annotated[str, Field(min_length=1, max_length=64)] = Field(
        "Asia/Shanghai", description="IANA name"
    )
    retention_days: RetentionDays | None = Field(
        None,
        description="Days for which its recordings are kept; null: as the group above, at the top "
        "as the configuration says",
    )
    hours: Hours | None = Field(
        None,
        description="Opening hours of its hotlines that say none themselves; null: as the group "
        "above, at the top always",
        examples=_HOURS_EXAMPLES,
    )
    quiet_hours: Hours | None = Field(
        None,
        description="When its customers are not called, in its time zone; null: as the group "
        "above, at the top as the configuration says. `off`: they may be called at any hour",
        examples=["21:00-08:00; PH 20:00-10:00"],
    )


class GroupView(ViewModel):
    """A county, a district, a team."""

    id: str
    external_id: str | None
    name: str
    parent_id: str | None
    area_code: str | None
    timezone: str
    retention_days: int | None
    hours: str | None
    quiet_hours: str | None


class HotlineBody(RequestModel):
    """A number shown outward and dialled by customers."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"number": "02161234567", "group_id": "grp_06f1q2r3"}]}
    )

    number: NumberText
    group_id: Id
    external_id: ExternalId | None = Field(None, description="What your system calls it; unique")
    name: Label = ""
    hours: Hours | None = Field(
        None,
        description="When callers are put through, in its group's time zone; null: as its group "
        "says",
        examples=_HOURS_EXAMPLES,
    )
    flow: Label | None = Field(None, description="Kept for later: every hotline rings the owner")
    answer: Annotated[HotlineAnswer, Field(strict=False)] = HotlineAnswer.AT_OWNER
    announce: Annotated[Announce, Field(strict=False)] = Announce.PROMPT
    confirm_manager: bool = Field(
        False, description="Whether a manager presses a key before the customer is dialled"
    )
    max_ring_s: int = Field(30, ge=5, le=180, description="Seconds to ring")
    retention_days: RetentionDays | None = Field(
        None,
        description="Days for which recordings of its calls are kept; null: as their group says",
    )
    display_number: NumberText | None = Field(
        None,
        description="The number that its calls show outward in place of its own, in any usual "
        "spelling. Calls leave over trunks that may present it only",
        examples=["4008123456"],
    )
    routing: RoutingBody = Field(
        default_factory=RoutingBody, description="Who answers, in which order"
    )
    after_call: AfterCallBody = Field(
        default_factory=AfterCallBody, description="What is asked when the talk is over"
    )


class HotlineView(ViewModel):
    """A number shown outward and dialled by customers."""

    id: str
    external_id: str | None
    number: str
    group_id: str
    name: str
    hours: str | None
    flow: str | None
    answer: HotlineAnswer
    announce: Announce
    confirm_manager: bool
    max_ring_s: int
    retention_days: int | None
    display_number: str | None
    routing: RoutingBody
    after_call: AfterCallBody


class PhoneBody(RequestModel):
    """A manager's telephone: a number on a trunk, or an address of record here."""

    number: NumberText | None = None
    aor: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        None, examples=["sip:4711@voicegw"]
    )
    label: Label = ""
    order: int | None = Field(
        None, ge=0, le=1000, description="Lower rings first; default: the place in the list"
    )


def _spelled_out(phone: Any) -> Any:
    return {"number": phone} if isinstance(phone, str) else phone


class PhoneView(NumberView):
    """A manager's telephone."""

    aor: str | None
    label: str
    order: int


class LeaveBody(RequestModel):
    """Days on which a manager is not there."""

    from_: Annotated[date, Field(strict=False)] = Field(
        alias="from", description="The first day", examples=["2026-12-21"]
    )
    until: Annotated[date, Field(strict=False)] = Field(
        description="The last day", examples=["2026-12-31"]
    )


class ManagerBody(RequestModel):
    """An account manager."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "…", "group_id": "grp_06f1q2r3", "phones": ["13900139000"]}]
        }
    )

    name: Name
    group_id: Id
    external_id: ExternalId | None = None
    staff_no: Label | None = None
    phones: list[
        Annotated[
            PhoneBody, BeforeValidator(_spelled_out, json_schema_input_type=PhoneBody | NumberText)
        ]
    ] = Field(
        default_factory=list,
        max_length=10,
        description='Rung in this order; a bare number stands for `{"number": …}`',
    )
    status: Annotated[ManagerStatus, Field(strict=False)] = ManagerStatus.ACTIVE
    away_until: Time | None = Field(None, description="Until then an `away` manager is not rung")
    deputy_id: Id | None = Field(None, description="Who is rung where this manager can't be")
    hours: Hours | None = Field(
        None,
        description="When the manager is rung for callers, in the group's time zone; null: always",
        examples=_HOURS_EXAMPLES,
    )
    skills: Skills = Field(
        default_factory=list,
        max_length=20,
        description="What a hotline may ask for where it rings the group",
        examples=[["broadband", "english"]],
    )
    leave: list[LeaveBody] = Field(
        default_factory=list,
        max_length=100,
        description="Planned absences: cadence plans put nothing on these days",
    )


class LeaveView(ViewModel):
    """Days on which a manager is not there."""

    from_: date = Field(alias="from", description="The first day")
    until: date = Field(description="The last day")


class ManagerView(ViewModel):
    """An account manager."""

    id: str
    external_id: str | None
    staff_no: str | None
    name: str
    group_id: str
    phones: list[PhoneView]
    status: ManagerStatus
    away_until: OptionalTime = time_field("Until when an `away` manager is not rung")
    deputy_id: str | None
    hours: str | None
    skills: list[str]
    leave: list[LeaveView]
    has_pin: bool = Field(description="Whether a PIN is set; it is never shown")
    customers_left: int | None = Field(
        description="How many customers of a `departed` manager are to be handed over; null in"
        " lists and of others"
    )


class AwayBody(RequestModel):
    """That a manager is away, and who is rung meanwhile."""

    until: Time | None = Field(
        description="Until when, at most 366 days ahead; null: until told otherwise"
    )
    deputy_id: Id | None = Field(
        description="An active manager who is rung meanwhile; null: nobody is"
    )


class PinBody(RequestModel):
    """The PIN that is asked where the manager calls from an unknown telephone."""

    pin: Annotated[str, Field(pattern=r"^[0-9]{4,12}$")] | None = Field(
        description="4 to 12 digits; null takes it away", examples=["408291"]
    )


class DoNotCallBody(RequestModel):
    """A customer's wish not to be called; `since` defaults to now."""

    reason: Annotated[Text, Field(min_length=1, max_length=500)]
    since: Time | None = None


class DoNotCallView(ViewModel):
    """A customer's wish not to be called."""

    reason: str
    since: datetime


class CustomerBody(RequestModel):
    """A customer."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "…",
                    "group_id": "grp_06f1q2r3",
                    "numbers": ["138 0013 8000"],
                    "owner_id": "mgr_06f1q2r3",
                    "class": "gold",
                }
            ]
        }
    )

    name: Name
    group_id: Id
    external_id: ExternalId | None = None
    numbers: list[NumberText] = Field(default_factory=list, max_length=20)
    owner_id: Id | None = None
    class_: Label | None = Field(None, alias="class")
    tier: Label | None = None
    do_not_call: DoNotCallBody | None = None
    code: Annotated[str, Field(pattern=r"^[0-9]{1,20}$")] | None = Field(
        None,
        description="Digits by which a manager dials the customer from a keypad; unique",
        examples=["20417"],
    )
    attributes: Attributes = Field(default_factory=dict, description="At most 16 KiB")
    owner_why: Label = Field(
        "",
        description="Why the owner changes: goes into the history of owners",
        examples=["moved to another district"],
    )


class CustomerView(ViewModel):
    """A customer."""

    id: str
    external_id: str | None
    name: str
    numbers: list[NumberView]
    group_id: str
    owner_id: str | None
    class_: str | None = Field(alias="class")
    tier: str | None
    do_not_call: DoNotCallView | None
    code: str | None
    attributes: dict[str, Any]


class OwnershipView(ViewModel):
    """A time in which a customer belonged to a manager, or to nobody."""

    manager_id: str | None
    from_: datetime = Field(alias="from")
    until: OptionalTime = time_field("Null for the present owner")
    by: str = Field(description="The key that changed it")
    why: str
