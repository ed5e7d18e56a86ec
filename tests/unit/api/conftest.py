"""The real application over a real SQLite store; only calls and imports are stand-ins."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest
from argon2 import PasswordHasher

from api import passwords
from api.app import create_app
from api.keys import generate_key
from api.metrics import Figure
from api.services import ApiOptions, ApiServices, PartStatus, Repositories
from recordings.care.export_service import ExportService
from recordings.care.redaction_service import Redactor
from recordings.integrity.deletion import RecordingDeleter
from recordings.integrity.keys import KeyFolder
from recordings.storage.files import RecordingFiles
from recordings.storage.local import LocalStorage
from tests.unit.api.fakes import (
    CUSTOMER_MOBILE,
    MANAGER_MOBILE,
    FakeClock,
    FakeControl,
    FakeImports,
    FakeTalks,
    check_flow,
    prompt_service,
    task_chooser,
)
from voicegw.directory.calendar import Calendars
from voicegw.directory.service import DirectoryService
from voicegw.journal.entries import Entry
from voicegw.model.directory import Role
from voicegw.store import schema
from voicegw.store.batch import BatchWriter
from voicegw.store.database import Database, migrate
from voicegw.tasks.types import TaskTypes


@dataclass
class World:
    """An API with its parts at hand; `client` has no key, see :meth:`key`."""

    services: ApiServices
    database: Database
    control: FakeControl
    imports: FakeImports
    clock: FakeClock
    storage: LocalStorage
    client: httpx.AsyncClient
    parts: list[PartStatus] = field(default_factory=list)

    async def key(
        self,
        role: Role = Role.ADMIN,
        group_id: str | None = None,
        manager_id: str | None = None,
        **more: Any,
    ) -> dict[str, str]:
        """Make a key and return the header that carries it."""
        record, plaintext = generate_key(role, group_id, manager_id, **more)
        await self.services.repositories.keys.create(record)
        return {"Authorization": f"Bearer {plaintext}"}

    async def write(self, *entries: Entry) -> None:
        """Put what a call has done into the store, as its node would."""
        await BatchWriter(self.database, "node-1").apply_entries(entries, 1)

    async def archive_older_than(self, event_id: str) -> None:
        """Have all events before one archived."""
        position = await self.services.repositories.events.position_of(event_id)
        async with self.database.write() as connection:
            await connection.execute(
                schema.events.delete().where(schema.events.c.position < position)
            )
            await connection.execute(
                schema.event_archives.insert().values(
                    first_position=1,
                    node="node-1",
                    claimed_until=self.clock.now(),
                    file="1.jsonl.gz",
                    removed_at=self.clock.now(),
                )
            )


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords() -> Iterator[None]:
    """Hash passwords at the least cost there is: what the real one protects is not at stake."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", PasswordHasher(1, 8, 1))
        yield


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated, empty store to copy: migrating once is enough."""
    path = tmp_path_factory.mktemp("store") / "empty.db"
    asyncio.run(migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture
def store_url(tmp_path: Path, empty_store: Path) -> str:
    """The URL of an empty store of this test's own."""
    path = tmp_path / "voicegw.db"
    shutil.copy(empty_store, path)
    return f"sqlite:///{path}"


@pytest.fixture
async def world(tmp_path: Path, store_url: str) -> AsyncIterator[World]:
    """A fresh API over an empty store."""
    async with make_world(tmp_path, store_url) as made:
        yield made


