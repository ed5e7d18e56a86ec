"""What a hotline does with its callers, on the wire: the same shape in requests and answers."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from api.schemas.base import RequestModel, Text
from voicegw.model.routing import GroupStrategy, RingOrder, SharedNumber
from voicegw.model.survey import SURVEYS

PromptName = Annotated[
    Text, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
]
Skills = list[Annotated[Text, Field(min_length=1, max_length=50)]]


class GroupRoutingBody(RequestModel):
    """Ringing managers of the hotline's group."""

    strategy: Annotated[GroupStrategy, Field(strict=False)] = Field(
        default=GroupStrategy.LONGEST_IDLE,
        description="`ring_all`: all at once; `round_robin`: beginning behind whoever was rung "
        "last; `longest_idle`: whose last call ended first; `fewest_calls`: who has talked with "
        "the fewest customers today",
    )
    ring_s: int = Field(default=20, ge=5, le=180, description="Seconds for each round")
    skills: Skills = Field(
        default_factory=list,
        max_length=20,
        description="Who lacks one of these is not rung",
        examples=[["broadband", "english"]],
    )


class QueueRoutingBody(RequestModel):
    """Waiting for a manager of the group."""

    size: int = Field(
        default=50,
        ge=1,
        le=500,
        description="Callers who may wait at once; with more the plan goes on",
    )
    max_wait_s: int = Field(default=300, ge=10, le=7200, description="Seconds to wait at most")
    announce_every_s: int = Field(
        default=30,
        ge=0,
        le=600,
        description="Seconds between two announcements of position and estimated wait (10 or "
        "more); 0: never",
    )
    music: PromptName = Field(
        default="moh", description="Name of the prompt that is played meanwhile"
    )
    callback: bool = Field(
        default=True, description="Whether pressing 1 leaves the number, to be called back"
    )
    strategy: Annotated[GroupStrategy, Field(strict=False)] = Field(
        default=GroupStrategy.LONGEST_IDLE,
        description="Whom of those who are free a caller is offered first; `ring_all`: all at once",
    )
    ring_s: int = Field(
        default=20, ge=5, le=180, description="Seconds a manager is rung for one caller"
    )
    rest_s: int = Field(
        default=30,
        ge=1,
        le=3600,
        description="Seconds for which a manager who has not taken a call is offered nobody",
    )
    wrap_up_s: int = Field(
        default=5,
        ge=0,
        le=3600,
        description="Seconds after a caller from the queue for which a manager is offered nobody",
    )


class VoicemailRoutingBody(RequestModel):
    """Leaving a message."""

    greeting: PromptName = Field(
        default="voicemail_greeting", description="Name of the prompt before the beep"
    )
    max_s: int = Field(default=120, ge=5, le=600, description="Seconds that a message may have")
    min_s: float = Field(default=1.0, ge=0, le=30, description="A message of fewer seconds is none")


class RoutingBody(RequestModel):
    """Who answers for a hotline, in the order in which it is tried. Null: left out."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "recent_days": 14,
                    "group": {"strategy": "longest_idle", "ring_s": 20},
                    "queue": {"max_wait_s": 300},
                    "voicemail": {"max_s": 120},
                    "tell_manager": True,
                }
            ]
        }
    )

    ring: Annotated[RingOrder, Field(strict=False)] = Field(
        default=RingOrder.IN_ORDER,
        description="How the telephones of one manager are rung: `in_order` or `at_once`",
    )
    responsible: bool = Field(
        default=True,
        description="Whether the manager of the customer's open matter comes before the owner",
    )
    recent_days: int = Field(
        default=14,
        ge=0,
        le=90,
        description="For how many days a manager who dialled or spoke to the number is tried; 0: "
        "not at all",
    )
    deputy: bool = Field(default=True, description="Whether the owner's deputy is tried")
    group: GroupRoutingBody | None = Field(default=None, description="Then managers of the group")
    queue: QueueRoutingBody | None = Field(default=None, description="Then a place in the queue")
    voicemail: VoicemailRoutingBody | None = Field(default=None, description="At last a message")
    shared_number: Annotated[SharedNumber, Field(strict=False)] = Field(
        default=SharedNumber.LAST_DIALLED,
        description="Whom a number leads to that several customers have: the one `last_dialled`, "
        "else asked by a `menu`; or always the `menu`",
    )
    tell_manager: bool = Field(
        default=False,
        description="Whether a manager hears who calls (class, last four digits) before the two "
        "are connected",
    )


class AfterCallBody(RequestModel):
    """What is asked by keys when the talk is over."""

    survey: PromptName | None = Field(
        default=None,
        description="The survey that the customer is asked, by its name "
        f"({', '.join(sorted(SURVEYS))}); null: none",
        examples=["satisfaction"],
    )
    result: bool = Field(default=False, description="Whether the manager enters the result by keys")
    missed_sms: bool | None = Field(
        default=None,
        description="Whether a customer whom a call did not reach is told by SMS who called and"
        " why; null: as `sms.tell_missed` of the configuration says",
    )
