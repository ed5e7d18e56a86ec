"""Flows over the wire."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from api.schemas.base import FaultModel, ViewModel


class FlowProblemView(FaultModel):
    """Something wrong with a flow."""

    line: int = Field(description="Line of the text, the first being 1", examples=[7])
    step: str | None = Field(description="The step it is about", examples=["main"])
    field: str = Field(
        description="A dotted path within the step, or within the flow; empty: all of it",
        examples=["keys.1"],
    )
    mend: str = Field(description="What mends it, in English", examples=["did you mean bye?"])


class FlowBoxView(ViewModel):
    """A step of the drawing, or one that is named and missing."""

    step: str = Field(description="The step's name", examples=["main"])
    verb: str = Field(description="What it does; empty where it can't be read", examples=["menu"])
    words: str = Field(description="What is most telling of it", examples=["menu: main_menu"])
    line: int | None = Field(description="Line of the text; null for a missing one", examples=[7])
    x: float = Field(description="Its middle, in pixels from the left", examples=[133.0])
    y: float = Field(description="Its middle, in pixels from the top", examples=[51.0])
    width: float = Field(description="In pixels", examples=[210.0])
    height: float = Field(description="In pixels", examples=[46.0])
    is_start: bool = Field(description="Whether a flow begins here")
    is_wrong: bool = Field(description="Whether a problem is about it")


class FlowArrowView(ViewModel):
    """A way from one step to another, of all ways between them."""

    source: str = Field(description="The step it leads from", examples=["main"])
    target: str = Field(description="The step it leads to", examples=["bye"])
    label: str = Field(description="When it is taken; empty: always", examples=["1, 2"])
    is_input: bool = Field(description="Whether the caller's keys lead here")
    path: str = Field(description="SVG path data", examples=["M133 74C133 105 133 105 133 136"])
    label_x: float = Field(description="Pixels from the left to the label's middle")
    label_y: float = Field(description="Pixels from the top to the line the label stands upon")


class FlowDrawingView(ViewModel):
    """A flow laid out: every box and arrow with its place, in pixels."""

    width: float = Field(description="Of the whole", examples=[412.0])
    height: float = Field(description="Of the whole", examples=[676.0])
    boxes: list[FlowBoxView] = Field(description="Every step, in the order of the text")
    arrows: list[FlowArrowView] = Field(description="Every way between them")


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
    prompts: list[str] = Field(description="The prompts it names", examples=[["main_menu"]])
    drawing: FlowDrawingView = Field(description="What is wrong is marked")


class FlowCheckView(ViewModel):
    """What is wrong with a text that was not kept."""

    problems: list[FlowProblemView] = Field(description="All problems; none: it may be put")
    mermaid: str = Field(description="A Mermaid flowchart, with problems in red")
    drawing: FlowDrawingView = Field(description="What is wrong is marked")
