"""The system's libopus (RFC 6716), where there is one: an encoder that may be told to be quick.

libsndfile encodes Opus too, but always with the greatest care, which costs ten times as much: half
a minute of CPU for an hour of sound. So its encoder is used only where the library is missing
(Debian: `libopus0`).
"""

from __future__ import annotations

import ctypes
import functools
from typing import Final

import numpy as np
from numpy.typing import NDArray

_APPLICATION_AUDIO: Final = 2049
_SET_BITRATE: Final = 4002
_SET_COMPLEXITY: Final = 4010
_GET_LOOKAHEAD: Final = 4027
_MAX_PACKET_BYTES: Final = 4000
"""What the library's documentation recommends for any packet."""


class OpusEncoder:
    """Encodes interleaved 16-bit stereo, one packet at a time. `close` it."""

    def __init__(
        self, library: ctypes.CDLL, rate_hz: int, channels: int, *, bit_rate: int, complexity: int
    ) -> None:
        """Begin; `complexity` is from 0, quick, to 10. Raises OSError when the library refuses."""
        self._library = library
        self._channels = channels
        code = ctypes.c_int(0)
        self._encoder = ctypes.c_void_p(
            library.opus_encoder_create(rate_hz, channels, _APPLICATION_AUDIO, ctypes.byref(code))
        )
        if code.value != 0 or not self._encoder:
            raise OSError(f"libopus: error {code.value}")
        self._control(_SET_BITRATE, ctypes.c_int(bit_rate))
        self._control(_SET_COMPLEXITY, ctypes.c_int(complexity))
        lookahead = ctypes.c_int(0)
        self._control(_GET_LOOKAHEAD, ctypes.byref(lookahead))
        self.lookahead = lookahead.value
        """By how many samples the decoded sound comes later."""
        self._packet = ctypes.create_string_buffer(_MAX_PACKET_BYTES)

    def encode(self, samples: NDArray[np.int16]) -> bytes:
        """Return the packet of `samples`, contiguous, of 20, 40 or 60 ms. Raises OSError."""
        size = self._library.opus_encode(
            self._encoder,
            samples.ctypes.data,
            len(samples),
            self._packet,
            _MAX_PACKET_BYTES,
        )
        if size < 0:
            raise OSError(f"libopus: error {size}")
        return ctypes.string_at(self._packet, size)

    def close(self) -> None:
        """Give the memory back; a second time does nothing."""
        if self._encoder:
            self._library.opus_encoder_destroy(self._encoder)
            self._encoder = ctypes.c_void_p(None)

    def _control(self, request: int, argument: object) -> None:
        code = self._library.opus_encoder_ctl(self._encoder, request, argument)
        if code != 0:
            raise OSError(f"libopus: error {code}")


@functools.cache
def load() -> ctypes.CDLL | None:
    """Return the library, None where it is not installed."""
    try:
        library = ctypes.CDLL("libopus.so.0")
    except OSError:
        return None
    library.opus_encoder_create.restype = ctypes.c_void_p
    library.opus_encoder_create.argtypes = [
        ctypes.c_int32,
        ctypes.c_int,
        ctypes.c_int,
        ctypes.POINTER(ctypes.c_int),
    ]
    library.opus_encode.restype = ctypes.c_int32
    library.opus_encode.argtypes = [
        ctypes.c_void_p,
        ctypes.c_void_p,
        ctypes.c_int,
        ctypes.c_char_p,
        ctypes.c_int32,
    ]
    library.opus_encoder_destroy.restype = None
    library.opus_encoder_destroy.argtypes = [ctypes.c_void_p]
    library.opus_encoder_ctl.restype = ctypes.c_int
    return library
