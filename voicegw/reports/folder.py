"""Brings files of reports to a folder of this machine, or to an object storage, through obstore.

Everything here blocks on disk or network: call it from a thread.
"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote
from uuid import uuid4

import msgspec
import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from voicegw.errors import InvalidError, VoicegwError

_NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
_LOCAL: Final = "file://"
_TIMEOUT: Final = timedelta(seconds=60)


class FolderTerms(msgspec.Struct, frozen=True):
    """Where folders lie: `file:///FOLDER` or `s3://BUCKET/PREFIX`; empty: nowhere.

    `config` are obstore's options of S3, with the secret key.
    """

    url: str = ""
    config: dict[str, str | bool] = {}
    allow_http: bool = False

    def __repr__(self) -> str:
        """Show the address only."""
        return f"FolderTerms({self.url!r})"


class FolderError(VoicegwError):
    """A file was not taken. `why` is a slug; when `is_final` trying again would change nothing."""

    slug = "folder-failed"

    def __init__(self, why: str, *, is_final: bool = False) -> None:
        """Say why, without the address and its credentials."""
        super().__init__(why)
        self.why = why
        self.is_final = is_final


def check_folder(folder: str) -> None:
    """Return when `folder` is a path of plain names. Raises InvalidError naming `folder`."""
    if not all(_NAME.fullmatch(name) for name in folder.split("/")):
        raise InvalidError(
            "folder",
            "expected names of letters, digits, . _ -, divided by /",
            kind="pattern",
            example="reports/monthly",
        )


def put_file(content: bytes, folder: str, name: str, terms: FolderTerms) -> None:
    """Write a file, replacing one of its name; it appears whole or not at all. Raises FolderError.

    A second time is harmless: the same file has the same name.
    """
    if not terms.url:
        raise FolderError("no-storage", is_final=True)
    check_folder(folder)
    try:
        obstore.put(_store(terms), f"{folder}/{name}", content)
    except PermissionError as error:
        raise FolderError("storage-refused") from error
    except (BaseError, OSError, ValueError) as error:
        # Its messages show addresses.
        raise FolderError("storage-away") from error


def try_folder(terms: FolderTerms) -> None:
    """Write a file where folders lie, and delete it. Raises FolderError; nothing is left then."""
    name = f"voicegw-check-{uuid4().hex}"
    try:
        store = _store(terms)
        obstore.put(store, name, b"")
        obstore.delete(store, name)
    except PermissionError as error:
        raise FolderError("storage-refused") from error
    except (BaseError, OSError, ValueError) as error:
        raise FolderError("storage-away") from error


def _store(terms: FolderTerms) -> ObjectStore:
    if terms.url.startswith(_LOCAL):
        return LocalStore(Path(unquote(terms.url.removeprefix(_LOCAL))), mkdir=True)
    options: dict[str, Any] = {
        "config": terms.config,
        "client_options": {"timeout": _TIMEOUT, "allow_http": terms.allow_http},
        # What takes longer is tried again by the queue of work, which survives this process.
        "retry_config": {"max_retries": 2, "retry_timeout": timedelta(seconds=10)},
    }
    return from_url(terms.url, **options)
