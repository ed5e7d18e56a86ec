"""The section of the log."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from config.sections import Section


class LoggingSettings(Section):
    """The log, on standard error."""

    format: Literal["text", "json"] = Field(
        default="text",
        description='Form of a record: "text", a line for people; "json", an object a line.',
    )
    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Records of this level and above are written."
    )
    requests: bool = Field(
        default=False,
        description="Whether each request to the API is logged: method, route, status, "
        "milliseconds, who asked, by id.",
    )
