"""Schema versions: Alembic, driven by the program itself (there is no alembic.ini to lose)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from voicegw.errors import StoreVersionError

_MIGRATIONS = Path(__file__).parent / "migrations"


def alembic_config() -> Config:
    """Return the configuration that Alembic's commands need."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@cache
def expected_revision() -> str:
    """Return the schema revision this program works with."""
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    if head is None:
        raise StoreVersionError(None, "any")
    return head


def present_revision(connection: sa.Connection) -> str | None:
    """Return the schema revision of the store behind `connection`; None when it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


def upgrade(connection: sa.Connection) -> None:
    """Bring the schema to :func:`expected_revision` inside the transaction of `connection`.

    Raises StoreVersionError when the store's revision is none this program knows.
    """
    config = alembic_config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StoreVersionError(present_revision(connection), expected_revision()) from error
