"""A carrier that knows us by our registration only, played by Kamailio."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.parts.kamailio import REGISTRAR, Kamailio
from tests.parts.lab import (
    CALLER_HOST,
    CARRIER_HOST,
    HOTLINE,
    customer_number,
    make_lab,
    manager_does,
)
from tests.parts.node import wait_for
from tests.parts.ports import free_port
from tests.parts.raw_sip import Leg, RawPeer, description
from tests.parts.sipp import Sipp
from tests.parts.sipp_steps import called_scenario, calling_scenario

pytestmark = pytest.mark.peer

PHONES_HOST = "127.0.0.41"
ACCOUNT = 'username = "account"\npassword = "secret"\nregister = true'
REGISTERED = 'voicegw_trunk_registered{trunk="carrier"}'


def test_registered_called_and_gone(tmp_path: Path) -> None:
    """Digest for REGISTER and INVITE, a call by our Contact, and the farewell."""
    (tmp_path / "lab").mkdir()
    lab = make_lab(
        tmp_path / "lab", sources=f'"{CARRIER_HOST}"', trunk=ACCOUNT, t1_ms=100, start=False
    )
    phones_port = free_port(PHONES_HOST)
    carrier = Kamailio(
        tmp_path / "kamailio",
        host=CARRIER_HOST,
        port=lab.carrier_port,
        gateway=("127.0.0.1", lab.sip_port),
        phones=f"{PHONES_HOST}:{phones_port}",
        config=REGISTRAR,
    )
    try:
        lab.node.start()
        wait_for("registered", lambda: lab.node.metrics()[REGISTERED] == 1)
        known = lab.node.call_ids()
        manager = Sipp(
            tmp_path,
            "manager",
            called_scenario([manager_does("answers", 1)]),
            host=PHONES_HOST,
            port=phones_port,
            calls=1,
        )
        # The Request-URI that arrives is our Contact: To alone says which number was dialled.
        caller = Sipp(
            tmp_path,
            "caller",
            calling_scenario("talks_and_hangs_up_by_route"),
            host=CALLER_HOST,
            port=free_port(CALLER_HOST),
            remote=f"{CARRIER_HOST}:{lab.carrier_port}",
            rows=[(customer_number(1), HOTLINE)],
            calls=1,
        )
        lab.parts += [manager, caller]
        (call_id,) = lab.node.new_calls(known)
        caller.finished()
        manager.finished()
        lab.assert_ended(call_id, "connected", "completed")
        assert lab.node.stop() == 0
        with RawPeer(CALLER_HOST, (CARRIER_HOST, lab.carrier_port)) as stranger:
            leg = Leg.calling(stranger, HOTLINE)
            leg.invite(description(host=CALLER_HOST))
            leg.ack(leg.expect(404))
    finally:
        lab.close()
        carrier.stop()
