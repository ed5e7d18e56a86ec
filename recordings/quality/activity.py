"""Where each side of a recording spoke, told by the loudness of its sound.

For recordings without a transcript. It says that somebody was heard, not what: music and noise in
the background may count as speech.
"""

from __future__ import annotations

from typing import BinaryIO, Final

import numpy as np
import soundfile as sf
from numpy.typing import NDArray

from recordings.quality.measures import Span, merged
from voicegw.model.recording import Channel

_FRAME_S: Final = 0.02
_BLOCK_S: Final = 30.0
#: Speech on a telephone is louder than this; what is softer is the line, dB below full scale.
_SOFTEST_DB: Final = -48.0
#: … and louder than its own background by this much, dB.
_ABOVE_NOISE_DB: Final = 9.0
_NOISE_PERCENTILE: Final = 15.0
#: Speech goes on through pauses up to this; shorter bursts are clicks, seconds.
_HANGOVER_S: Final = 0.4
_SHORTEST_S: Final = 0.12


def activity(sound: BinaryIO) -> dict[Channel, list[Span]]:
    """Return where each side of a two-channel recording spoke, spans in seconds, in order.

    Reads `sound` block by block; memory does not grow with its length by more than its frames
    (50 numbers a second). Raises soundfile.LibsndfileError for what is no sound file.
    """
    with sf.SoundFile(sound) as file:
        frame = int(file.samplerate * _FRAME_S)
        levels = [
            _levels(block, frame)
            for block in file.blocks(
                blocksize=frame * int(_BLOCK_S / _FRAME_S), dtype="float32", always_2d=True
            )
        ]
    if not levels:
        return {side: [] for side in Channel}
    whole = np.concatenate(levels)
    sides = [Channel.CUSTOMER, Channel.MANAGER][: whole.shape[1]]
    return {side: speech_spans(whole[:, column]) for column, side in enumerate(sides)}


def _levels(block: NDArray[np.float32], frame: int) -> NDArray[np.float32]:
    """Return the level of each frame and channel, dB below full scale."""
    frames = len(block) // frame
    cut = block[: frames * frame].reshape(frames, frame, block.shape[1])
    power = np.mean(np.square(cut), axis=1) + 1e-12
    levels: NDArray[np.float32] = (10.0 * np.log10(power)).astype(np.float32)
    return levels


def speech_spans(levels_db: NDArray[np.float32]) -> list[Span]:
    """Return the spans in which a channel of these frame levels was loud enough for speech."""
    if not len(levels_db):
        return []
    heard = levels_db[levels_db > 2 * _SOFTEST_DB]
    noise_db = float(np.percentile(heard, _NOISE_PERCENTILE)) if len(heard) else _SOFTEST_DB
    # In a channel that is all speech the softest frames are speech too.
    threshold_db = max(_SOFTEST_DB, min(noise_db + _ABOVE_NOISE_DB, float(levels_db.max()) - 20.0))
    loud = np.concatenate(([False], levels_db > threshold_db, [False]))
    edges = np.flatnonzero(loud[1:] != loud[:-1])
    spans = [
        (float(start) * _FRAME_S, float(end) * _FRAME_S)
        for start, end in zip(edges[::2], edges[1::2], strict=True)
    ]
    return [
        (round(start, 2), round(end, 2))
        for start, end in merged(spans, _HANGOVER_S)
        if end - start >= _SHORTEST_S
    ]
