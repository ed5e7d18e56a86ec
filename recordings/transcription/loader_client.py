"""The node's end of a loader process: starts it, has it fork workers, notices when it dies."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import sys
from collections import deque
from collections.abc import Callable
from typing import Any, Final

import msgspec

from recordings.transcription.engine import EngineSpec, EngineUnusableError
from recordings.transcription.protocol import (
    LENGTH,
    PACKET_BYTES,
    Fork,
    Forked,
    FromWorker,
    Kill,
    Load,
    Loaded,
    Recycle,
    ToLoader,
    ToWorker,
    Unusable,
    encode,
    framed,
    from_loader,
    from_worker,
)
from voicegw.errors import VoicegwError

logger = logging.getLogger(__name__)

_END_S: Final = 2.0
_LARGEST_BYTES: Final = 1 << 24


class WorkerLostError(VoicegwError):
    """The worker (or its loader) died, or gave no sign of life for too long; costs an attempt."""

    slug = "transcriber-died"


class WorkerLink:
    """A worker, as the node sees it."""

    def __init__(
        self,
        pid: int,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        kill: Callable[[int], None],
    ) -> None:
        """Talk over these; `kill` ends the process."""
        self.pid = pid
        self._kill = kill
        self._reader = reader
        self._writer = writer

    async def send(self, message: ToWorker) -> None:
        """Send a message. Raises WorkerLostError."""
        try:
            self._writer.write(framed(message))
            await self._writer.drain()
        except OSError as error:
            raise WorkerLostError(f"worker {self.pid} is gone") from error

    async def receive(self) -> FromWorker:
        """Return the next message. Raises WorkerLostError."""
        try:
            (length,) = LENGTH.unpack(await self._reader.readexactly(LENGTH.size))
            if length > _LARGEST_BYTES:
                raise WorkerLostError(f"worker {self.pid} talks nonsense")
            message: FromWorker = from_worker.decode(await self._reader.readexactly(length))
            return message
        except (OSError, asyncio.IncompleteReadError) as error:
            raise WorkerLostError(f"worker {self.pid} died") from error
        except msgspec.DecodeError as error:
            raise WorkerLostError(f"worker {self.pid} talks nonsense") from error

    def close(self) -> None:
        """Close the socket; an idle worker ends by that."""
        self._writer.close()

    def kill(self) -> None:
        """End the worker at once, whatever it does."""
        self.close()
        self._kill(self.pid)

    @property
    def is_closed(self) -> bool:
        """Whether the worker has closed its end while it was idle."""
        return self._reader.at_eof() or self._writer.is_closing()


class Loader:
    """A loader process with a model. Make it with :meth:`start`; it is of use until `is_alive`."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        control: socket.socket,
        *,
        fork_s: float,
    ) -> None:
        """Use :meth:`start`. A loader that has not forked after `fork_s` is hung."""
        self._process = process
        self._fork_s = fork_s
        self._control = control
        self._answers: deque[asyncio.Future[int]] = deque()
        self._loaded: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._listener = asyncio.create_task(self._listen(), name="transcription-loader")
        self.is_alive = True

    @classmethod
    async def start(
        cls, spec: EngineSpec, recycle: Recycle, timeout_s: float, *, fork_s: float
    ) -> Loader:
        """Start the process and wait until the model is loaded, `timeout_s` at most.

        Raises EngineUnusableError when library or model are no good (a loader that dies while it
        loads is one of those), OSError when no process can be started.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        try:
            with theirs:
                process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    "recordings.transcription.loader_process",
                    str(theirs.fileno()),
                    pass_fds=[theirs.fileno()],
                    stdin=asyncio.subprocess.DEVNULL,
                )
        except BaseException:
            ours.close()
            raise
        loader = cls(process, ours, fork_s=fork_s)
        try:
            loader._send(Load(spec, recycle))
            async with asyncio.timeout(timeout_s):
                await loader._loaded
        except BaseException as error:
            await loader.stop()
            if isinstance(error, WorkerLostError) and process.returncode == -signal.SIGKILL:
                raise EngineUnusableError(
                    "the process that loads the model was killed; it may need more memory"
                ) from error
            if isinstance(error, TimeoutError | WorkerLostError | OSError):
                raise EngineUnusableError("the model can't be loaded") from error
            raise
        logger.info("model loaded", extra={"engine": spec.name, "pid": process.pid})
        return loader

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    async def fork(self) -> WorkerLink:
        """Return a new worker. Raises WorkerLostError when the loader is gone, or does not answer:
        then it is ended.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            answer = asyncio.get_running_loop().create_future()
            self._answers.append(answer)
            try:
                self._send(Fork(), [theirs.fileno()])
                async with asyncio.timeout(self._fork_s):
                    pid = await answer
                reader, writer = await asyncio.open_connection(sock=ours)
            except BaseException as error:
                ours.close()
                if isinstance(error, TimeoutError):
                    await self.stop()
                if isinstance(error, OSError):
                    raise WorkerLostError("the loader is gone") from error
                raise
        return WorkerLink(pid, reader, writer, self._kill)

    def _kill(self, pid: int) -> None:
        if self.is_alive:
            with contextlib.suppress(OSError):
                self._send(Kill(pid))

    async def stop(self) -> None:
        """End loader and workers. Safe to repeat."""
        self.is_alive = False
        self._listener.cancel()
        await asyncio.gather(self._listener, return_exceptions=True)
        self._control.close()
        try:
            async with asyncio.timeout(_END_S):
                await self._process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    def _send(self, message: ToLoader, descriptors: list[int] | None = None) -> None:
        # Packets are tiny and few; a loader that leaves them lying is as good as dead.
        socket.send_fds(self._control, [encode(message)], descriptors or [])

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while data := await loop.sock_recv(self._control, PACKET_BYTES):
                match from_loader.decode(data):
                    case Loaded():
                        self._loaded.set_result(None)
                    case Unusable(why=why):
                        self._loaded.set_exception(EngineUnusableError(why))
                    case Forked(pid=pid):
                        answer = self._answers.popleft()
                        if not answer.done():
                            answer.set_result(pid)
        except (OSError, msgspec.DecodeError) as error:
            logger.warning("transcription's loader is lost", extra={"why": str(error)})
        finally:
            self.is_alive = False
            waiting: list[asyncio.Future[Any]] = [self._loaded, *self._answers]
            for future in waiting:
                if not future.done():
                    future.set_exception(WorkerLostError("the loader died"))
                    future.exception()  # whoever waits is told; nobody has to
