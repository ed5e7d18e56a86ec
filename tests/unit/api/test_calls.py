"""`/v1/calls`."""

from __future__ import annotations

from tests.unit.api.conftest import Directory, World


async def test_starts_a_call(world: World, admin: dict[str, str], directory: Directory) -> None:
    answer = await world.client.post(
        "/v1/calls",
        json={"manager_external_id": "4711", "customer_number": "138 0013 8000"},
        headers=admin,
    )
    assert answer.status_code == 202, answer.text
    call = answer.json()
    assert answer.headers["Location"] == f"/v1/calls/{call['id']}"
    assert call["customer_number"] == "+8613800138000"
    assert call["customer_masked"] == "138****8000"
    assert world.control.dialled[0].manager_id == directory.manager
