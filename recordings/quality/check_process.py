"""The checker: a process of its own that compares talks with scripts, one after the other.

Started by `recordings.quality.checker` as `python -m recordings.quality.check_process`. Requests
come by standard input, replies leave by standard output, a JSON object a line; it ends when its
input does. It runs at a low priority: a check may wait, a call may not.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import BinaryIO, Final

import msgspec

from recordings.quality.check import CheckOutcome, CheckRequest, check

NICENESS: Final = 10

request_decoder: Final = msgspec.json.Decoder(CheckRequest)
reply_decoder: Final = msgspec.json.Decoder(CheckOutcome)


def encode_line(message: CheckRequest | CheckOutcome) -> bytes:
    """Return `message` as one line; JSON escapes line ends, so a line is a message."""
    return msgspec.json.encode(message) + b"\n"


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    """Answer each request line with a reply line until the requests end."""
    for line in requests:
        replies.write(encode_line(check(request_decoder.decode(line))))
        replies.flush()


def main() -> int:
    """Run the process."""
    # An interrupt from the terminal goes to the whole group; the node decides when this one ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICENESS)
    try:
        serve(sys.stdin.buffer, sys.stdout.buffer)
    except BrokenPipeError:
        # The node was killed; the next one asks again. What is buffered must not be tried again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


if __name__ == "__main__":
    sys.exit(main())
