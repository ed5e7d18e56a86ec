"""A node with a carrier and people to call: what the tests with other people's programs share."""

from __future__ import annotations

import atexit
import functools
import itertools
import json
import re
import shutil
import tempfile
import wave
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from ivr.prompts import REQUIRED
from tests.parts.certificates import Authority
from tests.parts.event_checks import check_events
from tests.parts.node import Directory, NodeProcess, wait_for
from tests.parts.ports import free_port
from tests.parts.rtp import RtpPort, sine
from tests.parts.sipp import Sipp
from tests.parts.sipp_steps import Behaviour, called_scenario, calling_scenario

HOTLINE = "+864008001234"
AT_ONCE_HOTLINE = "+864008001235"
CONFIRM_HOTLINE = "+864008001236"
#: Hotline numbers by the group whose only one they are.
HOTLINES = {"g1": HOTLINE, "g2": AT_ONCE_HOTLINE, "g3": CONFIRM_HOTLINE}
MANAGER_NAME = "Zhangweiming"
CUSTOMER_NAME = "Lixiaohong"
MANAGERS = 6
CUSTOMERS_EACH = 4
#: Beyond the managers' own: a customer without an owner.
UNOWNED = MANAGERS * CUSTOMERS_EACH + 1

CARRIER_HOST = "127.0.0.30"
CALLER_HOST = "127.0.0.31"

CONFIG = """
[node]
name = "test"
data_dir = "{folder}/data"
drain_s = {drain_s}
[sip]
t1_ms = {t1_ms}
{listen}
{trunks}
[registrar]
enabled = {registrar}
{users}
[media]
workers = {workers}
bind = "127.0.0.1"
ports = "{media_ports}"
port_drain_s = 0
codecs = {codecs}
{media}
prompts_dir = "{prompts}"
[store]
url = "{store}"
[recording]
min_free_bytes = "{min_free}"
announce = {announce}
{recording}
[policy]
per_customer = ["1000/d"]
[api]
listen = "127.0.0.1:{api_port}"
{api}
[defence]
# A machine that runs tests is behind its work now and then.
overload_ms = {overload_ms}
{more}
"""

TRUNK = """
[[trunk]]
name = "{name}"
uri = "sip:{host}:{port};transport={transport}"
sources = [{sources}]
options_s = 0
priority = {priority}
{more}
"""

_media_ranges = itertools.count()

#: Prompts that statements of a disclosure may use: tones of this frequency.
STATEMENTS = {"statement_one": 600, "statement_two": 900}
STATEMENT_S = 0.8


def manager_number(index: int) -> str:
    """Return the number of manager `m{index}`."""
    return f"+86139{index:08d}"


def customer_number(index: int) -> str:
    """Return the number of customer `c{index}`."""
    return f"+86138{index:08d}"


def customer_of(manager: int, which: int = 0) -> int:
    """Return the index of one of the customers of manager `m{manager}`."""
    return (manager - 1) * CUSTOMERS_EACH + which + 1


def pattern(number: str) -> str:
    """Return `number` as a regular expression for a :class:`Behaviour`."""
    return number.replace("+", "[+]")


ANY_MANAGER = r"[+]86139[0-9]*"
ANY_CUSTOMER = r"[+]86138[0-9]*"


def manager_does(does: str, index: int | None = None) -> Behaviour:
    """Return what manager `m{index}`, or any, does when rung."""
    return Behaviour(ANY_MANAGER if index is None else pattern(manager_number(index)), does)


def customer_does(does: str, index: int | None = None) -> Behaviour:
    """Return what customer `c{index}`, or any, does when rung."""
    return Behaviour(ANY_CUSTOMER if index is None else pattern(customer_number(index)), does)


