"""The node's signing keys: made at the first start, kept in its folder, never in the store.

`keys/seals.pem` holds the private key (PKCS 8, PEM, mode 0600), `keys/seals-KEYID.pub` each public
key the node ever had (base64 of the raw 32 bytes). Public keys are written into the store as well,
each signed by the one before it, so that whoever trusts one of them can follow to the present one.
`keys/seals-KEYID.json` is the same record, for a store that is brought back from before it: the key
that signed it is gone by then.
`keys/seals-head.json` is the last head that was signed: whoever changes the database alone can't
change what the node remembers. `keys/SLUG.alert` is an alert of something that happened once and
that no later look can find mended: it is raised until somebody has looked into it and removes it.
What blocks on the disk here is called from threads.
"""

from __future__ import annotations

import base64
import os
import secrets
import stat
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from recordings.integrity.signature import Signer, is_signed, key_id_of, to_text
from voicegw.errors import Problem, StartError
from voicegw.model.seal import SealKey

KEY_TYPE: Final = "voicegw.seal-key"
_PRIVATE: Final = "seals.pem"
_HEAD: Final = "seals-head.json"
_ALERT: Final = ".alert"
_PUBLIC_BYTES: Final = 32
_FORBIDDEN_BITS: Final = 0o077


class KeyFolder:
    """A node's signing keys on its disk."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is created with the first key."""
        self._folder = folder

    def load(self) -> Signer | None:
        """Return the present key, None when there is none. Raises StartError when unusable."""
        path = self._folder / _PRIVATE
        try:
            with path.open("rb") as stream:
                mode = stat.S_IMODE(os.fstat(stream.fileno()).st_mode)
                private = load_pem_private_key(stream.read(), password=None)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise self._unusable(path, "can't be read") from error
        if not isinstance(private, Ed25519PrivateKey):
            raise self._unusable(path, "is no Ed25519 key")
        if mode & _FORBIDDEN_BITS:
            # Who can read it can sign what never was.
            mend = f"chmod 600 {path}; then make another: voicegw recordings keys --rotate"
            raise StartError(Problem(str(path), f"may be read by others (mode {mode:04o})", mend))
        return Signer(private)

    def save(self, private: Ed25519PrivateKey) -> None:
        """Make `private` the present key. Raises StartError when it can't be written."""
        signer = Signer(private)
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            public = to_text(signer.public_key).encode() + b"\n"
            _write(self._folder / f"seals-{signer.key_id}.pub", public, 0o644)
            _write(self._folder / _PRIVATE, pem, 0o600)
        except OSError as error:
            raise self._unusable(self._folder, "can't be written") from error

    def keep_record(self, record: SealKey) -> None:
        """Keep what the store has of a key, unless it is kept already. Raises StartError."""
        path = self._folder / f"seals-{record.key_id}.json"
        try:
            if not path.exists():
                _write(path, msgspec.json.encode(record), 0o600)
        except OSError as error:
            raise self._unusable(self._folder, "can't be written") from error

    def records(self) -> list[SealKey]:
        """Return what is kept of the node's keys, the oldest first; what can't be read is not."""
        found: list[SealKey] = []
        for path in self._folder.glob("seals-*.json"):
            with suppress(OSError, msgspec.DecodeError):
                found.append(msgspec.json.decode(path.read_bytes(), type=SealKey))
        return sorted(found, key=lambda one: one.created_at)

    def keep_head(self, document: dict[str, Any]) -> None:
        """Keep the last signed head (`{"head": …, "signature": …}`). Raises StartError."""
        try:
            _write(self._folder / _HEAD, msgspec.json.encode(document), 0o600)
        except OSError as error:
            raise self._unusable(self._folder, "can't be written") from error

    def kept_head(self) -> dict[str, Any] | None:
        """Return the last signed head, None when there is none or it can't be read."""
        try:
            found = msgspec.json.decode((self._folder / _HEAD).read_bytes())
        except (OSError, msgspec.DecodeError):
            return None
        return found if isinstance(found, dict) and isinstance(found.get("head"), dict) else None

    def keep_alert(self, slug: str, detail: str) -> None:
        """Keep that `slug` is raised, until its file is removed. Raises StartError.

        One that is kept already stays as it is: it names what came first.
        """
        path = self._folder / f"{slug}{_ALERT}"
        try:
            if not path.exists():
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                _write(path, detail.encode() + b"\n", 0o600)
        except OSError as error:
            raise self._unusable(self._folder, "can't be written") from error

    def alerts(self) -> dict[str, str]:
        """Return the details of the alerts that are kept, by their slugs."""
        found = {}
        for path in self._folder.glob(f"*{_ALERT}"):
            try:
                found[path.stem] = path.read_text(errors="replace").strip()
            except FileNotFoundError:
                continue  # removed this moment
            except OSError as error:
                found[path.stem] = str(error.strerror)
        return found

    def public_keys(self) -> dict[str, bytes]:
        """Return the public keys that this node ever had, by their names."""
        found = {}
        for path in sorted(self._folder.glob("seals-*.pub")):
            raw = public_key(path.read_text())
            if raw is not None:
                found[key_id_of(raw)] = raw
        return found

    def _unusable(self, path: Path, what: str) -> StartError:
        return StartError(
            Problem(str(path), what, "restore it from a backup, or move it away for a new key")
        )


