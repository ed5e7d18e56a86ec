"""A configuration read anew: what changes at once, what waits, what a bad file does."""

from __future__ import annotations

import random
from pathlib import Path
from typing import cast

import pytest

from config import load
from config.settings import Settings
from tests.parts.certificates import Authority
from voicegw.clock import SystemClock
from voicegw.errors import Problem, StartError
from voicegw.events.alerts import Alerts
from voicegw.events.factory import EventFactory
from voicegw.model.event import Event
from voicegw.reload import ALERT_REJECTED, Reloader, needs_restart
from voicegw.setup.trunks import trunks_of
from voicegw.sip.locating import Server
from voicegw.sip.locator import TrunkLocator
from voicegw.sip.tls import TlsContexts
from voicegw.sip.trunk import Trunk, TrunkBook
from voicegw.sip.trunk_watch import TrunkWatch
from voicegw.sip.wire import Peer

A = '[[trunk]]\nname = "a"\nuri = "sip:127.0.0.9"\nmax_calls = 2\n'
B = '[[trunk]]\nname = "b"\nuri = "sip:b.example"\n'


class Follower:
    """Counts how often it was told to look at the book again."""

    def __init__(self) -> None:
        self.times = 0

    def follow(self) -> list[object]:
        self.times += 1
        return []


class Rig:
    def __init__(self, folder: Path, text: str) -> None:
        self.file = folder / "voicegw.toml"
        self.events: list[Event] = []
        self.contexts: list[TlsContexts] = []
        settings = self.write(text)
        self.book = TrunkBook(trunks_of(settings), rng=random.Random(1))
        self.locator, self.watch = Follower(), Follower()
        self.alerts = Alerts(EventFactory(SystemClock()), "n", self.events.append)
        self.reloader = Reloader(
            settings=settings,
            load=lambda: load(self.file, {}),
            trunks=self.book,
            locator=cast(TrunkLocator, self.locator),
            watch=cast(TrunkWatch, self.watch),
            use_tls=self.use_tls,
            alerts=self.alerts,
        )

    def write(self, text: str) -> Settings:
        self.file.write_text(text)
        return load(self.file, {})

    def use_tls(self, contexts: TlsContexts) -> None:
        if contexts.server is None:
            raise StartError(Problem("sip.tls_cert", "missing"))
        self.contexts.append(contexts)

    def trunk(self, name: str) -> Trunk:
        found = self.book.get(name)
        assert found is not None
        return found


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path, A + B)


def test_trunks_come_change_and_go_with_the_calls_they_carry(rig: Rig) -> None:
    old = rig.trunk("a")
    gone = rig.trunk("b")
    rig.book.place("b", [Server((Peer("udp", "127.0.0.8", 5060),))])
    assert rig.book.acquire(old)
    assert rig.book.acquire(gone)
    rig.file.write_text(A.replace("max_calls = 2", "max_calls = 1") + B.replace('"b"', '"c"'))
    rig.reloader.reload()
    assert [trunk.name for trunk in rig.book.all()] == ["a", "c"]
    assert rig.book.in_use(rig.trunk("a")) == 1
    assert not rig.book.acquire(old), "the new limit holds, whoever asks"
    assert rig.book.by_source("127.0.0.8") is None
    assert rig.book.calls() == 2
    rig.book.release(old)
    rig.book.release(gone)
    assert rig.book.calls() == 0
    assert (rig.locator.times, rig.watch.times) == (1, 1)


def test_what_is_known_of_servers_stays_while_the_uri_stays(rig: Rig) -> None:
    peer = Peer("udp", "127.0.0.8", 5060)
    rig.book.place("b", [Server((peer,))])
    rig.file.write_text(A + B + "max_calls = 7\n")
    rig.reloader.reload()
    assert rig.book.peers(rig.trunk("b")) == [peer]
    rig.file.write_text(A + B.replace("b.example", "b2.example"))
    rig.reloader.reload()
    assert rig.book.peers(rig.trunk("b")) == []


@pytest.mark.parametrize(
    "text", ["[[trunk]", A + A, A + "unknown = 1\n", '[[trunk]]\nname = "x"\n']
)
def test_a_bad_file_changes_nothing_and_is_told(
    rig: Rig, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = rig.book.all()
    rig.file.write_text(text)
    rig.reloader.reload()
    assert rig.book.all() == before
    assert list(rig.alerts.raised) == [ALERT_REJECTED]
    assert "configuration rejected" in caplog.text
    assert (rig.locator.times, rig.watch.times) == (0, 0)
    rig.file.write_text(A)
    rig.reloader.reload()
    assert rig.alerts.raised == {}
    assert [trunk.name for trunk in rig.book.all()] == ["a"]


def test_a_file_that_is_gone_changes_nothing(rig: Rig) -> None:
    rig.file.unlink()
    rig.reloader.reload()
    assert list(rig.alerts.raised) == [ALERT_REJECTED]
    assert len(rig.book) == 2


def test_keys_that_wait_for_a_restart_are_named(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    rig.file.write_text('[sip]\nt1_ms = 400\ntls_ca = "x"\n[policy]\nmax_talk_s = 9\n' + A)
    rig.reloader.reload()
    named = [vars(one)["key"] for one in caplog.records if "waits" in one.message]
    assert named == ["sip.t1_ms", "policy.max_talk_s"]


def test_a_file_that_leaves_no_trunk_is_told_of_by_their_names(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    for text in (A, "", ""):
        rig.file.write_text(text)
        rig.reloader.reload()
    [told] = [one for one in caplog.records if one.message == "no trunk is left"]
    assert (told.levelname, vars(told)["gone"]) == ("WARNING", "a")


def test_what_waits_is_named_each_time_until_it_is_taken_back(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    for text, waits in (("t1_ms = 400", 1), ("t1_ms = 400", 2), ("t1_ms = 500", 2)):
        rig.file.write_text(f"[sip]\n{text}\n{A}")
        rig.reloader.reload()
        assert sum("waits" in one.message for one in caplog.records) == waits


def test_equal_settings_need_no_restart() -> None:
    assert needs_restart(Settings(), Settings()) == []


def test_certificates_are_read_anew_and_bad_ones_leave_the_old_in_use(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = Authority(tmp_path / "authority").certificate("node", "IP:127.0.0.1")
    keys = f'tls_cert = "{made.cert}"\ntls_key = "{made.key}"\n'
    rig = Rig(tmp_path, f"[sip]\n{keys}")
    rig.reloader.reload()
    assert len(rig.contexts) == 1
    assert not rig.alerts.raised

    made.cert.write_text("half a fi")
    rig.file.write_text(f"[sip]\n{keys}" + A)
    rig.reloader.reload()
    assert len(rig.contexts) == 1
    assert ALERT_REJECTED in rig.alerts.raised
    assert rig.book.all() == []
    [told] = [one for one in caplog.records if one.message == "configuration rejected"]
    assert "sip.tls_cert" in vars(told)["problem"]

    rig.file.write_text('[[trunk]]\nname = "s"\nuri = "sip:s.example;transport=tls"\n')
    rig.reloader.reload()
    assert len(rig.contexts) == 1
    assert ALERT_REJECTED in rig.alerts.raised
