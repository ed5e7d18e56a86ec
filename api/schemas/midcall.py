"""Holding a customer, handing one on and having somebody join, on the wire."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from api.schemas.base import Id, RequestModel
from voicegw.calls.control import HandOnMode, HandOnRequest
from voicegw.errors import InvalidError


class HoldCall(RequestModel):
    """Whether the customer is to be held."""

    on: bool = Field(True, description="false connects the two again.")


class _Party(RequestModel):
    """Who is to be rung: exactly one."""

    manager_id: Id | None = Field(None, description="A colleague. This, or one of the next two.")
    group_id: Id | None = Field(
        None, description="Whoever of the group takes the call, as its hotline rings a group."
    )
    short_code: str | None = Field(
        None,
        pattern=r"^[0-9]{2,8}$",
        description="A number that `policy.allowed_short_codes` has; no other number is dialled.",
        examples=["10010"],
    )

    def request(self, mode: HandOnMode) -> HandOnRequest:
        """Return what is asked of the call. Raises InvalidError unless exactly one is named."""
        if sum(one is not None for one in (self.manager_id, self.group_id, self.short_code)) != 1:
            raise InvalidError(
                "manager_id",
                "give one of manager_id, group_id and short_code",
                kind="choose-one",
                fields="manager_id, group_id, short_code",
            )
        return HandOnRequest(self.manager_id, self.group_id, self.short_code, mode)


class TransferCall(_Party):
    """Whom the customer is handed on to, and how."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"manager_id": "mgr_06f1q2r3", "mode": "consult"},
                {"group_id": "grp_06f1q2r3"},
                {"short_code": "10010"},
            ]
        }
    )

    mode: Literal["blind", "consult"] = Field(
        "blind",
        description="`blind`: the customer hears ring-back, then that one. `consult`: the manager"
        " talks with that one first, while the customer hears music; hanging up hands on.",
    )


class AddToCall(_Party):
    """Who joins the talk."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"manager_id": "mgr_06f1q2r3"}, {"short_code": "10010"}]}
    )
