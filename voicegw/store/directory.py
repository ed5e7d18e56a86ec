"""The directory in the store: one repository a kind of record, gathered under one name."""

from __future__ import annotations

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
        self.groups = GroupRepository(database)
        self.hotlines = HotlineRepository(database)
        self.managers = ManagerRepository(database)
        self.customers = CustomerRepository(database)
