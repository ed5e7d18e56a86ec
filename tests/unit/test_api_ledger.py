"""A long run over the API goes on where it stopped, and leaves out nothing that changed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.parts.api_ledger import Ledger, OperationReport, fingerprint

READ: dict[str, Any] = {
    "operationId": "getThing",
    "description": "Read a thing.",
    "responses": {"200": {"$ref": "#/components/responses/Thing"}},
}
DOCUMENT: dict[str, Any] = {
    "components": {
        "responses": {"Thing": {"schema": {"$ref": "#/components/schemas/Thing.v1"}}},
        "schemas": {
            "Thing.v1": {
                "description": "A thing.",
                "properties": {
                    "description": {"type": "string", "maxLength": 9},
                    "part": {"$ref": "#/components/schemas/Thing.v1"},
                },
            }
        },
    }
}


def described(**changes: Any) -> dict[str, Any]:
    """Return the document with a thing that is described otherwise."""
    thing = DOCUMENT["components"]["schemas"]["Thing.v1"] | changes
    components = DOCUMENT["components"] | {"schemas": {"Thing.v1": thing}}
    return {"components": components}


def report(**more: Any) -> OperationReport:
    """Return what came of an operation."""
    return OperationReport(
        "GET /things", "getThing", described="a", statuses=Counter({200: 3, 404: 1}), **more
    )


def ledger(
    path: Path | None, examples: int = 100, phases: tuple[str, ...] = ("fuzzing",)
) -> Ledger:
    """Open a ledger."""
    return Ledger(path, examples=examples, phases=phases, revision="r1")


def test_what_is_through_is_known_to_the_next_run(tmp_path: Path) -> None:
    kept = tmp_path / "ledger"
    assert not ledger(kept).has(report())
    ledger(kept).add(report())
    assert ledger(kept).has(report())
    assert ledger(kept, examples=50).has(report())


def test_more_examples_or_phases_are_asked_for_again(tmp_path: Path) -> None:
    kept = tmp_path / "ledger"
    ledger(kept).add(report())
    assert not ledger(kept, examples=200).has(report())
    assert not ledger(kept, phases=("coverage", "fuzzing")).has(report())


def test_what_failed_or_is_described_otherwise_is_asked_for_again(tmp_path: Path) -> None:
    kept = tmp_path / "ledger"
    ledger(kept).add(report())
    other = report()
    other.described = "b"
    assert not ledger(kept).has(other)
    ledger(kept).add(report(failures={"server error": "500"}))
    assert not ledger(kept).has(report())
    ledger(kept).add(report())
    assert ledger(kept).has(report())


def test_the_last_word_on_each_operation_counts_in_the_total(tmp_path: Path) -> None:
    kept = tmp_path / "ledger"
    ledger(kept).add(report(failures={"server error": "500"}))
    ledger(kept).add(report())
    other = OperationReport("PUT /things", "putThing")
    total = ledger(kept).total([report(), other])
    assert "1 of 2 operations" in total
    assert "4 requests" in total
    assert "200×3 404×1" in total
    assert "r1 (1)" in total
    assert "0 kinds of failures" in total


@pytest.mark.parametrize(
    "changes", [{"required": ["part"]}, {"properties": {"description": {"type": "string"}}}]
)
def test_a_fingerprint_follows_references(changes: dict[str, Any]) -> None:
    assert fingerprint(described(**changes), READ) != fingerprint(DOCUMENT, READ)


def test_words_for_people_leave_a_fingerprint_as_it_is() -> None:
    reworded = READ | {"description": "Get a thing."}
    assert fingerprint(described(description="It."), reworded) == fingerprint(DOCUMENT, READ)
