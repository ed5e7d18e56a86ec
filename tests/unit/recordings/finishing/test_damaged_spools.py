"""A damaged spool has a clear result, is kept, and costs neither much time nor much memory.

`python bench/spool_mutations.py` does it two hundred times, in processes of their own.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import soundfile

from recordings.finishing.finisher import (
    AbsentRecording,
    FailedRecording,
    FinishedRecording,
    finish,
)
from recordings.storage.local import LocalStorage
from tests.parts.spool_mutation import mutate
from tests.unit.recordings.spools import Sender, as_captured, end, mark, sine, write_spool
from voicegw.media.spool import TYPE_HEADER, SpoolFormatError, SpoolReader, encode_mark
from voicegw.model.recording import Recording, RecordingKind, RecordingStatus

RECORDS = as_captured(
    [mark(0.5, "bridge"), mark(2, "hold", detail="customer"), mark(3, "unhold")],
    Sender(0, sine(400, 6)).packets(),
    Sender(1, np.zeros(8000 * 6, np.int16), payload_type=0).packets(),
    [end(6.1)],
)


def recording() -> Recording:
    return Recording(
        id="rec_m",
        call_id="call_m",
        kind=RecordingKind.TALK,
        status=RecordingStatus.PENDING,
        node="n1",
        created_at=datetime(2026, 1, 2, tzinfo=UTC),
    )


@pytest.mark.parametrize("first_seed", [1, 11, 21, 31, 41])
def test_damage_has_a_clear_result_and_the_spool_stays(tmp_path: Path, first_seed: int) -> None:
    whole = write_spool(tmp_path / "whole", RECORDS).read_bytes()
    spool = tmp_path / "spool"
    storage = LocalStorage(tmp_path / "store")
    for seed in range(first_seed, first_seed + 10):
        spool.write_bytes(mutate(whole, seed))
        os.utime(spool, (1, 1))
        before = spool.read_bytes()
        result = finish(spool, recording(), storage)
        assert isinstance(result, FinishedRecording | AbsentRecording | FailedRecording), seed
        assert spool.read_bytes() == before
        if isinstance(result, FinishedRecording):
            facts = soundfile.info(storage.path(result.master.key))
            assert facts.frames == round(result.duration_s * result.sample_rate_hz)
        assert not list(storage.staging().iterdir())


def test_nesting_without_end_is_damage(tmp_path: Path) -> None:
    deep = b"[" * 60_000
    bad_mark = encode_mark(0, {}).replace(b"{}", b"")
    spool = write_spool(tmp_path / "spool", RECORDS[:10])
    content = spool.read_bytes()
    size = (len(deep) + 8).to_bytes(2, "little")
    spool.write_bytes(content + bad_mark[:1] + size + bytes(8) + deep)
    assert list(SpoolReader(spool)) == RECORDS[:10]
    head = content[:8] + bytes([TYPE_HEADER]) + len(deep).to_bytes(2, "little") + deep
    spool.write_bytes(head)
    with pytest.raises(SpoolFormatError):
        SpoolReader(spool).header()
