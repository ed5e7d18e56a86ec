"""What `voicegw check` tries of the storages of recordings and of reports: their keys, and a probe
that is written and deleted."""

from __future__ import annotations

from collections.abc import Iterator

from config import Settings
from voicegw.errors import ConfigError, Problem, StorageUnavailableError
from voicegw.keyring import open_key_ring
from voicegw.reports.folder import FolderError, try_folder
from voicegw.setup.report_files import folder_terms
from voicegw.setup.storage import remote_storage


def all_storage_problems(settings: Settings) -> list[Problem]:
    """Return what is wrong with any storage. Blocks on the network."""
    return [*storage_problems(settings), *report_folder_problems(settings)]


def storage_problems(settings: Settings) -> Iterator[Problem]:
    """Yield what keeps recordings from being encrypted or brought away. Blocks on the network."""
    try:
        open_key_ring(settings.recording.key_file)
    except ConfigError as error:
        yield from error.problems
    try:
        remote = remote_storage(settings)
        if remote is not None:
            remote.try_out()
    except ConfigError as error:
        yield from error.problems
    except StorageUnavailableError as error:
        mend = "look at [storage] and at the bucket; recordings wait on the node meanwhile"
        yield Problem("recording.storage", f"can't be written and read: {error.detail}", mend)


def report_folder_problems(settings: Settings) -> Iterator[Problem]:
    """Yield what keeps files of reports from being brought to folders. Blocks on the network."""
    if not settings.reports.storage:
        return
    try:
        try_folder(folder_terms(settings))
    except FolderError as error:
        told = "refused" if error.why == "storage-refused" else "out of reach"
        where = "[storage] and the bucket" if settings.reports.storage.startswith("s3:") else "it"
        mend = f"look at {where}; files of schedules with a folder fail meanwhile"
        yield Problem("reports.storage", f"can't be written: {told}", mend)
