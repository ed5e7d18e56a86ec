"""A recording's files as plain bytes, wherever they lie and whether or not they are encrypted.

Everything that reads sound (the API, transcription, exports, redaction) opens it here.
"""

from __future__ import annotations

import io
from typing import BinaryIO

from recordings.storage.encrypted import EncryptedReader, key_id_of
from recordings.storage.local import LocalStorage
from recordings.storage.remote import RemoteStorage
from recordings.storage.staging import StagedFile
from voicegw.errors import DamagedFileError, KeyMissingError, NotFoundError
from voicegw.model.recording import FileKind, Recording, RecordingFile


class RecordingFiles:
    """Opens files of recordings. Its methods block on disk or network: call them from a thread."""

    def __init__(self, local: LocalStorage, remote: RemoteStorage | None = None) -> None:
        """Read from `local`, and from `remote` what is not there any more."""
        self.local = local
        self.remote = remote
        self._missing: set[str] = set()
        """Ids of keys that were wanted and not there; changed by any thread, one step each."""

    def open(self, file: RecordingFile) -> BinaryIO:
        """Return the plain bytes of `file` as a stream that can seek; the caller closes it.

        Of a remote file only the parts are fetched that are read. Raises NotFoundError when the
        file is not where it should be, StorageUnavailableError when the storage can't tell,
        KeyMissingError when its key is not there, and DamagedFileError when it is not what was
        stored: at once where its begin, its end or its size are wrong, else when the damaged part
        is read.
        """
        try:
            stream = self._open(file)
        except KeyMissingError as error:
            self._missing.add(error.key_id)
            raise
        if file.key_id is not None:
            self._missing.discard(file.key_id)
        size_bytes = stream.seek(0, io.SEEK_END)
        if size_bytes != file.plain_bytes:
            stream.close()
            raise DamagedFileError(f"{size_bytes} bytes instead of {file.plain_bytes}")
        stream.seek(0)
        return stream

    def open_stored(self, file: RecordingFile) -> BinaryIO:
        """Return the bytes of `file` as they are stored, encrypted or not; the caller closes it.

        Raises NotFoundError when the file is not where it should be, StorageUnavailableError and
        OSError.
        """
        try:
            return self.local.path(file.key).open("rb")
        except FileNotFoundError as error:
            if self.remote is None:
                raise NotFoundError("recording file", file.key) from error
            return self.remote.open(file.key)

    def missing_keys(self) -> list[str]:
        """Return the ids of keys that were wanted, and have not been there since."""
        return sorted(self._missing)

    def _open(self, file: RecordingFile) -> BinaryIO:
        try:
            return self.local.open(file.key, must_be_encrypted=file.key_id is not None)
        except NotFoundError:
            if self.remote is None:
                raise
            stored = self.remote.open(file.key)
        # A file is encrypted anew before its record says so; it tells itself which key it has.
        if file.key_id is None and key_id_of(stored) is None:
            return stored
        return io.BufferedReader(EncryptedReader(stored, self.local.keys, file.key))

    def open_kind(self, recording: Recording, kind: FileKind) -> BinaryIO:
        """Return the recording's file of this kind. Raises NotFoundError when it has none."""
        file = recording.file(kind)
        if file is None:
            raise NotFoundError("recording file", f"{recording.id}/{kind}")
        return self.open(file)

    def stage(self, key: str) -> StagedFile:
        """Return a new file to be written and put at `key`, on this node.

        Once it is among a recording's files, put `WorkKind.UPLOAD` for the recording again where
        there is a remote storage. Raises InvalidError and OSError.
        """
        return self.local.stage(key)

    def delete(self, file: RecordingFile) -> None:
        """Delete the file wherever it lies; it need not be there any more.

        Raises StorageUnavailableError and OSError: try again later.
        """
        self.local.delete(file.key)
        if self.remote is not None:
            self.remote.delete(file.key)

    def delete_all(self, prefix: str) -> None:
        """Delete every file whose key begins with `prefix`, wherever it lies; raises the same."""
        self.local.delete_all(prefix)
        if self.remote is not None:
            self.remote.delete_all(prefix)
