"""`/v1/imports`."""

from __future__ import annotations

from typing import Any

import pytest

from api.schemas.imports import ImportMappingView, ImportView
from tests.unit.api.conftest import Directory, World
from voicegw.errors import Problem, StartError, StoreUnavailableError
from voicegw.model.directory import Grant, Role
from voicegw.store.jobs import JobState, RowProblem

CSV = "external_id,name\n1,甲\n".encode()


async def send(world: World, headers: dict[str, str], file: bytes = CSV, **fields: str) -> Any:
    return await world.client.post(
        "/v1/imports", files={"file": ("c.csv", file)}, data=fields, headers=headers
    )


async def test_takes_a_file_and_begins(world: World, admin: dict[str, str]) -> None:
    answer = await send(world, admin, kind="customers")
    assert answer.status_code == 202, answer.text
    job = answer.json()
    ImportView.model_validate(job)
    assert answer.headers["Location"] == f"/v1/imports/{job['id']}"
    assert (job["state"], job["dry_run"], job["kind"]) == ("queued", False, "customers")
    assert world.imports.started == [(job["id"], "customers", CSV, False)]
    followed = await world.client.get(answer.headers["Location"], headers=admin)
    assert followed.json() == job


@pytest.mark.parametrize(
    ("text", "expected"),
    [("true", True), ("1", True), ("True", True), ("false", False), ("0", False)],
)
async def test_dry_run(world: World, admin: dict[str, str], text: str, expected: bool) -> None:
    answer = await send(world, admin, kind="groups", dry_run=text)
    assert answer.json()["dry_run"] is expected
    assert world.imports.started[0][3] is expected


async def test_the_same_file_under_one_key_is_imported_once(
    world: World, admin: dict[str, str]
) -> None:
    once = admin | {"Idempotency-Key": "month-end"}
    first = await send(world, once, kind="customers", dry_run="false")
    again = await send(world, once, kind="customers", dry_run="0")
    assert (first.status_code, again.status_code) == (202, 202), again.text
    assert (again.content, again.headers["location"]) == (first.content, first.headers["location"])
    assert again.headers["Idempotent-Replayed"] == "true"
    for file, fields in (
        (CSV + "2,乙\n".encode(), {"kind": "customers"}),
        (CSV, {"kind": "managers"}),
        (CSV, {"kind": "customers", "dry_run": "true"}),
        (CSV, {"kind": "customers", "mapping": '{"备注": ""}'}),
    ):
        other = await send(world, once, file, **fields)
        assert (other.status_code, other.json()["code"]) == (422, "idempotency-mismatch"), fields
    assert [one[2] for one in world.imports.started] == [CSV]
    assert len(list(world.services.options.upload_folder.iterdir())) == 1


async def test_an_import_that_could_not_begin_frees_its_key(
    world: World, admin: dict[str, str]
) -> None:
    once = admin | {"Idempotency-Key": "month-end"}
    world.imports.failure = StartError(Problem("imports", "20 wait already", "try again later"))
    assert (await send(world, once, kind="groups")).status_code == 503
    world.imports.failure = None
    # Of another content, too: the first request has made nothing.
    assert (await send(world, once, CSV + b"2,b\n", kind="groups")).status_code == 202
    assert len(world.imports.started) == 1


async def test_shows_bad_rows_page_by_page(world: World, admin: dict[str, str]) -> None:
    made = (await send(world, admin, kind="customers")).json()
    jobs = world.services.repositories.jobs
    job = await jobs.get(made["id"])
    assert job is not None
    job.state, job.rows_read, job.rows_written, job.rows_bad = JobState.COMPLETED, 5, 2, 3
    job.rows_new = 1
    await jobs.update(job, [RowProblem(line, "name", "is missing") for line in (2, 4, 6)])
    path = f"/v1/imports/{job.id}"
    first = (await world.client.get(path, params={"limit": 2}, headers=admin)).json()
    ImportView.model_validate(first)
    assert (first["state"], first["rows_bad"]) == ("completed", 3)
    assert (first["rows_new"], first["rows_changed"], first["rows_unchanged"]) == (1, 1, 0)
    assert [problem["line"] for problem in first["problems"]] == [2, 4]
    query = {"cursor": first["next_cursor"]}
    rest = (await world.client.get(path, params=query, headers=admin)).json()
    assert [problem["line"] for problem in rest["problems"]] == [6]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "kind"),
        ({"kind": "cats"}, "kind"),
        ({"kind": "groups", "dry_run": "?"}, "dry_run"),
        ({"kind": "groups", "dry_run": ""}, "dry_run"),
    ],
)
async def test_refuses_a_bad_form(
    world: World, admin: dict[str, str], fields: dict[str, str], field: str
) -> None:
    answer = await send(world, admin, CSV, **fields)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
    assert not world.imports.started


async def test_refuses_a_form_without_a_file(world: World, admin: dict[str, str]) -> None:
    form = {"kind": (None, "groups"), "file": (None, "text")}
    answer = await world.client.post("/v1/imports", files=form, headers=admin)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "file"


@pytest.mark.parametrize("media_type", ["text/csv", "multipart/form-data", ""])
async def test_refuses_what_is_no_form(
    world: World, admin: dict[str, str], media_type: str
) -> None:
    headers = {**admin, "Content-Type": media_type}
    answer = await world.client.post("/v1/imports", content=CSV, headers=headers)
    assert answer.status_code in {400, 415}
    assert answer.json()["code"] in {"bad-request", "unsupported-media-type"}


