"""A flow as the text of a Mermaid flowchart. Pure."""

from __future__ import annotations

from ivr.flow.graph import Node, graph_of
from ivr.flow.loader import Draft
from ivr.flow.source import Finding

_SHAPES = {
    "condition": ("{{", "}}"),
    "menu": ("[/", "/]"),
    "gather": ("[/", "/]"),
    "hang_up": ("([", "])"),
    "voicemail": ("([", "])"),
    "route": ("[[", "]]"),
    "queue": ("[[", "]]"),
    "transfer": ("[[", "]]"),
}


def mermaid(draft: Draft, findings: tuple[Finding, ...] = ()) -> str:
    """Return the flowchart; steps with findings are red, steps that are missing too."""
    graph = graph_of(draft, findings)
    lines = ["flowchart TD"]
    lines += [f"    {_node(node)}" for node in graph.nodes.values()]
    for edge in graph.edges:
        label = f'|"{_escaped(edge.label)}"|' if edge.label else ""
        lines.append(f"    s_{edge.source} -->{label} s_{edge.target}")
    wrong = [f"s_{node.name}" for node in graph.nodes.values() if node.is_wrong]
    if wrong:
        lines.append("    classDef wrong fill:#fdd,stroke:#c00,color:#900")
        lines.append(f"    class {','.join(wrong)} wrong")
    return "\n".join(lines) + "\n"


def _node(node: Node) -> str:
    left, right = _SHAPES.get(node.verb, ("[", "]"))
    text = "<br/>".join(_escaped(line) for line in node.lines)
    return f's_{node.name}{left}"{text}"{right}'


def _escaped(text: str) -> str:
    return text.replace("#", "#35;").replace('"', "#quot;").replace("<", "#lt;")
