"""`/v1/scorecards`, `/v1/samples` and `/v1/reviews`: from the draw to the last word."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from api.schemas.base import ListView
from api.schemas.reviewers import ReviewerView
from api.schemas.reviews import (
    ReviewView,
    SampleAgreementView,
    SampleSummaryView,
    SampleView,
    ScorecardView,
)
from tests.unit.api.conftest import Directory, World
from tests.unit.api.fakes import make_call, make_recording
from voicegw.journal.entries import CallChanged, RecordingChanged
from voicegw.model.directory import Role
from voicegw.model.finding import Finding, FindingKind, Measures, QualityResult, Severity
from voicegw.model.recording import Recording, RecordingStatus
from voicegw.store import schema

CARD: dict[str, Any] = {
    "name": "Revisit",
    "items": [
        {"id": "tone", "text": "Friendly?", "kind": "human", "points": 60},
        {
            "id": "forbidden",
            "text": "Nothing forbidden",
            "kind": "automatic",
            "points": 40,
            "critical": True,
            "rule": {"findings": ["phrase-forbidden"]},
        },
    ],
}
MARCH = {"from": "2020-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"}


@dataclass
class Office:
    """Two reviewers, the managers of the calls, and what they ask for."""

    world: World
    admin: dict[str, str]
    ann: dict[str, str]
    ben: dict[str, str]
    manager: dict[str, str]
    directory: Directory
    ids: dict[str, str] = field(default_factory=dict)

    async def ask(
        self, method: str, path: str, who: dict[str, str], *, expect: int, **request: Any
    ) -> Any:
        """Ask as `who`, expect a status, and return the body."""
        headers = {**who, **request.pop("headers", {})}
        answer = await self.world.client.request(method, f"/v1{path}", headers=headers, **request)
        assert answer.status_code == expect, answer.text
        return answer.json() if answer.content else None

    async def post(
        self, path: str, who: dict[str, str], body: Any, *, expect: int = 200, **request: Any
    ) -> Any:
        """Post as `who`."""
        return await self.ask("POST", path, who, expect=expect, json=body, **request)

    async def talk(self, **changes: Any) -> Recording:
        """A recorded talk of the manager."""
        owner = {"group_id": self.directory.chongming, "manager_id": self.directory.manager}
        call = make_call(**(owner | changes))
        recording = make_recording(call, duration_s=60.0)
        await self.world.write(CallChanged(call), RecordingChanged(recording))
        return recording

    async def card(self) -> str:
        """The id of a scorecard of everybody's."""
        card = await self.post("/scorecards", self.admin, CARD, expect=201)
        return str(card["id"])

    async def review(self) -> Any:
        """An open review of a talk."""
        recording = await self.talk()
        body = {"recording_id": recording.id, "scorecard_id": await self.card()}
        return await self.post("/reviews", self.ann, body, expect=201)

    async def scored(self) -> Any:
        """A review that Ann has scored with 80 of 100."""
        review = await self.review()
        await self.post(f"/reviews/{review['id']}/assign", self.ann, {"reviewer": self.ids["ann"]})
        return await self.score(review["id"], self.ann, 40)

    async def score(
        self, review_id: str, who: dict[str, str], tone: float, *, expect: int = 200
    ) -> Any:
        """Give all points and finish."""
        body = {
            "scores": {
                "tone": {"points": tone},
                "forbidden": {"points": 40, "reason": "nothing was said"},
            },
            "finish": True,
        }
        return await self.ask("PUT", f"/reviews/{review_id}/score", who, expect=expect, json=body)


@pytest.fixture
async def office(world: World, admin: dict[str, str], directory: Directory) -> Office:
    """Who is there."""
    office = Office(
        world,
        admin,
        ann=await world.key(Role.QA_REVIEWER),
        ben=await world.key(Role.QA_REVIEWER),
        manager=await world.key(Role.MANAGER, directory.chongming, directory.manager),
        directory=directory,
    )
    for name in ("ann", "ben", "manager"):
        principal = await world.services.authenticator.principal(
            getattr(office, name)["Authorization"]
        )
        office.ids[name] = principal.id
    return office


