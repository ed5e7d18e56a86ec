"""The two calls of the demo, and what must be true of them.

A click-to-dial through the API, then the customer dials the hotline back. Each call is judged by
what independent witnesses saw: the telephones' displays and ears, every byte of their signalling,
the API's record and the recording's two channels.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from voicegw.demo.lab import CUSTOMER, HOTLINE, MANAGER, Directory, Lab
from voicegw.demo.processes import PhoneEvent, Telephone
from voicegw.demo.sound import CUSTOMER_HZ, MANAGER_HZ
from voicegw.demo.verdict import (
    faults_of_bytes,
    faults_of_displays,
    faults_of_ear,
    faults_of_record,
    judge_recording,
)
from voicegw.errors import Problem, StartError
from voicegw.model.call import FINAL_STATUSES
from voicegw.model.numbers import normalise

TALK_S = 4.0
_RING_WITHIN_S = 15.0
_BRIDGE_WITHIN_S = 20.0
_END_WITHIN_S = 10.0
_RECORDED_WITHIN_S = 15.0
_POLL_S = 0.1

Say = Callable[[str], None]


@dataclass(slots=True)
class CallReport:
    """One call as its witnesses saw it. `faults` is empty when all is as it must be."""

    title: str
    call: dict[str, Any]
    seen: dict[str, list[str]]
    recording: dict[str, Any] | None = None
    faults: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the Call with what the telephones saw and where the recording is."""
        return {**self.call, "seen": self.seen, "recording": self.recording}


