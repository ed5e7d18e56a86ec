"""Which passwords are taken, and that comparing them holds nobody up."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from pathlib import Path

import pytest

from api import passwords
from api.passwords import (
    PasswordDesk,
    check_password,
    hash_password,
    is_password,
    one_time_password,
)
from api.problems import ApiProblem
from voicegw.errors import InvalidError


@pytest.mark.parametrize(
    "password",
    [
        "a horse on the roof",
        "十个字的密码也是可以用的",
        "x9$kQ2mmPz",
        "  blanks count  ",
        "é" * 4 + "abcdef",
    ],
)
def test_a_good_password_is_long_and_its_own(password: str) -> None:
    check_password(password, "wang.li")


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("123456789", "at least 10"),
        ("x" * 257, "at most 256"),
        ("0123456789", "everybody tries"),
        ("PassWord123", "everybody tries"),
        ("qwertyuiop", "everybody tries"),
        ("aaaaaaaaaaaa", "everybody tries"),
        ("ababababababab", "everybody tries"),
        ("my name is wang.li", "hold the login"),
        ("WANG.LI-2026", "hold the login"),
        ("ｐａｓｓｗｏｒｄ１２３", "everybody tries"),
    ],
)
def test_a_bad_one_is_refused_by_name(password: str, why: str) -> None:
    with pytest.raises(InvalidError) as refused:
        check_password(password, "wang.li", field="new")
    assert refused.value.field == "new"
    assert why in refused.value.message
    assert password not in refused.value.message


def test_a_login_that_is_an_address_is_looked_for_without_its_domain() -> None:
    with pytest.raises(InvalidError):
        check_password("i am wang.li too", "wang.li@example.net")
    for login in ("li", "li@example.net"):
        check_password("a lion in the middle", login)  # two letters are in many words


def test_the_common_ones_are_all_long_enough_to_matter() -> None:
    lines = Path(passwords.__file__).with_name("common_passwords.txt").read_text().splitlines()
    listed = [line for line in lines if line and not line.startswith("#")]
    assert len(listed) > 120
    assert [line for line in listed if line != line.strip().casefold()] == []
    assert len(set(listed)) == len(listed)


def test_a_hash_knows_its_password_however_it_is_typed() -> None:
    digest = hash_password("café au lait")
    assert digest.startswith("$argon2id$")
    assert is_password(digest, "café au lait")
    assert not is_password(digest, "cafe au lait")
    assert not is_password(None, "café au lait")
    assert not is_password("no hash", "café au lait")


def test_a_hash_costs_what_owasp_recommends() -> None:
    assert (passwords.PASSES, passwords.MEMORY_KIB) == (2, 19 * 1024)


def test_one_time_passwords_are_good_ones_and_differ() -> None:
    made = {one_time_password() for _ in range(50)}
    assert len(made) == 50
    for password in made:
        check_password(password, "wang.li")
        assert len(password) == 23


async def test_a_flood_waits_in_a_row_of_bounded_length(monkeypatch: pytest.MonkeyPatch) -> None:
    gate, running, most = threading.Event(), 0, 0
    lock = threading.Lock()

    def slow(password_hash: str | None, password: str) -> bool:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        gate.wait(20)
        with lock:
            running -= 1
        return password_hash == password

    monkeypatch.setattr(passwords, "is_password", slow)
    desk = PasswordDesk(at_once=2, most_waiting=3)
    waiting = [asyncio.create_task(desk.verify("x", "x")) for _ in range(5)]
    await asyncio.sleep(0)
    with pytest.raises(ApiProblem) as refused:
        await desk.verify("x", "x")
    assert refused.value.code == "overloaded"
    assert refused.value.headers["Retry-After"] == "5"
    waiting[0].cancel()  # whoever hangs up frees no thread
    await asyncio.sleep(0)
    with pytest.raises(ApiProblem):
        await desk.verify("x", "x")
    gate.set()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert answers[1:] == [True] * 4
    assert most == 2
    assert await desk.verify("x", "y") is False
    desk.close()


async def test_the_loop_runs_on_meanwhile_and_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[int] = []

    def look(password: str) -> str:
        found.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        time.sleep(0.05)
        return password

    monkeypatch.setattr(passwords, "hash_password", look)
    desk = PasswordDesk()
    hashing = asyncio.create_task(desk.hash("x"))
    turns = 0
    while not hashing.done():
        turns += 1
        await asyncio.sleep(0.001)
    assert turns > 3
    assert await hashing == "x"
    assert found[0] >= os.getpriority(os.PRIO_PROCESS, 0) + 1
    desk.close()
