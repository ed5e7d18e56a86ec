"""Who may be given reviews, users and keys in one list, in both stores."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from tests.contract.conftest import NOW
from tests.unit.recordings.quality.cards import make_review
from voicegw.errors import InvalidError
from voicegw.model.directory import ApiKey, Group, Role
from voicegw.model.review import ReviewState
from voicegw.model.user import User, UserStatus
from voicegw.store.database import Database
from voicegw.store.directory import DirectoryRepository
from voicegw.store.keys import KeyRepository
from voicegw.store.reviewers import Holder, HolderFilter, HolderKind, ReviewerRepository
from voicegw.store.reviews import ReviewRepository
from voicegw.store.users import UserRepository

QA = Role.QA_REVIEWER


@pytest.fixture
async def reviewers(database: Database) -> ReviewerRepository:
    """A repository with people of two groups, and some who are gone."""
    groups = DirectoryRepository(database).groups
    for group_id in ("grp_1", "grp_2"):
        await groups.create(Group(group_id, group_id))
    users, keys = UserRepository(database), KeyRepository(database)

    async def user(login: str, **fields: Any) -> None:
        await users.create(User(f"usr_{login}", login, created_at=NOW, **{"role": QA} | fields))

    async def key(short: str, **fields: Any) -> None:
        made = ApiKey(
            f"key_{short}", f"vgw_{short}", short, created_at=NOW, **{"role": QA} | fields
        )
        await keys.create(made)

    await user("ann", name="Ann", group_id="grp_1")
    await user("ben", group_id="grp_2")
    await user("off", status=UserStatus.DISABLED)
    await user("lead", role=Role.ADMIN, name="Lead")
    await user("county", role=Role.COUNTY_MANAGER)
    await key("robot", scopes=["reviews.score"], name="Robot", expires_at=NOW + timedelta(1))
    await key("plain", group_id="grp_1")
    await key("gone", revoked_at=NOW)
    await key("late", expires_at=NOW)
    given = [
        make_review(id=f"rev_{place}", reviewer="usr_ann", state=state)
        for place, state in enumerate(ReviewState)
    ]
    await ReviewRepository(database).add(given)
    return ReviewerRepository(database)


def ids(found: Sequence[Holder]) -> list[str]:
    """Return the ids of those found."""
    return [one.id for one in found]


async def test_users_and_keys_are_one_list_with_what_waits(reviewers: ReviewerRepository) -> None:
    wanted = HolderFilter([QA, Role.ADMIN], NOW)
    page = await reviewers.list(wanted)
    assert ids(page.items) == ["key_plain", "key_robot", "usr_ann", "usr_ben", "usr_lead"]
    plain, robot, ann, ben, _lead = page.items
    assert (plain.kind, plain.name, plain.scopes) == (HolderKind.KEY, "vgw_plain", None)
    assert (robot.name, robot.scopes) == ("Robot", ["reviews.score"])
    assert (ann.kind, ann.name, ann.scopes, ann.group_id) == (
        HolderKind.USER, "Ann", None, "grp_1",
    )  # fmt: skip
    # Assigned and in progress: what is open is nobody's, what is scored waits for others.
    assert (ann.waiting, ben.waiting, ben.name) == (2, 0, "ben")


async def test_the_list_goes_on_by_pages_and_stays_within_groups(
    reviewers: ReviewerRepository,
) -> None:
    wanted = HolderFilter([QA], NOW, ["grp_1"])
    first = await reviewers.list(wanted, limit=2)
    assert ids(first.items) == ["key_plain", "key_robot"]
    rest = await reviewers.list(wanted, limit=2, cursor=first.next_cursor)
    assert (ids(rest.items), rest.next_cursor) == (["usr_ann"], None)
    assert ids((await reviewers.list(HolderFilter([QA], NOW, []))).items) == ["key_robot"]
    with pytest.raises(InvalidError):
        await reviewers.list(wanted, cursor="x")