async def test_a_scorecard_is_versioned_and_kept_from_being_overwritten(office: Office) -> None:
    made = await office.world.client.post("/v1/scorecards", json=CARD, headers=office.ann)
    card = made.json()
    ScorecardView.model_validate(card)
    assert (card["version"], made.headers["ETag"]) == (1, '"1"')
    path = f"/scorecards/{card['id']}"
    assert made.headers["Location"] == f"/v1{path}"
    new = {**CARD, "name": "Visit"}
    changed = await office.ask(
        "PUT", path, office.ann, expect=200, json=new, headers={"If-Match": '"1"'}
    )
    assert (changed["version"], changed["name"]) == (2, "Visit")
    late = await office.ask(
        "PUT", path, office.ben, expect=412, json=CARD, headers={"If-Match": '"1"'}
    )
    assert late["code"] == "revision-changed"
    listed = await office.ask("GET", "/scorecards", office.manager, expect=200)
    ListView[ScorecardView].model_validate(listed)
    assert listed["items"] == [changed]
    assert await office.ask("GET", path, office.manager, expect=200) == changed
    await office.ask("DELETE", path, office.manager, expect=403)
    await office.ask("DELETE", path, office.ann, expect=204)
    await office.ask("GET", path, office.ann, expect=404)


async def test_scorecards_are_put_by_external_id(office: Office) -> None:
    path = "/scorecards/by-external-id/qa/1"
    first = await office.ask("PUT", path, office.admin, expect=201, json=CARD)
    again = await office.ask("PUT", path, office.admin, expect=200, json=CARD)
    assert (again["id"], again["version"]) == (first["id"], 2)
    assert await office.ask("GET", path, office.ann, expect=200) == again


async def test_a_group_keeps_its_scorecards_to_itself(office: Office) -> None:
    county = await office.world.key(Role.QA_REVIEWER, office.directory.chongming)
    other = await office.world.key(Role.QA_REVIEWER, office.directory.fengxian)
    await office.post("/scorecards", county, CARD, expect=422)
    own = await office.post(
        "/scorecards", county, {**CARD, "group_id": office.directory.chongming}, expect=201
    )
    await office.ask("GET", f"/scorecards/{own['id']}", other, expect=404)
    everybodys = await office.card()
    await office.ask("GET", f"/scorecards/{everybodys}", other, expect=200)
    await office.ask("PUT", f"/scorecards/{everybodys}", other, expect=422, json=CARD)


async def test_a_bad_scorecard_is_refused_with_its_place(office: Office) -> None:
    items = [{**CARD["items"][1], "rule": None}]
    refused = await office.post("/scorecards", office.ann, {**CARD, "items": items}, expect=422)
    assert refused["errors"][0]["field"] == "items.0.rule"


async def test_a_review_goes_from_open_to_final(office: Office) -> None:
    review = await office.review()
    ReviewView.model_validate(review)
    path = f"/reviews/{review['id']}"
    await office.ask("GET", path, office.manager, expect=404)
    assigned = await office.post(f"{path}/assign", office.ben, {"reviewer": office.ids["ann"]})
    assert assigned["state"] == "assigned"
    refused = await office.score(review["id"], office.ben, 40, expect=403)
    assert refused["code"] == "not-the-reviewer"
    note = {"text": "here", "at_s": 12.5, "channel": "manager"}
    await office.post(f"{path}/comments", office.ann, note, expect=201)
    scored = await office.score(review["id"], office.ann, 40)
    assert (scored["state"], scored["total"]["points"]) == ("scored", 80)
    assert await office.ask("GET", path, office.manager, expect=200) == scored
    mine = await office.ask("GET", "/reviews", office.manager, expect=200)
    ListView[ReviewView].model_validate(mine)
    assert mine["items"] == [scored]
    early = await office.post(f"{path}/final", office.ann, None, expect=409)
    assert early["code"] == "appeal-open"
    office.world.clock.pass_s(timedelta(days=15).total_seconds())
    final = await office.post(f"{path}/final", office.ann, None)
    assert final["state"] == "final"
    after = await office.score(review["id"], office.ann, 60, expect=409)
    assert after["code"] == "review-final"
    log = await office.ask("GET", "/audit", office.admin, expect=200)
    assert [entry["action"] for entry in reversed(log["items"])] == [
        "scorecard.changed",
        "review.created",
        "review.assigned",
        "review.commented",
        "review.scored",
        "review.closed",
    ]


