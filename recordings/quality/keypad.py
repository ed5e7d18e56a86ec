"""Statements that the gateway played and the customer answered with a key. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from voicegw.model.recording import Channel, MarkKind, RecordingMark
from voicegw.model.script import Script


@dataclass(frozen=True, slots=True)
class Proof:
    """A statement was played whole from `start_s` on, and answered at `end_s` if ever."""

    start_s: float
    end_s: float | None = None
    assented: bool = False


def proofs(marks: Sequence[RecordingMark], script: Script) -> Mapping[str, Proof]:
    """Return which statements of `script` were heard, by id, as the recording's marks prove it.

    A mark that names no script counts for any; a later answer replaces an earlier one. A statement
    is heard when its prompt came to its end at the customer, or was answered, which the gateway
    takes only then: who hangs up, is put on hold or is interrupted before has not heard it.
    """
    found: dict[str, Proof] = {}
    begun: RecordingMark | None = None
    known = {one.id for one in script.statements}
    for mark in sorted(marks, key=lambda one: one.at_s):
        if mark.kind is MarkKind.PROMPT_HEARD and begun is not None:
            if mark.channel is Channel.CUSTOMER and _is_its_end(begun, mark):
                found.setdefault(begun.detail["statement"], Proof(begun.at_s))
                begun = None
            continue
        statement = mark.detail.get("statement")
        if statement not in known or mark.detail.get("script") not in {None, script.id}:
            continue
        if mark.kind is MarkKind.STATEMENT:
            begun = mark
        elif mark.kind in {MarkKind.ASSENT, MarkKind.REFUSAL}:
            if begun is not None and begun.detail["statement"] == statement:
                found.setdefault(statement, Proof(begun.at_s))
                begun = None
            if statement in found:
                assented = mark.kind is MarkKind.ASSENT
                found[statement] = replace(found[statement], end_s=mark.at_s, assented=assented)
    return found


def _is_its_end(begun: RecordingMark, heard: RecordingMark) -> bool:
    """Whether the prompt that was heard is the statement's own, where both marks name theirs."""
    digests = heard.detail.get("digests")
    digest = begun.detail.get("digest")
    return digest is None or not isinstance(digests, list) or digest in digests
