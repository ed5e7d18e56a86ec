"""Two real pyVoIP telephones, each a process, over the lab's carrier."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from ivr.prompts import SHIPPED
from voicegw.demo.carrier import Carrier
from voicegw.demo.processes import PhoneOptions, Telephone
from voicegw.demo.sound import CUSTOMER_HZ, MANAGER_HZ, Voice, heard, read_wav, write_wav
from voicegw.errors import StartError

pytestmark = [pytest.mark.peer, pytest.mark.slow]

CUSTOMER, MANAGER = "13800138000", "13900139000"
VOICES = (
    Voice(CUSTOMER_HZ, (SHIPPED / "zh" / "d1.wav",)),
    Voice(MANAGER_HZ, (SHIPPED / "zh" / "d4.wav",)),
)


def telephone(folder: Path, name: str, number: str, password: str, voice: Voice) -> Telephone:
    own = folder / name
    own.mkdir()
    write_wav(own / "says.wav", voice.samples())
    return Telephone(PhoneOptions(name, number, password, own / "says.wav", own))


@pytest.fixture
async def carrier() -> AsyncIterator[Carrier]:
    running = Carrier({CUSTOMER: "pw-c", MANAGER: "pw-m"}, [])
    await running.start()
    yield running
    running.close()


async def test_two_phones_talk_and_each_hears_the_other(carrier: Carrier, tmp_path: Path) -> None:
    customer = telephone(tmp_path, "customer", CUSTOMER, "pw-c", VOICES[0])
    manager = telephone(tmp_path, "manager", MANAGER, "pw-m", VOICES[1])
    async with AsyncExitStack() as stack:
        for phone in (customer, manager):
            stack.push_async_callback(phone.stop)
            await phone.start(carrier.address, "127.0.0.1")
        customer.call(MANAGER)
        called = await manager.expect("called", within_s=5)
        assert called is not None
        assert called.facts["shown"] == [CUSTOMER, f"+86{CUSTOMER}"]
        assert await customer.expect("answered", within_s=5)
        assert await customer.expect("ended", within_s=2) is None
        manager.hang_up()
        for phone, own_hz, other_hz in (
            (customer, CUSTOMER_HZ, MANAGER_HZ),
            (manager, MANAGER_HZ, CUSTOMER_HZ),
        ):
            ended = await phone.expect("ended", within_s=5)
            assert ended is not None
            sound = heard(read_wav(Path(ended.facts["heard"]["path"]))[:, 0], VOICES)
            assert sound[other_hz] > 0.3
            assert sound[own_hz] == 0.0
            assert b"SIP/2.0" in phone.tap.read_bytes()
        customer.call("13600136000")
        refused = await customer.expect("refused", within_s=5)
        assert refused is not None
        assert refused.facts["status"] == 404


async def test_a_phone_that_can_not_register_is_told(carrier: Carrier, tmp_path: Path) -> None:
    phone = telephone(tmp_path, "customer", CUSTOMER, "wrong", VOICES[0])
    with pytest.raises(StartError, match="did not register"):
        await phone.start(carrier.address, "127.0.0.1")
    await phone.stop()
