from __future__ import annotations

from voicegw.media.frames import FRAME_BYTES, SILENCE
from voicegw.media.player import ByteFrames, Frames, PacketFrames, Player
from voicegw.sdp.codecs import Codec

PACKETS = (b"one", b"two", b"three")


def ramp(length: int) -> bytes:
    return bytes(i % 200 for i in range(length))


def sound(length: int) -> dict[Codec, Frames]:
    return {
        Codec.PCMA: ByteFrames(ramp(length), SILENCE[Codec.PCMA]),
        Codec.PCMU: ByteFrames(b"u" * length, SILENCE[Codec.PCMU]),
        Codec.OPUS: PacketFrames(PACKETS if length else ()),
    }


def test_a_playback_ends_with_silence_to_a_whole_frame() -> None:
    player = Player("p", sound(400), loop=False)
    frames = []
    while (frame := player.frame(Codec.PCMA)) is not None:
        assert len(frame) == FRAME_BYTES
        frames.append(frame)
    assert b"".join(frames) == ramp(400) + b"\xd5" * 80


def test_a_loop_has_no_seam() -> None:
    for length in (1, 100, 400):
        player = Player("p", sound(length), loop=True)
        heard = b"".join(player.frame(Codec.PCMA) or b"" for _ in range(10))
        assert heard == (ramp(length) * 1600)[:1600]


def test_packets_are_played_whole_and_in_order() -> None:
    player = Player("p", sound(400), loop=False)
    assert [player.frame(Codec.OPUS) for _ in range(4)] == [*PACKETS, None]
    looped = Player("p", sound(400), loop=True)
    assert [looped.frame(Codec.OPUS) for _ in range(7)] == [*PACKETS, *PACKETS, b"one"]


def test_an_empty_loop_is_over_at_once() -> None:
    for codec in (Codec.PCMA, Codec.OPUS):
        assert Player("p", sound(0), loop=True).frame(codec) is None


def test_the_codec_may_change_while_it_plays() -> None:
    player = Player("p", sound(480), loop=False)
    player.frame(Codec.PCMA)
    assert player.frame(Codec.OPUS) == b"two"
    assert player.frame(Codec.PCMU) == b"u" * 160
    assert player.frame(Codec.PCMU) is None


def test_what_was_not_prepared_is_told() -> None:
    player = Player("p", sound(480), loop=False)
    assert player.can_play(Codec.OPUS)
    assert not player.can_play(Codec.G722)
    assert player.frame(Codec.G722) is None
