"""Verify a dossier of voicegw with Python 3.8 or later alone: nothing is to be installed.

    python verify.py [DOSSIER.zip or its folder] [--key BASE64 ...] [--json]

Checked are: every file against its SHA-256, the list of files against its signature, the chain of
seals link by link, the signed heads of the chain, that each recording is the one that was sealed
first, or that a signed stub says who deleted it, and that the keys follow each other. A key given
by --key (from somebody you trust, not from this archive) is what the signatures must lead to;
without one the archive's own first key is believed.
Of each task of the matter is said what was owed by when, and when it was done.

Exit code 0: everything holds; 1: something does not, named line by line; 2: wrong usage. Take this
script from a source that you trust as well: the copy in an archive is only as good as the archive.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import json
import math
import sys
import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

LIST, SIGNATURE = "dossier.json", "dossier.sig"
TYPE, VERSION = "voicegw.dossier", 1

#: Why a file is missing that is there and not what it was; that is not where it was; that is not
#: even noted any more.
ALTERED, REMOVED, UNNOTED = {"recording-damaged", "recording-error"}, "not-found", "no-such-file"
#: Heads are signed once a day at the least: what is older than this has one.
VOUCHED_WITHIN_S = 2 * 86400

#: What reading an archive raises that somebody has altered: it says that it is encrypted (a
#: RuntimeError), packed in an unknown way, longer than it is; that a text is nested without end.
UNREADABLE = (
    EOFError, KeyError, OSError, RuntimeError, TypeError, ValueError, zipfile.BadZipFile, zlib.error
)  # fmt: skip

# --- Ed25519 (RFC 8032 §5.1), verification only -------------------------------------------------

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)


def _add(p: Any, q: Any) -> Any:
    """Add points in extended coordinates: x = X/Z, y = Y/Z, x·y = T/Z (§5.1.4)."""
    a = (p[1] - p[0]) * (q[1] - q[0]) % _P
    b = (p[1] + p[0]) * (q[1] + q[0]) % _P
    c, d = 2 * p[3] * q[3] * _D % _P, 2 * p[2] * q[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(scalar: int, p: Any) -> Any:
    q = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            q = _add(q, p)
        p = _add(p, p)
        scalar >>= 1
    return q


def _point(encoded: bytes) -> Any:
    """Return the point that 32 bytes stand for (§5.1.3); None for none."""
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = _P - x
    return x, y, 1, x * y % _P


_BASE = _point((4 * pow(5, _P - 2, _P) % _P).to_bytes(32, "little"))


def ed25519_verifies(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` of `message` is by the owner of `public_key` (§5.1.7)."""
    if len(public_key) != 32 or len(signature) != 64:
        return False
    a, r = _point(public_key), _point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= _L:
        return False
    digest = hashlib.sha512(signature[:32] + public_key + message).digest()
    k = int.from_bytes(digest, "little") % _L
    left, right = _times(s, _BASE), _add(r, _times(k, a))
    return not (
        (left[0] * right[2] - right[0] * left[2]) % _P
        or (left[1] * right[2] - right[1] * left[2]) % _P
    )


# --- canonical JSON (RFC 8785): the bytes that hashes and signatures cover ----------------------


def canonical(value: Any) -> bytes:
    """Return the canonical bytes of a JSON value."""
    return _text(value).encode()


def _text(value: Any) -> str:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, (int, float)):
        return _number(value)
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: str(name).encode("utf-16-be"))
        return "{" + ",".join(f"{_text(name)}:{_text(value[name])}" for name in names) + "}"
    return "[" + ",".join(_text(item) for item in value) + "]"


