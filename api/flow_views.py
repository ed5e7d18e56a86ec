"""Flows as they go over the wire."""

from __future__ import annotations

from api.views import View
from ivr.flow.checker import Checked
from ivr.flow.source import Finding
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
    """Return a flow with its text and what is wrong with it now."""
    draft = checked.draft
    return {
        **flow_version_view(flow),
        "description": draft.description,
        "languages": list(draft.languages),
        "steps": list(draft.steps),
        "source": flow.source,
        "problems": [_finding_view(one) for one in checked.findings],
    }


def flow_check_view(checked: Checked, drawn: str) -> View:
    """Return what is wrong with a text, and its drawing."""
    return {"problems": [_finding_view(one) for one in checked.findings], "mermaid": drawn}


def _finding_view(one: Finding) -> View:
    return {"line": one.line, "message": one.what, "mend": one.mend, "step": one.step}
