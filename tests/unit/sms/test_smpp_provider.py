"""Messages by SMPP, to a message centre that was written from the specification."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from tests.parts.smsc import ENQUIRE, Smsc
from voicegw.errors import StoreUnavailableError
from voicegw.sms.provider import Accepted, Outgoing, Refused
from voicegw.sms.smpp_provider import SmppProvider
from voicegw.sms.terms import SmppTerms

LONG = "您的回访任务还有未反馈的结果，" * 10


class FakeInbox:
    """Keeps what comes; fails as often as it is told."""

    def __init__(self) -> None:
        self.reports: list[tuple[str, str | None]] = []
        self.replies: list[tuple[str, str]] = []
        self.failures = 0

    async def report(self, provider_id: str, failure: str | None) -> None:
        self.reports.append((provider_id, failure))

    async def reply(self, sender: str, text: str) -> None:
        if self.failures:
            self.failures -= 1
            raise StoreUnavailableError("away")
        self.replies.append((sender, text))


@asynccontextmanager
async def bound(
    smsc: Smsc, inbox: FakeInbox, *, timeout_s: float = 5.0, enquire_s: float = 30.0
) -> AsyncIterator[SmppProvider]:
    """A provider at a centre."""
    provider = SmppProvider(
        SmppTerms("127.0.0.1", smsc.port, "voicegw", "secret", source="10690",
                  timeout_s=timeout_s, enquire_s=enquire_s),
        inbox,
    )  # fmt: skip
    try:
        yield provider
    finally:
        await provider.close()


async def until(holds: Callable[[], object], timeout_s: float = 20) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(timeout_s):
        while not holds():  # noqa: ASYNC110 - a test
            await asyncio.sleep(0.01)


def message(text: str = "hello", name: str = "1") -> Outgoing:
    """A message."""
    return Outgoing(f"sms_{name}", "+8613800138000", text)


async def test_messages_go_out_in_the_alphabet_that_has_their_characters() -> None:
    async with Smsc() as smsc, bound(smsc, FakeInbox()) as provider:
        assert await provider.send(message("hello")) == Accepted("p-1")
        assert await provider.send(message("回访成功？")) == Accepted("p-2")
        plain, chinese = smsc.submitted
        assert (plain.to, plain.source, plain.text) == ("8613800138000", "10690", "hello")
        assert (chinese.text, chinese.data_coding) == ("回访成功？", 8)
        assert smsc.passwords == ["secret"]


async def test_a_long_message_goes_in_parts_and_is_one() -> None:
    async with Smsc() as smsc, bound(smsc, FakeInbox()) as provider:
        assert isinstance(await provider.send(message(LONG)), Accepted)
        assert len(smsc.submitted) == 3
        assert "".join(part.text for part in smsc.submitted) == LONG
        assert all(part.esm_class & 0x40 for part in smsc.submitted)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (0x0B, Refused("smpp-0xb", is_permanent=True)),
        (0x14, Refused("smpp-0x14")),
        (0x58, Refused("smpp-0x58")),
    ],
)
async def test_what_a_status_means(status: int, expected: Refused) -> None:
    async with Smsc(status) as smsc, bound(smsc, FakeInbox()) as provider:
        assert await provider.send(message()) == expected


async def test_receipts_and_replies_are_taken_and_then_acknowledged() -> None:
    inbox = FakeInbox()
    async with Smsc() as smsc, bound(smsc, inbox) as provider:
        await provider.send(message())
        receipt = "id:p-1 sub:001 dlvrd:001 submit date:2603041200 done date:2603041201 "
        smsc.deliver("8613800138000", receipt + "stat:DELIVRD err:000 text:x",
                     is_receipt=True, sequence=1)  # fmt: skip
        smsc.deliver("8613800138000", receipt + "stat:UNDELIV err:001 text:x",
                     is_receipt=True, sequence=2)  # fmt: skip
        smsc.deliver("8613800138000", "1 客户满意", sequence=3)
        await until(lambda: smsc.answers == [1, 2, 3])
        assert inbox.reports == [("p-1", None), ("p-1", "undeliv")]
        assert inbox.replies == [("8613800138000", "1 客户满意")]


async def test_a_reply_that_could_not_be_written_is_not_acknowledged() -> None:
    inbox = FakeInbox()
    inbox.failures = 1
    async with Smsc() as smsc, bound(smsc, inbox) as provider:
        await provider.send(message())
        smsc.deliver("8613800138000", "1", sequence=7)
        await until(lambda: not inbox.failures)
        # The binding is begun anew, and the centre sends it again.
        await until(lambda: len(smsc.passwords) == 2)
        assert 7 not in smsc.answers
        smsc.deliver("8613800138000", "1", sequence=8)
        await until(lambda: inbox.replies == [("8613800138000", "1")])


async def test_a_lost_connection_is_made_again_and_nothing_is_sent_late() -> None:
    async with Smsc() as smsc, bound(smsc, FakeInbox(), timeout_s=5.0) as provider:
        assert isinstance(await provider.send(message()), Accepted)
        smsc.drop()
        outcomes = [await provider.send(message(name=str(number))) for number in range(2, 5)]
        assert isinstance(outcomes[-1], Accepted)


async def test_a_centre_that_is_away_is_told_and_leaves_nothing_behind(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    async with Smsc() as smsc:
        port = smsc.port
    gone = Smsc()
    gone.port = port
    async with bound(gone, FakeInbox(), timeout_s=1.0) as provider:
        assert await provider.send(message("secret words")) == Refused("unreachable")
    told = caplog.text + "".join(capfd.readouterr())
    assert "13800138000" not in told
    assert "secret words" not in told


async def test_a_quiet_binding_is_kept_alive() -> None:
    async with Smsc() as smsc, bound(smsc, FakeInbox(), enquire_s=0.1) as provider:
        await provider.send(message())
        await until(lambda: ENQUIRE in smsc.commands)
