"""Statements that the gateway played and the customer answered with a key. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from voicegw.model.recording import MarkKind, RecordingMark
from voicegw.model.script import Script


@dataclass(frozen=True, slots=True)
class Proof:
    """A statement was played from `start_s` on; the customer answered at `end_s`, or never."""

    start_s: float
    end_s: float | None = None
    assented: bool = False


def proofs(marks: Sequence[RecordingMark], script: Script) -> Mapping[str, Proof]:
    """Return which statements of `script` were played, by id, as the recording's marks prove it.

    A mark that names no script counts for any; a later answer replaces an earlier one.
    """
    found: dict[str, Proof] = {}
    known = {one.id for one in script.statements}
    for mark in sorted(marks, key=lambda one: one.at_s):
        statement = mark.detail.get("statement")
        if statement not in known or mark.detail.get("script") not in {None, script.id}:
            continue
        if mark.kind is MarkKind.STATEMENT:
            found[statement] = Proof(mark.at_s)
        elif statement in found and mark.kind in {MarkKind.ASSENT, MarkKind.REFUSAL}:
            assented = mark.kind is MarkKind.ASSENT
            found[statement] = replace(found[statement], end_s=mark.at_s, assented=assented)
    return found
