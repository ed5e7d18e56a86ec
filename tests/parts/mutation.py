"""Messages with faults, for whatever must bear them."""

from __future__ import annotations

import random

SEPARATORS = (b"\r\n", b"\r\n ", b"\n", b"\0", b'"', b"<", b">", b";", b",", b"%")


def mutated(data: bytes, rng: random.Random) -> bytes:
    """Return the message with one to six faults."""
    found = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(found))
        kind = rng.randrange(7)
        if kind == 0:
            found[at] = rng.randrange(256)
        elif kind == 1:
            del found[at : at + rng.randint(1, 20)]
        elif kind == 2:
            found[at:at] = bytes(rng.randrange(256) for _ in range(rng.randint(1, 12)))
        elif kind == 3:
            found[at:at] = rng.choice(SEPARATORS)
        elif kind == 4:
            lines = bytes(found).split(b"\r\n")
            lines.insert(rng.randrange(len(lines)), rng.choice(lines))
            found = bytearray(b"\r\n".join(lines))
        elif kind == 5:
            lines = bytes(found).split(b"\r\n")
            del lines[rng.randrange(len(lines))]
            found = bytearray(b"\r\n".join(lines))
        else:
            lines = bytes(found).split(b"\r\n")
            rng.shuffle(lines)
            found = bytearray(b"\r\n".join(lines))
        if not found:
            return b"\0"
    return bytes(found[:65000])
