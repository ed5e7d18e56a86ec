"""Every command and program of the pages per task does what its page says, against a whole node."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from socket import create_connection

import pytest

from tests.parts.lab import Lab, customer_does, make_lab, manager_does
from tests.parts.mosquitto import Mosquitto
from tests.parts.needs import need
from tests.parts.node import wait_for
from tests.parts.ports import free_port
from tests.parts.rtp import tone_alaw
from voicegw.client import Client, VoicegwError
from voicegw.client.models import CustomerBody, ManagerBody

pytestmark = pytest.mark.peer

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "how-to"
_BLOCK = re.compile(r"^```(sh|python)(?: (\w+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)

#: What each page's blocks print, among other things, in the order of the page.
PRINTED = {
    "start-a-call": [
        '"outcome": "connected"(.|\n)*"success"',
        "completed connected",
        "completed connected",
    ],
    "follow-calls": [
        "call.initiated 1\n(.|\n)*call.ended",
        "event: call.ended",
        "evt_.* call.ended completed",
        "call.initiated\n(.|\n)*call.ended",
        "evt_.* call.initiated 1\n(.|\n)*call.ended",
    ],
    "sync-the-directory": [
        '"active"\n{"created":1,"refused":1}\n.*C-22',
        "100 created, 0 replaced, 0 refused",
        "somebody has changed it since",
    ],
    "recordings": ['"status": "completed"(.|\n)*fLaC(.|\n)*"queued"', "rec_.* \\d+\nqueued"],
    "webhooks": [
        "webhook.ping whk_(.|\n)*webhook.ping whk_",
        '{"state":"delivered","status_code":204,"error":null}',
        "delivered 204 None",
        "replaying whk_",
    ],
    "tasks": ['"dialled"(.|\n)*"done"', "connected\nT-10 renewed", "T-9 renewed"],
    "triggers": [
        '"created","limit":0(.|\n)*\\["arrears",\\[.*\\]\\]',
        "created True\n(.|\n)*complaint(.|\n)*assigned",
    ],
    "reports": [
        "M\t[0-9]+\t[0-9.]+\ntrue\n.*manager",
        "\\d{4}-\\d\\d-\\d\\d M [0-9]+\n(.|\n)*20\\d\\d(.|\n)*feedback rate",
    ],
    "lists": ["(call_.*\tconnected\n){3}", "(call_.* connected\n){3}2 True"],
    "errors": [
        "(call_.*)\n\\1\nidempotent-replayed: true\n"
        '{"code":"invalid","errors":\\[.*ring_s.*"request_id":true}',
        "",
    ],
}

#: Whose key a page needs, where it is not an integrator's.
ROLES = {"recordings": "qa_reviewer", "reports": "admin"}


@dataclass
class Door:
    """A node at a broker, and what the pages' placeholders stand for."""

    lab: Lab
    broker: Mosquitto
    keys: dict[str, str]

    def client(self) -> Client:
        return Client(self.lab.node.api, self.lab.node.key)

    def filled(self, text: str, role: str, port: int) -> str:
        """Return a block with the real values in place of what a page makes up."""
        for made_up, real in {
            "https://voicegw.example.com": self.lab.node.api,
            "vgw_…": self.keys[role],
            "https://crm.example.com/voicegw": f"http://127.0.0.1:{port}/voicegw",
            '("127.0.0.1", 9000)': f'("127.0.0.1", {port})',
            '"broker.example.net"': '"127.0.0.1"',
            "1883": str(self.broker.port),
            'password="…"': 'password="x"',
            "--max-time 60": "--max-time 2",
        }.items():
            text = text.replace(made_up, real)
        assert "example." not in text, "a placeholder is not filled"
        return text

    def rest(self) -> None:
        """End whatever calls there are."""
        with self.client() as gateway:
            for call in gateway.calls.page(limit=20).items:
                if call.outcome is None:
                    with suppress(VoicegwError):
                        gateway.calls.hang_up(call.id)
                    gateway.calls.wait_until_ended(call.id, timeout_s=20, every_s=0.1)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    for program in ("curl", "jq"):
        need(program, program)
    users = {"gw": "x", "crm": "x"}
    broker = Mosquitto(tmp_path_factory.mktemp("broker"), users=users, extra="log_type all")
    broker.start()
    more = f'[mqtt]\nurl = "mqtt://gw:x@127.0.0.1:{broker.port}"\ncommands = true\n'
    more += '[webhooks]\nallow_private = ["127.0.0.0/8"]\n'
    lab = make_lab(tmp_path_factory.mktemp("lab"), more=more)
    try:
        says = tone_alaw(1000, 1)
        manager, customer = "answers_with_a_tone", "answers_then_hangs_up"
        lab.carrier(
            manager_does(manager), customer_does(customer), calls=200, says=says, timeout_s=600
        )
        _fill(lab)
        keys = {
            role: lab.node.request("POST", "/v1/keys", {"role": role})[1]["key"]
            for role in ("integrator", "qa_reviewer", "admin")
        }
        wait_for("subscribed", lambda: "commands are taken" in lab.node.log.read_text(), 20)
        yield Door(lab, broker, keys)
    finally:
        lab.close()
        broker.stop()