def town() -> Directory:
    """Return the people of every lab: three hotlines, and managers with customers of their own."""
    found = Directory()
    found.groups = [["external_id", "name"], *([group, group] for group in HOTLINES)]
    found.hotlines = [
        ["number", "group", "name", "answer", "announce", "confirm_manager", "max_ring_s"],
        [HOTLINE, "g1", "Hotline", "at_owner", "prompt", "false", "5"],
        [AT_ONCE_HOTLINE, "g2", "At once", "at_once", "none", "false", "5"],
        [CONFIRM_HOTLINE, "g3", "Confirmed", "at_owner", "none", "true", "5"],
    ]
    found.managers = [["external_id", "name", "group", "phones"]]
    found.customers = [["external_id", "name", "group", "numbers", "owner"]]
    for manager in range(1, MANAGERS + 1):
        name = f"{MANAGER_NAME} {manager}"
        found.managers.append([f"m{manager}", name, "g1", manager_number(manager)])
        for which in range(CUSTOMERS_EACH):
            index = customer_of(manager, which)
            name = f"{CUSTOMER_NAME} {index}"
            row = [f"c{index}", name, "g1", customer_number(index), f"m{manager}"]
            found.customers.append(row)
    unowned = f"{CUSTOMER_NAME} {UNOWNED}"
    found.customers.append([f"c{UNOWNED}", unowned, "g1", customer_number(UNOWNED), ""])
    return found


def _folder_of_the_run(name: str) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=f"voicegw-{name}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@functools.cache
def _prepared() -> tuple[Path, str]:
    """Return a database with the whole town, and the key to it: made once a run."""
    folder = _folder_of_the_run("town")
    config = f'[node]\ndata_dir = "{folder}/data"\n'
    node = NodeProcess(folder, config, api_port=free_port())
    node.prepare(town())
    return folder / "data" / "voicegw.db", node.key


@functools.cache
def short_prompts() -> Path:
    """Return a folder in which every prompt lasts a quarter of a second, loops one second."""
    folder = _folder_of_the_run("prompts")
    for name in REQUIRED:
        loops = name in ("ringback_cn", "busy_cn", "moh")
        path = folder / ("tones" if loops or name == "tone_beep" else "zh") / f"{name}.wav"
        path.parent.mkdir(exist_ok=True)
        with wave.open(str(path), "wb") as stream:
            stream.setparams((1, 2, 8000, 0, "NONE", ""))
            stream.writeframes(b"\x00\x10\x00\xf0" * (4000 if loops else 1000))
    for name, frequency_hz in STATEMENTS.items():
        soundfile.write(folder / "zh" / f"{name}.wav", sine(frequency_hz, STATEMENT_S), 8000)
    return folder