def public_key(text: str) -> bytes | None:
    """Return the public key that `text` is the base64 of; None when it is none."""
    try:
        raw = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        return None
    return raw if len(raw) == _PUBLIC_BYTES else None


def key_record(signer: Signer, node: str, now: datetime, before: Signer | None) -> SealKey:
    """Return what the store keeps of a node's new key, vouched for by the one `before` it.

    The new key signs too: who trusts it learns which one it followed.
    """
    statement: dict[str, Any] = {
        "type": KEY_TYPE,
        "version": 1,
        "node": node,
        "key_id": signer.key_id,
        "public_key": to_text(signer.public_key),
        "created_at": msgspec.to_builtins(now),
        "previous": None if before is None else before.key_id,
    }
    document = {
        "key": statement,
        "own_signature": signer.sign(statement),
        "signature": None if before is None else before.sign(statement),
    }
    return SealKey(signer.key_id, node, now, document)


def believed(
    keys: Sequence[SealKey],
    trusted: Mapping[str, Mapping[str, bytes]],
    anywhere: Mapping[str, bytes] = MappingProxyType({}),
) -> dict[str, dict[str, bytes]]:
    """Return the public keys that can be believed, by node and by their names.

    Those are what is `trusted` of a node and what is trusted whichever node's it is; what a
    believed key has signed as its successor; and what a believed key names as the one before it. A
    node of which nothing is trusted has its first key taken at its word, unless some are trusted
    `anywhere`: then all must lead to those. A node's keys are those of all `lines` of which one
    goes by its name: a node keeps its key when it is given another name.
    """
    found: dict[str, dict[str, bytes]] = {}
    line, everything = lines(keys), _stated(keys)
    for node in {key.node for key in keys} | set(trusted):
        own = {line[name] for name, one in everything.items() if one.node == node}
        stated = {name: one for name, one in everything.items() if line[name] in own}
        roots = dict(trusted.get(node, {}))
        roots |= {name: raw for name, raw in anywhere.items() if name in stated}
        if not roots and not anywhere:
            roots = {name: one.public_key for name, one in stated.items() if one.previous is None}
        found[node] = _followed(stated, roots)
    return found


def lines(keys: Sequence[SealKey]) -> dict[str, str]:
    """Return of each key, by its name, what it has in common with those that it leads to.

    Keys lead to each other where one has signed the next one, whatever name the node went by.
    """
    stated = _stated(keys)
    found = {name: name for name in stated}
    for name, one in stated.items():
        before = None if one.previous is None else stated.get(one.previous)
        if before is not None and one.is_signed_by(before.public_key):
            joined = found[name]
            for other in [key_id for key_id, line in found.items() if line == joined]:
                found[other] = found[str(one.previous)]
    return found


def _stated(keys: Sequence[SealKey]) -> dict[str, _Stated]:
    """Return what keys say of themselves, by their names, of those that sign for it."""
    return {key.key_id: stated for key in keys if (stated := _Stated.of(key)) is not None}


def for_nameless(
    found: Mapping[str, Mapping[str, bytes]], nodes: Iterable[str]
) -> dict[str, Mapping[str, bytes]]:
    """Return the same for all of `nodes`: one that has no key by its name may use anybody's.

    Its key was made when it went by another name.
    """
    anybodys = {name: raw for keys in found.values() for name, raw in keys.items()}
    return {**dict.fromkeys(nodes, anybodys), **found}


def _followed(stated: Mapping[str, _Stated], roots: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return what can be believed of a node's keys when `roots` are."""
    found = dict(roots)
    growing = True
    while growing:
        known = len(found)
        for name, one in stated.items():
            before = None if one.previous is None else stated.get(one.previous)
            if one.previous in found and one.is_signed_by(found[one.previous]):
                found.setdefault(name, one.public_key)
            if name in found and one.previous is not None and before is not None:
                found.setdefault(one.previous, before.public_key)
        growing = len(found) > known
    return found


class _Stated(msgspec.Struct, frozen=True):
    """What a key says of itself, its own signature checked."""

    node: str
    public_key: bytes
    previous: str | None
    document: dict[str, Any]

    @classmethod
    def of(cls, key: SealKey) -> _Stated | None:
        statement = key.document.get("key")
        if not isinstance(statement, dict):
            return None
        raw = public_key(str(statement.get("public_key")))
        if raw is None or key_id_of(raw) != key.key_id or statement.get("node") != key.node:
            return None
        if not is_signed(statement, key.document.get("own_signature"), raw):
            return None
        return cls(key.node, raw, statement.get("previous"), key.document)

    def is_signed_by(self, other: bytes) -> bool:
        return is_signed(self.document["key"], self.document.get("signature"), other)


def _write(path: Path, content: bytes, mode: int) -> None:
    """Put a file in its place in one step, safe from a power cut."""
    # A name of its own: a command, or a thread that was left behind, may write it at the same time.
    staged = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    handle = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        staged.replace(path)
    except OSError:
        staged.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
