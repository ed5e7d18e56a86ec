"""Query parameters that nobody knows are refused by name."""

from __future__ import annotations

from api.app import create_app, documented_routes
from api.query import names_of
from tests.unit.api.conftest import World


async def test_a_filter_with_a_slip_in_its_name_is_refused(
    world: World, admin: dict[str, str]
) -> None:
    answer = await world.client.get("/v1/calls?customer=cus_1&limit=1&form=x", headers=admin)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    named = {one["field"]: one["message"] for one in answer.json()["errors"]}
    assert set(named) == {"customer", "form"}
    assert {one["kind"] for one in answer.json()["errors"]} == {"unknown-field"}
    assert "customer_id" in named["customer"]
    single = await world.client.get("/v1/calls/call_1?x=" + "y" * 100, headers=admin)
    assert single.status_code == 422
    many = "&".join(f"a{number}=1" for number in range(500))
    crowd = await world.client.get(f"/v1/calls?{many}", headers=admin)
    assert len(crowd.json()["errors"]) == 20


async def test_who_has_no_key_learns_no_names(world: World) -> None:
    assert (await world.client.get("/v1/calls?x=1")).status_code == 401


async def test_every_documented_parameter_is_known(world: World) -> None:
    app = create_app(world.services)
    document = app.openapi()
    routes = [one for one in documented_routes() if one.include_in_schema]
    assert len(routes) > 100
    for route in routes:
        for method in route.methods or ():
            operation = document["paths"][route.path_format][method.lower()]
            parameters = operation.get("parameters", ())
            told = {one["name"] for one in parameters if one["in"] == "query"}
            assert names_of(route) == told, route.path
