"""The finisher: a process of its own that makes recordings, one after the other.

Started by `recordings.service` as `python -m recordings.finishing.finisher_process STORAGE_URL`,
followed by the file of keys where there is one. Requests come by standard input, replies leave by
standard output (`recordings.finishing.protocol`); it ends when its input does, so it does not
outlive the node by more than the file in hand. It runs at a low priority: a recording may wait, a
call may not.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from pathlib import Path
from typing import BinaryIO, Final

from recordings.finishing.finisher import FinishResult, finish, key_missing
from recordings.finishing.protocol import FinishReply, encode_line, request_decoder
from recordings.storage.local import LocalStorage, open_storage
from voicegw.errors import ConfigError
from voicegw.keyring import open_key_ring
from voicegw.logs import log_as_process

logger = logging.getLogger(__name__)

NICENESS: Final = 10


class StoragePlace:
    """The storage, opened when it can be: its file of keys may come back while this process runs.

    Until then a recording is put off; to end would look like a crash.
    """

    def __init__(self, url: str, key_file: str = "") -> None:
        """Open nothing yet."""
        self._url = url
        self._key_file = key_file
        self._storage: LocalStorage | None = None

    def open(self) -> LocalStorage:
        """Return the storage. Raises ConfigError while its URL or its keys can't be used."""
        if self._storage is None:
            self._storage = open_storage(self._url, open_key_ring(self._key_file))
        elif self._storage.keys is not None:
            self._storage.keys.refresh()
        return self._storage


def serve(place: StoragePlace, requests: BinaryIO, replies: BinaryIO) -> None:
    """Answer each request line with a reply line until the requests end."""
    for line in requests:
        request = request_decoder.decode(line)
        result: FinishResult
        try:
            result = finish(Path(request.spool), request.recording, place.open(), request.listening)
        except ConfigError as error:
            result = key_missing(error)
        replies.write(encode_line(FinishReply(request.recording.id, result)))
        replies.flush()


def main(arguments: list[str]) -> int:
    """Run the process; the arguments are the storage's URL and, optionally, the file of keys."""
    # An interrupt from the terminal goes to the whole group; the node decides when this one ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICENESS)
    log_as_process()
    place = StoragePlace(*arguments)
    # Not fatal: each request will meet the same trouble and be postponed with its reason.
    try:
        swept = place.open().sweep()
        if swept:
            logger.warning("half-written recordings removed", extra={"files": swept})
    except OSError as error:
        logger.warning("staging folder not usable: %s", error.strerror)
    except ConfigError as error:
        logger.warning("storage not usable: %s", error)
    try:
        serve(place, sys.stdin.buffer, sys.stdout.buffer)
    except BrokenPipeError:
        # The node was killed; the next one asks again. What is buffered must not be tried again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
