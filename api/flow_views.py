"""Flows as they go over the wire."""

from __future__ import annotations

from collections.abc import Sequence

from api.views import View
from ivr.flow.checker import Checked
from ivr.flow.graph import graph_of
from ivr.flow.layout import HEIGHT, WIDTH, Box, Line, picture
from ivr.flow.mermaid import mermaid
from ivr.flow.source import Finding
from voicegw.field_faults import FieldFault
from voicegw.model.flow import FlowVersion


def flow_version_view(flow: FlowVersion) -> View:
    """Return a version of a flow without its text."""
    return {
        "name": flow.name,
        "version": flow.version,
        "created_at": flow.created_at,
        "created_by": flow.created_by,
    }


def flow_view(flow: FlowVersion, checked: Checked) -> View:
    """Return a flow with its text, its drawing and what is wrong with it now.

    In a thread: a long one takes longer to lay out than signalling may wait.
    """
    draft = checked.draft
    prompts = {name for verb in draft.steps.values() for name in verb.prompts()}
    return {
        **flow_version_view(flow),
        "description": draft.description,
        "languages": list(draft.languages),
        "steps": list(draft.steps),
        "source": flow.source,
        "problems": [_finding_view(one) for one in checked.findings],
        "prompts": sorted(prompts),
        "drawing": _drawing_view(checked),
    }


def flow_check_view(checked: Checked) -> View:
    """Return what is wrong with a text, and its drawing; in a thread, as :func:`flow_view`."""
    return {
        "problems": [_finding_view(one) for one in checked.findings],
        "mermaid": mermaid(checked.draft, checked.findings),
        "drawing": _drawing_view(checked),
    }


def _finding_view(one: Finding) -> View:
    return {
        "line": one.line,
        "step": one.step,
        "field": one.at,
        "message": one.what,
        "mend": one.mend,
        "kind": one.kind,
        "params": one.params,
    }


def field_faults(findings: Sequence[Finding]) -> list[FieldFault]:
    """Return findings as the faults of a refused text: each names its line as the field."""
    return [
        FieldFault(f"line {one.line}", f"{one.what}; {one.mend}", one.kind, one.params)
        for one in findings
    ]


def _drawing_view(checked: Checked) -> View:
    drawn = picture(graph_of(checked.draft, checked.findings))
    return {
        "width": drawn.width,
        "height": drawn.height,
        "boxes": [_box_view(one) for one in drawn.boxes],
        "arrows": [_arrow_view(one) for one in drawn.lines],
    }


def _box_view(box: Box) -> View:
    node = box.node
    return {
        "step": node.name,
        "verb": node.verb,
        "words": node.lines[1],
        "line": node.line,
        "x": box.x,
        "y": box.y,
        "width": WIDTH,
        "height": HEIGHT,
        "is_start": node.is_start,
        "is_wrong": node.is_wrong,
    }


def _arrow_view(line: Line) -> View:
    return {
        "source": line.arrow.source,
        "target": line.arrow.target,
        "label": line.arrow.label,
        "is_input": line.arrow.is_input,
        "path": line.path,
        "label_x": line.label_x,
        "label_y": line.label_y,
    }
