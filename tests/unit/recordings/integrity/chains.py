"""Chains to tamper with, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from recordings.integrity.canonical import digest
from recordings.integrity.chain import after, head_document, next_seal
from recordings.integrity.signature import Signer
from recordings.integrity.verification import ChainCheck, Finding, stated_heads
from tests.unit.recordings.integrity.records import NOW, a_recording
from voicegw.model.recording import Recording
from voicegw.model.seal import ChainHead, Seal

SIGNER = Signer(Ed25519PrivateKey.from_private_bytes(b"k" * 32))
KEYS = {SIGNER.key_id: SIGNER.public_key}


def a_chain(count: int, recordings: Sequence[Recording] | None = None) -> list[Seal]:
    """Return the seals of `count` recordings of node-1."""
    head = ChainHead("node-1")
    made = []
    for recording in recordings or [a_recording(number) for number in range(1, count + 1)]:
        seal = next_seal(recording, [], head, NOW)
        assert seal is not None
        made.append(seal)
        head = after(seal)
    return made


def a_head(seal: Seal, signer: Signer = SIGNER) -> dict[str, Any]:
    """Return the signed head of a chain that ended with `seal`."""
    return head_document(after(seal), NOW, signer)


def at(seal: Seal, number: int) -> Seal:
    """Return the row as it is when somebody writes another number beside the document."""
    return msgspec.structs.replace(seal, number=number)


def with_facts(seal: Seal, previous: str | None = None, **facts: Any) -> Seal:
    """Return a seal with other facts and the hash that fits them."""
    document = seal.document | {"recording": seal.document["recording"] | facts}
    if previous is not None:
        document["previous"] = previous
    return msgspec.structs.replace(seal, document=document, hash=digest(document))


def rewritten(seals: Sequence[Seal]) -> list[Seal]:
    """Return the chain with numbers and hashes computed anew, as whoever owns the database can."""
    head = ChainHead("node-1")
    made = []
    for seal in seals:
        document = seal.document | {"number": head.number + 1, "previous": head.hash}
        one = msgspec.structs.replace(
            seal, number=head.number + 1, document=document, hash=digest(document)
        )
        made.append(one)
        head = after(one)
    return made


def checked(
    seals: Sequence[Seal],
    heads: Sequence[dict[str, Any]] = (),
    *,
    end: ChainHead | None = None,
    outside: Sequence[dict[str, Any]] = (),
) -> list[Finding]:
    """Return what is found in a chain whose end is noted as it is, or as `end`."""
    keys = {"node-1": KEYS}
    stated, forged = stated_heads(heads, keys, outside=False)
    kept, more = stated_heads(outside, keys, outside=True)
    check = ChainCheck("node-1", [*stated, *kept], KEYS)
    for seal in seals:
        check.add(seal)
    if end is None:
        end = after(seals[-1]) if seals else ChainHead("node-1")
    return forged + more + check.end(end)


def faults(findings: Sequence[Finding]) -> list[tuple[str, int | None]]:
    """Return which faults were found, and at which seals."""
    return [(str(finding.fault), finding.number) for finding in findings]