class Scenario:
    """Makes the calls in a running lab and judges them."""

    def __init__(self, lab: Lab, directory: Directory, client: httpx.AsyncClient, say: Say) -> None:
        """Use the lab's telephones and the API; `say` is told each step."""
        self._lab = lab
        self._directory = directory
        self._client = client
        self._say = say

    async def click_to_dial(self) -> CallReport:
        """Ask the API for a call from the manager to the customer; the manager hangs up."""
        self._say("POST /v1/calls: the manager's phone rings first …")
        body = {
            "manager_id": self._directory.manager_id,
            "customer_id": self._directory.customer_id,
            "task_id": self._directory.task_ids[0],
            "client_state": "demo",
        }
        response = await self._client.post("/v1/calls", json=body)
        if response.status_code != 202:
            what = f"refused with {response.status_code}: {response.text[:300]}"
            raise StartError(Problem("POST /v1/calls", what))
        call_id = response.json()["id"]
        rung = await self._must("the manager's phone rings", self._lab.manager, "called")
        await self._must("the manager answers", self._lab.manager, "answered")
        self._say("the manager has answered; now the customer's phone rings …")
        called = await self._must("the customer's phone rings", self._lab.customer, "called")
        await self._must("the customer answers", self._lab.customer, "answered")
        seen = {"customer": _shown(called), "manager": _shown(rung)}
        return await self._talk("click-to-dial", call_id, seen, self._lab.manager)

    async def call_back(self) -> CallReport:
        """Let the customer dial the hotline back; the customer hangs up."""
        self._say("the customer dials the hotline back …")
        known = await self._newest_call_id()
        self._lab.customer.call(HOTLINE)
        rung = await self._must("the manager's phone rings", self._lab.manager, "called")
        await self._must("the manager answers", self._lab.manager, "answered")
        answered = await self._must("the customer is answered", self._lab.customer, "answered")
        call_id = await self._newest_call_id()
        if call_id is None or call_id == known:
            raise StartError(Problem("call back", "the API does not know of the call"))
        seen = {"customer": _shown(answered), "manager": _shown(rung)}
        return await self._talk("call back", call_id, seen, self._lab.customer)

    async def _talk(
        self, title: str, call_id: str, seen: dict[str, list[str]], ender: Telephone
    ) -> CallReport:
        await self._until(call_id, _BRIDGE_WITHIN_S, "bridged", lambda call: call["bridged_at"])
        self._say(f"they talk for {TALK_S:g} s …")
        await asyncio.sleep(TALK_S)
        ender.hang_up()
        heard = await asyncio.gather(
            self._lab.customer.expect("ended", within_s=_END_WITHIN_S),
            self._lab.manager.expect("ended", within_s=_END_WITHIN_S),
        )
        await self._until(call_id, _END_WITHIN_S, "ended", _is_final)
        call = await self._until(call_id, _RECORDED_WITHIN_S, "recorded", _is_recorded)
        report = CallReport(title, call, seen)
        report.faults += faults_of_record(call, TALK_S - 1)
        report.faults += faults_of_displays(seen, HOTLINE)
        ears = (("customer", heard[0], MANAGER_HZ), ("manager", heard[1], CUSTOMER_HZ))
        for who, event, frequency_hz in ears:
            sound = event.facts["heard"] if event is not None else None
            report.faults += faults_of_ear(who, sound, frequency_hz)
        report.faults += self._faults_of_bytes()
        report.recording = await asyncio.to_thread(self._recording, call, report.faults)
        self._say(f"{title}: {call['outcome']}")
        return report

    def _recording(self, call: dict[str, Any], faults: list[str]) -> dict[str, Any] | None:
        """Return where the recording is and its shape; note what is wrong with it."""
        found = list(self._lab.storage.rglob(f"{call['recording_id']}.flac"))
        if not found:
            faults.append("there is no recording")
            return None
        shape, wrong = judge_recording(found[0])
        faults += wrong
        return shape

    def _faults_of_bytes(self) -> list[str]:
        """Search each telephone's signalling for the other's number, and the log for both."""
        faults = []
        for phone, other in ((self._lab.customer, MANAGER), (self._lab.manager, CUSTOMER)):
            what = f"the signalling to the {phone.options.name}"
            received = phone.tap.read_bytes() if phone.tap.exists() else b""
            faults += faults_of_bytes(what, received, [other])
        log = (self._lab.folder / "node.log").read_bytes()
        return faults + faults_of_bytes("the node's log", log, [CUSTOMER, MANAGER])

    async def _must(self, what: str, phone: Telephone, event: str) -> PhoneEvent:
        found = await phone.expect(event, "refused", within_s=_RING_WITHIN_S)
        if found is None or found.event == "refused":
            status = "" if found is None else f" (refused with {found.facts.get('status')})"
            mend = f"see {self._lab.folder / 'node.log'}"
            raise StartError(Problem("demo", f"expected that {what}, but not so{status}", mend))
        return found

    async def _until(
        self,
        call_id: str,
        within_s: float,
        what: str,
        is_done: Callable[[dict[str, Any]], Any],
    ) -> dict[str, Any]:
        """Poll the call until `is_done`; a call that ends before is returned as it is."""
        deadline = time.monotonic() + within_s
        while True:
            response = await self._client.get(f"/v1/calls/{call_id}")
            response.raise_for_status()
            call: dict[str, Any] = response.json()
            if is_done(call) or (what == "bridged" and _is_final(call)):
                return call
            if time.monotonic() > deadline:
                if what == "recorded":
                    return call
                mend = f"see {self._lab.folder / 'node.log'}"
                raise StartError(Problem("demo", f"the call isn't {what} in time", mend))
            await asyncio.sleep(_POLL_S)

    async def _newest_call_id(self) -> str | None:
        response = await self._client.get("/v1/calls", params={"limit": 1})
        response.raise_for_status()
        items = response.json()["items"]
        return str(items[0]["id"]) if items else None


def _is_final(call: dict[str, Any]) -> bool:
    return call["status"] in FINAL_STATUSES


def _is_recorded(call: dict[str, Any]) -> bool:
    return any(recording["status"] == "completed" for recording in call["recordings"])


def _shown(event: PhoneEvent) -> list[str]:
    """Return the numbers a telephone showed, each once, in E.164 where it is one."""
    return list(dict.fromkeys(normalise(number) or number for number in event.facts["shown"]))
