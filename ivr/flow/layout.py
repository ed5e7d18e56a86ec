"""Where the steps of a flow stand in a picture, and how its arrows run. Pure.

Steps stand in layers by the longest way from the start that never turns back (Sugiyama's method
without the last refinements: layers, places in them that long arrows pass through, a few rounds of
ordering by the mean of the neighbours, curved arrows). Ways back run along the right side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from ivr.flow.graph import Arrow, Graph, Node

WIDTH: Final = 210
HEIGHT: Final = 46
"""Of a box, in pixels."""
_LANE = 18
"""The width that a long arrow takes in a layer which it passes through."""
_GAP_X, _GAP_Y = 34, 62
_MARGIN = 28
_ROUNDS = 6


@dataclass(frozen=True, slots=True)
class Box:
    """A step; `x` and `y` are its middle, in pixels."""

    node: Node
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Line:
    """An arrow. `path` is SVG path data; the label stands around `label_x`, upon `label_y`."""

    arrow: Arrow
    path: str
    label_x: float
    label_y: float


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that is drawn, in pixels."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    """The middle of a box, in pixels."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class _Layout:
    """Steps and lanes layer by layer, and through which lanes each arrow passes."""

    layers: list[list[str]]
    lanes: dict[tuple[str, str], list[str]]


def picture(graph: Graph) -> Picture:
    """Lay a graph out."""
    layout = _layout(graph)
    places = _places(layout.layers, graph)
    width = max((_layer_width(layer, graph) for layer in layout.layers), default=0) + 2 * _MARGIN
    arrows = _merged(graph.edges)
    back = [one for one in arrows if _is_back(one, places)]
    width += 14 * len(back) + (_MARGIN if back else 0)
    height = len(layout.layers) * (HEIGHT + _GAP_Y) + _MARGIN
    return Picture(
        width,
        height,
        tuple(Box(node, places[name].x, places[name].y) for name, node in graph.nodes.items()),
        tuple(_line(one, places, layout.lanes, width, back) for one in arrows),
    )


def _merged(edges: Sequence[Arrow]) -> list[Arrow]:
    """Return one arrow for all that lead from one step to the same other: else they hide it."""
    found: dict[tuple[str, str], Arrow] = {}
    for one in edges:
        way = (one.source, one.target)
        known = found.get(way, one)
        label = ", ".join(dict.fromkeys(filter(None, (known.label, one.label))))
        found[way] = replace(known, label=label, is_input=known.is_input or one.is_input)
    return list(found.values())


def _layout(graph: Graph) -> _Layout:
    """Return the steps layer by layer, those of a layer in an order with few crossings."""
    ahead = _without_ways_back(graph)
    depth = dict.fromkeys(graph.nodes, 0)
    for name in _in_order(graph, ahead):
        for target in ahead[name]:
            depth[target] = max(depth[target], depth[name] + 1)
    layers: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for name in graph.nodes:
        layers[depth[name]].append(name)
    lanes: dict[tuple[str, str], list[str]] = {}
    links: list[tuple[str, str]] = []
    for name, targets in ahead.items():
        for target in targets:
            # Names of steps hold no such sign, so lanes can't be taken for them.
            between = [f"{name}>{target}>{row}" for row in range(depth[name] + 1, depth[target])]
            for row, lane in enumerate(between, depth[name] + 1):
                layers[row].append(lane)
            lanes[name, target] = between
            links += pairwise([name, *between, target])
    _order(layers, links)
    return _Layout(layers, lanes)


def _order(layers: list[list[str]], links: list[tuple[str, str]]) -> None:
    """Bring each layer into an order with few crossings; works in place."""
    above: dict[str, list[str]] = {}
    below: dict[str, list[str]] = {}
    for upper, lower in links:
        below.setdefault(upper, []).append(lower)
        above.setdefault(lower, []).append(upper)
    for turn in range(_ROUNDS):
        neighbours = above if turn % 2 == 0 else below
        position = {name: index for layer in layers for index, name in enumerate(layer)}
        for layer in layers:
            layer.sort(key=lambda name: _mean(neighbours.get(name, []), position))


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


def _width_of(name: str, graph: Graph) -> int:
    return WIDTH if name in graph.nodes else _LANE


def _layer_width(layer: list[str], graph: Graph) -> int:
    return sum(_width_of(name, graph) + _GAP_X for name in layer)


def _places(layers: list[list[str]], graph: Graph) -> dict[str, _Place]:
    widest = max((_layer_width(layer, graph) for layer in layers), default=0)
    places = {}
    for row, layer in enumerate(layers):
        left = _MARGIN + (widest - _layer_width(layer, graph)) / 2
        for name in layer:
            width = _width_of(name, graph)
            y = _MARGIN + row * (HEIGHT + _GAP_Y) + HEIGHT / 2
            places[name] = _Place(left + (_GAP_X + width) / 2, y)
            left += width + _GAP_X
    return places


def _is_back(arrow: Arrow, places: dict[str, _Place]) -> bool:
    return places[arrow.target].y <= places[arrow.source].y


def _line(
    arrow: Arrow,
    places: dict[str, _Place],
    lanes: dict[tuple[str, str], list[str]],
    width: float,
    back: list[Arrow],
) -> Line:
    start, end = places[arrow.source], places[arrow.target]
    if arrow in back:
        side = width - _MARGIN / 2 - 14 * back.index(arrow)
        x1, y1 = start.x + WIDTH / 2, start.y + 8
        x2, y2 = end.x + WIDTH / 2, end.y - 8
        line = f"M{x1} {y1}C{side} {y1} {side} {y1} {side} {(y1 + y2) / 2}"
        line += f"S{side} {y2} {x2} {y2}"
        label_x, label_y = x1 + 24, y1 - 4
    else:
        through = [places[lane] for lane in lanes[arrow.source, arrow.target]]
        line = f"M{start.x} {start.y + HEIGHT / 2}"
        for one, following in pairwise([start, *through, end]):
            top, bottom = one.y + HEIGHT / 2, following.y - HEIGHT / 2
            bend = (bottom - top) / 2
            line += f"C{one.x} {top + bend} {following.x} {bottom - bend} {following.x} {bottom}"
            if following is not end:
                line += f"V{following.y + HEIGHT / 2}"
        first = [*through, end][0]
        label_x = (start.x + 3 * first.x) / 4
        label_y = (start.y + 3 * first.y - HEIGHT) / 4
    return Line(arrow, line, label_x, label_y)