async def test_an_appeal_is_decided_by_another_person(office: Office) -> None:
    review = await office.scored()
    path = f"/reviews/{review['id']}"
    body = {"text": "too strict", "items": {"tone": "the line was bad"}}
    await office.post(f"{path}/appeal", office.ann, body, expect=403)
    appealed = await office.post(f"{path}/appeal", office.manager, body)
    assert appealed["appeal"]["items"] == body["items"]
    verdict = {"text": "right", "scores": {"tone": {"points": 60}}}
    refused = await office.post(f"{path}/decide", office.ann, verdict, expect=403)
    assert refused["code"] == "scorer-decides"
    decided = await office.post(f"{path}/decide", office.ben, verdict)
    assert (decided["total"]["points"], decided["decision"]["before"]) == (100, {"tone": 40})
    again = await office.post(f"{path}/appeal", office.manager, body, expect=409)
    assert again["code"] == "review-state"


async def test_an_appeal_that_comes_too_late_is_refused(office: Office) -> None:
    review = await office.scored()
    office.world.clock.pass_s(timedelta(days=15).total_seconds())
    late = await office.post(
        f"/reviews/{review['id']}/appeal", office.manager, {"text": "no"}, expect=403
    )
    assert late["code"] == "appeal-too-late"


async def test_nobody_reviews_the_own_call(office: Office) -> None:
    own = await office.world.key(Role.QA_REVIEWER, None, office.directory.manager)
    principal = await office.world.services.authenticator.principal(own["Authorization"])
    review = await office.review()
    path = f"/reviews/{review['id']}"
    refused = await office.post(
        f"{path}/assign", office.ann, {"reviewer": principal.id}, expect=403
    )
    assert refused["code"] == "own-call"
    assert await office.post("/reviews/take", own, {}, expect=204) is None
    no_reviewer = {"reviewer": office.ids["manager"]}
    await office.post(f"{path}/assign", office.ann, no_reviewer, expect=422)
    await office.post(f"{path}/assign", office.ann, {"reviewer": "key_none"}, expect=422)


async def test_two_tabs_do_not_overwrite_each_other(office: Office) -> None:
    review = await office.review()
    path = f"/reviews/{review['id']}"
    assigned = await office.post(f"{path}/assign", office.ann, {"reviewer": office.ids["ann"]})
    tag = {"If-Match": f'"{assigned["revision"]}"'}
    first = {"scores": {"tone": {"points": 10}}}
    await office.ask("PUT", f"{path}/score", office.ann, expect=200, json=first, headers=tag)
    late = await office.ask("PUT", f"{path}/score", office.ann, expect=412, json=first, headers=tag)
    assert late["code"] == "revision-changed"
    nonsense = {"If-Match": "W/whatever"}
    await office.ask("PUT", f"{path}/score", office.ann, expect=412, json=first, headers=nonsense)


async def test_what_the_check_found_is_there_before_the_reviewer(office: Office) -> None:
    recording = await office.talk()
    at = office.world.clock.now()
    finding = Finding(
        "fnd_1", recording.id, recording.call_id, FindingKind.PHRASE_FORBIDDEN, Severity.MAJOR, at
    )
    result = QualityResult(recording.id, recording.call_id, at, measures=Measures(duration_s=60.0))
    async with office.world.database.write() as connection:
        shared: dict[str, Any] = {"recording_id": recording.id, "created_at": at}
        await connection.execute(
            sa.insert(schema.quality_results),
            {**shared, "call_id": recording.call_id, "document": result},
        )
        await connection.execute(
            sa.insert(schema.findings),
            {
                **shared, "id": "fnd_1", "kind": finding.kind, "severity": finding.severity,
                "document": finding,
            },
        )  # fmt: skip
    body = {"recording_id": recording.id, "scorecard_id": await office.card()}
    review = await office.post("/reviews", office.ann, body, expect=201)
    forbidden = review["scores"][1]
    assert (forbidden["points"], forbidden["automatic"]) == (0, 0)
    assert forbidden["finding_ids"] == ["fnd_1"]
    path = f"/reviews/{review['id']}"
    await office.post(f"{path}/assign", office.ann, {"reviewer": office.ids["ann"]})
    overruled = {"scores": {"forbidden": {"points": 40}}}
    refused = await office.ask("PUT", f"{path}/score", office.ann, expect=422, json=overruled)
    assert refused["errors"][0]["field"] == "scores.forbidden"


