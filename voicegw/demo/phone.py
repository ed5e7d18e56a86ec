"""A telephone as a process of its own: `python -m voicegw.demo.phone --server … --number …`.

It registers, answers what comes, dials what it is told, says one WAV file over and over and keeps
what it hears. Commands are JSON lines on standard input: `{"do": "call", "to": NUMBER}`,
`{"do": "hangup"}`, `{"do": "quit"}` (so is its end). Events are JSON lines on standard output:

    registered {number, address}          failed {reason}
    called {shown}                        dialled {to}
    answered {shown}                      refused {status}
    ended {heard {path, duration_s}}

`shown` are the numbers that this telephone could put on its display: From or the dialled number,
and every asserted identity that came along. `--tap FILE` keeps every byte of signalling received.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from voicegw.demo.message import uri_of, user_of
from voicegw.demo.softphone import SAMPLE_RATE_HZ, CallState, LabCall, LabPhone, wav_as_u8

# pyVoIP listens one second after it has registered, and not before.
_LISTENING_AFTER_S = 1.1
_LEAVE_WITHIN_S = 1.5
_IDENTITIES = ("P-Asserted-Identity", "Remote-Party-ID", "P-Called-Party-ID", "Contact")


class Phone:
    """One telephone and the one call it may have."""

    def __init__(self, options: argparse.Namespace) -> None:
        """Prepare; nothing is sent yet."""
        self._say = wav_as_u8(options.say)
        self._record_dir: Path = options.record
        self._answer_after_s: float = options.answer_after
        self._tap_path: Path | None = options.tap
        self._print_lock = threading.Lock()
        self._call: LabCall | None = None
        self._calls_made = 0
        host, _, port = options.server.rpartition(":")
        self._number: str = options.number
        self._phone = LabPhone(
            server=(host, int(port)),
            number=options.number,
            password=options.password,
            host=options.host,
            on_offered=self._offered,
            on_call=self._ring,
            tap=self._tap,
        )

    def run(self) -> int:
        """Register, then do as told until told to quit. Returns the exit code."""
        self._phone.start()
        if self._phone.get_status().name != "REGISTERED":
            self._emit("failed", reason="not registered")
            return 1
        time.sleep(_LISTENING_AFTER_S)
        address = f"{self._phone.myIP}:{self._phone.sip.myPort}"
        self._emit("registered", number=self._number, address=address)
        for line in sys.stdin:
            command = json.loads(line)
            if command["do"] == "quit":
                break
            if command["do"] == "call":
                threading.Thread(target=self._dial, args=(command["to"],), daemon=True).start()
            elif command["do"] == "hangup" and self._call is not None:
                self._call.end()
        self._leave()
        return 0

    def _offered(self, call: LabCall) -> None:
        shown = _numbers([call.request.headers["From"]["raw"], *_identities(call.request.headers)])
        self._emit("called", shown=shown)

    def _ring(self, call: Any) -> None:
        """Answer and talk; runs in the call's own thread, which must not end before the call."""
        time.sleep(self._answer_after_s)
        if call.state != CallState.RINGING:
            self._emit("ended", heard=None)
            return
        self._call = call
        call.answer()
        self._emit("answered", shown=[])
        self._talk(call)

    def _dial(self, number: str) -> None:
        self._emit("dialled", to=number)
        call = self._call = self._phone.call(number)
        while call.state == CallState.DIALING:
            time.sleep(0.02)
        if call.state != CallState.ANSWERED:
            self._emit("refused", status=call.final_status)
            return
        shown = _numbers([f"<sip:{number}@dialled>", *_identities(call.answer_headers)])
        self._emit("answered", shown=shown)
        self._talk(call)

    def _talk(self, call: LabCall) -> None:
        started, said = time.monotonic(), 0
        while call.state == CallState.ANSWERED:
            if (time.monotonic() - started + 1) * SAMPLE_RATE_HZ > said:
                call.write_audio(self._say)
                said += len(self._say)
            time.sleep(0.05)
        self._calls_made += 1
        path = self._record_dir / f"heard-{self._calls_made}.wav"
        duration_s = call.ear.save(path)
        self._emit("ended", heard={"path": str(path), "duration_s": round(duration_s, 2)})

    def _leave(self) -> None:
        """Say goodbye to the network, but never wait for it: pyVoIP's stop may block for ever."""
        leaving = threading.Thread(target=self._phone.stop, daemon=True)
        leaving.start()
        leaving.join(_LEAVE_WITHIN_S)

    def _tap(self, data: bytes) -> None:
        if self._tap_path is not None:
            with self._tap_path.open("ab") as stream:
                stream.write(data + b"\n")

    def _emit(self, event: str, **facts: Any) -> None:
        with self._print_lock:
            print(json.dumps({"event": event, **facts}), flush=True)


def _identities(headers: Mapping[str, Any]) -> Iterable[str]:
    return (str(headers[name]) for name in _IDENTITIES if name in headers)


def _numbers(headers: Iterable[str]) -> list[str]:
    """Return the distinct user parts that look like telephone numbers, in order."""
    users = (user_of(uri_of(header)) for header in headers)
    return list(dict.fromkeys(user for user in users if user.strip("+*#").isdecimal()))


def main() -> None:
    """Run one telephone to its end."""
    parser = argparse.ArgumentParser(prog="voicegw.demo.phone", description=__doc__)
    parser.add_argument("--server", required=True, help="host:port to register with")
    parser.add_argument("--number", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--host", default="127.0.0.1", help="own address")
    parser.add_argument("--say", type=Path, required=True, help="8 kHz mono 16-bit WAV")
    parser.add_argument("--record", type=Path, required=True, help="folder for what is heard")
    parser.add_argument("--answer-after", type=float, default=0.2, help="seconds of ringing more")
    parser.add_argument("--tap", type=Path, help="file for every byte of signalling received")
    code = Phone(parser.parse_args()).run()
    sys.stdout.flush()
    # pyVoIP's threads are no daemons, and some never end.
    os._exit(code)


if __name__ == "__main__":
    main()
