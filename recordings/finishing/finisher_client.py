"""The node's end of a finisher process: asks it, notices when it has died."""

from __future__ import annotations

from recordings.finishing.finisher import FinishResult
from recordings.finishing.protocol import FinishRequest, encode_line, reply_decoder
from recordings.line_process import LineProcess, ProcessLostError


class FinisherProcess(LineProcess):
    """One finisher process."""

    def __init__(self, storage_url: str, key_file: str = "") -> None:
        """Take the storage's URL and the file of keys; no process is started yet."""
        arguments = [storage_url, key_file] if key_file else [storage_url]
        super().__init__("recordings.finishing.finisher_process", arguments)

    async def finish(self, request: FinishRequest, timeout_s: float) -> FinishResult | None:
        """Return the result, None when the process died or gave no answer in time.

        Raises OSError when no process can be started.
        """
        try:
            reply = await self.ask(encode_line(request), reply_decoder.decode, timeout_s)
        except ProcessLostError:
            return None
        return reply.result
