"""The finisher: a process of its own that makes recordings, one after the other.

Started by `recordings.service` as `python -m recordings.finishing.finisher_process STORAGE_URL`.
Requests come by standard input, replies leave by standard output (`recordings.finishing.protocol`);
it ends when its input does, so it does not outlive the node by more than the file in hand. It runs
at a low priority: a recording may wait, a call may not.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from pathlib import Path
from typing import BinaryIO, Final

from recordings.finishing.finisher import finish, sweep_staging
from recordings.finishing.protocol import FinishReply, encode_line, request_decoder
from recordings.storage.local import LocalStorage, open_storage

logger = logging.getLogger(__name__)

NICENESS: Final = 10


def serve(storage: LocalStorage, requests: BinaryIO, replies: BinaryIO) -> None:
    """Answer each request line with a reply line until the requests end."""
    for line in requests:
        request = request_decoder.decode(line)
        result = finish(Path(request.spool), request.recording, storage)
        replies.write(encode_line(FinishReply(request.recording.id, result)))
        replies.flush()


def main(arguments: list[str]) -> int:
    """Run the process; the one argument is the storage's URL."""
    # An interrupt from the terminal goes to the whole group; the node decides when this one ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICENESS)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    storage = open_storage(arguments[0])
    try:
        swept = sweep_staging(storage)
        if swept:
            logger.warning("half-written recordings removed", extra={"files": swept})
    except OSError as error:
        # Not fatal: each request will meet the same trouble and be postponed with its reason.
        logger.warning("staging folder not usable: %s", error.strerror)
    try:
        serve(storage, sys.stdin.buffer, sys.stdout.buffer)
    except BrokenPipeError:
        # The node was killed; the next one asks again. What is buffered must not be tried again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
