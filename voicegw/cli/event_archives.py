"""What `voicegw events` does: opens a file of the archive, encrypted or not."""

from __future__ import annotations

import gzip
import shutil
import zlib
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from config import Settings
from recordings.storage.encrypted import EncryptedReader
from voicegw.encryption import MAGIC, is_encrypted
from voicegw.errors import DamagedFileError, InvalidError
from voicegw.keyring import open_key_ring


def copy_events(settings: Settings, file: Path, to: BinaryIO) -> None:
    """Write the events of `file` to `to`, as they were archived.

    Raises InvalidError when the file can't be read, DamagedFileError when it is not what was
    written, KeyMissingError and ConfigError when its key is not here.
    """
    try:
        stream = file.open("rb")
    except OSError as error:
        raise InvalidError(str(file), f"can't be read: {error.strerror}") from error
    with stream:
        plain: BinaryIO | EncryptedReader = stream
        if is_encrypted(stream.read(len(MAGIC))):
            keys = open_key_ring(settings.recording.key_file)
            plain = EncryptedReader(stream, keys, file.name)
        else:
            stream.seek(0)
        try:
            with gzip.open(BufferedReader(plain)) as lines:  # type: ignore[type-var]
                shutil.copyfileobj(lines, to)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise DamagedFileError("it is no whole file of events") from error
    to.flush()
