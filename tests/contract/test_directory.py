"""Groups, hotlines, managers and customers in both stores."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import msgspec
import pytest

from tests.contract.conftest import CHANGE, NOW
from voicegw.errors import ConflictError, InvalidError, NotFoundError
from voicegw.model.directory import (
    Announce,
    Customer,
    DoNotCall,
    Group,
    Hotline,
    HotlineAnswer,
    Manager,
    ManagerStatus,
    Phone,
)
from voicegw.model.routing import (
    AfterCall,
    GroupRouting,
    GroupStrategy,
    QueueRouting,
    RingOrder,
    Routing,
    VoicemailRouting,
)
from voicegw.store.audit import AuditFilter, AuditLog
from voicegw.store.customers import MAX_UPSERT, Change, UpsertCounts
from voicegw.store.database import Database
from voicegw.store.directory import DirectoryRepository

NUMBER = "+8613900139000"


def a_customer(key: str, **more: object) -> Customer:
    fields = {"id": f"cus_{key}", "name": key, "group_id": "grp_1", "external_id": f"C{key}"}
    return Customer(**(fields | more))  # type: ignore[arg-type]


async def test_groups(directory: DirectoryRepository) -> None:
    groups = directory.groups
    found = await groups.get("grp_2")
    assert found == Group("grp_2", "County", external_id="G2", parent_id="grp_1")
    assert await groups.get_by_external_id("G1") == await groups.get("grp_1")
    assert await groups.get("grp_9") is None
    await groups.update(Group("grp_2", "Renamed", parent_id="grp_1", timezone="UTC"))
    assert await groups.get("grp_2") == Group("grp_2", "Renamed", parent_id="grp_1", timezone="UTC")
    with pytest.raises(NotFoundError):
        await groups.update(Group("grp_9", "Nobody"))
    with pytest.raises(NotFoundError):
        await groups.delete("grp_9")
    with pytest.raises(ConflictError):
        await groups.delete("grp_1")


async def test_hotlines(directory: DirectoryRepository) -> None:
    hotlines = directory.hotlines
    hotline = Hotline(
        "hot_1",
        "+8657187650000",
        "grp_1",
        name="Main",
        answer=HotlineAnswer.AT_ONCE,
        announce=Announce.MANAGER,
        confirm_manager=True,
        max_ring_s=45,
        hours="Mo-Fr 9-18",
        display_number="95533",
        routing=Routing(
            ring=RingOrder.AT_ONCE,
            group=GroupRouting(GroupStrategy.RING_ALL, ring_s=15, skills=("broadband",)),
            queue=QueueRouting(size=5, music="waltz"),
            voicemail=VoicemailRouting(min_s=2.5),
        ),
        after_call=AfterCall(survey="short", result=True),
    )
    await hotlines.create(hotline)
    assert await hotlines.get("hot_1") == hotline
    assert await hotlines.get_by_number("+8657187650000") == hotline
    assert await hotlines.get_by_number("10086") is None
    assert (await hotlines.list(number="10086")).items == []
    with pytest.raises(ConflictError):
        await hotlines.create(msgspec.structs.replace(hotline, id="hot_2"))
    with pytest.raises(NotFoundError):
        await hotlines.update(msgspec.structs.replace(hotline, id="hot_2"))
    changed = msgspec.structs.replace(hotline, number="10086", group_id="grp_2")
    await hotlines.update(changed)
    assert (await hotlines.list(group_ids=["grp_2"])).items == [changed]
    assert (await hotlines.list(group_ids=["grp_1"])).items == []
    assert await hotlines.all() == [changed]
    await hotlines.delete("hot_1")
    with pytest.raises(NotFoundError):
        await hotlines.delete("hot_1")


async def test_managers_keep_their_phones_in_order(directory: DirectoryRepository) -> None:
    managers = directory.managers
    phones = [
        Phone(number="+8613800000002", label="office", order=2),
        Phone(aor="zhang", order=1),
        Phone(number="10001"),
    ]
    manager = Manager(
        "mgr_3",
        "Wang",
        "grp_2",
        external_id="M3",
        staff_no="007",
        phones=phones,
        status=ManagerStatus.AWAY,
        away_until=NOW,
        deputy_id="mgr_1",
        hours="9-17",
        skills=["broadband", "english"],
    )
    await managers.create(manager)
    assert await managers.get("mgr_3") == manager
    assert await managers.get_by_external_id("M3") == manager
    assert (await managers.list(number="+8613800000002")).items == [manager]
    assert (await managers.list(status=ManagerStatus.AWAY)).items == [manager]
    changed = msgspec.structs.replace(manager, phones=[], status=ManagerStatus.ACTIVE)
    await managers.update(changed)
    assert await managers.get("mgr_3") == changed
    assert (await managers.list(number="+8613800000002")).items == []
    assert [m.id for m in await managers.all()] == ["mgr_1", "mgr_2", "mgr_3"]
    with pytest.raises(ConflictError):
        await managers.delete("mgr_1")
    await managers.delete("mgr_3")
    for missing in (managers.update(changed), managers.delete("mgr_3")):
        with pytest.raises(NotFoundError):
            await missing


async def test_all_managers_of_some_groups(directory: DirectoryRepository) -> None:
    managers = directory.managers
    everybody = await managers.all()
    assert [one.id for one in everybody] == ["mgr_1", "mgr_2"]
    assert [one.number for one in everybody[0].phones] == ["+8613800138000"]
    assert await managers.all(["grp_1"]) == everybody[:1]
    assert await managers.all(["grp_2", "grp_1"]) == everybody
    assert await managers.all([]) == []


async def test_a_pin_stays_when_the_manager_is_replaced(directory: DirectoryRepository) -> None:
    managers = directory.managers
    await managers.set_pin("mgr_1", "hash")
    before = await managers.get("mgr_1")
    assert before is not None
    assert before.pin_hash == "hash"
    await managers.update(msgspec.structs.replace(before, name="Renamed", pin_hash=None))
    after = await managers.get("mgr_1")
    assert after == msgspec.structs.replace(before, name="Renamed")
    await managers.set_pin("mgr_1", None)
    assert (await managers.get("mgr_1")) == msgspec.structs.replace(
        before, name="Renamed", pin_hash=None
    )
    with pytest.raises(NotFoundError):
        await managers.set_pin("mgr_9", "hash")


async def test_a_code_is_given_once_and_found(directory: DirectoryRepository) -> None:
    first, second = a_customer("1", code="0417"), a_customer("2")
    await directory.customers.create(first, CHANGE)
    await directory.customers.create(second, CHANGE)
    assert await directory.customers.get_by_code("0417") == first
    assert await directory.customers.get_by_code("417") is None
    taken = msgspec.structs.replace(second, code="0417")
    with pytest.raises(ConflictError):
        await directory.customers.update(taken, CHANGE)
    with pytest.raises(ConflictError):
        await directory.customers.upsert_many([taken], CHANGE)
    moved = [msgspec.structs.replace(first, code=None), msgspec.structs.replace(second, code="9")]
    await directory.customers.upsert_many(moved, CHANGE)
    assert await directory.customers.get_by_code("9") == moved[1]


async def test_every_change_of_a_wish_not_to_be_called_is_audited(
    directory: DirectoryRepository, database: Database
) -> None:
    change = Change("key_1", "", NOW, role="integrator")
    wish = DoNotCall("asked by letter", NOW)
    customers = directory.customers
    calm, wishing = a_customer("1"), a_customer("1", do_not_call=wish)
    await customers.create(calm, change)
    await customers.update(wishing, change)
    await customers.update(msgspec.structs.replace(wishing, name="Renamed"), change)
    await customers.upsert_many([wishing, a_customer("2", do_not_call=wish)], change)
    await customers.upsert_many([calm], change)
    await customers.create(a_customer("3", do_not_call=wish), change)
    log = await AuditLog(database).list(AuditFilter(principal="key_1"))
    assert [(entry.subject, entry.detail["do_not_call"]) for entry in reversed(log.items)] == [
        ("cus_1", True),
        ("cus_2", True),
        ("cus_1", False),
        ("cus_3", True),
    ]
    assert {entry.role for entry in log.items} == {"integrator"}
    assert "letter" not in str([entry.detail for entry in log.items])


async def test_pages_hold_everything_once(directory: DirectoryRepository) -> None:
    for index in range(7):
        await directory.customers.create(a_customer(f"{index:02d}"), CHANGE)
    seen: list[str] = []
    cursor = None
    pages = 0
    while True:
        page = await directory.customers.list(limit=3, cursor=cursor)
        seen += [customer.id for customer in page.items]
        pages += 1
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == [f"cus_{index:02d}" for index in range(7)]
    assert pages == 3
    assert (await directory.customers.list(limit=7)).next_cursor is None
    with pytest.raises(InvalidError):
        await directory.customers.list(cursor="nonsense!")
    for limit in (0, 201):
        with pytest.raises(InvalidError):
            await directory.customers.list(limit=limit)


async def test_customers(directory: DirectoryRepository) -> None:
    customers = directory.customers
    customer = a_customer(
        "1",
        numbers=[NUMBER, "10086"],
        owner_id="mgr_1",
        class_="A",
        tier="gold",
        do_not_call=DoNotCall("asked", NOW),
        attributes={"蜂蜜": [1, None, {"x": True}]},
    )
    await customers.create(customer, CHANGE)
    assert await customers.get("cus_1") == customer
    assert await customers.get_by_external_id("C1") == customer
    assert (await customers.list(number=NUMBER)).items == [customer]
    assert (await customers.list(owner_id="mgr_1", group_ids=["grp_1"])).items == [customer]
    assert (await customers.list(group_ids=[])).items == []
    changed = msgspec.structs.replace(customer, numbers=["10086"], do_not_call=None)
    await customers.update(changed, CHANGE)
    assert await customers.get("cus_1") == changed
    assert await customers.find_by_number(NUMBER) == []
    with pytest.raises(NotFoundError):
        await customers.update(a_customer("9"), CHANGE)
    with pytest.raises(ConflictError):
        await customers.update(a_customer("1", owner_id="mgr_9"), CHANGE)
    await customers.delete("cus_1", NOW)
    assert await customers.find_by_number("10086") == []
    with pytest.raises(NotFoundError):
        await customers.delete("cus_1", NOW)


async def test_a_number_of_several_leads_to_an_owned_one_first(
    directory: DirectoryRepository,
) -> None:
    await directory.customers.create(a_customer("1", numbers=[NUMBER]), CHANGE)
    await directory.customers.create(a_customer("2", numbers=[NUMBER], owner_id="mgr_1"), CHANGE)
    await directory.customers.create(a_customer("3", numbers=[NUMBER], owner_id="mgr_2"), CHANGE)
    found = await directory.customers.find_by_number(NUMBER)
    assert [customer.id for customer in found] == ["cus_2", "cus_3", "cus_1"]
    assert len(await directory.customers.find_by_number(NUMBER, limit=1)) == 1


async def test_the_history_of_owners(directory: DirectoryRepository) -> None:
    customers = directory.customers
    await customers.create(a_customer("1", owner_id="mgr_1"), CHANGE)
    later = Change("key_2", "moved", NOW + timedelta(days=1))
    await customers.update(a_customer("1", owner_id="mgr_1", name="renamed"), later)
    await customers.update(a_customer("1", owner_id="mgr_2"), later)
    gone = Change("key_3", "left", NOW + timedelta(days=2))
    await customers.update(a_customer("1"), gone)
    history = [
        (o.manager_id, o.from_, o.until, o.by, o.why) for o in await customers.ownerships("cus_1")
    ]
    assert history == [
        ("mgr_1", NOW, later.at, "key_admin", "test"),
        ("mgr_2", later.at, gone.at, "key_2", "moved"),
        (None, gone.at, None, "key_3", "left"),
    ]


async def test_the_history_of_owners_outlives_the_customer(
    directory: DirectoryRepository,
) -> None:
    customers = directory.customers
    await customers.create(a_customer("1", owner_id="mgr_1"), CHANGE)
    await customers.create(a_customer("2", owner_id="mgr_1"), CHANGE)
    await customers.delete("cus_1", NOW + timedelta(days=3))
    history = [(o.manager_id, o.from_, o.until) for o in await customers.ownerships("cus_1")]
    assert history == [("mgr_1", NOW, NOW + timedelta(days=3))]
    (other,) = await customers.ownerships("cus_2")
    assert other.until is None


async def test_bulk_writes_undo_nothing_that_was_written_since(
    directory: DirectoryRepository,
) -> None:
    customers = directory.customers
    await customers.create(a_customer("1", owner_id="mgr_1", numbers=[NUMBER]), CHANGE)
    read = {"C1": a_customer("1", owner_id="mgr_1", numbers=[NUMBER])}
    renamed = a_customer("1", owner_id="mgr_1", numbers=[NUMBER], name="renamed")
    for others in (
        a_customer("1", owner_id="mgr_2", numbers=[NUMBER]),
        a_customer("1", owner_id="mgr_1", numbers=["10086"]),
        a_customer("1", owner_id="mgr_1", numbers=[NUMBER], do_not_call=DoNotCall("asked", NOW)),
    ):
        await customers.update(others, CHANGE)
        with pytest.raises(ConflictError) as refused:
            await customers.upsert_many([renamed, a_customer("2")], CHANGE, before=read)
        assert refused.value.slug == "revision-changed"
        assert await customers.get("cus_1") == others
    assert await customers.get("cus_2") is None
    with pytest.raises(ConflictError):  # somebody has added the customer meanwhile
        await customers.upsert_many([renamed], CHANGE, before={})
    await customers.update(read["C1"], CHANGE)
    await customers.upsert_many([renamed, a_customer("2")], CHANGE, before=read)
    assert await customers.get("cus_1") == renamed


async def test_bulk_writes_of_the_same_customers_wait_for_each_other(
    directory: DirectoryRepository,
) -> None:
    names = [str(place) for place in range(200)]
    for _ in range(3):
        for change in (CHANGE, Change("key_2", "again", NOW)):
            rows = [a_customer(name, name=change.by) for name in names]
            done = await asyncio.gather(
                directory.customers.upsert_many(rows, change),
                directory.customers.upsert_many(rows[::-1], change),
                return_exceptions=True,
            )
            # Of two who add the same one is told so; a deadlock would be a failure of the store.
            assert {type(one) for one in done} <= {UpsertCounts, ConflictError}


async def test_bulk_writes_are_by_external_id(directory: DirectoryRepository) -> None:
    customers = directory.customers
    await customers.create(a_customer("1", owner_id="mgr_1", numbers=[NUMBER]), CHANGE)
    later = Change("job", "import", NOW + timedelta(hours=1))
    again = a_customer("1", owner_id="mgr_2", numbers=["10086"])
    again.id = "cus_ignored"
    counts = await customers.upsert_many([again, a_customer("2", owner_id="mgr_1")], later)
    assert (counts.created, counts.updated) == (1, 1)
    written = await customers.get("cus_1")
    assert written is not None
    assert (written.owner_id, written.numbers) == ("mgr_2", ["10086"])
    assert [o.manager_id for o in await customers.ownerships("cus_1")] == ["mgr_1", "mgr_2"]
    assert [o.manager_id for o in await customers.ownerships("cus_2")] == ["mgr_1"]
    repeated = await customers.upsert_many([again], later)
    assert (repeated.created, repeated.updated) == (0, 1)
    assert len(await customers.ownerships("cus_1")) == 2
    found = await customers.list_by_external_ids(["C1", "C2", "C3"])
    assert sorted(c.id for c in found) == ["cus_1", "cus_2"]


async def test_bulk_writes_are_all_or_nothing(directory: DirectoryRepository) -> None:
    rows = [a_customer("1"), a_customer("2", owner_id="mgr_9")]
    with pytest.raises(ConflictError):
        await directory.customers.upsert_many(rows, CHANGE)
    assert await directory.customers.get("cus_1") is None


@pytest.mark.parametrize(
    "rows",
    [
        [a_customer("1", external_id=None)],
        [a_customer("1"), a_customer("1")],
        [a_customer(str(index)) for index in range(MAX_UPSERT + 1)],
    ],
)
async def test_bulk_writes_that_are_refused(
    directory: DirectoryRepository, rows: list[Customer]
) -> None:
    with pytest.raises(InvalidError):
        await directory.customers.upsert_many(rows, CHANGE)


async def test_pages_of_every_kind(directory: DirectoryRepository) -> None:
    for number in ("10000", "10010", "10086"):
        await directory.hotlines.create(Hotline(f"hot_{number}", number, "grp_1"))
    kinds = (directory.groups, directory.hotlines, directory.managers)
    for repository in kinds:
        seen = []
        page = await repository.list(limit=1, group_ids=["grp_1", "grp_2"])
        while page.next_cursor is not None:
            seen += [record.id for record in page.items]
            page = await repository.list(limit=1, cursor=page.next_cursor)
        seen += [record.id for record in page.items]
        assert seen == [record.id for record in await repository.all()]
        assert len(seen) > 1
        assert (await repository.list(group_ids=[])).items == []
        with pytest.raises(InvalidError):
            await repository.list(limit=0)


async def test_every_change_of_what_is_kept_whole_raises_the_version(
    directory: DirectoryRepository,
) -> None:
    async def raised_since(before: int) -> int:
        after = await directory.version()
        assert after > before
        return after

    version = await directory.version()
    await directory.groups.create(Group("grp_3", "New"))
    version = await raised_since(version)
    await directory.hotlines.create(Hotline("hot_3", "+864008001235", "grp_3"))
    version = await raised_since(version)
    manager = Manager("mgr_3", "Li", "grp_3", phones=[Phone(number=NUMBER)])
    await directory.managers.create(manager)
    version = await raised_since(version)
    manager.phones = [Phone(number="+8613900139001")]
    await directory.managers.update(manager)
    version = await raised_since(version)
    await directory.hotlines.delete("hot_3")
    version = await raised_since(version)
    await directory.customers.create(a_customer("9"), CHANGE)
    assert await directory.version() == version


async def test_whom_every_number_leads_to(directory: DirectoryRepository) -> None:
    people = directory.customers
    for index in range(5):
        await people.create(a_customer(str(index), numbers=[f"1001{index}", "95588"]), CHANGE)
    await directory.managers.create(Manager("mgr_7", "Li", "grp_1"))
    await people.create(a_customer("7", numbers=["95588"], owner_id="mgr_7"), CHANGE)
    for chunk in (2, 3, 100):
        found = [row async for rows in people.owned_numbers(chunk) for row in rows]
        mine = [row for row in found if row[0].startswith(("1001", "95588"))]
        assert mine == [
            *((f"1001{index}", f"cus_{index}", "grp_1", None) for index in range(5)),
            ("95588", "cus_7", "grp_1", "mgr_7"),
        ]
