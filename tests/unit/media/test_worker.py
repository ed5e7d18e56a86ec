"""A worker in a thread of the test, driven over its control socket."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from voicegw.media import control, opus, worker
from voicegw.media.spool import CaptureEnd, CaptureMark, SpoolReader
from voicegw.media.worker import MediaWorker, PromptCache
from voicegw.sdp.codecs import Codec


class Node:
    """The node's end of the socket."""

    def __init__(self) -> None:
        self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.channel.settimeout(5)
        self.worker = MediaWorker(theirs)
        self.thread = threading.Thread(target=self.worker.run)
        self.thread.start()
        assert isinstance(self.reply(), control.Ready)

    def tell(self, *commands: control.Command) -> None:
        for command in commands:
            self.channel.send(control.encode(command))

    def reply(self) -> control.AnyReply:
        data = self.channel.recv(control.MAX_MESSAGE_BYTES)
        reply: control.AnyReply = control.reply_decoder.decode(data)
        return reply

    def close(self) -> None:
        self.channel.close()
        self.thread.join(5)
        assert not self.thread.is_alive()


@pytest.fixture
def node() -> Iterator[Node]:
    node = Node()
    yield node
    node.close()


def prompt_file(folder: Path, name: str, data: bytes) -> control.PromptFile:
    path = folder / name
    path.write_bytes(data)
    return control.PromptFile(name, f"digest-{name}", {"PCMA": str(path), "PCMU": str(path)})


def test_every_request_is_answered(node: Node) -> None:
    node.tell(control.Ping(1), control.CloseSession(2, 9))
    assert node.reply() == control.Pong(1, 0)
    failed = node.reply()
    assert isinstance(failed, control.Failed)
    assert failed.request == 2
    node.tell(control.BindLeg(3, 9, "leg", 0, "127.0.0.1", 40_000, {}))
    failed = node.reply()
    assert isinstance(failed, control.Failed)
    assert failed.request == 3


