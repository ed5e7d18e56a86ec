"""The format of encrypted files: what was changed, moved, exchanged or cut off is not accepted."""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicegw.encryption import (
    BLOCK_HEAD,
    HEADER_BYTES,
    TAG_BYTES,
    BlockOpener,
    BlockSealer,
    ChunkCipher,
    ChunkPlan,
    FileKey,
    Header,
    Key,
    Layout,
    is_encrypted,
)
from voicegw.errors import DamagedFileError

KEY = Key("2026-11-21-9f3a", bytes(range(32)))
OTHER = Key("2026-11-21-9f3b", bytes(range(1, 33)))


def test_a_header_says_what_it_said() -> None:
    header = Header.new(Layout.CHUNKS, KEY.id)
    data = header.pack()
    assert len(data) == HEADER_BYTES == 60
    assert is_encrypted(data)
    assert Header.unpack(data + b"what follows") == header
    assert Header.new(Layout.CHUNKS, KEY.id).salt != header.salt


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (0, b"X"),
        (6, b"\x02"),
        (7, b"\x03"),
        (8, b"\0\0\0\0"),
        (8, b"\xff\xff\xff\xff"),
        (12, b"\xff"),
    ],
)
def test_a_damaged_header_is_refused(place: int, value: bytes) -> None:
    data = Header.new(Layout.CHUNKS, KEY.id).pack()
    with pytest.raises(DamagedFileError):
        Header.unpack(data[:place] + value + data[place + len(value) :])
    with pytest.raises(DamagedFileError):
        Header.unpack(data[:-1])


def test_keys_don_t_show_their_secret() -> None:
    file_key = FileKey.derive(KEY, Header.new(Layout.CHUNKS, KEY.id))
    assert repr(KEY.secret) not in repr(KEY)
    assert repr(file_key.secret) not in repr(file_key)


def test_each_file_has_its_own_key_and_the_same_header_the_same() -> None:
    header = Header.new(Layout.CHUNKS, KEY.id)
    one, again = FileKey.derive(KEY, header), FileKey.derive(KEY, header)
    other = FileKey.derive(KEY, Header.new(Layout.CHUNKS, KEY.id))
    assert one == again
    assert one.secret != other.secret
    assert one.secret != FileKey.derive(OTHER, header).secret


def test_the_format_does_not_change_unseen() -> None:
    """Files of years ago must be read: its bytes are pinned."""
    header = Header(Layout.CHUNKS, "k1", bytes(32), 65536)
    key = FileKey.derive(Key("k1", bytes(32)), header)
    sealed = ChunkCipher(key, "2026/11/21/rec_1.flac").seal(0, b"fLaC", is_last=True)
    assert (header.pack() + sealed).hex() == (
        "564757454e430101000001006b310000000000000000000000000000"
        "0000000000000000000000000000000000000000000000000000000000000000"
        "46f15dd7d33b9c0bc11b5417d0ad0e7c69a1c6db"
    )


@given(st.binary(max_size=300), st.data())
def test_a_chunk_is_accepted_in_its_place_only(plain: bytes, data: st.DataObject) -> None:
    header = Header.new(Layout.CHUNKS, KEY.id)
    cipher = ChunkCipher(FileKey.derive(KEY, header), "a")
    sealed = cipher.seal(3, plain, is_last=False)
    assert cipher.open(3, sealed, is_last=False) == plain
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    flipped = bytearray(sealed)
    flipped[bit // 8] ^= 1 << bit % 8
    named_otherwise = ChunkCipher(FileKey.derive(KEY, header), "b")
    of_another_file = ChunkCipher(FileKey.derive(KEY, Header.new(Layout.CHUNKS, KEY.id)), "a")
    for opener, number, stored, is_last in (
        (cipher, 3, bytes(flipped), False),
        (cipher, 4, sealed, False),
        (cipher, 3, sealed, True),
        (cipher, 3, sealed[:-1], False),
        (named_otherwise, 3, sealed, False),
        (of_another_file, 3, sealed, False),
    ):
        with pytest.raises(DamagedFileError):
            opener.open(number, stored, is_last=is_last)


@given(st.integers(0, 5000), st.integers(1, 400))
def test_a_plan_covers_the_file(plain_bytes: int, chunk_bytes: int) -> None:
    chunks = max(-(-plain_bytes // chunk_bytes), 1)
    stored_bytes = HEADER_BYTES + plain_bytes + chunks * TAG_BYTES
    plan = ChunkPlan(chunk_bytes, stored_bytes)
    assert (plan.chunks, plan.plain_bytes) == (chunks, plain_bytes)
    spans = [plan.span(number) for number in range(chunks)]
    assert spans[0][0] == HEADER_BYTES
    assert spans[-1][1] == stored_bytes
    assert all(one[1] == following[0] for one, following in pairwise(spans))


@pytest.mark.parametrize("body", [-1, 0, 15, 116 + 1, 116 + 16])
def test_a_size_that_no_file_has_is_refused(body: int) -> None:
    with pytest.raises(DamagedFileError):
        ChunkPlan(100, HEADER_BYTES + body)


def _blocks(plain: list[bytes], refused: Collection[int] = ()) -> tuple[FileKey, list[bytes]]:
    key = FileKey.derive(KEY, Header.new(Layout.BLOCKS, KEY.id))
    sealer = BlockSealer(key)
    written = []
    for number, one in enumerate(plain):
        block = sealer.seal(one)
        if number not in refused:
            sealer.written()
            written.append(block)
    return key, written


def _open(key: FileKey, blocks: list[bytes]) -> list[bytes]:
    opener = BlockOpener(key)
    found = []
    for block in blocks:
        length, number = BLOCK_HEAD.unpack_from(block)
        assert length == len(block) - BLOCK_HEAD.size
        found.append(opener.open(number, block[BLOCK_HEAD.size :]))
    return found


@given(
    st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=6), st.sets(st.integers(0, 5))
)
def test_blocks_come_back_and_what_the_disk_refused_leaves_no_gap(
    plain: list[bytes], refused: set[int]
) -> None:
    key, blocks = _blocks(plain, refused)
    assert _open(key, blocks) == [one for n, one in enumerate(plain) if n not in refused]
    assert _open(key, blocks[:-1]) == _open(key, blocks)[:-1]


@given(st.integers(0, 3), st.integers(0, 3))
def test_blocks_that_were_taken_out_moved_or_doubled_are_noticed(one: int, other: int) -> None:
    key, blocks = _blocks([b"a", b"b", b"c", b"d", b"e"])
    removed = [*blocks[:one], *blocks[one + 1 :]]
    doubled = [*blocks[: one + 1], *blocks[one:]]
    moved = list(blocks)
    moved[one], moved[other + 1] = moved[other + 1], moved[one]
    for tampered in (removed, doubled, moved if one != other + 1 else removed):
        with pytest.raises(DamagedFileError):
            _open(key, tampered)


def test_no_number_is_used_twice() -> None:
    """Two blocks under one nonce would betray both: one that was refused keeps its number."""
    _, blocks = _blocks([b"a", b"b", b"c"], refused={1})
    assert [BLOCK_HEAD.unpack_from(block)[1] for block in blocks] == [1, 3]