@asynccontextmanager
async def make_world(tmp_path: Path, store_url: str) -> AsyncIterator[World]:
    """Lend an API over the store at `store_url`, its files below `tmp_path`."""
    database = await Database.open(store_url)
    clock, imports, storage = FakeClock(), FakeImports(), LocalStorage(tmp_path / "recordings")
    control = FakeControl(clock)
    parts = [PartStatus("store", True), PartStatus("media", True)]
    repositories = Repositories.of(database, "node-1")
    types = TaskTypes(repositories.task_types)
    exports = ExportService(
        database,
        RecordingFiles(storage),
        clock,
        node="node-1",
        folder=tmp_path / "exports",
        keep_hours=24,
    )
    services = ApiServices(
        control=control,
        directory=DirectoryService(repositories.directory, clock),
        repositories=repositories,
        task_types=types,
        calendars=Calendars(),
        recording_files=RecordingFiles(storage),
        imports=imports,
        exports=exports,
        redactor=Redactor(database, RecordingFiles(storage)),
        deletion=RecordingDeleter(
            repositories.disposal,
            repositories.seals,
            KeyFolder(tmp_path / "keys"),
            "node-1",
            clock,
        ),
        talks=FakeTalks(clock),
        check_flow=check_flow,
        prompts=await prompt_service(repositories.prompts, clock, tmp_path),
        chooser=task_chooser(database, repositories.directory, clock, types),
        readiness=lambda: parts,
        options=ApiOptions("node-1", "0.1.0", tmp_path / "uploads", max_upload_bytes=1 << 16),
        clock=clock,
        figures=lambda: [Figure("calls_live", control.live_count())],
    )
    transport = httpx.ASGITransport(create_app(services))  # raises what the API lets through
    async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as client:
        yield World(services, database, control, imports, clock, storage, client, parts)
    services.passwords.close()
    await services.peers.close()
    await exports.stop()
    await database.close()


class MakeApp(Protocol):
    """Makes another application over the same services."""

    def __call__(self, **options: Any) -> httpx.AsyncClient:
        """Return its client; `options` take the place of some of the API's."""
        ...


@pytest.fixture
async def make_app(world: World) -> AsyncIterator[MakeApp]:
    """Return what makes applications with other options."""
    clients: list[httpx.AsyncClient] = []

    def make(**options: Any) -> httpx.AsyncClient:
        world.services.options = replace(world.services.options, **options)
        transport = httpx.ASGITransport(create_app(world.services))
        clients.append(httpx.AsyncClient(transport=transport, base_url="http://api.test"))
        return clients[-1]

    yield make
    for client in clients:
        await client.aclose()


@dataclass
class Directory:
    """Two counties below one city; Chongming has a manager with a customer."""

    city: str
    chongming: str
    fengxian: str
    hotline: str
    manager: str
    other_manager: str
    customer: str
    other_customer: str


@pytest.fixture
async def admin(world: World) -> dict[str, str]:
    """The header of an administrator's key."""
    return await world.key()


@pytest.fixture
def create(world: World, admin: dict[str, str]) -> Callable[..., Awaitable[Any]]:
    """Return what creates a record of the directory through the API."""

    async def post(kind: str, **body: Any) -> Any:
        answer = await world.client.post(f"/v1/{kind}", json=body, headers=admin)
        assert answer.status_code == 201, answer.text
        return answer.json()

    return post


@pytest.fixture
async def directory(world: World, create: Callable[..., Awaitable[Any]]) -> Directory:
    """A small directory, made through the API; of that the audit log is silent."""
    city = (await create("groups", name="Shanghai", external_id="g-0"))["id"]
    chongming = (await create("groups", name="Chongming", parent_id=city, area_code="021"))["id"]
    fengxian = (await create("groups", name="Fengxian", parent_id=city))["id"]
    hotline = await create("hotlines", number="021 6123 4567", group_id=city, name="City")
    manager = await create(
        "managers", name="M", group_id=chongming, external_id="4711", phones=[MANAGER_MOBILE]
    )
    other_manager = await create("managers", name="N", group_id=fengxian, external_id="4712")
    customer = await create(
        "customers",
        name="C",
        group_id=chongming,
        external_id="c/1",
        numbers=[CUSTOMER_MOBILE],
        owner_id=manager["id"],
    )
    other = await create(
        "customers", name="D", group_id=fengxian, owner_id=other_manager["id"], external_id="c/2"
    )
    async with world.database.write() as connection:
        await connection.execute(schema.audit_log.delete())
    return Directory(
        city,
        chongming,
        fengxian,
        hotline["id"],
        manager["id"],
        other_manager["id"],
        customer["id"],
        other["id"],
    )