def _number(value: float) -> str:
    """Return a number as ECMAScript writes it (ECMA-262, Number::toString)."""
    if isinstance(value, int) or (value.is_integer() and abs(value) <= 2**53):
        return str(int(value))
    if not math.isfinite(value):
        raise ValueError("no JSON number")
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    place = len(whole) + int(exponent or 0)
    digits = (whole + fraction).lstrip("0")
    place -= len(whole + fraction) - len(digits)
    digits = digits.rstrip("0")
    count = len(digits)
    if count <= place <= 21:
        return sign + digits + "0" * (place - count)
    if 0 < place <= 21:
        return sign + digits[:place] + "." + digits[place:]
    if -6 < place <= 0:
        return sign + "0." + "0" * -place + digits
    return sign + digits[0] + ("." + digits[1:] if count > 1 else "") + f"e{place - 1:+d}"


def sha256_of(value: Any) -> str:
    """Return the SHA-256 of a JSON value's canonical bytes."""
    return hashlib.sha256(canonical(value)).hexdigest()


# --- the archive --------------------------------------------------------------------------------


class Archive:
    """A dossier: a zip file, or the folder it was unpacked to."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._zip = None if path.is_dir() else zipfile.ZipFile(path)

    def names(self) -> list[str]:
        if self._zip is not None:
            return self._zip.namelist()
        found = (one for one in self._path.rglob("*") if one.is_symlink() or not one.is_dir())
        return [one.relative_to(self._path).as_posix() for one in found]

    def around(self) -> Iterator[str]:
        """Say what a zip file holds besides its members."""
        if self._zip is None:
            return
        members = sorted(self._zip.filelist, key=lambda one: one.header_offset)
        if self._zip.comment or any(one.comment for one in members):
            yield "the archive: has a comment: it was added"
        with self._path.open("rb") as raw:
            end, gaps = 0, {0}
            for one in members:
                if one.header_offset - end not in gaps:
                    where = "between its files" if end else "before its first file"
                    yield f"the archive: has something {where}: it was added"
                raw.seek(one.header_offset)
                local = raw.read(30)
                name, extra = (int.from_bytes(local[at : at + 2], "little") for at in (26, 28))
                raw.seek(name, 1)
                if _is_renamed(raw.read(extra)) or _is_renamed(one.extra):
                    yield f"{one.filename}: has a second name: it was added"
                end = one.header_offset + len(local) + name + extra + one.compress_size
                # Whoever packs as a stream writes sizes behind a member, in one of four forms.
                gaps = {12, 16, 20, 24} if one.flag_bits & 8 else {0}
            if self._zip.start_dir - end not in gaps:
                yield "the archive: has something behind its last file: it was added"
            raw.seek(-22 - len(self._zip.comment), 2)
            if raw.read(4) != b"PK\5\6":
                yield "the archive: has something behind its end: it was added"

    def open(self, name: str) -> BinaryIO:
        if self._zip is not None:
            packed = self._zip.getinfo(name).compress_type
            if packed not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise ValueError("packed in a way that no dossier is")
            return self._zip.open(name)  # type: ignore[return-value]
        return (self._path / name).open("rb")

    def read(self, name: str) -> bytes:
        with self.open(name) as stream:
            return stream.read()

    def json(self, name: str) -> Any:
        return _parsed(self.read(name))

    def digest(self, name: str) -> tuple[str, int]:
        found, size = hashlib.sha256(), 0
        with self.open(name) as stream:
            while True:
                chunk = stream.read(1 << 20)
                if not chunk:
                    return found.hexdigest(), size
                found.update(chunk)
                size += len(chunk)


class Verifier:
    """Collects what does not hold (`faults`) and what the reader should know (`notes`)."""

    def __init__(self, archive: Archive, trusted: list[bytes]) -> None:
        self.archive = archive
        self.trusted = {_key_id(key): key for key in trusted}
        self.keys: dict[str, bytes] = {}
        self.owners: dict[str, str] = {}
        self.lines: dict[str, str] = {}
        self.calls: set[str] = set()
        self.sha256: dict[str, str] = {}
        self.seals: dict[tuple[str, int], Any] = {}
        self.vouched: set[tuple[str, int]] = set()
        self.faults: list[str] = []
        self.notes: list[str] = []
        self.checked: dict[str, int] = {}
        self.tasks: list[dict[str, Any]] = []

    def run(self) -> None:
        """Check everything that can be checked."""
        try:
            text = self.archive.read(LIST)
            dossier = _parsed(text)
        except UNREADABLE:
            self.faults.append(f"{LIST}: is not there or can't be read")
            return
        try:
            if text != canonical(dossier):
                self.faults.append(f"{LIST}: is not written as it was: it was altered")
            self._all_of(dossier)
        except (AttributeError, IndexError, *UNREADABLE) as error:
            self.faults.append(f"{LIST}: has not the shape of a dossier ({error!r})")

    def _all_of(self, dossier: Any) -> None:
        if (dossier.get("type"), dossier.get("version")) != (TYPE, VERSION):
            self.faults.append(f"{LIST}: is no dossier of version {VERSION}")
        self._members(dossier)
        self._find_keys(dossier)
        self._list_signature(dossier)
        for node in dossier.get("chains", {}):
            self._chain(node, dossier)
        for recording in dossier.get("recordings", []):
            self._recording(recording, dossier)
        self._left_out(dossier)
        if not (dossier.get("calls") or dossier.get("tasks")):
            self.notes.append("no call and no task is in it")
        if dossier.get("tasks", ()) is None:
            self.notes.append("tasks are left out: whoever asked for the dossier may not see them")
        for task in dossier.get("tasks") or []:
            self.tasks.append(_owed(task, dossier["created_at"]))
            self._count("tasks")

    def _members(self, dossier: Any) -> None:
        for fault in self.archive.around():
            self.faults.append(fault)
        listed = {one["name"]: one for one in dossier.get("members", [])}
        self.calls = set(dossier.get("calls", []))
        self.sha256 = {name: one["sha256"] for name, one in listed.items()}
        found = self.archive.names()
        for name in sorted(set(found)):
            if _leads_elsewhere(name):
                self.faults.append(f"{name}: does not stay where the archive is unpacked")
            if found.count(name) > 1:
                self.faults.append(f"{name}: is in the archive more than once")
            if name not in listed and name not in (LIST, SIGNATURE):
                self.faults.append(f"{name}: is not in the list of files: it was added")
        for name, member in sorted(listed.items()):
            if name not in found:
                self.faults.append(f"{name}: is missing: it was removed")
                continue
            try:
                actual = self.archive.digest(name)
            except UNREADABLE:
                self.faults.append(f"{name}: can't be read: it was altered")
                continue
            if actual != (member["sha256"], member["size_bytes"]):
                self.faults.append(f"{name}: is not the file that was put in: it was altered")
            self._count("files")
        sounds = {name for one in dossier.get("recordings", []) for name in one["files"]}
        for name in sorted(listed):
            if name.startswith("recordings/") and name not in sounds:
                self.faults.append(f"{name}: is not what was sealed of a recording")

    def _find_keys(self, dossier: Any) -> None:
        """Find the keys that can be believed: each next one is signed by one that is."""
        documents = self._read(dossier.get("keys")) or []
        stated = {}
        for document in documents:
            key = _raw(document.get("key", {}).get("public_key"))
            if key is None or not self._verifies(key, document["key"], document["own_signature"]):
                self.faults.append("seals: a key does not sign for itself: it was altered")
                continue
            stated[_key_id(key)] = (key, document)
            self.owners[_key_id(key)] = document["key"]["node"]
        self._find_lines(stated)
        self.keys = dict(self.trusted)
        if not self.trusted:
            first = {n: k for n, (k, one) in stated.items() if one["key"]["previous"] is None}
            self.keys = first
            for name, key in sorted(first.items()):
                text = base64.b64encode(key).decode()
                self.notes.append(f"believed because the archive says so: key {name} = {text}")
        growing = True
        while growing:
            known = len(self.keys)
            for name, (key, document) in stated.items():
                before = document["key"]["previous"]
                by = self.keys.get(before)
                if by and self._verifies(by, document["key"], document["signature"]):
                    self.keys.setdefault(name, key)
                if name in self.keys and before in stated:
                    self.keys.setdefault(before, stated[before][0])
            growing = len(self.keys) > known
        for name in sorted(set(stated) - set(self.keys)):
            self.faults.append(f"seals: key {name} does not lead to a key that is believed")

    def _find_lines(self, stated: dict[str, Any]) -> None:
        """Find which keys lead to each other, whatever name their node went by."""
        self.lines = {name: name for name in stated}
        for name, (_, document) in stated.items():
            before, signature = document["key"]["previous"], document.get("signature")
            if before in stated and self._verifies(stated[before][0], document["key"], signature):
                joined, line = self.lines[name], self.lines[before]
                for other, its in self.lines.items():
                    self.lines[other] = line if its == joined else its

    def _list_signature(self, dossier: Any) -> None:
        if SIGNATURE not in self.archive.names():
            self.faults.append(f"{SIGNATURE}: is missing: nobody vouches for the list of files")
            return
        try:
            signed = self.archive.json(SIGNATURE)
            key = self.keys.get(signed["key_id"])
            holds = key is not None and self._verifies(key, dossier, signed["signature"])
            holds = holds and len(signed) == 2
        except UNREADABLE:
            holds = False
        if not holds:
            self.faults.append(
                f"{LIST}: {SIGNATURE} does not hold for it: one of the two was altered"
            )

    def _chain(self, node: str, dossier: Any) -> None:
        """Check a node's seals and heads."""
        chain = dossier["chains"][node]
        previous = None
        for seal in self._lines(chain["seals"]):
            number, document = seal["number"], seal["document"]
            where = f"{chain['seals']}: seal {number} of {node}"
            if sha256_of(document) != seal["hash"] or document["number"] != number:
                self.faults.append(f"{where}: was altered")
            elif document["node"] != node:
                self.faults.append(f"{where}: is of another chain")
            elif not _follows(document, previous):
                self.faults.append(f"{where}: does not follow the one before it")
            self._stub(seal, node, where)
            self.seals[node, number] = previous = seal
            self._count("seals")
        self._heads(node, self._read(chain["heads"]) or [], chain["heads"])

    def _stub(self, seal: Any, node: str, where: str) -> None:
        """Check the signature of what a deletion leaves."""
        if seal["document"]["kind"] != "deletion" and seal.get("signature") is None:
            return
        if not self._signed_by(node, seal.get("key_id"), seal["document"], seal.get("signature")):
            self.faults.append(f"{where}: its signature does not hold")

    def _heads(self, node: str, heads: list[Any], name: str) -> None:
        """Check the heads of a chain, and note the seals for which they vouch."""
        for document in heads:
            if not _is_head(document):
                self.faults.append(f"{name}: a head of {node} can't be read: it was altered")
                continue
            head = document["head"]
            where = f"{name}: head {head['seals']} of {node}"
            if not self._signed_by(node, head["key_id"], head, document["signature"]):
                self.faults.append(f"{where}: its signature does not hold")
                continue
            self._count("heads")
            at = node, head["seals"]
            if at not in self.seals or head["node"] != node:
                self.faults.append(f"{where}: its seal is not there")
            elif self.seals[at]["hash"] != head["hash"]:
                self.faults.append(f"{where}: is not the hash of its seal: the chain was altered")
            else:
                self._vouch(at)

    def _vouch(self, at: tuple[str, int]) -> None:
        """Note a seal and those before it, as far as each names the hash of the one before."""
        while at in self.seals and at not in self.vouched:
            self.vouched.add(at)
            before = self.seals.get((at[0], at[1] - 1))
            if before is None or self.seals[at]["document"]["previous"] != before["hash"]:
                return
            at = at[0], at[1] - 1

    def _recording(self, listed: Any, dossier: Any) -> None:
        """Check that a recording is the one that was sealed first, or was deleted by somebody."""
        self._count("recordings")
        name, status = listed["id"], listed["status"]
        told, stub = self._told(listed)
        if listed["call_id"] not in self.calls:
            self.faults.append(f"{name}: is of no call that is in it")
        if status == "deleted" and stub is None:
            self.faults.append(f"{name}: is deleted, and no stub says so")
        elif status != "deleted" and stub is not None:
            self.faults.append(f"{name}: was deleted, and has come back")
        # A failed one may have been made after all: the evidence is what was sealed first as made.
        made = [one for one in told if one[0]["status"] != "failed"]
        if not made and status != "completed":
            made = told[-1:]
        facts, is_vouched = made[0] if made else (None, False)
        if not is_vouched and status not in {"deleted", "pending"} and _is_old(listed, dossier):
            self.faults.append(f"{name}: nothing vouches for it, and it is older than two days")
        was = facts["status"] if facts else status
        if status not in {"deleted", was} and (was, status) != ("failed", "pending"):
            self.faults.append(f"{name}: its status is not what was sealed")
        for one in (facts, stub):
            for field in ("call_id", "kind", "created_at", "started_at", "duration_s"):
                if one and field in listed and listed[field] != one[field]:
                    self.faults.append(f"{name}: its {field} is not what was sealed")
        self._sounds(listed, facts, [one for one, _ in told], dossier)

    def _told(self, listed: Any) -> tuple[list[Any], Any]:
        """Return what the seals of a recording tell of it, and what its stub does.

        Each with whether a signed head vouches for it.
        """
        name, stub = listed["id"], None
        told: list[Any] = []
        if not listed["seals"]:
            self.notes.append(f"{name}: has no seal yet")
        for reference in listed["seals"]:
            number, node = reference["number"], reference["node"]
            seal = self.seals.get((node, number))
            if seal is None or seal["hash"] != reference["hash"]:
                self.faults.append(f"{name}: seal {number} of {node} is another one")
                continue
            is_vouched = (node, number) in self.vouched
            if not is_vouched:
                self.notes.append(f"{name}: no signed head vouches for seal {number} of {node} yet")
            kind, facts = seal["document"]["kind"], seal["document"]["recording"]
            if facts["id"] != name:
                self.faults.append(f"{name}: seal {number} of {node} is another one")
            elif kind == "deletion":
                stub = facts
            elif facts["node"] != node or (kind == "recording") == bool(told):
                self.faults.append(f"{name}: seal {number} of {node} is not where it belongs")
            else:
                told.append((facts, is_vouched))
        return told, stub

    def _sounds(self, listed: Any, made: Any, told: list[Any], dossier: Any) -> None:
        """Check a recording's files: those that were sealed first, and redacted copies of later."""
        name = listed["id"]
        first = {(one["kind"], one["sha256"]) for one in made["files"]} if made else set()
        later = {(one["kind"], one["sha256"]) for facts in told for one in facts["files"]}
        sealed = first | {one for one in later if one[0] == "redacted"}
        for file in listed["files"]:
            if made and (_kind(file), self.sha256.get(file)) not in sealed:
                self.faults.append(f"{file}: is not what was sealed of {name}")
        for missing in listed.get("missing", []):
            what, why = missing["what"], missing["why"]
            was_there = any(kind == what for kind, _ in first) and listed["status"] != "deleted"
            # Another node may have what is not found here.
            is_gone = why == REMOVED and was_there and made["node"] == dossier["node"]
            if why in ALTERED or is_gone or (why == UNNOTED and was_there):
                self.faults.append(f"{name}: {what} was altered or removed where it lies ({why})")
            else:
                self.notes.append(f"{name}: {what} is not in the archive: {why}")

    def _left_out(self, dossier: Any) -> None:
        """Check that no recording of the matter's calls is sealed and not listed.

        One that was sealed while the dossier was made may not have been there when it was read.
        """
        listed = {one["id"] for one in dossier.get("recordings", [])}
        begun = _at(dossier["created_at"])
        for seal in self.seals.values():
            facts = seal["document"]["recording"]
            if facts["call_id"] in self.calls and facts["id"] not in listed:
                listed.add(facts["id"])
                if _at(seal["document"]["sealed_at"]) > begun:
                    self.notes.append(f"{facts['id']}: was sealed while the dossier was made")
                    continue
                self.faults.append(f"{facts['id']}: was recorded of a call, and is left out")

    def _signed_by(self, node: str, key_id: Any, value: Any, signature: Any) -> bool:
        """Whether a key that is believed has signed `value`: one of the node's own, if it has any.

        Those are its own that lead to one by its name. A node that goes by another name than when
        its key was made has none.
        """
        own = {self.lines[name] for name, owner in self.owners.items() if owner == node}
        is_anothers = bool(own) and self.lines.get(key_id) not in {None, *own}
        key = None if is_anothers else self.keys.get(key_id)
        return key is not None and self._verifies(key, value, signature)

    def _verifies(self, key: bytes, value: Any, signature: Any) -> bool:
        raw = _decoded(signature)
        return raw is not None and ed25519_verifies(key, canonical(value), raw)

    def _read(self, name: Any) -> Any:
        try:
            return self.archive.json(name)
        except UNREADABLE:
            self.faults.append(f"{name}: can't be read")
            return None

    def _lines(self, name: str) -> Iterator[Any]:
        try:
            with self.archive.open(name) as stream:
                for line in stream:
                    yield json.loads(line.decode())
        except UNREADABLE:
            self.faults.append(f"{name}: can't be read to its end")

    def _count(self, what: str) -> None:
        self.checked[what] = self.checked.get(what, 0) + 1


