"""What the drivers raise, as the gateway's own errors: the only place that knows both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from voicegw.errors import ConflictError, StoreError, StoreUnavailableError, VoicegwError

_UNIQUE_SQLSTATE = "23505"
#: PostgreSQL's classes "data exception" and "syntax error or access rule violation".
_DEFECT_CLASSES = frozenset({"22", "42"})


@contextmanager
def mapped_errors() -> Iterator[None]:
    """Raise ConflictError or StoreUnavailableError in place of what a driver raises.

    A broken unique or foreign key is the caller's doing: ConflictError. Everything that may be
    different a moment later (no connection, a lock, a full disk, a deadlock) is
    StoreUnavailableError. What remains is a defect of a query: StoreError. Messages of drivers may
    hold values of rows, so none is passed on in words; it stays reachable as `__cause__`.
    """
    try:
        yield
    except VoicegwError:
        raise
    except exc.IntegrityError as error:
        raise _conflict(error) from error
    except (exc.ProgrammingError, exc.DataError, exc.NotSupportedError) as error:
        raise StoreError(f"a statement was refused ({type(error.orig).__name__})") from error
    except exc.DBAPIError as error:
        if _sqlstate(error)[:2] in _DEFECT_CLASSES:
            raise StoreError(f"a value was refused ({type(error.orig).__name__})") from error
        raise StoreUnavailableError(f"the store failed ({type(error.orig).__name__})") from error
    except (TimeoutError, exc.TimeoutError) as error:
        raise StoreUnavailableError("the store did not answer in time") from error
    except exc.SQLAlchemyError as error:
        raise StoreError(f"a statement could not be made ({type(error).__name__})") from error
    except OverflowError as error:
        # Python's own driver of SQLite, for a number of more than 64 bits.
        raise StoreError("a value was refused (OverflowError)") from error
    except OSError as error:
        raise StoreUnavailableError(f"the store can't be reached ({error.strerror})") from error


def _conflict(error: exc.IntegrityError) -> ConflictError:
    if _sqlstate(error) == _UNIQUE_SQLSTATE or "UNIQUE constraint" in str(error.orig):
        return ConflictError("already-exists", "another record has this value already")
    return ConflictError("reference", "another record refers to it, or what it refers to is gone")


def _sqlstate(error: exc.DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""
