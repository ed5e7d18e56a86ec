"""The server of :mod:`tests.parts.preloaded`: forks a process for each command it is asked for.

It is asked by messages on a socket, whose number is its argument. Each is a command as JSON, with
a socket of its own, on which the server tells the process id and, when it has ended, its exit code.
It ends, and all it forked with it, when nobody can ask any more.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
import threading
from typing import Any, Final, NoReturn

import uvloop  # noqa: F401 - what `voicegw serve` needs

import voicegw.running  # noqa: F401 - the same
from voicegw.cli import main as voicegw_main

#: More than the environment and the arguments of a command.
_LONGEST: Final = 1_000_000


def main() -> None:
    """Serve until the other side is closed."""
    # What goes through all objects writes to the pages that all processes could share.
    gc.freeze()
    gc.enable()
    asked = socket.socket(fileno=int(sys.argv[1]))
    woken, wakes = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wakes)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    running: dict[int, socket.socket] = {}
    while True:
        ready, _, _ = select.select([asked.fileno(), woken], [], [])
        if woken in ready:
            os.read(woken, 1000)
            _tell_ended(running)
        if asked.fileno() in ready:
            message, descriptors, _, _ = socket.recv_fds(asked, _LONGEST, 1)
            if not message:
                break
            tells = socket.socket(fileno=descriptors[0])
            process_id = os.fork()
            if process_id == 0:
                # Of the other processes this one knows nothing.
                for one in (asked, tells, *running.values()):
                    one.close()
                os.close(woken)
                signal.set_wakeup_fd(-1)
                os.close(wakes)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                _become(json.loads(message))
            running[process_id] = tells
            tells.send(b"%d" % process_id)
    for process_id in running:
        os.kill(process_id, signal.SIGKILL)


def _tell_ended(running: dict[int, socket.socket]) -> None:
    """Tell of each process that has ended how it did."""
    while running:
        process_id, status = os.waitpid(-1, os.WNOHANG)
        if not process_id:
            return
        # Maybe nobody waits for it.
        with running.pop(process_id) as tells, contextlib.suppress(BrokenPipeError):
            tells.send(b"%d" % os.waitstatus_to_exitcode(status))


def _become(wanted: dict[str, Any]) -> NoReturn:
    """Be `voicegw`, but for the end: what all processes share is not freed object by object."""
    gc.unfreeze()
    appends = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    for number, (name, how) in enumerate(
        (("stdin", os.O_RDONLY), ("stdout", appends), ("stderr", appends))
    ):
        file = os.open(wanted[name], how, 0o600)
        os.dup2(file, number)
        os.close(file)
    os.chdir(wanted["folder"])
    os.environ.clear()
    os.environ.update(wanted["env"])
    sys.argv = wanted["args"]
    try:
        voicegw_main()
    except SystemExit as end:
        threading._shutdown()  # type: ignore[attr-defined] # as the interpreter does at its end
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(end.code if isinstance(end.code, int) else 1)
    raise AssertionError("the command has not ended")
