"""The catalogue of events is whole."""

from __future__ import annotations

import re

import pytest

from tests.unit.test_docs import ROOT
from voicegw.events.catalogue import CATALOGUE, DataSchema, schema_name
from voicegw.model.event import EventType


def test_every_type_is_in_the_catalogue_in_the_order_in_which_it_is_told_of() -> None:
    assert set(CATALOGUE) == set(EventType)


@pytest.mark.parametrize("kind", EventType)
def test_a_type_is_told_of_in_half_a_sentence(kind: EventType) -> None:
    when = CATALOGUE[kind].when
    assert when[0].islower() or when.startswith("`")
    assert not when.endswith(".")


def test_data_is_named_by_a_uri() -> None:
    assert schema_name(EventType.CALL_ENDED) == "urn:voicegw:schema:call:v1"
    for name in DataSchema:
        assert re.fullmatch(r"urn:voicegw:schema:[a-z]+:v1", name.urn)  # RFC 8141


def test_every_schema_is_some_events() -> None:
    assert {about.data for about in CATALOGUE.values()} == set(DataSchema)


def test_the_page_about_events_has_every_one() -> None:
    page = (ROOT / "docs" / "events.md").read_text()
    for kind, about in CATALOGUE.items():
        assert f"| `{kind.value}` | {about.when} | {about.data.value} |" in page
