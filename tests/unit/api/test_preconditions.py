"""ETag, If-Match and If-None-Match on the directory; records put by another system's id."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from api.preconditions import is_fresh, tag_of
from tests.unit.api.conftest import Directory, World
from voicegw.model.directory import Customer, Group

KINDS = ("groups", "hotlines", "managers", "customers")


def a_body(kind: str, directory: Directory, name: str = "A") -> dict[str, Any]:
    if kind == "groups":
        return {"name": name, "parent_id": directory.city}
    body: dict[str, Any] = {"name": name, "group_id": directory.chongming}
    if kind == "hotlines":
        body["number"] = "021 6500 0001"
    if kind == "customers":
        body |= {
            "do_not_call": {"reason": "asked", "since": "2026-01-05T10:03:04.5+08:00"},
            "attributes": {"b": 1.5, "a": [1, None, {"z": "号"}]},
        }
    if kind == "managers":
        body |= {"away_until": "2026-02-01T00:00:00Z", "phones": ["13900139001"]}
    return body


@pytest.mark.parametrize("kind", KINDS)
async def test_a_change_meant_for_another_state_changes_nothing(
    world: World, directory: Directory, admin: dict[str, str], kind: str
) -> None:
    client = world.client
    made = await client.post(f"/v1/{kind}", json=a_body(kind, directory), headers=admin)
    path, tag = made.headers["location"], made.headers["etag"]
    read = await client.get(path, headers=admin)
    assert (read.json(), read.headers["etag"]) == (made.json(), tag)
    copy = await client.get(path, headers=admin | {"If-None-Match": f'"x", W/{tag}'})
    assert (copy.status_code, copy.content, copy.headers["etag"]) == (304, b"", tag)
    body = a_body(kind, directory, "B")
    first = await client.put(path, json=body, headers=admin | {"If-Match": tag})
    assert first.status_code == 200, first.text
    assert first.headers["etag"] != tag
    for stale in (tag, f"W/{first.headers['etag']}", '"x"'):
        late = await client.put(
            path, json=a_body(kind, directory), headers=admin | {"If-Match": stale}
        )
        assert (late.status_code, late.json()["code"]) == (412, "revision-changed")
    now = await client.get(path, headers=admin | {"If-None-Match": tag})
    assert (now.status_code, now.json()["name"]) == (200, "B")
    forced = await client.put(path, json=body, headers=admin | {"If-Match": "*"})
    assert forced.status_code == 200


@pytest.mark.parametrize("kind", KINDS)
async def test_of_two_who_change_the_same_at_once_one_wins(
    world: World, directory: Directory, admin: dict[str, str], kind: str
) -> None:
    made = await world.client.post(f"/v1/{kind}", json=a_body(kind, directory), headers=admin)
    headers = admin | {"If-Match": made.headers["etag"]}
    answers = await asyncio.gather(
        *(
            world.client.put(
                made.headers["location"], json=a_body(kind, directory, name), headers=headers
            )
            for name in "BCDE"
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    (won,) = (answer.json()["name"] for answer in answers if answer.status_code == 200)
    read = await world.client.get(made.headers["location"], headers=admin)
    assert read.json()["name"] == won


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_put_again_says_that_it_is_unchanged(
    world: World, directory: Directory, admin: dict[str, str], kind: str
) -> None:
    path, client = f"/v1/{kind}/by-external-id/crm/1", world.client
    nothing = await client.put(
        path, json=a_body(kind, directory), headers=admin | {"If-Match": "*"}
    )
    assert nothing.status_code == 412
    told = []
    for name in ("A", "A", "B"):
        answer = await client.put(path, json=a_body(kind, directory, name), headers=admin)
        told.append((answer.status_code, answer.headers["voicegw-result"]))
        read = await client.get(path, headers=admin)
        assert read.headers["etag"] == answer.headers["etag"]
        assert read.json() == answer.json()
    assert told == [(201, "created"), (200, "unchanged"), (200, "replaced")]
    stale = await client.put(
        path, json=a_body(kind, directory), headers=admin | {"If-Match": '"x"'}
    )
    assert stale.status_code == 412
    current = await client.put(
        path, json=a_body(kind, directory, "C"), headers=admin | {"If-Match": read.headers["etag"]}
    )
    assert current.json()["name"] == "C"


def test_a_tag_tells_states_apart_and_the_order_of_attributes_does_not_matter() -> None:
    one = Customer("cus_1", "A", "grp_1", attributes={"a": 1, "b": 2})
    same = Customer("cus_1", "A", "grp_1", attributes={"b": 2, "a": 1})
    other = Customer("cus_1", "A", "grp_1", attributes={"a": 1, "b": 3})
    assert tag_of(one) == tag_of(same) != tag_of(other)


@pytest.mark.parametrize(
    ("given", "fresh"), [(None, False), ("", False), ("*", True), ('"a"', False), ('W/"t"', True)]
)
def test_a_copy_is_good_when_one_of_its_tags_is(given: str | None, fresh: bool) -> None:
    assert is_fresh(given, '"t"') is fresh


async def test_no_tag_is_given_for_who_may_not_see(world: World, directory: Directory) -> None:
    blind = await world.key()
    group = Group(directory.city, "Shanghai")
    answer = await world.client.get(
        "/v1/groups/grp_none", headers=blind | {"If-None-Match": tag_of(group)}
    )
    assert (answer.status_code, "etag" in answer.headers) == (404, False)
