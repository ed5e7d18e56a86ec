"""The signing keys on the disk, and which of those in the store can be believed."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from recordings.integrity.keys import KeyFolder, believed, key_record, public_key
from recordings.integrity.signature import Signer
from tests.unit.recordings.integrity.records import NOW
from voicegw.errors import StartError
from voicegw.model.seal import SealKey


def a_signer() -> Signer:
    """Return a new key."""
    return Signer(Ed25519PrivateKey.generate())


def a_chain(count: int) -> tuple[list[Signer], list[SealKey]]:
    """Return keys of a node, each vouched for by the one before it."""
    signers = [a_signer() for _ in range(count)]
    before = [None, *signers[:-1]]
    return signers, [
        key_record(signer, "node-1", NOW, previous)
        for signer, previous in zip(signers, before, strict=True)
    ]


def test_a_key_is_its_owners_alone_and_comes_back(tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path / "keys")
    assert folder.load() is None
    private = Ed25519PrivateKey.generate()
    folder.save(private)
    loaded = folder.load()
    assert loaded is not None
    assert loaded.public_key == Signer(private).public_key
    assert stat.S_IMODE((tmp_path / "keys" / "seals.pem").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    first = loaded.key_id
    folder.save(Ed25519PrivateKey.generate())
    second = folder.load()
    assert second is not None
    assert set(folder.public_keys()) == {first, second.key_id}


@pytest.mark.parametrize("content", [b"", b"-----BEGIN PRIVATE KEY-----\nx\n"])
def test_a_damaged_key_is_told_and_never_replaced(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "seals.pem"
    path.write_bytes(content)
    with pytest.raises(StartError, match="can't be read"):
        KeyFolder(tmp_path).load()
    assert path.read_bytes() == content


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    other = X25519PrivateKey.generate()
    pem = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "seals.pem").write_bytes(pem)
    with pytest.raises(StartError, match="no Ed25519 key"):
        KeyFolder(tmp_path).load()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a file")
    with pytest.raises(StartError, match="can't be written"):
        KeyFolder(tmp_path / "keys").save(Ed25519PrivateKey.generate())


def test_several_who_write_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path)
    documents: list[dict[str, Any]] = [
        {"head": {"node": "node-1", "seals": number}} for number in range(64)
    ]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(folder.keep_head, documents))
    assert folder.kept_head() in documents
    assert [one.name for one in tmp_path.iterdir()] == ["seals-head.json"]


def test_public_keys_are_read_from_base64_only(tmp_path: Path) -> None:
    (tmp_path / "seals-x.pub").write_text("nonsense")
    assert KeyFolder(tmp_path).public_keys() == {}
    assert public_key("AAAA") is None


def names(keys: list[SealKey], **trusted: bytes) -> set[str]:
    """Return which keys of node-1 are believed by who trusts some of them."""
    return set(believed(keys, {"node-1": trusted} if trusted else {})["node-1"])


def test_who_trusts_one_key_of_a_node_believes_all_before_and_after_it() -> None:
    signers, keys = a_chain(4)
    everything = {signer.key_id for signer in signers}
    for signer in signers:
        assert names(keys, **{signer.key_id: signer.public_key}) == everything
        anywhere = {signer.key_id: signer.public_key}
        assert set(believed(keys, {}, anywhere)["node-1"]) == everything
    assert names(keys) == everything


def test_a_key_counts_for_its_own_node_only() -> None:
    signers, keys = a_chain(1)
    other = a_signer()
    both = [*keys, key_record(other, "node-2", NOW, None)]
    trusted = {signers[0].key_id: signers[0].public_key}
    assert believed(both, {"node-1": trusted}) == {
        "node-1": trusted,
        "node-2": {other.key_id: other.public_key},  # of which nothing else is known
    }
    assert believed(both, {}, trusted) == {"node-1": trusted, "node-2": {}}


def test_a_name_has_the_keys_that_lead_to_one_of_its_own() -> None:
    """A node was renamed, then got another key, and was given its first name again."""
    first, second, other = a_signer(), a_signer(), a_signer()
    keys = [
        key_record(second, "new", NOW, first),
        key_record(first, "old", NOW, None),
        key_record(other, "node-2", NOW, None),
    ]
    both = {first.key_id: first.public_key, second.key_id: second.public_key}
    alone = {other.key_id: other.public_key}
    assert believed(keys, {}) == {"old": both, "new": both, "node-2": alone}
    for one in (first, second):
        found = believed(keys, {}, {one.key_id: one.public_key})
        assert found == {"old": both, "new": both, "node-2": {}}
    # Whoever only says that it follows another's key has nothing in common with it.
    claimed = key_record(other, "node-2", NOW, second)
    claimed.document["signature"] = other.sign(claimed.document["key"])
    found = believed([*keys[:2], claimed], {})
    assert found == {"old": both, "new": both, "node-2": {}}


def test_a_key_that_nobody_vouches_for_is_not_believed() -> None:
    signers, keys = a_chain(2)
    trusted = {signers[0].key_id: signers[0].public_key}
    forger = a_signer()
    alone = key_record(forger, "node-1", NOW, None)
    assert forger.key_id not in names([*keys, alone], **trusted)
    # It says that it follows a believed one, but that one did not sign.
    claimed = key_record(forger, "node-1", NOW, signers[1])
    claimed.document["signature"] = forger.sign(claimed.document["key"])
    assert forger.key_id not in names([*keys, claimed], **trusted)


def test_nobody_becomes_the_predecessor_of_a_trusted_key() -> None:
    signers, keys = a_chain(1)
    trusted = {signers[0].key_id: signers[0].public_key}
    forger = a_signer()
    statement = keys[0].document["key"] | {"previous": forger.key_id}
    forged = {
        "key": statement,
        "own_signature": keys[0].document["own_signature"],
        "signature": forger.sign(statement),
    }
    record = msgspec.structs.replace(keys[0], document=forged)
    found = names([record, key_record(forger, "node-1", NOW, None)], **trusted)
    assert found == {signers[0].key_id}


@pytest.mark.parametrize("document", [{}, {"key": None}, {"key": {"public_key": "AAAA"}}])
def test_a_record_that_is_none_is_passed_over(document: dict[str, object]) -> None:
    assert believed([SealKey("k", "node-1", NOW, document)], {}) == {"node-1": {}}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_private_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    folder = KeyFolder(tmp_path)
    folder.save(Ed25519PrivateKey.generate())
    assert folder.load() is not None
    (tmp_path / "seals.pem").chmod(mode)
    with pytest.raises(StartError) as refused:
        folder.load()
    assert f"{mode:04o}" in refused.value.problem.what
    assert "--rotate" in refused.value.problem.mend