#: What is owed by a time, and when it was done, as fields of a task.
_OWED = (
    ("contact", "contact_by", "contacted_at"),
    ("promised answer", "promised_at", "closed_at"),
    ("due", "due_at", "closed_at"),
    ("closing", "close_by", "closed_at"),
)


def _owed(task: Any, made_at: str) -> dict[str, Any]:
    """Return a task's deadlines: what was owed by when, when it was done, how many seconds late.

    What is not done is late by the time that the dossier was made.
    """
    deadlines = [
        {
            "of": name,
            "by": task[by],
            "done_at": task[done],
            "late_s": max(0.0, (_at(task[done] or made_at) - _at(task[by])).total_seconds()),
        }
        for name, by, done in _OWED
        if task[by] is not None
    ]
    told = {name: task[name] for name in ("id", "type", "state", "result", "closed_at")}
    return {**told, "asked_at": task["requested_at"] or task["created_at"], "deadlines": deadlines}


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _told(task: Any) -> Iterator[str]:
    """Say a task's deadlines in lines."""
    end = f"{task['state']} {task['closed_at']}" if task["closed_at"] else task["state"]
    result = f" ({task['result']})" if task["result"] else ""
    yield f"task {task['id']}, {task['type']}, asked for {task['asked_at']}: {end}{result}"
    for one in task["deadlines"]:
        done = one["done_at"] or "not done"
        late = f"{_span(one['late_s'])} late" if one["late_s"] else "in time"
        if not one["done_at"] and not one["late_s"]:
            late = "its time had not passed"
        yield f"  {one['of']} by {one['by']}: {done}, {late}"


