"""The directory in the store: one repository a kind of record, gathered under one name."""

from __future__ import annotations

import sqlalchemy as sa

from voicegw.store import schema
from voicegw.store.callers import CallerRepository
from voicegw.store.customer_search import CustomerSearch
from voicegw.store.customers import CustomerRepository
from voicegw.store.database import Database
from voicegw.store.groups import GroupRepository
from voicegw.store.hotlines import HotlineRepository
from voicegw.store.managers import ManagerRepository


class DirectoryRepository:
    """Groups, hotlines, managers and customers of one store.

    The parts are attributes: `directory.customers.get(customer_id)`. They write what they are
    given; rules (numbers normalised, deputies that exist) belong to voicegw.directory.service.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database
        self.groups = GroupRepository(database)
        self.hotlines = HotlineRepository(database)
        self.managers = ManagerRepository(database)
        self.customers = CustomerRepository(database)
        self.customer_search = CustomerSearch(database)
        self.callers = CallerRepository(database)

    async def version(self) -> int:
        """Return a number that rises with every change of groups, hotlines and managers."""
        query = sa.select(schema.directory_state.c.version)
        async with self._database.read() as connection:
            return int((await connection.execute(query)).scalar_one())