async def test_a_sample_is_drawn_dry_and_for_good(office: Office) -> None:
    talks = [(await office.talk()).id for _ in range(6)]
    body = {"scorecard_id": await office.card(), **MARCH, "count": 4, "seed": "s"}
    dry = await office.post("/samples?dry_run=true", office.ann, body)
    SampleView.model_validate(dry)
    assert (await office.ask("GET", "/samples", office.ann, expect=200))["items"] == []
    sample = await office.post("/samples", office.ann, body, expect=201)
    assert sample["recording_ids"] == dry["recording_ids"]
    assert (sample["population"], set(sample["recording_ids"]) <= set(talks)) == (6, True)
    listed = await office.ask("GET", "/samples", office.ben, expect=200)
    ListView[SampleSummaryView].model_validate(listed)
    (item,) = listed["items"]
    assert (item["id"], item["drawn"]) == (sample["id"], 4)
    again = await office.post("/samples", office.ann, body, expect=201)
    assert (again["population"], len(again["recording_ids"])) == (2, 2)
    await office.ask("GET", f"/samples/{sample['id']}", office.manager, expect=404)
    county = await office.world.key(Role.QA_REVIEWER, office.directory.chongming)
    await office.ask("GET", f"/samples/{sample['id']}", county, expect=404)
    body["group_id"] = office.directory.fengxian
    await office.post("/samples", county, body, expect=422)


async def test_a_seed_is_made_up_and_told(office: Office) -> None:
    body = {"scorecard_id": await office.card(), **MARCH, "share": 0.5}
    sample = await office.post("/samples", office.ann, body, expect=201)
    assert len(sample["rule"]["seed"]) == 16
    bad = await office.post("/samples", office.ann, {**body, "count": 1}, expect=422)
    assert bad["errors"][0]["field"] == "rule"


async def test_a_share_is_scored_blind_twice_and_disagreement_is_settled(office: Office) -> None:
    for _ in range(2):
        await office.talk()
    body = {"scorecard_id": await office.card(), **MARCH, "share": 1.0, "blind_share": 1.0}
    sample = await office.post("/samples", office.ann, body, expect=201)
    path = f"/samples/{sample['id']}"
    people = {"reviewers": [office.ids["ann"], office.ids["ben"]]}
    shared = await office.post(f"{path}/assign", office.ann, people)
    assert set(shared["assigned"].values()) == {2}
    for who, name, points in ((office.ann, "ann", 60), (office.ben, "ben", 20)):
        query = f"/reviews?sample_id={sample['id']}&reviewer={office.ids[name]}"
        for review in (await office.ask("GET", query, who, expect=200))["items"]:
            await office.score(review["id"], who, points)
            if name == "ann":
                unseen = await office.ask("GET", f"/reviews/{review['id']}", office.ben, expect=200)
                assert (unseen["scores"], unseen["total"]) == ([], None)
                await office.ask("GET", f"/reviews/{review['id']}", office.manager, expect=404)
        if name == "ann":
            waiting = await office.ask("GET", f"{path}/agreement", office.ann, expect=200)
            assert (waiting["waiting"], waiting["total"]) == (2, None)
    found = await office.ask("GET", f"{path}/agreement", office.ann, expect=200)
    SampleAgreementView.model_validate(found)
    assert (found["waiting"], found["total"]["pairs"], found["total"]["exact"]) == (0, 2, 0)
    assert found["items"]["tone"]["mean_difference"] == 40
    assert found["items"]["forbidden"]["exact"] == 1
    settled = await office.post(f"{path}/arbitrations", office.ann, {}, expect=201)
    assert len(settled["items"]) == 2
    assert (await office.post(f"{path}/arbitrations", office.ann, {}, expect=201))["items"] == []
    arbitration = settled["items"][0]["id"]
    refused = await office.post(
        f"/reviews/{arbitration}/assign", office.ann, {"reviewer": office.ids["ben"]}, expect=403
    )
    assert refused["code"] == "same-reviewer"


