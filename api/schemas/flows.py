"""Flows over the wire."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from api.schemas.base import ViewModel


class FlowProblemView(ViewModel):
    """Something wrong with a flow."""

    line: int = Field(description="Line of the text, the first being 1", examples=[7])
    message: str = Field(examples=["main: there is no step by"])
    mend: str = Field(description="What mends it", examples=["did you mean bye?"])
    step: str | None = Field(description="The step it is about", examples=["main"])


class FlowVersionView(ViewModel):
    """One version of a flow."""

    name: str = Field(description="What hotlines call it", examples=["hotline"])
    version: int = Field(description="Rises by one with each change", examples=[3])
    created_at: datetime
    created_by: str = Field(description="Id of the key it was written with")


class FlowView(FlowVersionView):
    """A flow with its text."""

    description: str
    languages: list[str] = Field(examples=[["zh", "en"]])
    steps: list[str] = Field(description="The steps' names", examples=[["main", "bye"]])
    source: str = Field(description="The text, YAML")
    problems: list[FlowProblemView] = Field(
        description="What is wrong on this node now, such as a prompt that was deleted; while "
        "there is something, callers go through the version before"
    )


class FlowCheckView(ViewModel):
    """What is wrong with a text that was not kept."""

    problems: list[FlowProblemView] = Field(description="All problems; none: it may be put")
    mermaid: str = Field(description="A Mermaid flowchart, with problems in red")
