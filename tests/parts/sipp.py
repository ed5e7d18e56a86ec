"""SIPp as a carrier: scenarios put together from fragments named by what the far end does.

A UAS process plays every telephone behind a trunk. Which fragment an INVITE gets depends on the
dialled number, so that one process can be a manager who answers and a customer who is busy.
"""

from __future__ import annotations

import csv
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.parts.node import wait_for

FRAGMENTS = Path(__file__).resolve().parents[1] / "peer" / "sipp"


def need(program: str, package: str) -> None:
    """Skip the test where a program can't be had; fail where everything must be there."""
    if shutil.which(program) is None:
        reason = f"{program} is missing (Debian package {package})"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a telephone behind the trunk does: `number` is a regular expression of the dialled."""

    number: str
    fragment: str


def uas_scenario(behaviours: Sequence[Behaviour], *, challenge: int | None = None) -> str:
    """Return a scenario that answers each INVITE by the first behaviour that fits its number.

    With `challenge` 401 or 407 the first INVITE is challenged and the second one's digest checked.
    """
    parts = ['<?xml version="1.0" encoding="UTF-8"?>', '<scenario name="carrier">']
    if challenge is not None:
        parts.append(_receive_invite(()))
        parts.append(_fragment(f"challenge_{challenge}"))
        parts.append(_receive_invite(behaviours, proof=challenge))
        parts.append('<Reference variables="genuine"/>')
    else:
        parts.append(_receive_invite(behaviours))
    for index in range(len(behaviours)):
        parts.append(f'<nop next="do{index}" test="is{index}"/>')
    for index, behaviour in enumerate(behaviours):
        parts.append(f'<label id="do{index}"/>')
        parts.append(_fragment(behaviour.fragment))
        parts.append('<nop next="over"/>')
    parts.append('<label id="over"/>')
    names = [
        "cseq",
        "target",
        "callee",
        "caller",
        *(f"is{index}" for index in range(len(behaviours))),
    ]
    parts.append(f'<Reference variables="{",".join(names)}"/>')
    parts.append("</scenario>")
    return "\n".join(parts)


def _fragment(name: str) -> str:
    return (FRAGMENTS / f"{name}.xml").read_text()


def _receive_invite(behaviours: Sequence[Behaviour], *, proof: int | None = None) -> str:
    """Return the step that takes an INVITE and finds out whose telephone it rings."""
    actions = [
        '<ereg regexp="[0-9]+" search_in="hdr" header="CSeq:" assign_to="cseq"/>',
        '<ereg regexp="sip:[^>]*" search_in="hdr" header="Contact:" assign_to="target"/>',
        '<ereg regexp="sip:[^>;]*" search_in="hdr" header="To:" assign_to="callee"/>',
        '<ereg regexp="[^ ].*" search_in="hdr" header="From:" assign_to="caller"/>',
    ]
    actions += [
        f'<ereg regexp="sip:{behaviour.number}@" search_in="hdr" header="To:" '
        f'assign_to="is{index}"/>'
        for index, behaviour in enumerate(behaviours)
    ]
    if proof is not None:
        actions.append('<verifyauth assign_to="genuine" username="gw" password="secret"/>')
    step = f'<recv request="INVITE" crlf="true"><action>{"".join(actions)}</action></recv>'
    if proof is not None:
        step += (
            '<nop next="trusted" test="genuine"/>'
            '<nop><action><error message="digest refused"/></action></nop>'
            '<label id="trusted"/>'
        )
    return step


class Sipp:
    """One SIPp process."""

    def __init__(
        self,
        folder: Path,
        name: str,
        scenario: str,
        *,
        host: str,
        port: int,
        remote: str | None = None,
        transport: str = "udp",
        calls: int | None = None,
        lost_percent: int = 0,
        rows: Sequence[Sequence[str]] = (),
        extra: Sequence[str] = (),
        timeout_s: int = 60,
    ) -> None:
        """Start it; `remote` (host:port) makes it call, `rows` are the fields of its calls."""
        need("sipp", "sip-tester")
        self.folder = folder / name
        self.folder.mkdir()
        self.host, self.port = host, port
        path = self.folder / "scenario.xml"
        path.write_text(scenario)
        self.messages = self.folder / "messages.log"
        command = [
            "sipp", "-sf", str(path), "-i", host, "-mi", host, "-p", str(port),
            "-mp", str(port + 1000), "-nostdin", "-timeout", f"{timeout_s}s", "-timeout_error",
            "-trace_msg", "-message_file", str(self.messages),
            "-trace_err", "-error_file", str(self.folder / "errors.log"),
            "-t", "t1" if transport == "tcp" else "u1",
        ]  # fmt: skip
        if calls is not None:
            command += ["-m", str(calls)]
        if lost_percent:
            command += ["-lost", str(lost_percent)]
        if rows:
            table = self.folder / "rows.csv"
            with table.open("w", newline="") as stream:
                stream.write("SEQUENTIAL\n")
                csv.writer(stream, delimiter=";", quoting=csv.QUOTE_NONE).writerows(rows)
            command += ["-inf", str(table)]
        command += list(extra)
        if remote is not None:
            command.append(remote)
        with (self.folder / "stderr.log").open("wb") as out:
            self.process = subprocess.Popen(
                command,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=out,
            )
        if remote is None:
            wait_for("SIPp listening", self._bound)

    def _bound(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(f"SIPp ended: {self.trouble()}")
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                probe.bind((self.host, self.port))
        except OSError:
            return True
        # A TCP listener leaves the UDP port free.
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
                probe.bind((self.host, self.port))
        except OSError:
            return True
        return False

    def finished(self, timeout_s: float = 30) -> None:
        """Wait until all its calls are done; AssertionError unless every one went as scripted."""
        try:
            code = self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"SIPp still runs: {self.trouble()}") from None
        assert code == 0, f"SIPp exit {code}: {self.trouble()}"

    def trouble(self) -> str:
        """Return what SIPp says went wrong, and the last messages."""
        texts = []
        for name in ("errors.log", "stderr.log", "messages.log"):
            path = self.folder / name
            if path.exists():
                texts.append(path.read_text(errors="replace")[-3000:])
        return "\n".join(texts)

    def seen(self) -> str:
        """Return all messages it received and sent."""
        return self.messages.read_text(errors="replace") if self.messages.exists() else ""

    def stop(self) -> None:
        """End it, whatever it does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(2)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)