async def test_a_file_may_be_larger_than_other_bodies_but_not_than_its_own_limit(
    world: World, admin: dict[str, str]
) -> None:
    limit = world.services.options.max_upload_bytes
    assert (await send(world, admin, b"a" * (limit - 2048), kind="groups")).status_code == 202
    answer = await send(world, admin, b"a" * limit, kind="groups")
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


async def test_an_import_that_can_not_begin_is_refused_and_leaves_no_file(
    world: World, admin: dict[str, str]
) -> None:
    world.imports.failure = StartError(Problem("imports", "20 wait already", "try again later"))
    answer = await send(world, admin, kind="groups")
    assert (answer.status_code, answer.json()["code"]) == (503, "too-many-imports")
    assert "20 wait already" in answer.json()["detail"]
    assert answer.headers["retry-after"] == "60"
    assert not list(world.services.options.upload_folder.iterdir())


async def test_store_away_leaves_no_file(
    world: World, admin: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> None:
        raise StoreUnavailableError("away")

    monkeypatch.setattr(world.services.repositories.jobs, "create", away)
    assert (await send(world, admin, kind="groups")).status_code == 503
    assert not list(world.services.options.upload_folder.iterdir())
    assert not world.imports.started


async def test_nobody_else_sees_imports(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    made = (await send(world, admin, kind="groups")).json()
    for role, manager_id in ((Role.QA_REVIEWER, None), (Role.MANAGER, directory.manager)):
        headers = await world.key(role, None, manager_id)
        path = f"/v1/imports/{made['id']}"
        assert (await world.client.get(path, headers=headers)).status_code == 404


async def test_a_mapping_is_kept_for_the_next_file(world: World, admin: dict[str, str]) -> None:
    path = "/v1/import-mappings/customers"
    none = (await world.client.get(path, headers=admin)).json()
    ImportMappingView.model_validate(none)
    assert (none["mapping"], none["changed_at"], none["changed_by"]) == ({}, None, None)
    assert "numbers" in none["columns"]
    assert none["required"] == ["external_id", "name"]
    assert (none["titles"]["联系电话"], none["titles"]["tier"]) == ("numbers", "tier")
    assert none["keeps_others"] is True
    given = '{"主要联系方式": "numbers", "备注": ""}'
    for mapping in (given, ""):
        answer = await send(world, admin, kind="customers", mapping=mapping)
        assert answer.status_code == 202
    expected = {"主要联系方式": "numbers", "备注": ""}
    assert world.imports.asked == [("admin", expected)] * 2
    kept = (await world.client.get(path, headers=admin)).json()
    assert kept["mapping"] == expected
    put = await world.client.put(path, json={"mapping": {"编号": "external_id"}}, headers=admin)
    assert put.status_code == 200
    noted = (await world.client.get("/v1/audit", headers=admin)).json()["items"]
    assert [(one["action"], one["subject_kind"]) for one in noted] == [
        ("import-mapping.put", "import-mapping"),
        ("import.started", "import"),
        ("import.started", "import"),
    ]
    assert kept["changed_by"]
    put = await world.client.put(path, json={"mapping": {"x": "tier"}}, headers=admin)
    ImportMappingView.model_validate(put.json())
    assert (await world.client.get(path, headers=admin)).json() == put.json()
    assert (await send(world, admin, kind="managers")).status_code == 202
    assert world.imports.asked[-1] == ("admin", {})


@pytest.mark.parametrize("mapping", ["x", "[]", '{"a": 1}', '{"a": "nowhere"}', '{"": "name"}'])
async def test_refuses_a_bad_mapping(world: World, admin: dict[str, str], mapping: str) -> None:
    answer = await send(world, admin, kind="customers", mapping=mapping)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "mapping"
    assert not world.imports.started


async def test_there_are_mappings_for_what_can_be_imported(
    world: World, admin: dict[str, str]
) -> None:
    for path, code in (("cats", 404), ("customers", 422)):
        body = {"mapping": {"a": "nowhere"}}
        answer = await world.client.put(f"/v1/import-mappings/{path}", json=body, headers=admin)
        assert answer.status_code == code
    assert (await world.client.get("/v1/import-mappings/cats", headers=admin)).status_code == 404


async def test_who_sees_some_groups_imports_tasks_of_those_and_nothing_else(
    world: World, directory: Directory
) -> None:
    county = await world.key(Role.COUNTY_MANAGER, directory.chongming, grants=(Grant.ASSIGN,))
    refused = await send(world, county, kind="customers")
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    taken = await send(world, county, kind="tasks", mapping='{"单号": "external_id"}')
    assert taken.status_code == 202
    (reach,) = world.imports.reaches
    assert (reach.has(directory.chongming), reach.has("grp_elsewhere")) == (True, False)
    assert not reach.any_number
    # What their titles mean is used for this file, and kept for nobody else's.
    assert world.imports.asked[-1][1] == {"单号": "external_id"}
    kept = await world.client.get("/v1/import-mappings/tasks", headers=county)
    assert (kept.status_code, kept.json()["mapping"]) == (200, {})
    put = await world.client.put("/v1/import-mappings/tasks", json={"mapping": {}}, headers=county)
    assert put.status_code == 403
    other = await world.client.get("/v1/import-mappings/customers", headers=county)
    assert other.status_code == 404
    # Their own is followed, others' are not seen.
    path = taken.headers["Location"]
    assert (await world.client.get(path, headers=county)).status_code == 200
    admins = await send(world, await world.key(), kind="tasks")
    unseen = await world.client.get(admins.headers["Location"], headers=county)
    assert unseen.status_code == 404
    reads = await world.key(Role.COUNTY_MANAGER, directory.chongming)
    assert (await send(world, reads, kind="tasks")).status_code == 404
