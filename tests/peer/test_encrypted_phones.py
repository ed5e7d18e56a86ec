"""baresip over TLS with encrypted sound, while the customer behind the carrier has plain sound.

Each side speaks a tone of its own; who is heard where is told by its frequency.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.parts.baresip import Baresip
from tests.parts.certificates import Authority
from tests.parts.lab import Lab, customer_does, make_lab
from tests.parts.linphone import Linphone
from tests.parts.node import wait_for
from tests.parts.rtp import RtpPort, sound_address, tone_alaw
from voicegw.demo.sound import CUSTOMER_HZ, MANAGER_HZ, tone_seconds

pytestmark = pytest.mark.peer

PHONE_HOST = "127.0.0.22"
Start = Callable[[str], Baresip]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Return an authority that signs for the node and for the telephones."""
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def shared_lab(certificates: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Return a lab that listens by TLS and encrypts where it can."""
    lab = make_lab(
        tmp_path_factory.mktemp("lab"),
        users={"desk1": "secret1"},
        certificates=certificates,
        media='srtp = "optional"',
    )
    lab.give_phones(1, "desk1")
    yield lab
    lab.close()


@pytest.fixture
def start(lab: Lab, certificates: Authority, tmp_path: Path) -> Iterator[Start]:
    """Start the manager's telephone, registered over TLS, with an encryption of baresip's."""
    phones = []

    def run(encryption: str) -> Baresip:
        phone = Baresip(
            tmp_path / "baresip",
            user="desk1",
            password="secret1",
            host=PHONE_HOST,
            server=f"127.0.0.1:{lab.tls_port}",
            tone_hz=MANAGER_HZ,
            rtp_low=32000,
            certificates=certificates,
            encryption=encryption,
        )
        phones.append(phone)
        return phone

    yield run
    for phone in phones:
        phone.stop()


def heard_s(phone: Baresip) -> float:
    """Return the seconds that it has decoded: its recording begins anew at each re-INVITE."""
    found = re.search(r"(?s) rx: .*?time = ([\d.]+)", phone.command("audio_debug"))
    assert found is not None
    return float(found[1])


def hold_and_resume(phone: Baresip, customer: RtpPort) -> None:
    """Have it hold and resume, and wait until the customer hears it again for a second."""
    phone.command("hold")
    wait_for("music", lambda: len(customer.heard()) > 0)
    phone.command("resume")
    before = len(customer.heard())
    wait_for("a second of the manager", lambda: len(customer.heard()) > before + 8000)


@pytest.mark.parametrize(
    ("encryption", "profile"),
    [("srtp-mand", "RTP/SAVP"), ("srtp", "RTP/AVP"), ("", "RTP/AVP")],
)
def test_a_telephone_over_tls_is_called(
    lab: Lab, start: Start, encryption: str, profile: str
) -> None:
    """Both hear each other, whatever the telephone can; the recording has both."""
    phone = start(encryption)
    mouth = lab.sound()
    carrier = lab.carrier(customer_does("answers"), calls=1, sound=mouth)
    call_id = lab.talking()
    mouth.speak(sound_address(carrier.seen()), tone_alaw(CUSTOMER_HZ, 1))
    phone.wait_for("CALL_ESTABLISHED")
    wait_for("a second of the manager", lambda: len(mouth.heard()) > 8000)
    lab.node.hangup(call_id)
    carrier.finished()
    phone.wait_for("CALL_CLOSED")
    lab.assert_ended(call_id, "connected", "completed")
    assert tone_seconds(phone.heard(), CUSTOMER_HZ) >= 0.5
    _, samples = lab.recording(call_id)
    assert tone_seconds(samples[:, 0], CUSTOMER_HZ) >= 0.5
    assert tone_seconds(samples[:, 1], MANAGER_HZ) >= 0.5
    trace = phone.trace()
    answer = trace[trace.rindex("SIP/2.0 200 Answering") :]
    assert f" {profile} " in answer.partition("m=audio")[2].partition("\r\n")[0] + " "
    assert ("a=crypto:" in answer.partition("BYE ")[0]) is bool(encryption)
    assert "a=crypto:" not in carrier.seen()
    assert "inline:" not in lab.node.log.read_text()


def test_encrypted_sound_goes_on_after_hold(lab: Lab, start: Start) -> None:
    """Each re-INVITE agrees on keys anew; nothing of it is noise to either side."""
    phone = start("srtp-mand")
    mouth = lab.sound()
    carrier = lab.carrier(customer_does("answers"), calls=1, sound=mouth)
    call_id = lab.talking()
    mouth.speak(sound_address(carrier.seen()), tone_alaw(CUSTOMER_HZ, 1))
    phone.wait_for("CALL_ESTABLISHED")
    for _ in range(2):
        hold_and_resume(phone, mouth)
    decoded_s = heard_s(phone)
    wait_for("half a second of the customer", lambda: heard_s(phone) > decoded_s + 0.5)
    lab.node.hangup(call_id)
    carrier.finished()
    phone.wait_for("CALL_CLOSED")
    lab.assert_ended(call_id, "connected", "completed")
    _, samples = lab.recording(call_id)
    assert tone_seconds(samples[:, 1], MANAGER_HZ) >= 1.5


def test_a_telephone_that_insists_on_dtls_is_not_spoken_to(lab: Lab, start: Start) -> None:
    """It refuses plain sound, and answers RTP/SAVP without a key of ours: that is no agreement."""
    phone = start("dtls_srtp")
    call_id = lab.dial(1)
    lab.assert_ended(call_id, "manager_unreachable", "failed")
    phone.wait_for("CALL_CLOSED")
    trace = phone.trace()
    assert "SIP/2.0 488 " in trace
    answer = trace[trace.rindex("SIP/2.0 200 Answering") :].partition("BYE sip:")[0]
    assert " RTP/SAVP " in answer
    assert "a=fingerprint:" in answer
    assert "a=crypto:" not in answer


def test_linphone_over_tls_is_called(lab: Lab, certificates: Authority, tmp_path: Path) -> None:
    """It insists on encryption: keys beside plain sound it refuses, RTP/SAVP it takes."""
    phone = Linphone(
        tmp_path / "linphone",
        user="desk1",
        password="secret1",
        host=PHONE_HOST,
        server=f"127.0.0.1:{lab.tls_port}",
        rtp_low=32200,
        tone_hz=MANAGER_HZ,
        certificates=certificates,
        encryption="srtp",
        sip=("media_encryption_mandatory=1",),
    )
    try:
        mouth = lab.sound()
        carrier = lab.carrier(customer_does("answers"), calls=1, sound=mouth)
        call_id = lab.dial(1)
        wait_for("linphone rings", lambda: "180 Ringing" in phone.trace())
        phone.command("answer")
        lab.node.bridged(call_id)
        mouth.speak(sound_address(carrier.seen()), tone_alaw(CUSTOMER_HZ, 1))
        wait_for("a second of the manager", lambda: len(mouth.heard()) > 8000)
        lab.node.hangup(call_id)
        carrier.finished()
        lab.assert_ended(call_id, "connected", "completed")
        audio = r"m=audio \d+ (\S+) .*\n(?:a=(?!crypto).*\n)*(a=crypto:)?"
        answers = re.findall(audio, phone.trace().replace("\r", ""))
        assert answers[-1] == ("RTP/SAVP", "a=crypto:")
    finally:
        phone.stop()
