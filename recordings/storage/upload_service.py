"""The node's side of uploads: runs the work, watches the backlog, tells how it is."""

from __future__ import annotations

from typing import Final

from recordings.storage.upload import Alert, Uploader
from recordings.work_loop import WorkLoop, WorkRules
from voicegw.clock import Clock
from voicegw.model.work import WorkKind
from voicegw.store.uploads import Backlog, UploadStore
from voicegw.store.work import WorkQueue

ALERT_FAILED: Final = "recording-upload-failed"
"""Raised while the files of a recording are not what was stored, so it can't be brought away."""
_RULES: Final = WorkRules(attempts=5, retry_s=1.0, retry_max_s=600.0, idle_s=2.0)
_AT_A_TIME: Final = 2


class UploadService:
    """Brings recordings to the remote storage as long as it runs."""

    def __init__(
        self,
        uploader: Uploader,
        store: UploadStore,
        queue: WorkQueue,
        clock: Clock,
        on_alert: Alert,
        *,
        rules: WorkRules = _RULES,
    ) -> None:
        """Have `uploader` do the work that waits in `queue`."""
        self.uploader = uploader
        self._store = store
        self._clock = clock
        self._on_alert = on_alert
        kinds = (WorkKind.UPLOAD, WorkKind.FORGET_LOCAL)
        self._loop = WorkLoop(
            queue, kinds, uploader.handle, clock, rules=rules, concurrency=_AT_A_TIME
        )
        self.backlog = Backlog(waiting=0, oldest=None, failed=0)
        """What waited when it was last looked at."""

    def start(self) -> None:
        """Begin."""
        self._loop.start()

    async def stop(self) -> None:
        """Stop; what is in hand is done again later."""
        await self._loop.stop()

    async def look(self) -> None:
        """Look how much waits. Raises StoreUnavailableError."""
        self.backlog = await self._store.backlog()
        failed = self.backlog.failed
        self._on_alert(ALERT_FAILED, failed > 0, f"{failed} recordings stay on the node")

    @property
    def is_away(self) -> bool:
        """Whether the storage could not be reached when it was last tried."""
        return self.uploader.is_away

    def oldest_s(self) -> float:
        """Return for how long the oldest recording has been waiting, 0 when none waits."""
        if self.backlog.oldest is None:
            return 0.0
        return max((self._clock.now() - self.backlog.oldest).total_seconds(), 0.0)