@dataclass
class Lab:
    """A node, its carrier and its people."""

    folder: Path
    node: NodeProcess
    sip_port: int
    carrier_port: int
    backup_port: int
    transport: str
    carrier_host: str = CARRIER_HOST
    tls_port: int = 0
    parts: list[Sipp | RtpPort] = field(default_factory=list)
    _names: itertools.count[int] = field(default_factory=itertools.count)

    def carrier(
        self,
        *behaviours: Behaviour,
        calls: int,
        challenge: int | None = None,
        lost_percent: int = 0,
        port: int | None = None,
        sound: RtpPort | None = None,
        says: bytes = b"",
        timeout_s: int = 60,
    ) -> Sipp:
        """Start SIPp as the telephones behind the trunk (or, with `port`, the backup trunk)."""
        return self._start(
            called_scenario(behaviours, challenge=challenge, linger_ms=5000 if lost_percent else 0),
            host=self.carrier_host,
            port=port or self.carrier_port,
            lost_percent=lost_percent,
            calls=calls,
            sound_port=sound.port if sound is not None else 9,
            stream_port=free_port(self.carrier_host),
            says=says,
            timeout_s=timeout_s,
        )

    def caller(
        self,
        does: str,
        *rows: Sequence[str],
        host: str = CALLER_HOST,
        sound: RtpPort | None = None,
        lost_percent: int = 0,
    ) -> Sipp:
        """Start SIPp as customers who call; a row is the caller's number and the dialled one."""
        return self._start(
            calling_scenario(does, linger_ms=5000 if lost_percent else 0),
            host=host,
            port=free_port(host),
            remote=f"127.0.0.1:{self.sip_port}",
            rows=rows,
            calls=len(rows),
            sound_port=sound.port if sound is not None else 9,
            lost_percent=lost_percent,
        )

    def sound(self, host: str | None = None) -> RtpPort:
        """Open a port to hear and speak at."""
        port = RtpPort(host or self.carrier_host)
        self.parts.append(port)
        return port

    def _start(self, scenario: str, **options: Any) -> Sipp:
        name = f"sipp{next(self._names)}"
        peer = Sipp(self.folder, name, scenario, transport=self.transport, **options)
        self.parts.append(peer)
        return peer

    def dial(self, manager: int, customer: int | None = None, **more: Any) -> str:
        """Start a click-to-dial from a manager to (the first of) the own customers."""
        index = customer if customer is not None else customer_of(manager)
        return self.node.dial(f"m{manager}", f"c{index}", **more)

    def hotline_id(self, number: str) -> str:
        """Return the id of the hotline with this number."""
        items = self.node.get("/v1/hotlines")["items"]
        return str(next(item["id"] for item in items if item["number"] == number))

    def give_phones(self, manager: int, *aors: str) -> None:
        """Have a manager be reached at addresses of record here instead of by number."""
        known = self.node.get(f"/v1/managers/by-external-id/m{manager}")
        body = {
            "name": known["name"],
            "group_id": known["group_id"],
            "external_id": known["external_id"],
            "phones": [{"aor": aor} for aor in aors],
        }
        status, answer = self.node.request("PUT", f"/v1/managers/{known['id']}", body)
        assert status == 200, answer

    def recording(self, call_id: str, rate_hz: int = 8000) -> tuple[Path, NDArray[np.int16]]:
        """Wait for a call's recording and return its file and its samples (one row a sample).

        `rate_hz` is the rate that it must have.
        """

        def look() -> dict[str, Any] | None:
            found: dict[str, Any] = self.node.get(f"/v1/recordings/{recording_id}")
            return found if found["status"] != "pending" else None

        recording_id = self.node.get(f"/v1/calls/{call_id}")["recording_id"]
        recording = wait_for("recording finished", look)
        assert recording["status"] == "completed", recording
        files = list(self.folder.glob(f"data/recordings/**/*{recording_id}*.flac"))
        assert len(files) == 1, files
        samples, found_hz = soundfile.read(files[0], dtype="int16", always_2d=True)
        assert (found_hz, samples.shape[1]) == (rate_hz, 2)
        return files[0], samples

    def talking(self, manager: int = 1, **more: Any) -> str:
        """Start a click-to-dial and wait until the two talk."""
        call_id = self.dial(manager, **more)
        self.node.bridged(call_id)
        return call_id

    def assert_ended(self, call_id: str, outcome: str, status: str) -> dict[str, Any]:
        """Assert a call's outcome, its one terminal event, and that nothing is held; return it."""
        call = self.node.ended(call_id)
        assert (call["outcome"], call["status"]) == (outcome, status), call
        self.assert_one_ending(call_id)
        return call

    def assert_one_ending(self, call_id: str) -> None:
        """Assert that the call has one terminal event, rising sequences, and holds nothing."""
        self.node.assert_nothing_held()
        self.node.wait_for_event(call_id, "call.ended")
        events = self.node.get(f"/v1/calls/{call_id}/events?limit=200")["items"]
        check_events(events)
        kinds = [event["type"] for event in events]
        assert kinds.count("call.ended") == 1, kinds
        sequences = [event["data"]["sequence"] for event in events]
        assert sequences == sorted(set(sequences)), sequences

    def clear(self) -> None:
        """End the peers of a test and whatever call it left."""
        for part in self.parts:
            if isinstance(part, Sipp):
                part.stop()
            else:
                part.close()
        self.parts.clear()
        if self.node.runs:
            with suppress(AssertionError):
                for call in self.node.get("/v1/calls?limit=200")["items"]:
                    if call["outcome"] is None:
                        self.node.hangup(call["id"])

    def close(self) -> None:
        """End everything. AssertionError when the node's log holds a traceback or a number."""
        self.clear()
        if self.node.runs:
            self.node.stop()
        text = self.node.log.read_text(errors="replace") if self.node.log.exists() else ""
        assert "Traceback" not in text, text[text.index("Traceback") :][:3000]
        assert not re.search(r"13[89]00000\d\d\d", text), "a telephone number is in the log"


