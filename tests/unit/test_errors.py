"""The exception tree: slugs are stable, facts are attributes."""

from __future__ import annotations

import inspect

import pytest

from voicegw import errors
from voicegw.errors import (
    ConfigError,
    ConflictError,
    InvalidError,
    MalformedMessageError,
    NotFoundError,
    PolicyError,
    Problem,
    StartError,
    StoreError,
    StoreUnavailableError,
    StoreVersionError,
    VoicegwError,
)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("VoicegwError", "internal-error"),
        ("ConfigError", "config-invalid"),
        ("StartError", "start-failed"),
        ("NotFoundError", "not-found"),
        ("InvalidError", "invalid"),
        ("StoreError", "store-error"),
        ("StoreUnavailableError", "store-unavailable"),
        ("StoreVersionError", "store-version"),
        ("SipError", "sip-error"),
        ("MalformedMessageError", "sip-malformed"),
        ("SipStateError", "sip-state"),
        ("SdpError", "sdp-unusable"),
        ("MediaError", "media-error"),
        ("NoMediaCapacityError", "media-full"),
        ("MediaSessionLostError", "media-lost"),
        ("RecordingError", "recording-error"),
        ("KeyMissingError", "key-missing"),
        ("DamagedFileError", "recording-damaged"),
        ("StorageUnavailableError", "storage-unavailable"),
    ],
)
def test_slugs_are_stable(name: str, slug: str) -> None:
    assert getattr(errors, name).slug == slug


def test_every_error_derives_from_one_base() -> None:
    own = [
        one
        for _, one in inspect.getmembers(errors, inspect.isclass)
        if issubclass(one, Exception) and one.__module__ == errors.__name__
    ]
    assert len(own) >= 18
    assert all(issubclass(one, VoicegwError) for one in own)


def test_a_problem_says_where_what_and_how_to_mend_it() -> None:
    assert str(Problem("a.toml:3", "unknown key", "remove it")) == (
        "a.toml:3: unknown key; remove it"
    )
    assert str(Problem("a.toml:3", "unknown key")) == "a.toml:3: unknown key"


def test_a_config_error_lists_every_problem() -> None:
    error = ConfigError([Problem("a", "one"), Problem("b", "two", "mend")])
    assert [one.where for one in error.problems] == ["a", "b"]
    assert str(error) == "a: one; b: two; mend"


def test_a_start_error_carries_its_problem() -> None:
    problem = Problem("udp://0.0.0.0:5060", "port in use", "choose another")
    error = StartError(problem)
    assert error.problem is problem
    assert str(error) == str(problem)


def test_a_policy_error_carries_rule_and_retry() -> None:
    error = PolicyError("trunk-full", "no trunk is free", retry_after_s=10)
    assert (error.slug, error.detail, error.retry_after_s) == (
        "trunk-full",
        "no trunk is free",
        10,
    )
    assert PolicyError("do-not-call", "no").retry_after_s is None


def test_a_not_found_error_shows_no_key() -> None:
    error = NotFoundError("customer", "+8613800138000")
    assert (error.kind, error.key) == ("customer", "+8613800138000")
    assert "138" not in str(error)


def test_conflicts_and_invalid_values() -> None:
    conflict = ConflictError("manager-busy", "in a call")
    assert (conflict.slug, conflict.detail, str(conflict)) == (
        "manager-busy",
        "in a call",
        "in a call",
    )
    invalid = InvalidError("name", "must not be empty")
    assert (invalid.field, invalid.message) == ("name", "must not be empty")
    assert str(invalid) == "name: must not be empty"


def test_a_store_of_another_version() -> None:
    error = StoreVersionError(None, "0002")
    assert (error.found, error.expected) == (None, "0002")
    assert "none" in str(error)
    assert isinstance(error, StoreError)
    assert issubclass(StoreUnavailableError, StoreError)


def test_a_malformed_message_knows_its_answer() -> None:
    assert MalformedMessageError("bad").status == 400
    error = MalformedMessageError("bad scheme", status=416)
    assert (error.detail, error.status) == ("bad scheme", 416)
