"""Commands and their answers, as a broker carries them."""

from __future__ import annotations

from enum import StrEnum

from pydantic import ConfigDict, Field

from api.schemas.base import Id, ProblemView, Time, ViewModel
from api.schemas.calls import StartCall


class DialCommand(StartCall):
    """A click-to-dial by MQTT: as `POST /v1/calls`, with an id and the moment of its sending."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "order-17-try-1",
                    "at": "2026-01-05T02:03:04Z",
                    "manager_external_id": "4711",
                    "customer_number": "13800138000",
                }
            ]
        }
    )

    id: Id = Field(
        description="What no other command of yours is called: the same id never starts a second"
        " call. No telephone number, because it is part of a topic."
    )
    at: Time = Field(
        description="When it was sent; RFC 3339. A command older than 30 s, or more than 30 s"
        " ahead, is refused as `expired`."
    )


class CommandStatus(StrEnum):
    """Whether a command was carried out."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


class CommandResultView(ViewModel):
    """What came of a command. After a refusal nothing was or will be dialled."""

    id: str | None = Field(description="The command's; null where it could not be read")
    status: CommandStatus
    call_id: str | None = Field(None, description="The call that was started")
    problem: ProblemView | None = Field(None, description="Why it was refused (RFC 9457)")
    retry_after_s: int | None = Field(
        None, description="Seconds after which it is worth sending again, where that is known"
    )