def make_lab(
    folder: Path,
    *,
    transport: str = "udp",
    trunk: str = "",
    sources: str = '"127.0.0.0/8"',
    carrier_host: str = CARRIER_HOST,
    backup: bool = False,
    users: dict[str, str] | None = None,
    registrar: str = "",
    announce: bool = False,
    workers: int = 1,
    recording: str = "",
    min_free: str = "1 MB",
    store: str = "",
    drain_s: int = 5,
    t1_ms: int = 100,
    overload_ms: int = 5000,
    codecs: str = '["PCMA", "PCMU"]',
    certificates: Authority | None = None,
    media: str = "",
    sip: str = "",
    api: str = "",
    more: str = "",
    preexec: Any = None,
    start: bool = True,
) -> Lab:
    """Return a lab, its node ready unless `start` is false.

    `trunk`, `registrar`, `recording`, `media`, `sip` and `api` are more lines of those sections,
    `more` is whole sections; with `certificates` the node listens by TLS too, at `tls_port`;
    `store` is a URL other than the own SQLite file, whose database is migrated and filled here.
    The first start of a node with Opus among its `codecs` takes seconds: it encodes prompts.
    With a `carrier_host` of IPv6 the node listens on ::1 as well.
    """
    carrier_port, backup_port = free_port(carrier_host), free_port(carrier_host)
    by_ipv6 = ":" in carrier_host
    shown = f"[{carrier_host}]" if by_ipv6 else carrier_host
    known = {"host": shown, "transport": transport, "sources": sources}
    trunks = [TRUNK.format(name="carrier", port=carrier_port, priority=1, more=trunk, **known)]
    if backup:
        trunks.append(TRUNK.format(name="backup", port=backup_port, priority=2, more="", **known))
    low = 20000 + 400 * (next(_media_ranges) % 24)
    sip_port, api_port = free_port(), free_port()
    tls_port = free_port() if certificates else 0
    config = CONFIG.format(
        folder=folder,
        sip_port=sip_port,
        listen=f"{_listen(sip_port, certificates, tls_port, by_ipv6=by_ipv6)}\n{sip}",
        trunks="\n".join(trunks),
        registrar=f"{'true' if users else 'false'}\n{registrar}",
        users="\n".join(
            f'[[registrar.user]]\nname = "{name}"\npassword = "{password}"'
            for name, password in (users or {}).items()
        ),
        workers=workers,
        media_ports=f"{low}-{low + 399}",
        codecs=codecs,
        media=media,
        prompts=short_prompts(),
        store=store or f"sqlite:///{folder}/data/voicegw.db",
        announce="true" if announce else "false",
        recording=recording,
        min_free=min_free,
        drain_s=drain_s,
        t1_ms=t1_ms,
        overload_ms=overload_ms,
        api_port=api_port,
        api=api,
        more=more,
    )
    node = NodeProcess(folder, config, api_port=api_port, preexec=preexec)
    if store:
        node.prepare(town())
    else:
        node.adopt(*_prepared())
    if start:
        node.start()
    return Lab(folder, node, sip_port, carrier_port, backup_port, transport, carrier_host, tls_port)


def _listen(sip_port: int, certificates: Authority | None, tls_port: int, *, by_ipv6: bool) -> str:
    """Return the lines of `[sip]` that say where the node listens."""
    addresses = [f"udp://127.0.0.1:{sip_port}", f"tcp://127.0.0.1:{sip_port}"]
    if by_ipv6:
        addresses += [f"udp://[::1]:{sip_port}", f"tcp://[::1]:{sip_port}"]
    if certificates is None:
        return f"listen = {json.dumps(addresses)}"
    # The address as a name, too: linphone reads no addresses in certificates.
    own = certificates.certificate("node", "IP:127.0.0.1", "DNS:127.0.0.1")
    addresses.append(f"tls://127.0.0.1:{tls_port}")
    return (
        f'listen = {json.dumps(addresses)}\ntls_cert = "{own.cert}"\ntls_key = "{own.key}"\n'
        f'tls_ca = "{certificates.ca}"'
    )
