"""PINs are kept as hashes."""

from __future__ import annotations

import pytest

from voicegw.directory.pins import hash_pin, is_managers_pin, is_pin
from voicegw.errors import InvalidError


def test_the_hash_knows_its_pin_and_no_other() -> None:
    made = hash_pin("408291")
    assert "408291" not in made
    assert made != hash_pin("408291")
    assert is_pin(made, "408291")
    for digits in ("408292", "", "40829", "4082911"):
        assert not is_pin(made, digits)


@pytest.mark.parametrize("stored", ["", "nonsense", "$argon2id$v=19$broken"])
def test_nothing_is_the_pin_of_a_hash_that_is_none(stored: str) -> None:
    assert not is_pin(stored, "1234")


@pytest.mark.parametrize("pin", ["", "123", "1" * 13, "12a4", "１２３４"])
def test_a_pin_is_four_to_twelve_digits(pin: str) -> None:
    with pytest.raises(InvalidError):
        hash_pin(pin)


@pytest.mark.parametrize("pin", ["0000", "888888", "1234", "4321", "567890", "9012", "210987"])
def test_a_pin_that_everybody_tries_first_is_refused(pin: str) -> None:
    with pytest.raises(InvalidError) as caught:
        hash_pin(pin)
    assert pin not in str(caught.value)


def test_who_has_no_pin_is_compared_all_the_same_and_never_right() -> None:
    made = hash_pin("408291")
    assert is_managers_pin(made, "408291")
    assert not is_managers_pin(made, "408292")
    for digits in ("408291", "", "0000"):
        assert not is_managers_pin(None, digits)
