"""Every figure has a definition, and every definition a figure."""

from __future__ import annotations

import re
from pathlib import Path

from voicegw.model.report import ReportKind
from voicegw.model.rollup import SUMS
from voicegw.reports.catalogue import SHAPES
from voicegw.reports.figures import FIGURES

PAGE = Path(__file__).parents[3] / "docs" / "reports.md"


def test_every_figure_is_defined_under_its_anchor() -> None:
    anchors = re.findall(r'<a id="([\w-]+)"></a>`(\w+)`', PAGE.read_text())
    assert {key: anchor for anchor, key in anchors} == {
        key: figure.column.definition for key, figure in FIGURES.items()
    }


def test_every_report_is_made_of_sums_that_are_kept() -> None:
    assert set(SHAPES) == set(ReportKind)
    for shape in SHAPES.values():
        for kind in shape.kinds:
            assert set(shape.sums(kind)) <= set(SUMS[kind])


def test_every_figure_is_in_a_report_and_takes_nothing_for_none() -> None:
    shown = {figure.column.key for shape in SHAPES.values() for figure in shape.figures}
    assert shown == set(FIGURES)
    for figure in FIGURES.values():
        assert figure.formula({}) in {0, None}
        assert set(figure.column.names) == {"zh", "en"}
