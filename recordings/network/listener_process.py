"""The listener: a process of its own that finds out what networks have said, one after the other.

Started by `recordings.network.listener` as `python -m recordings.network.listener_process`,
followed by the file of keys where there is one. Requests come by standard input, replies leave by
standard output (`recordings.network.protocol`); it ends when its input does. It runs at a low
priority: a call may not wait.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import BinaryIO, Final

from recordings.finishing.decoding import NARROWBAND_HZ
from recordings.network.early_sound import as_wav, early_sound
from recordings.network.protocol import EarlySound, ListenRequest, encode_line, request_decoder
from recordings.network.tones import signals
from voicegw.errors import VoicegwError
from voicegw.keyring import KeyRing, open_key_ring
from voicegw.media.spool import SpoolFormatError, SpoolReader

NICENESS: Final = 12
_LEAST_SPEECH_S: Final = 0.8
"""Less than this beside the tones is no announcement."""


def listen(request: ListenRequest, keys: KeyRing | None) -> EarlySound:
    """Return what is heard in the spool of `request`."""
    try:
        samples = early_sound(SpoolReader(Path(request.spool), keys))
    except SpoolFormatError:
        return EarlySound(failure="spool-damaged")
    except VoicegwError as error:
        return EarlySound(failure=error.slug)
    except OSError:
        return EarlySound(failure="spool-missing")
    found = signals(samples, request.region)
    wav = as_wav(samples) if found.other_s >= _LEAST_SPEECH_S else b""
    return EarlySound(found.tones, len(samples) / NARROWBAND_HZ, wav)


def serve(keys: KeyRing | None, requests: BinaryIO, replies: BinaryIO) -> None:
    """Answer each request line with a reply line until the requests end."""
    for line in requests:
        replies.write(encode_line(listen(request_decoder.decode(line), keys)))
        replies.flush()


def main(arguments: list[str]) -> int:
    """Run the process; the argument, if there is one, is the file of keys."""
    # An interrupt from the terminal goes to the whole group; the node decides when this one ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICENESS)
    try:
        serve(open_key_ring(*arguments) if arguments else None, sys.stdin.buffer, sys.stdout.buffer)
    except BrokenPipeError:
        # The node was killed; the next one asks again. What is buffered must not be tried again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
