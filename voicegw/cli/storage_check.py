"""What `voicegw check` tries of the storage of recordings: its keys, and a probe that is written,
read and deleted."""

from __future__ import annotations

from collections.abc import Iterator

from config import Settings
from voicegw.errors import ConfigError, Problem, StorageUnavailableError
from voicegw.keyring import open_key_ring
from voicegw.setup.storage import remote_storage


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