def test_a_clock_that_is_set_is_followed_by_the_next_session(
    node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker began before the machine knew the time; a session's own times stay even."""
    hour_us = 3_600_000_000
    before_us = time.time_ns() // 1000
    spools = [tmp_path / "one.spool", tmp_path / "two.spool"]
    for number, spool in enumerate(spools):
        node.tell(control.OpenSession(1, number, str(spool), {}), control.Mark(number, "bridge"))
        assert node.reply() == control.Done(1)
        if not number:
            later = SimpleNamespace(
                time_ns=lambda: time.time_ns() + hour_us * 1000, monotonic_ns=time.monotonic_ns
            )
            monkeypatch.setattr(worker, "time", later)
        node.tell(control.Mark(number, "hold"), control.CloseSession(2, number))
        assert isinstance(node.reply(), control.Closed)
    first, second = ([one.arrival_us - before_us for one in SpoolReader(spool)] for spool in spools)
    assert all(0 <= at < hour_us for at in first)
    assert all(hour_us <= at for at in second)


def test_commands_for_what_is_gone_are_harmless(node: Node) -> None:
    node.tell(
        control.OpenSession(1, 5),
        control.Negotiated(
            5, "leg", "PCMA", 8, None, {}, "127.0.0.1", 9, "127.0.0.1", 10, True, False, True
        ),
        control.ConnectLeg(5, "leg", "other"),
        control.ConnectPlayback(5, "leg", "p", []),
        control.ConnectSilence(5, "leg"),
        control.Gather(5, "leg", True),
        control.Press(5, "leg", "1"),
        control.InfoPressed(5, "leg", "1"),
        control.Mark(5, "bridge"),
        control.Mark(6, "bridge"),
        control.Press(6, "leg", "1"),
        control.CloseSession(2, 5),
    )
    assert node.reply() == control.Done(1)
    assert node.reply() == control.Closed(2, [], 0, 0, 0)


def test_what_can_not_be_read_is_logged_and_left(
    node: Node, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        node.channel.send(b"\xc1nonsense")
        node.tell(control.Ping(7))
        assert node.reply() == control.Pong(7, 0)
    assert [r.getMessage() for r in caplog.records] == ["unreadable command"]


def test_replies_wait_in_order_while_the_node_is_busy(node: Node) -> None:
    node.channel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    sender = threading.Thread(target=lambda: node.tell(*(control.Ping(i) for i in range(3000))))
    sender.start()
    sender.join(1)
    answers: list[int] = []
    while len(answers) < 3000:
        reply = node.reply()
        assert isinstance(reply, control.Pong)
        answers.append(reply.request)
    sender.join(5)
    assert answers == list(range(3000))


def test_a_spool_that_can_not_be_created_ends_the_session(node: Node, tmp_path: Path) -> None:
    node.tell(control.OpenSession(1, 5, str(tmp_path), {}))
    assert isinstance(node.reply(), control.Failed)
    node.tell(control.CloseSession(2, 5))
    assert isinstance(node.reply(), control.Failed)


def test_captures_are_finished_when_the_node_goes(tmp_path: Path) -> None:
    path = tmp_path / "call.spool"
    node = Node()
    node.tell(control.OpenSession(1, 5, str(path), {"call_id": "c"}), control.Mark(5, "bridge"))
    assert node.reply() == control.Done(1)
    node.close()
    mark, end = list(SpoolReader(path))
    assert isinstance(mark, CaptureMark)
    assert isinstance(end, CaptureEnd)


def test_many_sessions_come_and_go(node: Node) -> None:
    # One stays: with none left garbage is sought each time, among all that the tests have made.
    node.tell(control.OpenSession(1, 1000))
    assert isinstance(node.reply(), control.Done)
    for number in range(300):
        node.tell(control.OpenSession(1, number), control.CloseSession(2, number))
        assert isinstance(node.reply(), control.Done)
        assert isinstance(node.reply(), control.Closed)


def test_a_stall_is_not_made_up_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    stalled = MediaWorker(theirs)
    begin = stalled._tick_number
    stalled._run_ticks(stalled.now_us() + 10_000_000)
    assert 5 <= stalled._tick_number - begin <= 7
    stalled._shut_down()
    ours.close()


def test_prompts_are_read_once(tmp_path: Path) -> None:
    cache = PromptCache(max_bytes=40)
    first = prompt_file(tmp_path, "a", b"aaaa")
    second = prompt_file(tmp_path, "b", b"bb")
    sound = cache.sound([first, second])
    assert set(sound) == {Codec.PCMA, Codec.PCMU}
    assert sound[Codec.PCMU].frame(0, loop=False) == b"aaaabb" + b"\xff" * 154
    Path(first.files["PCMA"]).unlink()
    assert cache.sound([first])[Codec.PCMA].frame(0, loop=True) == b"a" * 160
    cache.sound([prompt_file(tmp_path, "c", b"c" * 39)])
    with pytest.raises(OSError, match="No such file"):
        cache.sound([first])


def test_playbacks_of_the_same_prompts_share_their_frames(tmp_path: Path) -> None:
    path = tmp_path / "hold"
    path.write_bytes(opus.join([b"one", b"two"]))
    prompt = control.PromptFile("hold", "d", {"opus": str(path), "PCMA": str(path)})
    cache = PromptCache()
    for prompts in ([prompt], [prompt, prompt]):
        first, second = cache.sound(prompts), cache.sound(prompts)
        assert all(first[codec] is second[codec] for codec in (Codec.OPUS, Codec.PCMA))
    assert cache.sound([prompt])[Codec.OPUS].frame(2, loop=False) is None
    assert cache.sound([prompt, prompt])[Codec.OPUS].frame(3, loop=False) == b"two"


def test_opus_is_read_as_packets_where_every_prompt_has_it(tmp_path: Path) -> None:
    packets = tmp_path / "a.opus"
    packets.write_bytes(opus.join([b"one", b"two"]))
    both = control.PromptFile("a", "digest-a", {"opus": str(packets)})
    sound = PromptCache().sound([both, both])
    assert set(sound) == {Codec.OPUS}
    frames = [sound[Codec.OPUS].frame(number, loop=False) for number in range(5)]
    assert frames == [b"one", b"two", b"one", b"two", None]
    without = prompt_file(tmp_path, "b", b"bb")
    assert PromptCache().sound([both, without]) == {}


def test_prompts_are_read_before_they_are_needed(node: Node, tmp_path: Path) -> None:
    prompt = prompt_file(tmp_path, "a", b"a" * 320)
    gone = control.PromptFile("gone", "digest-gone", {"PCMA": str(tmp_path / "gone")})
    node.tell(control.Preload([gone]), control.Preload([prompt]), control.Ping(1))
    assert node.reply() == control.Pong(1, 0)
    Path(prompt.files["PCMA"]).unlink()
    assert set(node.worker._prompts.sound([prompt])) == {Codec.PCMA, Codec.PCMU}


def test_the_command_line_prepares_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared: list[int | None] = []
    monkeypatch.setattr(worker, "_prepare_process", prepared.append)
    monkeypatch.setattr(logging, "basicConfig", lambda **_: None)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.close()
    assert worker.main(["--fd", str(theirs.detach()), "--cpu", "0"]) == 0
    assert prepared == [0]
