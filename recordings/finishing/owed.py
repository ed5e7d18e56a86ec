"""What a capture says of itself: whether it is owed to anybody, as which recording, since when.

For captures of which neither journal nor store tell: those of a node that was killed while its disk
took no lines of the journal, or just before it wrote one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from recordings.finishing.marks import mark_detail
from voicegw.errors import DamagedFileError, RecordingError
from voicegw.media.spool import CaptureMark, SpoolFormatError, SpoolReader
from voicegw.model.recording import OWED_MARK, TELLS_OWED, MarkKind, RecordingKind


@dataclass(frozen=True, slots=True)
class Owed:
    """As which recording a capture is owed since `since`; ids that it does not tell are None."""

    kind: RecordingKind
    since: datetime
    manager_id: str | None
    """Who talked last."""
    customer_id: str | None


def owed(spool: SpoolReader) -> Owed | None:
    """Return how a capture is owed; None: to nobody, who was heard only waited, or heard a menu.

    Raises RecordingError when it can't be told: an earlier version wrote the capture, it is
    damaged, or it can't be read. Then it may be owed.
    """
    try:
        tells = TELLS_OWED in spool.header()
        found: Owed | None = None
        for record in spool:
            if isinstance(record, CaptureMark):
                found = _after(record, found)
    except (OSError, SpoolFormatError, DamagedFileError) as error:
        raise RecordingError(f"it can't be read: {error}") from error
    if found is None and spool.damaged:
        raise RecordingError(f"{spool.damaged} places can't be read")
    if found is None and not tells:
        raise RecordingError("an earlier version wrote it")
    return found


def _after(mark: CaptureMark, before: Owed | None) -> Owed | None:
    """Return what is known after `mark`."""
    detail = mark_detail(mark)
    if detail.get("kind") == OWED_MARK:
        return _owed_by(mark, detail)
    if before is not None and detail.get("kind") == MarkKind.BRIDGE:
        return replace(before, manager_id=_id(detail, "manager") or before.manager_id)
    return before


def _owed_by(mark: CaptureMark, detail: dict[str, object]) -> Owed:
    # A kind that is no kind any more, a time that is none: damage that no record shows.
    try:
        kind = RecordingKind(str(detail.get("recording")))
        since = datetime.fromtimestamp(mark.arrival_us / 1_000_000, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise RecordingError("the mark that it is owed is damaged") from error
    return Owed(kind, since, _id(detail, "manager"), _id(detail, "customer"))


def _id(detail: dict[str, object], name: str) -> str | None:
    found = detail.get(name)
    return found if isinstance(found, str) else None
