"""The rules of the directory, and what calls are told of it."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import pytest

from tests.unit.directory.conftest import FakeClock
from voicegw.directory.lookup import CachedDirectory
from voicegw.directory.match import CallerMatch
from voicegw.directory.service import DirectoryService, Put
from voicegw.errors import ConflictError, InvalidError, NotFoundError, StoreUnavailableError
from voicegw.model.directory import Customer, Group, Hotline, Manager, Phone
from voicegw.store.callers import CallerRecord, DialledTask, LastContact
from voicegw.store.directory import DirectoryRepository


@pytest.fixture
def changes() -> list[str]:
    return []


@pytest.fixture
def service(
    repository: DirectoryRepository, clock: FakeClock, changes: list[str]
) -> DirectoryService:
    return DirectoryService(repository, clock, on_change=lambda: changes.append("x"))


@pytest.fixture
async def city(service: DirectoryService) -> Group:
    return await service.create_group(Group("", "City", external_id="G1", area_code="0571"))


@pytest.fixture
async def manager(service: DirectoryService, city: Group) -> Manager:
    phones = [Phone(number="138 0013 8000")]
    return await service.create_manager(
        Manager("", "Zhang", city.id, external_id="M1", phones=phones)
    )


async def test_groups(service: DirectoryService, city: Group, changes: list[str]) -> None:
    assert city.id.startswith("grp_")
    assert city.area_code == "571"
    child = await service.create_group(Group("", "County", parent_id=city.id))
    with pytest.raises(InvalidError) as caught:
        await service.update_group(msgspec.structs.replace(city, parent_id=child.id))
    assert caught.value.field == "parent_id"
    for parent_id in (city.id, "grp_9"):
        with pytest.raises(InvalidError):
            await service.update_group(msgspec.structs.replace(city, parent_id=parent_id))
    with pytest.raises(ConflictError):
        await service.create_group(Group("", "Twin", external_id="G1"))
    replaced, how = await service.put_group(Group("ignored", "Town", external_id="G1"))
    assert (replaced.id, replaced.name, how) == (city.id, "Town", Put.REPLACED)
    same, how = await service.put_group(Group("", "Town", external_id="G1"))
    assert (same, how) == (replaced, Put.UNCHANGED)
    other, how = await service.put_group(Group("", "Other", external_id="G2"))
    assert how is Put.CREATED
    with pytest.raises(InvalidError):
        await service.put_group(Group("", "Nameless"))
    await service.delete_group(other.id)
    with pytest.raises(NotFoundError):
        await service.delete_group(other.id)
    assert len(changes) == 5


async def test_hotlines(service: DirectoryService, city: Group) -> None:
    hotline = await service.create_hotline(Hotline("", "8765-0000", city.id))
    assert hotline.number == "+8657187650000"
    with pytest.raises(ConflictError):
        await service.create_hotline(Hotline("", "057187650000", city.id))
    with pytest.raises(InvalidError):
        await service.create_hotline(Hotline("", "10086", "grp_9"))
    changed = await service.update_hotline(msgspec.structs.replace(hotline, number="10086"))
    assert await service.repository.hotlines.get(hotline.id) == changed
    await service.delete_hotline(hotline.id)
    with pytest.raises(NotFoundError):
        await service.update_hotline(changed)


async def test_managers(service: DirectoryService, city: Group, manager: Manager) -> None:
    assert manager.phones[0].number == "+8613800138000"
    with pytest.raises(InvalidError) as caught:
        await service.create_manager(Manager("", "Li", city.id, deputy_id="mgr_9"))
    assert caught.value.field == "deputy_id"
    deputy, how = await service.put_manager(Manager("", "Li", city.id, external_id="M2"))
    assert how is Put.CREATED
    await service.update_manager(msgspec.structs.replace(manager, deputy_id=deputy.id))
    again, how = await service.put_manager(Manager("", "Li Si", city.id, external_id="M2"))
    assert (again.id, how) == (deputy.id, Put.REPLACED)
    with pytest.raises(ConflictError):
        await service.delete_manager(deputy.id)
    await service.delete_manager(manager.id)


async def test_customers(service: DirectoryService, city: Group, manager: Manager) -> None:
    wanted = Customer("", "Wang", city.id, external_id="C1", numbers=["87654321"])
    customer, how = await service.put_customer(wanted, by="key_1")
    assert (customer.numbers, how) == (["+8657187654321"], Put.CREATED)
    with pytest.raises(InvalidError) as caught:
        await service.update_customer(
            msgspec.structs.replace(customer, owner_id="mgr_9"), by="key_1"
        )
    assert caught.value.field == "owner_id"
    owned = msgspec.structs.replace(wanted, owner_id=manager.id)
    changed, how = await service.put_customer(owned, by="key_2", why="sync")
    assert (changed.id, changed.owner_id, how) == (customer.id, manager.id, Put.REPLACED)
    (entry,) = await service.repository.customers.ownerships(customer.id)
    assert (entry.manager_id, entry.by, entry.why) == (manager.id, "key_2", "sync")
    await service.delete_customer(customer.id)
    assert await service.repository.customers.get(customer.id) is None


async def test_who_calls(
    repository: DirectoryRepository,
    service: DirectoryService,
    clock: FakeClock,
    city: Group,
    manager: Manager,
) -> None:
    directory = CachedDirectory(repository, clock)
    await directory.load()
    customer = await service.create_customer(
        Customer("", "Wang", city.id, numbers=["13900139000", "87654321"], owner_id=manager.id),
        by="key_1",
    )
    match = CallerMatch(customer, manager, (customer,))
    for spelling in ("+8613900139000", "008613900139000", "013900139000", "139 0013 9000"):
        assert await directory.caller(spelling) == match
    assert await directory.caller("87654321", city.id) == match
    nobody = CallerMatch(None, None)
    assert await directory.area_code(city.id) == city.area_code
    assert await directory.area_code("grp_unknown") is None
    assert await directory.caller("87654321") == nobody
    assert await directory.caller("10086") == nobody
    assert await directory.caller("anonymous") == nobody
    assert await directory.customer(customer.id) == customer
    assert await directory.manager(manager.id) == manager
    assert await directory.manager("mgr_9") is None
    assert await directory.manager_by_number("013800138000") == manager
    assert await directory.manager_by_number("") is None
    unowned = msgspec.structs.replace(customer, owner_id=None)
    await service.update_customer(unowned, by="key_1")
    assert await directory.caller("13900139000") == match
    clock.elapsed_s += 5
    assert await directory.caller("13900139000") == CallerMatch(unowned, None, (unowned,))
    await service.update_customer(customer, by="key_1")
    directory.invalidate()
    assert await directory.caller("13900139000") == match


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("13900139000", "Li"),
        ("+86 139 0013 9000", "Li"),
        ("li", "Li"),
        ("wang", "Wang"),
        ("1002", "Wang"),
        ("1001", None),
        ("Li", None),
        ("", None),
        ("+8613800138000", None),
    ],
)
async def test_whom_a_telephone_names(
    repository: DirectoryRepository,
    clock: FakeClock,
    service: DirectoryService,
    city: Group,
    name: str,
    found: str | None,
) -> None:
    directory = CachedDirectory(repository, clock)
    li = [Phone(number="+8613900139000"), Phone(aor="sip:li@gateway.example")]
    await service.create_manager(Manager("", "Li", city.id, phones=li))
    wang = Manager("", "Wang", city.id, staff_no="1002", phones=[Phone(aor="wang")])
    await service.create_manager(wang)
    manager = await directory.manager_by_extension(name)
    assert (None if manager is None else manager.name) == found


async def test_who_puts_at_the_same_time_comes_second(
    service: DirectoryService, city: Group, manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look-up and the insertion another request has created the record."""
    first, _ = await service.put_customer(Customer("", "A", city.id, external_id="C1"), by="k")
    directory = service.repository

    def blind_once(kind: str) -> None:
        repository = getattr(directory, kind)
        find = repository.get_by_external_id

        async def not_yet(external_id: str) -> None:
            monkeypatch.setattr(repository, "get_by_external_id", find)

        monkeypatch.setattr(repository, "get_by_external_id", not_yet)

    for kind in ("customers", "managers", "groups"):
        blind_once(kind)
    customer, how = await service.put_customer(Customer("", "B", city.id, external_id="C1"), by="k")
    assert (customer.id, customer.name, how) == (first.id, "B", Put.REPLACED)
    later, how = await service.put_manager(Manager("", "B", city.id, external_id="M1"))
    assert (later.id, later.name, how) == (manager.id, "B", Put.REPLACED)
    town, how = await service.put_group(Group("", "B", external_id="G1"))
    assert (town.id, town.name, how) == (city.id, "B", Put.REPLACED)
    with pytest.raises(InvalidError):
        await service.put_customer(Customer("", "B", "grp_9", external_id="C9"), by="k")


