"""A flow as an SVG picture, laid out in layers. Pure.

Steps stand in layers by the longest way from the start that never turns back (Sugiyama's method
without the last refinements: layers, a few rounds of ordering by the mean of the neighbours,
curved arrows). Ways back run along the right side.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from ivr.flow.graph import Arrow, Graph, Node, graph_of
from ivr.flow.loader import Draft
from ivr.flow.source import Finding

_WIDTH, _HEIGHT = 210, 46
_GAP_X, _GAP_Y = 34, 62
_MARGIN = 28
_ROUNDS = 6
_STYLE = """
text{font:12px sans-serif;fill:#222;text-anchor:middle}
.name{font-weight:bold}
.label{font-size:11px;fill:#555;paint-order:stroke;stroke:#fff;stroke-width:4px}
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


@dataclass(frozen=True, slots=True)
class _Place:
    """The middle of a box, in pixels."""

    x: float
    y: float


def svg(draft: Draft, findings: tuple[Finding, ...] = ()) -> str:
    """Return the picture; steps with findings, and steps that are missing, are red."""
    graph = graph_of(draft, findings)
    layers = _layers(graph)
    places = _places(layers)
    width = max((len(layer) for layer in layers), default=0) * (_WIDTH + _GAP_X) + 2 * _MARGIN
    back = [one for one in graph.edges if _is_back(one, places)]
    width += 14 * len(back) + (_MARGIN if back else 0)
    height = len(layers) * (_HEIGHT + _GAP_Y) + _MARGIN
    body = [_arrow(one, places, width, back) for one in graph.edges]
    body += [_box(node, places[node.name]) for node in graph.nodes.values()]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" aria-label="{escape(draft.name)}">\n'
        f"<style>{_STYLE}</style>\n"
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" '
        'markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" style="fill:#7d8896"/></marker>'
        "</defs>\n" + "\n".join(body) + "\n</svg>\n"
    )


def _layers(graph: Graph) -> list[list[str]]:
    """Return the steps layer by layer, those of a layer in an order with few crossings."""
    ahead = _without_ways_back(graph)
    depth: dict[str, int] = {}

    def deepen(order: list[str]) -> None:
        for name in order:
            depth.setdefault(name, 0)
            for target in ahead[name]:
                depth[target] = max(depth.get(target, 0), depth[name] + 1)

    deepen(_in_order(graph, ahead))
    layers: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for name in graph.nodes:
        layers[depth[name]].append(name)
    behind: dict[str, list[str]] = {name: [] for name in graph.nodes}
    for name, targets in ahead.items():
        for target in targets:
            behind[target].append(name)
    for turn in range(_ROUNDS):
        neighbours = behind if turn % 2 == 0 else ahead
        position = {name: index for layer in layers for index, name in enumerate(layer)}
        for layer in layers:
            layer.sort(key=lambda name: _mean(neighbours[name], position))
    return layers


def _mean(names: list[str], position: dict[str, int]) -> float:
    if not names:
        return float("inf")
    return sum(position[name] for name in names) / len(names)


def _without_ways_back(graph: Graph) -> dict[str, list[str]]:
    """Return where each step leads, without the arrows that close a circle."""
    edges: dict[str, list[str]] = {name: [] for name in graph.nodes}
    for arrow in graph.edges:
        if arrow.target not in edges[arrow.source]:
            edges[arrow.source].append(arrow.target)
    state: dict[str, int] = {}
    kept: dict[str, list[str]] = {name: [] for name in graph.nodes}
    for root in _roots_first(graph):
        if root in state:
            continue
        state[root] = 1
        way = [(root, iter(edges[root]))]
        while way:
            name, rest = way[-1]
            target = next(rest, None)
            if target is None:
                state[name] = 2
                way.pop()
            elif state.get(target) != 1:
                kept[name].append(target)
                if target not in state:
                    state[target] = 1
                    way.append((target, iter(edges[target])))
    return kept


def _roots_first(graph: Graph) -> list[str]:
    return sorted(graph.nodes, key=lambda name: not graph.nodes[name].is_start)


def _in_order(graph: Graph, ahead: dict[str, list[str]]) -> list[str]:
    """Return the steps so that each comes before those it leads to."""
    waiting = dict.fromkeys(graph.nodes, 0)
    for targets in ahead.values():
        for target in targets:
            waiting[target] += 1
    ready = [name for name in _roots_first(graph) if not waiting[name]]
    order: list[str] = []
    while ready:
        name = ready.pop(0)
        order.append(name)
        for target in ahead[name]:
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    return order


def _places(layers: list[list[str]]) -> dict[str, _Place]:
    widest = max((len(layer) for layer in layers), default=0)
    step = _WIDTH + _GAP_X
    return {
        name: _Place(
            _MARGIN + (index + (widest - len(layer)) / 2) * step + _WIDTH / 2,
            _MARGIN + row * (_HEIGHT + _GAP_Y) + _HEIGHT / 2,
        )
        for row, layer in enumerate(layers)
        for index, name in enumerate(layer)
    }


def _is_back(arrow: Arrow, places: dict[str, _Place]) -> bool:
    return places[arrow.target].y <= places[arrow.source].y


def _arrow(arrow: Arrow, places: dict[str, _Place], width: float, back: list[Arrow]) -> str:
    start, end = places[arrow.source], places[arrow.target]
    css = ' class="input"' if arrow.is_input else ""
    if arrow in back:
        side = width - _MARGIN / 2 - 14 * back.index(arrow)
        x1, y1 = start.x + _WIDTH / 2, start.y + 8
        x2, y2 = end.x + _WIDTH / 2, end.y - 8
        line = f"M{x1} {y1}C{side} {y1} {side} {y1} {side} {(y1 + y2) / 2}"
        line += f"S{side} {y2} {x2} {y2}"
        label_x, label_y = x1 + 24, y1 - 4
    else:
        x1, y1, x2, y2 = start.x, start.y + _HEIGHT / 2, end.x, end.y - _HEIGHT / 2
        bend = (y2 - y1) / 2
        line = f"M{x1} {y1}C{x1} {y1 + bend} {x2} {y2 - bend} {x2} {y2}"
        label_x, label_y = (x1 + 3 * x2) / 4, (y1 + 3 * y2) / 4
    drawn = f'<path d="{line}"{css} marker-end="url(#tip)"/>'
    if arrow.label:
        label = escape(arrow.label)
        drawn += f'<text class="label" x="{label_x}" y="{label_y}">{label}</text>'
    return drawn


def _box(node: Node, place: _Place) -> str:
    kind = "ask" if node.verb in _ASKING else "end" if node.verb in _ENDING else ""
    css = " ".join(
        filter(None, ("box", kind, "wrong" if node.is_wrong else "", "start" * node.is_start))
    )
    x, y = place.x - _WIDTH / 2, place.y - _HEIGHT / 2
    radius = _HEIGHT / 2 if kind == "end" else 6
    name, words = (escape(line) for line in node.lines)
    return (
        f'<rect class="{css}" x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="{radius}"/>'
        f'<text class="name" x="{place.x}" y="{place.y - 5}">{name}</text>'
        f'<text x="{place.x}" y="{place.y + 12}">{words}</text>'
    )
