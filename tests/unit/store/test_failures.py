"""Drivers' exceptions as the gateway's own."""

from __future__ import annotations

import pytest
from sqlalchemy import exc

from voicegw.errors import (
    ConflictError,
    NotFoundError,
    StoreError,
    StoreUnavailableError,
    VoicegwError,
)
from voicegw.store.failures import mapped_errors


class DriverError(Exception):
    def __init__(self, message: str = "", sqlstate: str | None = None) -> None:
        super().__init__(message)
        self.sqlstate = sqlstate


def wrapped(
    kind: type[exc.DBAPIError], message: str = "", sqlstate: str | None = None
) -> Exception:
    return kind("SELECT 1", {}, DriverError(message, sqlstate))


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (wrapped(exc.OperationalError, "database is locked"), StoreUnavailableError),
        (wrapped(exc.InterfaceError), StoreUnavailableError),
        (wrapped(exc.DBAPIError, sqlstate="57P01"), StoreUnavailableError),
        (wrapped(exc.DBAPIError, sqlstate="40P01"), StoreUnavailableError),
        (wrapped(exc.DBAPIError, sqlstate="53100"), StoreUnavailableError),
        (wrapped(exc.DBAPIError, sqlstate="22P05"), StoreError),
        (wrapped(exc.ProgrammingError), StoreError),
        (wrapped(exc.DataError), StoreError),
        (wrapped(exc.IntegrityError, "FOREIGN KEY constraint failed"), ConflictError),
        (wrapped(exc.IntegrityError, sqlstate="23505"), ConflictError),
        (exc.TimeoutError(), StoreUnavailableError),
        (TimeoutError(), StoreUnavailableError),
        (ConnectionRefusedError(111, "Connection refused"), StoreUnavailableError),
        (exc.StatementError("bad value", "INSERT", {}, TypeError()), StoreError),
        (NotFoundError("group", "grp_1"), NotFoundError),
    ],
)
def test_each_failure_has_one_meaning(raised: Exception, expected: type[VoicegwError]) -> None:
    with pytest.raises(VoicegwError) as caught, mapped_errors():
        raise raised
    assert type(caught.value) is expected


@pytest.mark.parametrize(
    ("raised", "slug"),
    [
        (wrapped(exc.IntegrityError, "UNIQUE constraint failed: groups.id"), "already-exists"),
        (wrapped(exc.IntegrityError, sqlstate="23505"), "already-exists"),
        (wrapped(exc.IntegrityError, sqlstate="23503"), "reference"),
    ],
)
def test_conflicts_tell_what_kind(raised: Exception, slug: str) -> None:
    with pytest.raises(ConflictError) as caught, mapped_errors():
        raise raised
    assert caught.value.slug == slug


def test_values_of_rows_are_not_repeated() -> None:
    with pytest.raises(StoreUnavailableError) as caught, mapped_errors():
        raise wrapped(exc.OperationalError, "row +8613800138000 is locked")
    assert "138" not in str(caught.value)


def test_defects_pass() -> None:
    with pytest.raises(ZeroDivisionError), mapped_errors():
        raise ZeroDivisionError
