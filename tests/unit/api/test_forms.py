"""Forms whose every field is known."""

from __future__ import annotations

import pytest

from tests.unit.api.conftest import World

FILE = ("file", ("g.csv", b"external_id,name\ng9,Nine\n"))


@pytest.mark.parametrize(
    ("parts", "field", "message", "kind"),
    [
        (
            [("kind", (None, "groups")), FILE, ("dryrun", (None, "true"))],
            "dryrun",
            "unknown field",
            "unknown-field",
        ),
        ([("kind", (None, "groups"))] * 2 + [FILE], "kind", "given twice", "given-twice"),
        (
            [("kind", (None, "groups")), FILE, ("", (None, "x"))],
            "form",
            "unknown field",
            "unknown-field",
        ),
    ],
)
async def test_what_is_unknown_or_repeated_is_refused_by_name(
    world: World,
    admin: dict[str, str],
    parts: list[tuple[str, tuple[str | None, bytes | str]]],
    field: str,
    message: str,
    kind: str,
) -> None:
    answer = await world.client.post("/v1/imports", files=parts, headers=admin)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"field": field, "message": message, "kind": kind, "params": {}}
    ]
    assert not world.imports.started


async def test_a_form_of_too_many_parts_is_refused(world: World, admin: dict[str, str]) -> None:
    parts = [(f"x{index}", (None, "y")) for index in range(100)]
    answer = await world.client.put("/v1/prompts/zh/a", files=parts, headers=admin)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")