def _span(seconds: float) -> str:
    minutes = int(seconds // 60)
    hours, days = minutes // 60 % 24, minutes // (24 * 60)
    parts = ((days, "d"), (hours, "h"), (minutes % 60, "min"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or f"{seconds:.0f} s"


def _is_old(listed: Any, dossier: Any) -> bool:
    """Whether a recording began so long before the dossier that a head must vouch for it."""
    began = listed.get("created_at") or listed["started_at"]
    if began is None:
        return False
    return (_at(dossier["created_at"]) - _at(began)).total_seconds() > VOUCHED_WITHIN_S


def _kind(file: str) -> str:
    """Return which kind of file goes by this name."""
    stem = file.rpartition(".")[0]
    return next((kind for kind in ("redacted", "listening") if stem.endswith(kind)), "master")


def _follows(document: Any, previous: Any) -> bool:
    """Whether a seal names the hash of the one before it, as far as that one is there."""
    if previous is None or document["number"] != previous["number"] + 1:
        return True
    return bool(document["previous"] == previous["hash"])


def _is_head(document: Any) -> bool:
    """Whether this has what a signed head has."""
    head = document.get("head") if isinstance(document, dict) else None
    is_whole = isinstance(head, dict) and {"node", "seals", "hash", "key_id"} <= set(head)
    return is_whole and "signature" in document


def _leads_elsewhere(name: str) -> bool:
    """Whether a file of this name may be written outside of the folder it is unpacked to."""
    return any(one in name for one in "\\:") or not {"", ".", ".."}.isdisjoint(name.split("/"))


def _is_renamed(extra: bytes) -> bool:
    """Whether a member's extra field has another name, which some programs go by (0x7075)."""
    while len(extra) >= 4:
        kind, size = (int.from_bytes(extra[at : at + 2], "little") for at in (0, 2))
        if kind == 0x7075:
            return True
        extra = extra[4 + size :]
    return False


def _parsed(text: bytes) -> Any:
    """Return a JSON value. Raises ValueError for one in which a name stands twice."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) != len(pairs):
            raise ValueError("a name stands there twice")
        return dict(pairs)

    return json.loads(text.decode(), object_pairs_hook=unique)


def _decoded(text: Any) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (TypeError, ValueError):
        return None


def _raw(text: Any) -> bytes | None:
    raw = _decoded(text)
    return raw if raw is not None and len(raw) == 32 else None


def _key_id(key: bytes) -> str:
    return hashlib.sha256(key).hexdigest()[:32]


def _shown(line: str) -> str:
    """Return a line without what a name in an archive could do to a terminal or a log."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in line)


def _public_key(text: str) -> bytes:
    key = _raw(text)
    if key is None:
        raise argparse.ArgumentTypeError("a public key is the base64 of 32 bytes")
    return key


def main(arguments: list[str] | None = None) -> int:
    """Verify what the arguments name, print what was found, and return the exit code."""
    parser = argparse.ArgumentParser(description="Verify a dossier of voicegw.")
    here = Path(__file__).resolve().parent
    parser.add_argument("dossier", nargs="?", type=Path, default=here, help="zip file or folder")
    parser.add_argument("--key", action="append", default=[], type=_public_key, metavar="BASE64",
                        help="a public key that you trust")  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    asked = parser.parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names may have what a terminal has not
    try:
        verifier = Verifier(Archive(asked.dossier), asked.key)
    except UNREADABLE as error:
        print(f"verify.py: {asked.dossier}: can't be opened ({error})", file=sys.stderr)
        return 2
    verifier.run()
    ok = not verifier.faults
    if asked.json:
        found = {"ok": ok, "faults": verifier.faults, "notes": verifier.notes}
        print(json.dumps({**found, "checked": verifier.checked, "tasks": verifier.tasks}))
        return 0 if ok else 1
    for task in verifier.tasks:
        for line in _told(task):
            print(_shown(line))
    for line in verifier.notes:
        print(f"note: {_shown(line)}")
    for line in verifier.faults:
        print(f"FAULT: {_shown(line)}")
    counts = ", ".join(f"{count} {what}" for what, count in sorted(verifier.checked.items()))
    print(f"{'everything holds' if ok else 'NOT INTACT'} ({counts})")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