async def test_which_hotline(
    repository: DirectoryRepository, service: DirectoryService, clock: FakeClock, city: Group
) -> None:
    directory = CachedDirectory(repository, clock)
    county = await service.create_group(Group("", "County", parent_id=city.id))
    first = await service.create_hotline(Hotline("", "10086", city.id))
    second = await service.create_hotline(Hotline("", "87650000", city.id))
    assert await directory.hotline_by_number("10086") == first
    assert await directory.hotline_by_number("0571 8765 0000") == second
    assert await directory.hotline_by_number("x") is None
    assert await directory.hotline(second.id) == second
    assert await directory.default_hotline(city.id) == first
    assert await directory.default_hotline(county.id) == first
    assert await directory.default_hotline("grp_9") is None
    own = await service.create_hotline(Hotline("", "10010", county.id))
    directory.invalidate()
    assert await directory.default_hotline(county.id) == own


async def test_the_store_away(
    repository: DirectoryRepository,
    service: DirectoryService,
    clock: FakeClock,
    city: Group,
    manager: Manager,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    directory = CachedDirectory(repository, clock)
    hotline = await service.create_hotline(Hotline("", "10086", city.id))
    customer = await service.create_customer(
        Customer("", "Wang", city.id, numbers=["13900139000"], owner_id=manager.id), by="key_1"
    )
    assert (await directory.caller("13900139000")).customer == customer

    async def away(*_: object, **__: object) -> None:
        raise StoreUnavailableError("away")

    monkeypatch.setattr(repository.groups, "all", away)
    monkeypatch.setattr(repository.callers, "find", away)
    clock.elapsed_s += 3600
    assert (await directory.caller("13900139000")).manager == manager
    assert await directory.hotline_by_number("10086") == hotline
    assert (await directory.caller("13900139999")).customer is None


async def test_a_manager_just_made_is_known_though_all_can_not_be_read_in_time(
    repository: DirectoryRepository,
    service: DirectoryService,
    clock: FakeClock,
    city: Group,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    directory = CachedDirectory(repository, clock)
    await directory.load()

    async def away(*_: object, **__: object) -> None:
        raise StoreUnavailableError("away")

    monkeypatch.setattr(repository.managers, "all", away)
    new = await service.create_manager(Manager("", "Li", city.id))
    directory.invalidate()
    assert await directory.manager(new.id) == new
    assert await directory.manager("mgr_nobody") is None
    monkeypatch.setattr(repository.managers, "get", away)
    assert await directory.manager(new.id) is None


async def test_a_customer_who_has_not_called_lately_reaches_the_owner_while_the_store_is_away(
    repository: DirectoryRepository,
    service: DirectoryService,
    clock: FakeClock,
    city: Group,
    manager: Manager,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    directory = CachedDirectory(repository, clock)
    await directory.load()
    customer = await service.create_customer(
        Customer("", "Wang", city.id, numbers=["13900139000"], owner_id=manager.id), by="key_1"
    )
    await directory.remember_owners()

    async def away(*_: object, **__: object) -> None:
        raise StoreUnavailableError("away")

    monkeypatch.setattr(repository.callers, "find", away)
    match = await directory.caller("13900139000")
    assert match.manager == manager
    assert match.customer is not None
    assert (match.customer.id, match.customer.group_id) == (customer.id, city.id)


async def test_managers_by_telephone_and_staff_number(
    repository: DirectoryRepository, service: DirectoryService, clock: FakeClock, city: Group
) -> None:
    wanted = Manager(
        "",
        "Zhao",
        city.id,
        staff_no="5501",
        phones=[Phone(number="13700137000"), Phone(aor="desk7")],
    )
    manager = await service.create_manager(wanted)
    directory = CachedDirectory(repository, clock)
    assert await directory.manager_by_user("desk7") == manager
    assert await directory.manager_by_staff_no("5501") == manager
    # A telephone is whose it is: one that is called like a staff number is nobody's.
    assert await directory.manager_by_user("5501") is None
    assert await directory.manager_by_staff_no("desk7") is None
    assert await directory.manager_by_extension("5501") == manager


async def test_of_several_customers_with_a_number_the_last_dialled_calls(
    repository: DirectoryRepository,
    service: DirectoryService,
    clock: FakeClock,
    city: Group,
    manager: Manager,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    directory = CachedDirectory(repository, clock)
    made = [
        await service.create_customer(
            Customer("", name, city.id, numbers=["13900139000"], owner_id=owner, code=code),
            by="key_1",
        )
        for name, owner, code in (("Wang", manager.id, None), ("Li", None, "7"))
    ]
    match = await directory.caller("13900139000")
    assert match == CallerMatch(made[0], manager, tuple(made))
    assert match.is_ambiguous
    assert await directory.customer_by_code("7") == made[1]
    last = LastContact("mgr_9", clock.now(), made[1].id)
    found = CallerRecord(tuple(made), last, task=DialledTask("tsk_1", made[1].id))

    async def find(number: str, since: datetime, *, dialled_since: datetime) -> CallerRecord:
        assert clock.now() - since == timedelta(days=90)
        assert clock.now() - dialled_since == timedelta(days=7)
        return found

    monkeypatch.setattr(repository.callers, "find", find)
    directory.invalidate()
    match = await directory.caller("139 0013 9000")
    assert match == CallerMatch(made[1], None, tuple(made), "mgr_9", made[1].id, "tsk_1")
    assert await directory.last_contact("13900139000") == last
    clock.elapsed_s += 8 * 86400
    week = await directory.caller("13900139000", recent_days=7)
    assert (week.customer, week.last_manager_id, week.is_ambiguous) == (made[0], None, True)
    assert week.task_id is None  # it is another customer's
    assert (await directory.caller("13900139000")).last_manager_id == "mgr_9"
    assert await directory.last_contact("13900139000", recent_days=7) is None
    assert await directory.last_contact("nobody") is None


async def test_whoever_calls_back_a_shown_number_reaches_the_hotline_that_shows_it(
    repository: DirectoryRepository, service: DirectoryService, clock: FakeClock, city: Group
) -> None:
    shown = "4008123456"
    first, second, own = [
        await service.create_hotline(Hotline("", number, city.id, display_number=display))
        for number, display in (("10001", shown), ("10002", shown), ("10003", "10001"))
    ]
    directory = CachedDirectory(repository, clock)
    assert await directory.hotline_by_number("400-812-3456") == first
    for hotline in (first, second, own):
        assert await directory.hotline_by_number(hotline.number) == hotline
