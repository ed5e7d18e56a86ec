"""A recording's files as plain bytes, wherever they lie and whether or not they are encrypted.

Everything that reads sound (the API, transcription, exports, redaction) opens it here.
"""

from __future__ import annotations

import io
from typing import BinaryIO

from recordings.storage.local import LocalStorage
from voicegw.errors import DamagedFileError, NotFoundError
from voicegw.model.recording import FileKind, Recording, RecordingFile


class RecordingFiles:
    """Opens files of recordings. Its methods block on the disk: call them from a thread."""

    def __init__(self, local: LocalStorage) -> None:
        """Read from `local`."""
        self._local = local

    def open(self, file: RecordingFile) -> BinaryIO:
        """Return the plain bytes of `file` as a stream that can seek; the caller closes it.

        Raises NotFoundError when the file is not where it should be, KeyMissingError when its key
        is not there, and DamagedFileError when it is not what was stored: at once where its begin,
        its end or its size are wrong, else when the damaged part is read.
        """
        stream = self._local.open(file.key, must_be_encrypted=file.key_id is not None)
        size_bytes = stream.seek(0, io.SEEK_END)
        if size_bytes != file.plain_bytes:
            stream.close()
            raise DamagedFileError(f"{size_bytes} bytes instead of {file.plain_bytes}")
        stream.seek(0)
        return stream

    def open_stored(self, file: RecordingFile) -> BinaryIO:
        """Return the bytes of `file` as they are stored, encrypted or not; the caller closes it.

        Raises NotFoundError when the file is not where it should be, and OSError.
        """
        try:
            return self._local.path(file.key).open("rb")
        except FileNotFoundError as error:
            raise NotFoundError("recording file", file.key) from error

    def open_kind(self, recording: Recording, kind: FileKind) -> BinaryIO:
        """Return the recording's file of this kind. Raises NotFoundError when it has none."""
        file = recording.file(kind)
        if file is None:
            raise NotFoundError("recording file", f"{recording.id}/{kind}")
        return self.open(file)