async def test_nothing_a_colleague_asks_for_shows_a_blind_score(office: Office) -> None:
    """Whatever Ben may ask about Ann's half before he has scored his own."""
    await office.talk()
    body = {"scorecard_id": await office.card(), **MARCH, "share": 1.0, "blind_share": 1.0}
    sample = await office.post("/samples", office.ann, body, expect=201)
    people = {"reviewers": [office.ids["ann"], office.ids["ben"]]}
    await office.post(f"/samples/{sample['id']}/assign", office.ann, people)
    query = f"/reviews?reviewer={office.ids['ann']}"
    (hers,) = (await office.ask("GET", query, office.ann, expect=200))["items"]
    path = f"/reviews/{hers['id']}"
    await office.post(f"{path}/comments", office.ann, {"text": "SECRET"}, expect=201)
    await office.ask("PUT", f"{path}/score", office.ann, expect=200, json={"summary": "SECRET"})
    await office.score(hers["id"], office.ann, 41)
    office.world.clock.pass_s(timedelta(days=15).total_seconds())
    note, verdict = {"text": "?"}, {"text": "?", "scores": {"tone": {"points": 1}}}
    for method, asked, sent in (
        ("GET", path, None),
        ("GET", f"/reviews?sample_id={sample['id']}&state=scored", None),
        ("GET", f"/samples/{sample['id']}/agreement", None),
        ("PUT", f"{path}/score", {}),
        ("PUT", f"{path}/score", {"finish": True}),
        ("POST", f"{path}/comments", note),
        ("POST", f"{path}/appeal", note),
        ("POST", f"{path}/decide", verdict),
        ("POST", f"{path}/final", None),
        ("POST", f"{path}/assign", {"reviewer": office.ids["ben"]}),
        ("DELETE", path, None),
        ("POST", "/reviews/take", {}),
    ):
        answer = await office.world.client.request(
            method, f"/v1{asked}", headers=office.ben, json=sent
        )
        assert answer.status_code < 500, asked
        assert "SECRET" not in answer.text, asked
        if "items" in answer.text or hers["id"] in answer.text:
            assert '"points":41' not in answer.text.replace(" ", ""), asked
    after = await office.ask("GET", path, office.ann, expect=200)
    assert (after["state"], after["total"]["points"]) == ("scored", 81)


async def test_a_manager_may_appeal_a_pair_from_when_both_halves_are_scored(
    office: Office,
) -> None:
    await office.talk()
    body = {"scorecard_id": await office.card(), **MARCH, "share": 1.0, "blind_share": 1.0}
    sample = await office.post("/samples", office.ann, body, expect=201)
    people = {"reviewers": [office.ids["ann"], office.ids["ben"]]}
    await office.post(f"/samples/{sample['id']}/assign", office.ann, people)
    items = (await office.ask("GET", "/reviews", office.ann, expect=200))["items"]
    by_person = {one["reviewer"]: one["id"] for one in items}
    hers, his = by_person[office.ids["ann"]], by_person[office.ids["ben"]]
    await office.score(hers, office.ann, 40)
    office.world.clock.pass_s(timedelta(days=20).total_seconds())
    unseen = await office.post(
        f"/reviews/{hers}/appeal", office.manager, {"text": "no"}, expect=404
    )
    assert unseen["code"] == "not-found"
    await office.score(his, office.ben, 20)
    await office.post(f"/reviews/{hers}/appeal", office.manager, {"text": "no"})
    verdict = {"text": "right", "scores": {"tone": {"points": 20}}}
    await office.post(f"/reviews/{hers}/decide", office.ben, verdict)
    found = await office.ask("GET", f"/samples/{sample['id']}/agreement", office.ann, expect=200)
    assert found["items"]["tone"]["mean_difference"] == 20, "an appeal is no agreement"


