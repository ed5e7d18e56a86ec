"""The rows by which customers are found by a part of the name.

They are told by the customer alone (`name_keys` of the name, in the group), so nothing but the key
itself leads to them: whoever changes a name or a group deletes the old ones by what it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from voicegw.model.directory import Customer
from voicegw.model.name_keys import name_keys
from voicegw.store import schema

_KEYS: Final = schema.customer_keys.c
_DELETE: Final = schema.customer_keys.delete().where(
    _KEYS.key == sa.bindparam("old_key"),
    _KEYS.group_id == sa.bindparam("old_group_id"),
    _KEYS.customer_id == sa.bindparam("old_customer_id"),
)


def insert_keys(connection: sa.Connection, customers: Sequence[Customer]) -> None:
    """Have these customers, who have no keys yet, found by their names."""
    rows = [
        {"key": key, "group_id": customer.group_id, "customer_id": customer.id}
        for customer in customers
        for key in name_keys(customer.name)
    ]
    if rows:
        connection.execute(schema.customer_keys.insert(), rows)


def delete_keys(connection: sa.Connection, customers: Sequence[Customer]) -> None:
    """Take away the keys of customers as they were until now."""
    rows = [
        {"old_key": key, "old_group_id": customer.group_id, "old_customer_id": customer.id}
        for customer in customers
        for key in name_keys(customer.name)
    ]
    if rows:
        connection.execute(_DELETE, rows)
