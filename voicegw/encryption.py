"""The format of files that are encrypted at rest: AES-256-GCM in chunks. Pure.

A file has one header and then chunks, each sealed by itself, so that any part can be read and
checked without the rest (Hoang, Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption and
its Nonce-Reuse Misuse-Resistance, CRYPTO 2015, construction STREAM; RFC 5116 §5.2 for the cipher).

Header, 60 bytes, integers little-endian:

====== ===== ==========================================================
offset bytes what
====== ===== ==========================================================
0      6     magic ``VGWENC``
6      1     version, 1
7      1     layout: 1 chunks of one size (files), 2 blocks (spools)
8      4     plain bytes in a chunk; 0 for blocks
12     16    id of the master key, ASCII, padded with zero bytes
28     32    salt, random
====== ===== ==========================================================

The file's own key (32 bytes) and the prefix of its nonces (7 bytes) come from the master key and
the salt by HKDF-SHA256 (RFC 5869), so no nonce is ever used twice under one key. The nonce of a
chunk is prefix ‖ number of the chunk (u32, big-endian) ‖ 1 for the last chunk, else 0. Header and
name of the file are associated data of each chunk: a chunk that was changed, moved, brought from
another file, or left out at the end is not accepted, nor is a file under another's name.

Blocks are what a capture writes at a time; docs of :class:`BlockSealer`.
"""

from __future__ import annotations

import secrets
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from voicegw.errors import DamagedFileError

MAGIC: Final = b"VGWENC"
VERSION: Final = 1
KEY_BYTES: Final = 32
TAG_BYTES: Final = 16
CHUNK_BYTES: Final = 64 * 1024
MAX_CHUNK_BYTES: Final = 16 * 1024 * 1024
BLOCK_HEAD: Final = struct.Struct("<II")
MAX_BLOCK_BYTES: Final = 64 * 1024 * 1024
"""More than a capture ever writes at a time; a longer one is a damaged length."""

_HEADER: Final = struct.Struct("<6sBBI16s32s")
HEADER_BYTES: Final = _HEADER.size
_SALT_BYTES: Final = 32
_PREFIX_BYTES: Final = 7
_NONCE_TAIL: Final = struct.Struct(">IB")
_PREVIOUS: Final = struct.Struct("<I")
_INFO: Final = b"voicegw file at rest, version 1"


class Layout(IntEnum):
    """How the bytes after the header are divided."""

    CHUNKS = 1
    BLOCKS = 2


@dataclass(frozen=True, slots=True)
class Key:
    """A master key: 32 random bytes and the id that headers name it by."""

    id: str
    secret: bytes

    def __repr__(self) -> str:
        """Show the id only."""
        return f"Key({self.id!r})"


@dataclass(frozen=True, slots=True)
class Header:
    """The first bytes of an encrypted file."""

    layout: Layout
    key_id: str
    salt: bytes
    chunk_bytes: int = 0

    @classmethod
    def new(cls, layout: Layout, key_id: str) -> Self:
        """Return the header of a new file."""
        chunk_bytes = CHUNK_BYTES if layout is Layout.CHUNKS else 0
        return cls(layout, key_id, secrets.token_bytes(_SALT_BYTES), chunk_bytes)

    def pack(self) -> bytes:
        """Return its bytes."""
        return _HEADER.pack(
            MAGIC, VERSION, self.layout, self.chunk_bytes, self.key_id.encode("ascii"), self.salt
        )

    @classmethod
    def unpack(cls, data: bytes) -> Self:
        """Return what `data`, the first bytes of a file, say. Raises DamagedFileError."""
        if len(data) < HEADER_BYTES:
            raise DamagedFileError("the header is not whole")
        magic, version, layout, chunk_bytes, key_id, salt = _HEADER.unpack_from(data)
        if magic != MAGIC or version != VERSION:
            raise DamagedFileError("not an encrypted file of this version")
        try:
            header = cls(Layout(layout), key_id.rstrip(b"\0").decode("ascii"), salt, chunk_bytes)
        except ValueError:
            raise DamagedFileError("the header is damaged") from None
        fits = 0 < chunk_bytes <= MAX_CHUNK_BYTES if layout == Layout.CHUNKS else chunk_bytes == 0
        if not fits:
            raise DamagedFileError("the header is damaged")
        return header


def is_encrypted(start: bytes) -> bool:
    """Whether `start`, the first bytes of a file, begin an encrypted one."""
    return start.startswith(MAGIC)


