"""Imports, and what titles of columns mean to them, on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field, JsonValue

from api.schemas.base import (
    FaultModel,
    FieldProblemView,
    OptionalTime,
    RequestModel,
    Text,
    ViewModel,
    time_field,
)

_MAPPING_EXAMPLE: Final[dict[str, JsonValue]] = {"主要联系方式": "numbers", "备注": ""}
_MAPPING = (
    "Titles of columns by what they mean: the name of a column, or an empty text for one that is "
    "passed over"
)


class ImportProblemView(FaultModel):
    """A row that was not taken, and why."""

    line: int = Field(description="The line in the file; the header is line 1", examples=[7])
    field: str


class ImportView(ViewModel):
    """An import and how far it is. Of a dry run the counts say what would be done."""

    id: str
    kind: Literal["groups", "hotlines", "managers", "customers", "tasks"]
    state: str
    dry_run: bool
    created_at: datetime
    finished_at: OptionalTime = time_field("When it was done")
    rows_read: int
    rows_written: int = Field(description="New ones and changed ones")
    rows_new: int
    rows_changed: int
    rows_unchanged: int = Field(description="Rows that say what is known already")
    rows_bad: int
    failure: str | None = Field(description="Why it has failed, in English")
    fault: FieldProblemView | None = Field(
        description="The same for programs; `field` is `file`, or the column it is about"
    )
    problems: list[ImportProblemView] = Field(description="Bad rows by line, a page of them")
    next_cursor: str | None = Field(description="Leads to the next bad rows; null at the end")


class ImportMappingBody(RequestModel):
    """What titles of columns mean in files of a kind."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"mapping": _MAPPING_EXAMPLE}]})

    mapping: dict[Text, Annotated[Text, Field(max_length=50)]] = Field(description=_MAPPING)


class ImportMappingView(ViewModel):
    """What titles of columns mean in files of a kind, besides the names that are always known."""

    kind: Literal["groups", "hotlines", "managers", "customers", "tasks"]
    mapping: dict[str, str] = Field(description=_MAPPING, examples=[_MAPPING_EXAMPLE])
    columns: list[str] = Field(description="The columns that files of this kind may have")
    required: list[str] = Field(
        description="Columns without which no row is taken", examples=[["external_id", "name"]]
    )
    titles: dict[str, str] = Field(
        description="The column that each title means that is always known; in any case",
        examples=[{"客户编号": "external_id", "联系电话": "numbers"}],
    )
    keeps_others: bool = Field(
        description="Whether other columns are kept, as attributes or fields; else they are refused"
    )
    changed_at: OptionalTime = time_field("When it was last given")
    changed_by: str | None = Field(description="The key that gave it")
