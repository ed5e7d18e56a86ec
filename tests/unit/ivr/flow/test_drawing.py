"""Flows drawn: every step once, every way, what is wrong in red."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flow.checker import check
from ivr.flow.graph import graph_of
from ivr.flow.mermaid import mermaid
from ivr.flow.model import flow_schema
from ivr.flow.svg import svg

SHIPPED = sorted(Path("ivr/flows").glob("*.yaml"))
SVG = "{http://www.w3.org/2000/svg}"
WRONG = """
flow: drawn
start: main
steps:
  main: {do: menu, prompts: [main_menu], keys: {1: again, 2: again, 3: bye}, otherwise: gone}
  again: {do: menu, prompts: [main_menu], keys: {1: main}, otherwise: bye}
  bye: {do: hang_up, prompts: [nothing]}
  broken: {do: shout}
"""


class SomePrompts:
    def has(self, name: str, language: str) -> bool:
        return name != "nothing"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_shipped_flows_are_drawn_without_red(path: Path) -> None:
    checked = check(path.read_text(encoding="utf-8"), SomePrompts())
    picture = ET.fromstring(svg(checked.draft, checked.findings))
    boxes = picture.findall(f"{SVG}rect")
    assert len(boxes) == len(checked.draft.steps)
    assert not [box for box in boxes if "wrong" in box.attrib["class"]]
    corners = {(box.attrib["x"], box.attrib["y"]) for box in boxes}
    assert len(corners) == len(boxes), "boxes on top of each other"
    assert "wrong" not in mermaid(checked.draft, checked.findings)


def test_what_is_wrong_is_red() -> None:
    checked = check(WRONG, SomePrompts())
    picture = ET.fromstring(svg(checked.draft, checked.findings))
    red = [box for box in picture.findall(f"{SVG}rect") if "wrong" in box.attrib["class"]]
    names = [text.text for text in picture.findall(f"{SVG}text[@class='name']")]
    assert sorted(map(str, names)) == ["again", "broken", "bye", "gone", "main"]
    assert len(red) == 4


def crossed(picture: ET.Element) -> list[str]:
    """Return the arrows that run through a box which they neither leave nor reach."""
    boxes = [
        tuple(float(box.attrib[key]) for key in ("x", "y", "width", "height"))
        for box in picture.findall(f"{SVG}rect")
    ]
    found = []
    for path in picture.findall(f"{SVG}path"):
        # Long arrows go straight down beside the boxes of the layers that they pass.
        falls = re.findall(r"([0-9.]+) ([0-9.]+)V([0-9.]+)", path.attrib["d"])
        for x, top, bottom in ((float(a), float(b), float(c)) for a, b, c in falls):
            found += [
                path.attrib["d"]
                for left, upper, width, height in boxes
                if left <= x <= left + width and upper < bottom and top < upper + height
            ]
    return found


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_long_arrows_run_beside_the_boxes(path: Path) -> None:
    checked = check(path.read_text(encoding="utf-8"), SomePrompts())
    picture = ET.fromstring(svg(checked.draft, checked.findings))
    assert crossed(picture) == []
    ways = {(edge.source, edge.target) for edge in graph_of(checked.draft).edges}
    assert len(picture.findall(f"{SVG}path")) == len(ways), "one arrow a way: none hides another"


def test_mermaid_has_every_step_and_every_way() -> None:
    checked = check(WRONG, SomePrompts())
    assert mermaid(checked.draft, checked.findings) == (
        "flowchart TD\n"
        '    s_main[/"main<br/>menu: main_menu"/]\n'
        '    s_again[/"again<br/>menu: main_menu"/]\n'
        '    s_bye(["bye<br/>hang_up: nothing"])\n'
        '    s_broken["broken<br/>?"]\n'
        '    s_gone["gone<br/>missing"]\n'
        '    s_main -->|"1, 2"| s_again\n'
        '    s_main -->|"3"| s_bye\n'
        '    s_main -->|"otherwise"| s_gone\n'
        '    s_again -->|"1"| s_main\n'
        '    s_again -->|"otherwise"| s_bye\n'
        "    classDef wrong fill:#fdd,stroke:#c00,color:#900\n"
        "    class s_main,s_bye,s_broken,s_gone wrong\n"
    )


@given(st.text('abc{}[]:,- \n"<&', max_size=200))
def test_any_text_can_be_drawn(text: str) -> None:
    whole = f"flow: x\nstart: a\nsteps:\n  a: {{do: say, next: '{text}'}}\n  {text}"
    checked = check(whole, SomePrompts())
    ET.fromstring(svg(checked.draft, checked.findings))
    assert mermaid(checked.draft, checked.findings).startswith("flowchart")


def test_the_published_schema_is_the_one_of_the_verbs() -> None:
    published = json.loads(Path("ivr/flow/schema.json").read_text(encoding="utf-8"))
    assert published == json.loads(json.dumps(flow_schema())), (
        "python -m ivr.flow.model > ivr/flow/schema.json"
    )