def _fill(lab: Lab) -> None:
    """Make the manager and the customer that the pages name, and three calls with recordings."""
    with Client(lab.node.api, lab.node.key) as gateway:
        group_id = gateway.groups.by_external_id("g1").record.id
        manager = ManagerBody(name="M", group_id=group_id, phones=["+8613900139000"])
        gateway.managers.put("4711", manager)
        customer = CustomerBody(name="C", group_id=group_id, numbers=["138 0013 8000"])
        gateway.customers.put("C-17", customer)
        for _ in range(3):
            call = gateway.calls.start(manager_external_id="4711", customer_external_id="C-17")
            ended = gateway.calls.wait_until_ended(call.id, timeout_s=30, every_s=0.2)
            assert ended.outcome == "connected"
            gateway.recordings.wait_until_final(ended.recording_id or "", timeout_s=30, every_s=0.2)


@contextmanager
def beginning(
    door: Door, command: list[str], folder: Path, out: Path, kind: str, port: int
) -> Iterator[None]:
    """Run a block beside the others, from when it listens."""
    heard = door.broker.log.read_text().count("Received SUBSCRIBE")
    with out.open("wb") as stream:
        environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        process = subprocess.Popen(
            command, cwd=folder, stdout=stream, stderr=stream, env=environment
        )

    def listens() -> bool:
        assert process.poll() is None, out.read_text()
        if kind == "meanwhile":
            return door.broker.log.read_text().count("Received SUBSCRIBE") > heard
        with suppress(OSError), create_connection(("127.0.0.1", port)):
            return True
        return False

    try:
        wait_for("the block listens", listens, 30)
        yield
        if kind == "meanwhile":
            assert process.wait(30) == 0, out.read_text()
    finally:
        process.kill()
        process.wait()


def command_of(language: str, text: str, door: Door, role: str, file: Path) -> list[str]:
    if language == "python":
        file.write_text(text)
        return [sys.executable, "-W", "error", str(file)]
    head = f"set -euo pipefail\nAPI={door.lab.node.api}\n"
    file.write_text(f"{head}KEY='Authorization: Bearer {door.keys[role]}'\n{text}")
    return ["bash", str(file)]


@pytest.mark.parametrize("page", PRINTED)
def test_a_page_is_true(page: str, door: Door, tmp_path: Path) -> None:
    blocks = _BLOCK.findall((PAGES / f"{page}.md").read_text())
    role = ROLES.get(page, "integrator")
    port = free_port()
    work = tmp_path / "work"
    work.mkdir()
    with door.client() as gateway:
        newest = [event.id for event in gateway.events.list()][-1]
    (work / "last-event-id").write_text(newest)
    outputs = [tmp_path / f"out{number}" for number in range(len(blocks))]
    commands = [
        command_of(language, door.filled(text, role, port), door, role, tmp_path / f"block{number}")
        for number, (language, _, text) in enumerate(blocks)
    ]
    with ExitStack() as meanwhile:
        for (_, kind, _), command, out in zip(blocks, commands, outputs, strict=True):
            if kind:
                meanwhile.enter_context(beginning(door, command, work, out, kind, port))
        for (_, kind, text), command, out in zip(blocks, commands, outputs, strict=True):
            if not kind:
                environment = os.environ | {"PYTHONPATH": str(ROOT)}
                done = subprocess.run(
                    command, cwd=work, capture_output=True, env=environment, timeout=60, check=False
                )
                out.write_bytes(done.stdout)
                assert done.returncode == 0, f"{text}\n{done.stdout!r}\n{done.stderr.decode()}"
                door.rest()
    for out, printed in zip(outputs, PRINTED[page], strict=True):
        assert re.search(printed, out.read_text()), out.read_text()


def test_every_page_is_tried() -> None:
    pages = {path.stem for path in PAGES.glob("*.md")} - {"README"}
    assert pages == set(PRINTED)
    listed = set(re.findall(r"\]\(([\w-]+)\.md\)", (PAGES / "README.md").read_text()))
    assert listed == pages