async def test_a_review_goes_to_somebody_else_when_the_reviewer_is_gone(office: Office) -> None:
    review = await office.review()
    path = f"/reviews/{review['id']}"
    await office.post(f"{path}/assign", office.admin, {"reviewer": office.ids["ann"]})
    points = {"scores": {"tone": {"points": 7}}, "summary": "half done"}
    await office.ask("PUT", f"{path}/score", office.ann, expect=200, json=points)
    await office.ask("DELETE", f"/keys/{office.ids['ann']}", office.admin, expect=204)
    gone = await office.post(
        f"{path}/assign", office.admin, {"reviewer": office.ids["ann"]}, expect=422
    )
    assert gone["errors"][0]["field"] == "reviewer"
    taken = await office.post(f"{path}/assign", office.admin, {"reviewer": office.ids["ben"]})
    assert (taken["state"], taken["summary"], taken["scores"][0]["points"]) == (
        "assigned",
        "",
        None,
    )
    assert [one["action"] for one in taken["history"]] == ["assigned", "scored-items", "assigned"]
    assert (await office.score(review["id"], office.ben, 40))["state"] == "scored"


async def test_nobody_is_given_what_the_key_does_not_see(office: Office) -> None:
    review = await office.review()
    other = await office.world.key(Role.QA_REVIEWER, office.directory.fengxian)
    principal = await office.world.services.authenticator.principal(other["Authorization"])
    path = f"/reviews/{review['id']}/assign"
    refused = await office.post(path, office.admin, {"reviewer": principal.id}, expect=422)
    assert refused["errors"][0]["field"] == "reviewer"
    await office.talk()
    body = {"scorecard_id": await office.card(), **MARCH, "share": 1.0}
    sample = await office.post("/samples", office.admin, body, expect=201)
    people = {"reviewers": [principal.id]}
    shared = await office.post(f"/samples/{sample['id']}/assign", office.admin, people)
    assert shared["assigned"] == {principal.id: 0}


async def test_the_own_call_is_not_kept_out_of_samples_by_a_review(office: Office) -> None:
    own = await office.world.key(Role.QA_REVIEWER, None, office.directory.manager)
    recording = await office.talk()
    body = {"recording_id": recording.id, "scorecard_id": await office.card()}
    refused = await office.post("/reviews", own, body, expect=403)
    assert refused["code"] == "own-call"


async def test_talks_are_judged_by_an_active_scorecard_that_is_seen(office: Office) -> None:
    recording = await office.talk()
    idle = await office.post("/scorecards", office.admin, {**CARD, "active": False}, expect=201)
    for card in (idle["id"], "crd_none"):
        body = {"recording_id": recording.id, "scorecard_id": card}
        refused = await office.post("/reviews", office.ann, body, expect=422)
        assert refused["errors"][0]["field"] == "scorecard_id"
        draw = {"scorecard_id": card, **MARCH, "count": 1}
        refused = await office.post("/samples", office.ann, draw, expect=422)
        assert refused["errors"][0]["field"] == "scorecard_id"


async def test_a_review_is_withdrawn_until_it_is_scored_and_noted(office: Office) -> None:
    review = await office.review()
    path = f"/reviews/{review['id']}"
    await office.ask("DELETE", path, office.manager, expect=403)
    await office.ask("DELETE", path, office.ann, expect=412, headers={"If-Match": '"9"'})
    await office.ask("DELETE", path, office.ann, expect=204)
    await office.ask("GET", path, office.ann, expect=404)
    scored = await office.scored()
    late = await office.ask("DELETE", f"/reviews/{scored['id']}", office.ann, expect=409)
    assert late["code"] == "review-state"
    log = await office.ask("GET", "/audit?action=review.withdrawn", office.admin, expect=200)
    assert [one["subject"] for one in log["items"]] == [review["id"]]


