"""A flow as an SVG picture. Pure."""

from __future__ import annotations

from html import escape

from ivr.flow.graph import graph_of
from ivr.flow.layout import HEIGHT, WIDTH, Box, Line, picture
from ivr.flow.loader import Draft
from ivr.flow.source import Finding

_STYLE = """
text{font:12px sans-serif;fill:#222;text-anchor:middle}
.name{font-weight:bold}
.label{font-size:11px;fill:#555}
.halo{font-size:11px;fill:#fff;stroke:#fff;stroke-width:4px;stroke-linejoin:round}
.box{fill:#f4f7fb;stroke:#5b7aa6;stroke-width:1.2}
.ask{fill:#fff7e0;stroke:#b08a2e}
.end{fill:#eef6ee;stroke:#4c8a4c}
.wrong{fill:#fdd;stroke:#c00;stroke-width:2}
.start{stroke-width:3}
path{fill:none;stroke:#7d8896;stroke-width:1.2}
path.input{stroke:#b08a2e}
"""
_ASKING = frozenset({"menu", "gather"})
_ENDING = frozenset({"hang_up", "voicemail"})


def svg(draft: Draft, findings: tuple[Finding, ...] = ()) -> str:
    """Return the picture; steps with findings, and steps that are missing, are red."""
    drawn = picture(graph_of(draft, findings))
    body = [_arrow(one) for one in drawn.lines] + [_box(one) for one in drawn.boxes]
    width, height = drawn.width, drawn.height
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" aria-label="{escape(draft.name)}">\n'
        f"<style>{_STYLE}</style>\n"
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" '
        'markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" style="fill:#7d8896"/></marker>'
        "</defs>\n" + "\n".join(body) + "\n</svg>\n"
    )


def _arrow(line: Line) -> str:
    css = ' class="input"' if line.arrow.is_input else ""
    drawn = f'<path d="{line.path}"{css} marker-end="url(#tip)"/>'
    if line.arrow.label:
        label = escape(line.arrow.label)
        for kind in ("halo", "label"):
            drawn += f'<text class="{kind}" x="{line.label_x}" y="{line.label_y}">{label}</text>'
    return drawn


def _box(box: Box) -> str:
    node = box.node
    kind = "ask" if node.verb in _ASKING else "end" if node.verb in _ENDING else ""
    css = " ".join(
        filter(None, ("box", kind, "wrong" if node.is_wrong else "", "start" * node.is_start))
    )
    x, y = box.x - WIDTH / 2, box.y - HEIGHT / 2
    radius = HEIGHT / 2 if kind == "end" else 6
    name, words = (escape(line) for line in node.lines)
    return (
        f'<rect class="{css}" x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="{radius}"/>'
        f'<text class="name" x="{box.x}" y="{box.y - 5}">{name}</text>'
        f'<text x="{box.x}" y="{box.y + 12}">{words}</text>'
    )
