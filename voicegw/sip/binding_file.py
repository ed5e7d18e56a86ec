"""The file that registrations are kept in, so that telephones can be rung right after a restart."""

from __future__ import annotations

import asyncio
import logging
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from voicegw.sip.kept_bindings import Moment, taken_back, written
from voicegw.sip.registrar import Registrar

_log = logging.getLogger(__name__)


class BindingFile:
    """Writes a registrar's bindings when they have changed, and reads them at the start."""

    def __init__(self, path: Path, registrar: Registrar, listen: Sequence[str]) -> None:
        """`listen` are the addresses of the node, in the order that flows are counted in."""
        self._path = path
        self._registrar = registrar
        self._listen = tuple(listen)
        self._saved_changes = registrar.bindings.changes
        self._refused = False

    def load(self) -> None:
        """Give the registrar back what still holds. A file that is of no use is let be."""
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            _log.warning("registrations not read", extra={"why": error.strerror})
            return
        try:
            restored = taken_back(
                data,
                self._listen,
                _now(),
                longest_s=self._registrar.max_expires_s,
                may_register=self._registrar.has_user,
            )
        except ValueError as error:
            _log.warning("registrations not read", extra={"why": str(error)})
            return
        for binding in restored:
            self._registrar.bindings.put(binding)
        if restored:
            _log.info("registrations taken back", extra={"count": len(restored)})

    async def save(self) -> None:
        """Write the file, off the loop, if anything has changed since the last time.

        What the disk refuses is told once and tried again at the next call.
        """
        bindings = self._registrar.bindings
        changes = bindings.changes
        if changes == self._saved_changes:
            return
        data = written(bindings.all(), self._listen, _now())
        try:
            await asyncio.to_thread(_write, self._path, data)
        except OSError as error:
            if not self._refused:
                _log.warning("registrations not kept", extra={"why": error.strerror})
            self._refused = True
            return
        self._refused = False
        self._saved_changes = changes


def _now() -> Moment:
    return Moment(time.monotonic(), time.time())


def _write(path: Path, data: bytes) -> None:
    """Replace the file as a whole: a crash leaves the old one or the new one. Raises OSError."""
    handle, staged = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(staged).replace(path)
    except BaseException:
        Path(staged).unlink(missing_ok=True)
        raise