async def test_every_draw_and_every_try_is_noted_with_its_seed(office: Office) -> None:
    await office.talk()
    body = {"scorecard_id": await office.card(), **MARCH, "share": 1.0, "seed": "mine"}
    await office.post("/samples?dry_run=true", office.ann, body)
    sample = await office.post("/samples", office.ann, body, expect=201)
    log = (await office.ask("GET", "/audit", office.admin, expect=200))["items"][:2]
    assert [one["action"] for one in log] == ["sample.drawn", "sample.tried"]
    assert log[0]["subject"] == sample["id"]
    assert {one["detail"]["seed"] for one in log} == {"mine"}


async def test_who_was_reviewed_least_can_be_told_from_the_sample(office: Office) -> None:
    await office.review()
    await office.talk()
    body = {"scorecard_id": await office.card(), **MARCH, "count": 1}
    sample = await office.post("/samples", office.ann, body, expect=201)
    assert sample["reviewed"] == {office.directory.manager: 1}


async def test_the_next_review_is_ones_own_then_the_oldest_open_one(office: Office) -> None:
    first, second = await office.review(), await office.review()
    taken = await office.post("/reviews/take", office.ann, {})
    assert (taken["id"], taken["reviewer"]) == (first["id"], office.ids["ann"])
    assert (await office.post("/reviews/take", office.ann, {}))["id"] == first["id"]
    assert (await office.post("/reviews/take", office.ben, {}))["id"] == second["id"]
    await office.post("/reviews/take", office.manager, {}, expect=403)


async def test_many_who_take_at_once_never_get_the_same_one(office: Office) -> None:
    for _ in range(3):
        await office.review()
    keys = [await office.world.key(Role.QA_REVIEWER) for _ in range(6)]
    answers = await asyncio.gather(
        *(office.world.client.post("/v1/reviews/take", json={}, headers=key) for key in keys)
    )
    taken = [answer.json()["id"] for answer in answers if answer.status_code == 200]
    assert len(taken) == len(set(taken)) <= 3


async def test_a_talk_without_sound_is_not_reviewed(office: Office) -> None:
    call = make_call(group_id=office.directory.chongming)
    absent = make_recording(call, status=RecordingStatus.ABSENT)
    await office.world.write(CallChanged(call), RecordingChanged(absent))
    body = {"recording_id": absent.id, "scorecard_id": await office.card()}
    refused = await office.post("/reviews", office.ann, body, expect=409)
    assert refused["code"] == "recording-not-ready"
    body["recording_id"] = "rec_none"
    await office.post("/reviews", office.ann, body, expect=422)


