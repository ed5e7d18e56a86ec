"""Many customers at a time on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, SkipValidation

from api.schemas.base import ExternalId, FieldProblemView, Id, RequestModel, ViewModel
from api.schemas.directory import CustomerBody
from voicegw.directory.customer_batch import Written
from voicegw.errors import InvalidError

MAX_RECORDS = 1000


class CustomerRecord(CustomerBody):
    """A customer as another system knows it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "external_id": "C-17",
                    "name": "…",
                    "group_external_id": "G-3",
                    "owner_external_id": "4711",
                    "numbers": ["138 0013 8000"],
                }
            ]
        }
    )

    external_id: ExternalId = Field(description="What your system calls the customer")
    group_id: Id | None = Field(  # type: ignore[assignment]
        None, description="This, or `group_external_id`"
    )
    group_external_id: ExternalId | None = Field(None, description="What you call the group")
    owner_external_id: ExternalId | None = Field(
        None, description="What you call the manager; in place of `owner_id`"
    )

    def check_references(self) -> None:
        """Raise InvalidError unless one group and at most one owner are named."""
        if (self.group_id is None) is (self.group_external_id is None):
            raise InvalidError(
                "group_id",
                "give one of group_id and group_external_id",
                kind="choose-one",
                fields="group_id, group_external_id",
            )
        if self.owner_id is not None and self.owner_external_id is not None:
            raise InvalidError(
                "owner_id",
                "give one of owner_id and owner_external_id",
                kind="choose-one",
                fields="owner_id, owner_external_id",
            )


class CustomerSyncBody(RequestModel):
    """Customers to be created or replaced. Each is looked at by itself."""

    items: list[SkipValidation[CustomerRecord]] = Field(
        min_length=1,
        max_length=MAX_RECORDS,
        description="At most 1,000; fields that are not given take their defaults",
    )


class SyncResultView(ViewModel):
    """What became of one record."""

    external_id: str | None = Field(description="As it was sent; null where none was")
    result: Written = Field(description="What became of it; `refused`: `errors` says why")
    id: str | None = Field(description="The customer's id here; null where it was refused")
    errors: list[FieldProblemView] = Field(description="Each field that is not acceptable")


Count = Annotated[int, Field(ge=0)]


class SyncView(ViewModel):
    """What became of all records, in the order in which they were sent."""

    items: list[SyncResultView] = Field(description="One result for each record")
    created: Count = Field(description="Customers that are new")
    replaced: Count = Field(description="Customers that were changed")
    unchanged: Count = Field(description="Customers that were the same already")
    refused: Count = Field(description="Records that were not taken")
