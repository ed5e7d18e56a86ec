"""Statements played to the customer, on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from api.schemas.base import Id, OptionalTime, RequestModel, ViewModel, time_field
from voicegw.errors import InvalidError
from voicegw.model.disclosure import DisclosureStatus, StatementState

_Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.-]+$")]
_Key = Annotated[str, Field(pattern=r"^[0-9*#]$")]


class StatementToPlay(RequestModel):
    """One statement."""

    id: _Name = Field(description="Your name of it; marks and findings carry it.")
    prompt: _Name = Field(description="A prompt by name; it should end by saying which key to use.")


class StartDisclosure(RequestModel):
    """Statements to play to the customer of a running talk."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"script_id": "scr_06f1q2r3"},
                {"statements": [{"id": "no-guarantee", "prompt": "statement_no_guarantee"}]},
            ]
        }
    )

    script_id: Id | None = Field(
        None,
        description="A script whose statements are played, in its order: all that have a prompt."
        " This, or `statements`.",
    )
    statements: list[StatementToPlay] = Field(default_factory=list, max_length=50)
    yes_key: _Key = Field("1", description="The key that assents.")
    no_key: _Key = Field("2", description="The key that refuses.")
    timeout_s: float = Field(
        10.0, ge=1, le=60, description="Seconds to wait for a key after each statement."
    )
    repeats: int = Field(
        1, ge=0, le=5, description="How often a statement is repeated when no key comes."
    )
    go_on: bool = Field(
        False, description="Whether to go on after a refusal, or when no key came at all."
    )

    def check(self) -> None:
        """Raise InvalidError when keys or ids can't be told apart, or nothing is to be played."""
        if (self.script_id is None) == (not self.statements):
            raise InvalidError(
                "statements",
                "give one of script_id and statements",
                kind="choose-one",
                fields="script_id, statements",
            )
        if self.yes_key == self.no_key:
            raise InvalidError("no_key", "is the same as yes_key", kind="repeated")
        if len({one.id for one in self.statements}) < len(self.statements):
            raise InvalidError("statements", "two have the same id", kind="repeated")


class DisclosedStatementView(ViewModel):
    """A statement and what the customer answered."""

    id: str
    prompt: str
    digest: str = Field(description="SHA-256 of the samples that were played, hexadecimal")
    state: StatementState
    attempts: int = Field(description="How often it was begun")
    started_at: OptionalTime = time_field("When it was first begun")
    heard_at: OptionalTime = time_field("When it was first heard whole")
    answered_at: OptionalTime = time_field("When the key was pressed")
    key: str | None = Field(description="The key that was pressed; null: none that counts")


class DisclosureView(ViewModel):
    """Statements that were played to the customer."""

    id: str
    status: DisclosureStatus
    started_at: datetime
    ended_at: OptionalTime = time_field("When the two were connected again, or the call ended")
    yes_key: str
    no_key: str
    script_id: str | None
    script_version: int | None
    statements: list[DisclosedStatementView]