async def reviewers_seen(office: Office, who: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Return whom the list of reviewers shows to somebody, by id, page by page."""
    found: dict[str, dict[str, Any]] = {}
    cursor = ""
    while True:
        page = await office.ask("GET", f"/reviewers?limit=2{cursor}", who, expect=200)
        ListView[ReviewerView].model_validate(page)
        found |= {one["id"]: one for one in page["items"]}
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


async def test_whoever_may_be_given_reviews_is_listed_with_what_waits(office: Office) -> None:
    review = await office.review()
    path = f"/reviews/{review['id']}/assign"
    await office.post(path, office.ann, {"reviewer": office.ids["ann"]})
    gone = await office.post("/keys", office.admin, {"role": "qa_reviewer"}, expect=201)
    await office.ask("DELETE", f"/keys/{gone['id']}", office.admin, expect=204)
    scopes = ["reviews.read", "quality.read"]
    reads = {"role": "qa_reviewer", "scopes": scopes}
    cannot = await office.post("/keys", office.admin, reads, expect=201)
    person = {"login": "qian", "name": "钱雪", "role": "qa_reviewer"}
    user = await office.post("/users", office.admin, person, expect=201)
    off = await office.post("/users", office.admin, {**person, "login": "qian2"}, expect=201)
    disabled = {**person, "login": "qian2", "status": "disabled"}
    await office.ask("PUT", f"/users/{off['id']}", office.admin, expect=200, json=disabled)

    found = await reviewers_seen(office, office.ben)
    assert found[user["id"]] == {
        "id": user["id"], "kind": "user", "name": "钱雪", "role": "qa_reviewer",
        "group_id": None, "waiting": 0,
    }  # fmt: skip
    waiting = {name: found[office.ids[name]]["waiting"] for name in ("ann", "ben")}
    assert waiting == {"ann": 1, "ben": 0}
    assert not found.keys() & {gone["id"], cannot["id"], off["id"], office.ids["manager"]}
    assert {one["role"] for one in found.values()} == {"admin", "qa_reviewer"}
    await office.ask("GET", "/reviewers", office.manager, expect=403)
    await office.ask("GET", "/reviewers?cursor=x", office.ben, expect=422)
    # Whoever is listed can be given something.
    await office.post(path, office.ben, {"reviewer": user["id"]})


async def test_reviewers_of_other_groups_are_not_listed(office: Office) -> None:
    own = await office.world.key(Role.QA_REVIEWER, office.directory.chongming)
    await office.world.key(Role.QA_REVIEWER, office.directory.fengxian)
    groups = {one["group_id"] for one in (await reviewers_seen(office, own)).values()}
    assert groups == {None, office.directory.chongming}


async def test_what_does_not_apply_is_left_out_and_compared(office: Office) -> None:
    """By both halves of a blind pair: in the points, in agreement, in the report."""
    for _ in range(2):
        await office.talk()
    items = [{**CARD["items"][0], "may_not_apply": True}, CARD["items"][1]]
    card = await office.post("/scorecards", office.admin, {**CARD, "items": items}, expect=201)
    body = {"scorecard_id": card["id"], **MARCH, "share": 1.0, "blind_share": 1.0}
    sample = await office.post("/samples", office.ann, body, expect=201)
    people = {"reviewers": [office.ids["ann"], office.ids["ben"]]}
    await office.post(f"/samples/{sample['id']}/assign", office.ann, people)
    left_out = {"points": None, "not_applicable": True}
    for who, name in ((office.ann, "ann"), (office.ben, "ben")):
        query = f"/reviews?sample_id={sample['id']}&reviewer={office.ids[name]}"
        reviews = (await office.ask("GET", query, who, expect=200))["items"]
        for place, review in enumerate(sorted(reviews, key=lambda one: str(one["recording_id"]))):
            # Ann says of both talks that the tone does not apply, Ben of the first only.
            applies = name == "ben" and place == 1
            given = {
                "tone": {"points": 30} if applies else left_out,
                "forbidden": {"points": 40, "reason": "nothing was said"},
            }
            done = await office.ask(
                "PUT", f"/reviews/{review['id']}/score", who, expect=200,
                json={"scores": given, "finish": True},
            )  # fmt: skip
            ReviewView.model_validate(done)
            most = 100 if applies else 40
            assert (done["total"]["most"], done["total"]["not_applicable"]) == (
                most, [] if applies else ["tone"],
            )  # fmt: skip
    found = await office.ask("GET", f"/samples/{sample['id']}/agreement", office.ann, expect=200)
    SampleAgreementView.model_validate(found)
    assert "tone" not in found["items"], "in no pair both gave it points"
    applies = found["applicability"]["tone"]
    assert (applies["pairs"], applies["exact"], abs(applies["bias"])) == (2, 0.5, 0.5)
    assert found["applicability"].keys() == {"tone"}
    report = await office.ask(
        "GET", "/reports/quality?from=2026-01-01T00:00:00Z&until=2026-12-31T00:00:00Z",
        office.admin, expect=200,
    )  # fmt: skip
    assert sum(one["not_applicable"] for one in report["rows"]) == 3


async def test_an_item_that_always_applies_is_not_left_out(office: Office) -> None:
    path = f"/reviews/{(await office.review())['id']}"
    await office.post(f"{path}/assign", office.ann, {"reviewer": office.ids["ann"]})
    body = {"scores": {"tone": {"points": None, "not_applicable": True}}}
    refused = await office.ask("PUT", f"{path}/score", office.ann, expect=422, json=body)
    assert refused["errors"][0]["field"] == "scores.tone"
