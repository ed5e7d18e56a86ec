"""How the run over the API reads a body that was made to break its description."""

from __future__ import annotations

from schemathesis.transport.serialization import Binary

from tests.parts.api_properties import as_read


def test_spaces_around_texts_do_not_count() -> None:
    assert as_read({"why": " \x0bw w\n", "items": [{"name": "a "}]}) == {
        "why": "w w",
        "items": [{"name": "a"}],
    }


def test_an_empty_list_is_no_part_of_a_form_and_a_value_of_json() -> None:
    sent = {"mapping": [], "file": Binary(b"PNG"), "dry_run": False}
    assert as_read(sent, is_form=True) == {"file": "", "dry_run": False}
    assert as_read({"mapping": []}) == {"mapping": []}