@dataclass(frozen=True, slots=True, repr=False)
class FileKey:
    """What one file is sealed with: its header's bytes, its key, and its prefix of nonces."""

    header: bytes
    secret: bytes
    prefix: bytes

    @classmethod
    def derive(cls, master: Key, header: Header) -> Self:
        """Return the key of the file with this header."""
        derived = HKDF(SHA256(), KEY_BYTES + _PREFIX_BYTES, header.salt, _INFO)
        material = derived.derive(master.secret)
        return cls(header.pack(), material[:KEY_BYTES], material[KEY_BYTES:])


class ChunkCipher:
    """Seals and opens the chunks (or blocks) of one file."""

    def __init__(self, key: FileKey, name: str) -> None:
        """`name` is what the file goes by where it is stored; it can't be read under another."""
        self._prefix = key.prefix
        self._aead = AESGCM(key.secret)
        self._associated = key.header + name.encode()

    def seal(
        self, number: int, plain: bytes | bytearray, *, is_last: bool, also: bytes = b""
    ) -> bytes:
        """Return chunk `number` as it is stored, 16 bytes longer than `plain`.

        `also` is associated data beside header and name.
        """
        return self._aead.encrypt(self._nonce(number, is_last), plain, self._associated + also)

    def open(self, number: int, sealed: bytes, *, is_last: bool, also: bytes = b"") -> bytes:
        """Return the plain bytes of chunk `number`. Raises DamagedFileError."""
        try:
            return self._aead.decrypt(self._nonce(number, is_last), sealed, self._associated + also)
        except (InvalidTag, ValueError):
            raise DamagedFileError(f"chunk {number} is not what was written") from None

    def _nonce(self, number: int, is_last: bool) -> bytes:
        return self._prefix + _NONCE_TAIL.pack(number, is_last)


@dataclass(frozen=True, slots=True)
class ChunkPlan:
    """Where the chunks of a file of `stored_bytes` lie, header included."""

    chunk_bytes: int
    stored_bytes: int

    def __post_init__(self) -> None:
        """Refuse a size that no file has: DamagedFileError."""
        body = self.stored_bytes - HEADER_BYTES
        last = body - (self.chunks - 1) * self._sealed_bytes
        if body < TAG_BYTES or last < TAG_BYTES or (last == TAG_BYTES and self.chunks > 1):
            raise DamagedFileError("the file is not whole")

    @property
    def chunks(self) -> int:
        """How many chunks there are, at least one."""
        return max(-(-(self.stored_bytes - HEADER_BYTES) // self._sealed_bytes), 1)

    @property
    def plain_bytes(self) -> int:
        """How many bytes the file holds once it is opened."""
        return self.stored_bytes - HEADER_BYTES - self.chunks * TAG_BYTES

    def span(self, number: int) -> tuple[int, int]:
        """Return where chunk `number` begins in the file and where it ends."""
        start = HEADER_BYTES + number * self._sealed_bytes
        return start, min(start + self._sealed_bytes, self.stored_bytes)

    @property
    def _sealed_bytes(self) -> int:
        return self.chunk_bytes + TAG_BYTES


class BlockSealer:
    """Seals what a capture writes, block after block of any size.

    A block is its length (u32, of what follows the head), its number (u32) and the sealed bytes.
    Numbers rise and are never used twice; where the disk has refused a block, one is left out. So
    the number of the block that lies before it is associated data too (0 at the begin): a block
    can't be taken out, moved or doubled unseen. Only at the end may some be missing, as after a
    crash. The file has no name in here, because it is moved; whose it is stands in its first block.
    """

    def __init__(self, key: FileKey) -> None:
        """Begin after the header, which is to be written first."""
        self.header = key.header
        self._cipher = ChunkCipher(key, "")
        self._number = 0
        self._previous = 0

    def seal(self, plain: bytes | bytearray) -> bytes:
        """Return the next block. Call `written` once it is in the file."""
        self._number += 1
        also = _PREVIOUS.pack(self._previous)
        sealed = self._cipher.seal(self._number, plain, is_last=False, also=also)
        return BLOCK_HEAD.pack(len(sealed), self._number) + sealed

    def written(self) -> None:
        """Note that the block sealed last lies in the file."""
        self._previous = self._number


class BlockOpener:
    """Opens blocks in the order in which they were written."""

    def __init__(self, key: FileKey) -> None:
        """Begin with the first block."""
        self._cipher = ChunkCipher(key, "")
        self._previous = 0

    def resume(self, previous: int) -> None:
        """Go on behind the block with the number `previous`, 0 for the begin."""
        self._previous = previous

    def open(self, number: int, sealed: bytes) -> bytes:
        """Return the plain bytes of the next block. Raises DamagedFileError."""
        also = _PREVIOUS.pack(self._previous)
        plain = self._cipher.open(number, sealed, is_last=False, also=also)
        self._previous = number
        return plain
