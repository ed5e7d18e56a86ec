"""A node with one of everything that its API speaks of, and calls that run.

Its records are known by *tokens* such as `seed.customer_id`: a request may name one wherever an id
is asked for, and :meth:`ApiWorld.resolved` puts the id of a record that is there in its place. What
a request uses up (a record to delete, a call to hang up) is made anew for it.
"""

from __future__ import annotations

import asyncio
import collections
import itertools
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec
import pyotp
import sqlalchemy as sa

from tests.parts.lab import (
    STATEMENTS,
    Lab,
    customer_does,
    customer_number,
    make_lab,
    manager_does,
    manager_number,
)
from tests.parts.node import wait_for
from tests.parts.openid import CLIENT_ID, CLIENT_SECRET, OpenIdProvider, query_of
from tests.parts.receiver import ReceiverServer
from tests.parts.rtp import tone_alaw
from voicegw.journal.entries import TaskWanted
from voicegw.model.recording import Channel
from voicegw.model.report import ReportKind
from voicegw.model.report_file import FileState, Period, ReportFile, ReportSchedule
from voicegw.model.task import Task, TaskType, task_id
from voicegw.model.transcript import Segment, Transcript, TranscriptStatus
from voicegw.reports.schedule import due_file
from voicegw.store import schema
from voicegw.store.batch import BatchWriter
from voicegw.store.database import Database
from voicegw.store.report_files import file_row

TOKEN: Final = "seed."
#: No rate is in the way of generated requests, and nothing is recognised but what the seed says.
MORE_CONFIG: Final = """
requests_per_s = 0
unauthenticated_per_s = 0
public_url = "https://gw.example.net"
[transcription]
engine = "none"
[webhooks]
allow_private = ["127.0.0.0/8"]
[oidc]
client_id = "{client_id}"
client_secret = "{client_secret}"
issuer = "{issuer}"
create_users = true
role_claim = "roles"
roles = ["office=admin"]
"""
#: SIPp ends after so many; no run makes as many.
_CARRIED_CALLS: Final = 1_000_000
_RECORDED: Final = 3
_TALKS: Final = 12
"""Talks that begin while the rest is made: tests that end one need not wait for it."""
_TASKS: Final = 40
_DEAR: Final = {"recording_id": 40}
"""How many are made anew at most of what takes a call: more requests to delete are for old ones."""
_LONGEST_S: Final = 2.0
"""After how long a call is ended that a generated request has begun."""
_MOST_TALKS: Final = 24
"""How many talks go on that were begun for a request each: older ones are ended, for the media
ports of a node are counted."""

CARD: Final[dict[str, Any]] = {
    "name": "Revisit",
    "items": [{"id": "tone", "text": "Friendly?", "kind": "human", "points": 60}],
}
SCRIPT: Final[dict[str, Any]] = {
    "name": "Revisit",
    "statements": [{"id": "notice", "text": "本次通话会被录音", "within_s": 30}],
    "phrases": [{"id": "promise", "text": "保证收益", "severity": "critical"}],
}
DISCLOSURE: Final[dict[str, Any]] = {
    "statements": [{"id": "one", "prompt": next(iter(STATEMENTS))}],
    "timeout_s": 5,
}
NOWHERE: Final = "https://hooks.example.com/voicegw"
EARLIER: Final = "2020-01-01T00:00:00Z"
LATER: Final = "2100-01-01T00:00:00Z"
FLOW: Final = """flow: menu
languages: [zh]
start: main
steps:
  main: {do: menu, prompts: [main_menu], keys: {"1": bye}, otherwise: bye}
  bye: {do: hang_up, prompts: [goodbye]}
"""
YAML: Final = {"Content-Type": "application/yaml"}
_FIRST_PARTY: Final = 200
"""Telephones from this index on are not those of the lab's people: each talk has people of its own,
for a customer of another request may wish not to be called."""


@dataclass(slots=True)
class Person:
    """Somebody who has logged in; `secret` is that of a second factor, once it is begun."""

    password: str
    headers: dict[str, str]
    secret: str = ""
    recovery_code: str = ""


SCHEDULE: Final = {"name": "S", "report": "activity", "period": "day", "at": "07:30"}


def _month(now: datetime) -> dict[str, object]:
    """Return the row of a closed month."""
    hashes = {"sha256": "", "previous_sha256": ""}
    return {"month": date(2020, 1, 1), "frozen_at": now, "rows": 0, **hashes}


def _report_file(now: datetime) -> ReportFile:
    """Return a report that was made."""
    schedule = ReportSchedule(
        "sch_seed", "key_seed", now, "S", ReportKind.ACTIVITY, Period.DAY, "07:30", "UTC"
    )
    file, _ = due_file(schedule, now)
    return msgspec.structs.replace(file, state=FileState.COMPLETED)


class ApiWorld:
    """The node, its people and records, and a client with the administrator's key.

    `makers` make a new record of a kind and return its id.
    """

    def __init__(self, folder: Path) -> None:
        """Start the node and fill it; this takes some seconds."""
        self._provider = OpenIdProvider()
        self._provider.person = {"sub": "s-1", "preferred_username": "office", "roles": ["office"]}
        self._provider.start()
        self._receiver = ReceiverServer()
        self._receiver.__enter__()
        config = MORE_CONFIG.format(
            client_id=CLIENT_ID, client_secret=CLIENT_SECRET, issuer=self._provider.issuer
        )
        self.lab: Lab = make_lab(folder, api=config)
        self.api = httpx.Client(
            base_url=self.lab.node.api,
            headers={"Authorization": f"Bearer {self.lab.node.key}"},
            timeout=30,
        )
        self._store_url = f"sqlite:///{folder}/data/voicegw.db"
        self._numbers = itertools.count(1)
        self._parties = itertools.count(_FIRST_PARTY)
        self._known: dict[str, list[str]] = {}
        self._turns: dict[str, itertools.cycle[str]] = {}
        self._spent: dict[str, list[str]] = {name: [] for name in _DEAR}
        self._kept: set[str] = set()
        self._begun: list[str] = []
        self._lent: collections.deque[str] = collections.deque()
        self._lock = threading.RLock()
        self._closing = threading.Event()
        self.person = Person("", {})
        self._one_time_password = ""
        self._sent_back: dict[str, str] = {}
        self.makers: dict[str, Callable[[], str]] = {
            "call_id": self.lent_talk,
            "group_id": lambda: self._made("groups", {"name": "G"}),
            "hotline_id": lambda: self._made("hotlines", self._hotline()),
            "manager_id": lambda: self._made("managers", self._in_group("M")),
            "customer_id": lambda: self._made("customers", self._in_group("C")),
            "task_id": self.task,
            "dialling_id": self.dialling,
            "shown_dialling": self.shown_dialling,
            "own_customer": lambda: self._made("customers", self._in_group("C")),
            "key_id": lambda: self._made("keys", {"role": "integrator"}),
            "script_id": lambda: self._made("scripts", SCRIPT),
            "plan_id": lambda: self._made("plans", {"name": "P"}),
            "scorecard_id": lambda: self._made("scorecards", CARD),
            "schedule_id": lambda: self._made("report-schedules", SCHEDULE),
            "review_id": self.review,
            "recording_id": self.recording,
            "user_id": lambda: str(self._user()["id"]),
            "session_id": lambda: str(self._ask_session("GET", "sessions")["items"][0]["id"]),
            "webhook_id": lambda: self.webhook(enabled=False),
            "enabled_webhook": lambda: self.webhook(enabled=True),
            "fresh_login": lambda: str(self._user()["login"]),
            "one_time_password": lambda: self._one_time_password,
            "password": lambda: self.person.password,
            "oidc_code": lambda: self._sent_back["code"],
            "oidc_state": lambda: self._sent_back["state"],
            "recovery_code": lambda: self.person.recovery_code,
            "totp": lambda: pyotp.TOTP(self.person.secret).now(),
            "consultation": self.consultation,
            "disclosing": self.disclosing,
            "reachable_manager": self.reachable_manager,
            "held_recording": self.held_recording,
            "later_handover": self.later_handover,
            "fresh_card": lambda: self._made("scorecards", CARD),
            "spare_flow": self.spare_flow,
            "reviewer_key": lambda: self._made("keys", {"role": "qa_reviewer"}),
            "assigned_review": self.assigned_review,
            "scored_review": self.scored_review,
            "appealed_review": self.appealed_review,
            "decided_review": self.decided_review,
        }
        self.lab.carrier(
            manager_does("answers_with_a_tone"),
            customer_does("answers"),
            calls=_CARRIED_CALLS,
            timeout_s=36_000,
            says=tone_alaw(1000, 1),
        )
        self._janitor = threading.Thread(target=self._end_calls, daemon=True)
        self._janitor.start()
        try:
            self._fill()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End everything: calls first, for which the node would wait."""
        self._closing.set()
        self._janitor.join()
        for call_id in self._live():
            self._hang_up(call_id)
        wait_for("the end of all calls", lambda: not self._live())
        self.api.close()
        self.lab.close()
        self._receiver.__exit__(None, None, None)
        self._provider.stop()

    # What is known, and what a token stands for.

    def know(self, name: str, *ids: str) -> None:
        """Let `seed.{name}` stand for these, too."""
        with self._lock:
            self._known.setdefault(name, []).extend(ids)
            self._turns[name] = itertools.cycle(self._known[name])

    def names(self) -> set[str]:
        """Return the names that tokens may have."""
        return set(self._known) | set(self.makers)

    def knows(self, name: str) -> bool:
        """Whether records of this kind are there already."""
        return name in self._known

    def has(self, value: str) -> bool:
        """Whether `value` is no token, or one that stands for something."""
        return not value.startswith(TOKEN) or value.removeprefix(TOKEN) in self.names()

    def give(self, name: str, *, fresh: bool = False) -> str:
        """Return an id of this kind, of something made for the purpose where it is to be fresh."""
        if name in self.makers and (fresh or name not in self._known):
            spent = self._spent.get(name, [])
            if len(spent) >= _DEAR.get(name, math.inf):
                return spent[next(self._numbers) % len(spent)]
            made = self.makers[name]()
            spent.append(made)
            return made
        with self._lock:
            return next(self._turns[name])

    def resolved(self, value: Any, *, fresh: bool = False) -> Any:
        """Return `value` with an id for each token in it."""
        if isinstance(value, str) and value.startswith(TOKEN):
            name = value.removeprefix(TOKEN)
            return self.give(name, fresh=fresh) if name in self.names() else value
        if isinstance(value, dict):
            return {key: self.resolved(one, fresh=fresh) for key, one in value.items()}
        if isinstance(value, list):
            return [self.resolved(one, fresh=fresh) for one in value]
        return value

    # What is made.

    def ask(self, method: str, path: str, expect: int, body: Any = None, **more: Any) -> Any:
        """Ask as the administrator, expect a status, and return the answer's JSON."""
        answer = self.api.request(method, f"/v1/{path}", json=body, **more)
        assert answer.status_code == expect, (method, path, answer.text)
        return answer.json() if answer.content else None

    def talk(self) -> str:
        """Have two people talk, and return their call. Only a request for it ends it."""
        call_id = self._begun.pop() if self._begun else self._begin_talk()
        self.lab.node.bridged(call_id)
        return call_id

    def lent_talk(self) -> str:
        """Return a talk that goes on until many others have begun: for one request."""
        call_id = self.talk()
        with self._lock:
            self._lent.append(call_id)
            over = self._lent.popleft() if len(self._lent) > _MOST_TALKS else None
        if over:
            self._hang_up(over)
        return call_id

    def webhook(self, *, enabled: bool) -> str:
        """Return a new webhook; those that requests have made leave where there is no room."""
        body = {"url": NOWHERE, "enabled": enabled}
        made = self.api.post("/v1/webhooks", json=body)
        if made.status_code == httpx.codes.CONFLICT:
            kept = {one for name, ids in self._known.items() if "webhook" in name for one in ids}
            for hook in self.ask("GET", "webhooks?limit=200", 200)["items"]:
                if hook["id"] not in kept:
                    self.ask("DELETE", f"webhooks/{hook['id']}", 204)
            made = self.api.post("/v1/webhooks", json=body)
        assert made.status_code == httpx.codes.CREATED, made.text
        return str(made.json()["id"])

    def consultation(self) -> str:
        """Return a talk whose manager is asking a colleague just now."""
        call_id = self.lent_talk()
        body = {"manager_id": self.reachable_manager(), "mode": "consult"}
        self.ask("POST", f"calls/{call_id}/transfer", 202, body)

        def asked() -> bool:
            plan = self.ask("GET", f"calls/{call_id}", 200)["plan"]
            return bool(plan and plan[-1]["result"])

        wait_for("the colleague", asked)
        return call_id

    def disclosing(self) -> str:
        """Return a talk whose customer is hearing statements just now."""
        call_id = self.lent_talk()
        self.ask("POST", f"calls/{call_id}/disclosure", 202, DISCLOSURE)
        return call_id

    def reachable_manager(self) -> str:
        """Return a new manager who has a telephone and no call."""
        number = manager_number(next(self._parties))
        body = {"name": "M", "group_id": self._own_group, "phones": [number]}
        return self._made("managers", body)

    def reachable_customer(self, owner_id: str) -> str:
        """Return a new customer who answers."""
        number = customer_number(next(self._parties))
        body = {"name": "C", "group_id": self._own_group, "numbers": [number], "owner_id": owner_id}
        return self._made("customers", body)

    def task(self) -> str:
        """Return a task of somebody who can call its customer."""
        manager = self.reachable_manager()
        customer = self.reachable_customer(manager)
        body = {"type": "renewal", "manager_id": manager, "customer_id": customer}
        return self._made("tasks", body)

    def dialling(self) -> str:
        """Return a list that its manager works on, who has nothing to do."""
        body = {"manager_id": self.reachable_manager(), "mode": "preview"}
        return self._made("diallings", body)

    def shown_dialling(self) -> str:
        """Return a list whose manager is shown a customer just now."""
        task = self.ask("GET", f"tasks/{self.task()}", 200)
        body = {"manager_id": task["manager_id"], "mode": "preview"}
        dialling_id = self._made("diallings", body)
        path = f"diallings/{dialling_id}"
        wait_for("a customer", lambda: self.ask("GET", path, 200)["state"] == "shown")
        return dialling_id

    def recording(self) -> str:
        """Have two people talk for a moment, and return the finished recording."""
        call_id = self.talk()
        time.sleep(0.3)
        self._hang_up(call_id)
        return self._recorded(call_id)

    def review(self, recording_id: str | None = None) -> str:
        """Return a review that is open."""
        body = {
            "recording_id": recording_id or self.give("recording_id"),
            "scorecard_id": self._made("scorecards", CARD),
        }
        return self._made("reviews", body)

    def assigned_review(self) -> str:
        """Return a review that is the administrator's to score."""
        review_id = self.review()
        self.ask("POST", f"reviews/{review_id}/assign", 200, {"reviewer": self._own_key_id})
        return review_id

    def log_in(self, second_factor: str = "") -> dict[str, str]:
        """Have a new person log in; return the header fields that tell so.

        The second factor may be `begun` or `set`. `seed.password` and `seed.totp` are this
        person's from then on.
        """
        user = self._user()
        answer = httpx.post(
            f"{self.lab.node.api}/v1/session",
            json={"login": user["login"], "password": user["password"]},
            timeout=30,
        )
        cookie = answer.headers["set-cookie"].partition(";")[0]
        headers = {"Cookie": cookie, "X-CSRF-Token": answer.json()["csrf_token"]}
        self.person = Person(f"a cow in cellar {user['id']}", headers)
        self._ask_session(
            "POST", "session/password", current=user["password"], new=self.person.password
        )
        if second_factor:
            begun = self._ask_session("POST", "session/totp", password=self.person.password)
            self.person.secret = begun["secret"]
        if second_factor == "set":
            kept = self._ask_session("POST", "session/totp/confirm", totp=self.give("totp"))
            self.person.recovery_code = kept["recovery_codes"][0]
        return self.person.headers

    def sent_back(self) -> dict[str, str]:
        """Have the OpenID provider send a browser back; return the header field of its cookie.

        `seed.oidc_code` and `seed.oidc_state` are what it brings along.
        """
        begun = httpx.get(f"{self.lab.node.api}/v1/session/oidc", timeout=30)
        back = httpx.get(begun.headers["Location"], timeout=30).headers["Location"]
        self._sent_back = query_of(back)
        return {"Cookie": begun.headers["set-cookie"].partition(";")[0]}

    def scored_review(self) -> str:
        """Return a review that its manager may appeal."""
        review_id = self.assigned_review()
        scores = {"scores": {"tone": {"points": 30}}, "finish": True}
        self.ask("PUT", f"reviews/{review_id}/score", 200, scores)
        return review_id

    def appealed_review(self) -> str:
        """Return a review that was appealed, and is somebody else's to decide."""
        review_id = self.scored_review()
        review = self.ask("GET", f"reviews/{review_id}", 200)
        who = self.key(role="manager", manager_id=review["manager_id"])
        body = {"text": "t", "items": {"tone": "x"}}
        self.ask("POST", f"reviews/{review_id}/appeal", 200, body, headers=who)
        return review_id

    def decided_review(self) -> str:
        """Return a review with nothing left to do but to close it."""
        review_id = self.appealed_review()
        body = {"text": "t", "scores": {"tone": {"points": 3}}}
        who = self.key(role="qa_reviewer")
        self.ask("POST", f"reviews/{review_id}/decide", 200, body, headers=who)
        return review_id

    def key(self, **body: Any) -> dict[str, str]:
        """Return the header of a new key."""
        return {"Authorization": f"Bearer {self.ask('POST', 'keys', 201, body)['key']}"}

    def key_of(self, role: str) -> dict[str, str]:
        """Return the header of a new key of `role`, for what of the seed it may see."""
        if role == "county_manager":
            return self.key(role=role, group_id=self._own_group)
        if role == "manager":
            recording = self.ask("GET", f"recordings/{self.give('recording_id')}", 200)
            return self.key(role=role, manager_id=recording["manager_id"])
        return self.key(role=role)

    def held_recording(self) -> str:
        """Return a recording that nobody may delete."""
        recording_id = self.give("recording_id")
        self.ask("PUT", f"recordings/{recording_id}/hold", 200, {"why": "w"})
        return recording_id

    def later_handover(self) -> str:
        """Return a handover that has not begun."""
        giver, taker = (self.makers["manager_id"]() for _ in range(2))
        body = {"to": {"kind": "one", "manager_id": taker}, "why": "w", "at": LATER}
        return str(self.ask("POST", f"managers/{giver}/handover", 202, body)["id"])

    def _fill(self) -> None:
        self._own_key_id = self.ask("GET", "keys", 200)["items"][0]["id"]
        self._own_group = self._made("groups", {"name": "Talks"})
        self._made("hotlines", self._hotline() | {"group_id": self._own_group, "announce": "none"})
        for kind in ("groups", "hotlines", "managers", "customers"):
            items = self.ask("GET", f"{kind}?limit=200", 200)["items"]
            listed = [
                one for one in items if self._own_group not in (one["id"], one.get("group_id"))
            ]
            self.know(f"{kind[:-1]}_id", *(one["id"] for one in listed))
            external = [one["external_id"] for one in listed if one.get("external_id")]
            if external:
                self.know(f"{kind[:-1]}_external_id", *external)
        flow = self.api.put("/v1/flows/menu", content=FLOW, headers=YAML)
        flow.raise_for_status()
        calls = [self._begin_talk() for _ in range(_RECORDED)]
        for call_id in calls:
            self.lab.node.bridged(call_id)
        time.sleep(0.3)
        for call_id in calls:
            self._hang_up(call_id)
        self.know("recording_id", *[self._recorded(call_id) for call_id in calls])
        self.know("call_id", *calls, self.talk())
        self._begun += [self._begin_talk() for _ in range(_TALKS)]
        for name in (
            "dialling_id",
            "schedule_id",
            "script_id",
            "scorecard_id",
            "review_id",
            "key_id",
            "user_id",
        ):
            self.know(name, self.makers[name]())
        self.ask("PUT", "tasks/by-external-id/task-1", 201, self._task())
        self.know("task_external_id", "task-1")
        self.ask("PUT", "hotlines/by-external-id/hotline-1", 201, self._hotline())
        self.know("hotline_external_id", "hotline-1")
        self.ask("PUT", "scripts/by-external-id/script-1", 201, SCRIPT)
        self.ask("PUT", "scorecards/by-external-id/card-1", 201, CARD)
        self.know("script_external_id", "script-1")
        self.know("scorecard_external_id", "card-1")
        self.know("flow_name", "menu")
        self.know("prompt_name", "goodbye")
        self.know("language", "zh")
        self.know("kind", "customers")
        self._fill_quality()
        asyncio.run(self._write())

    def _fill_quality(self) -> None:
        """Have files made and a sample drawn."""
        recording_id = self.give("recording_id")
        self.ask("POST", f"recordings/{recording_id}/check", 202)
        export = self.ask("POST", "recordings/export", 202, {"why": "w"})
        self.know("export_id", export["id"])
        upload = {"file": ("g.csv", b"external_id,name\nseeded,Seeded\n")}
        job = self.ask("POST", "imports", 202, files=upload, data={"kind": "groups"})
        self.know("import_id", job["id"])
        self.know("handover_id", self.later_handover())
        left = {"kind": "wants_to_leave", "customer_id": self.give("own_customer")}
        self.know("trigger_id", self._made("triggers", left))
        order = {"rule": {"kind": "owner"}, "filter": {"nobodys": True}}
        self.know("assignment_id", self.ask("POST", "tasks/assign", 202, order)["id"])
        self.ask("PUT", "plans/by-external-id/plan-1", 201, {"name": "P"})
        self.know("plan_external_id", "plan-1")
        plan = self.makers["plan_id"]()
        run = self.ask("POST", f"plans/{plan}/runs", 202, {"month": "2098-01", "preview": True})
        self.know("plan_id", plan)
        self.know("run_id", run["id"])
        sample = {
            "scorecard_id": self.makers["scorecard_id"](),
            "from": EARLIER,
            "until": LATER,
            "count": 2,
        }
        self.know("sample_id", self.ask("POST", "samples", 201, sample)["id"])
        hook = self.ask("POST", "webhooks", 201, {"url": self._receiver.url, "types": ["task.*"]})
        ping = self.ask("POST", f"webhooks/{hook['id']}/ping", 202)
        self.know("webhook_id", hook["id"])
        self.know("delivered_webhook", hook["id"])
        self.know("delivery_id", ping["id"])
        self.know("checked_recording", recording_id)

        def done() -> bool:
            checked = self.api.get(f"/v1/recordings/{recording_id}/quality")
            made = self.ask("GET", f"exports/{export['id']}", 200)["state"]
            sent = self.ask("GET", f"webhooks/{hook['id']}/deliveries/{ping['id']}", 200)["state"]
            return checked.status_code == 200 and (made, sent) == ("completed", "delivered")

        wait_for("the check, the export and the posting", done, 30)

    async def _write(self) -> None:
        """Put what only takes time to come about straight into the store."""
        recordings = [
            self.ask("GET", f"recordings/{one}", 200) for one in self._known["recording_id"]
        ]
        now = datetime.now(UTC)
        database = await Database.open(self._store_url)
        try:
            tasks = [_task(f"seed_{index}", now) for index in range(_TASKS)]
            await BatchWriter(database, "seed").apply_entries([TaskWanted(one) for one in tasks], 1)
            async with database.write() as connection:
                await connection.execute(sa.delete(schema.transcripts))
                rows = [_transcript_row(one, now) for one in recordings]
                rows[-1] = rows[-1] | {"status": TranscriptStatus.FAILED}
                await connection.execute(schema.transcripts.insert(), rows)
                await connection.execute(schema.report_months.insert(), _month(now))
                file = _report_file(now)
                await connection.execute(
                    schema.report_files.insert(), {**file_row(file), "content": b"figures"}
                )
        finally:
            await database.close()
        self.know("file_id", file.id)
        self.know("month", "2020-01")
        self.know("untranscribed_recording", recordings[-1]["id"])
        self.know("task_id", *(one.id for one in tasks))

    # How.

    def _begin_talk(self) -> str:
        manager = self.reachable_manager()
        body = {"manager_id": manager, "customer_id": self.reachable_customer(manager)}
        with self._lock:
            call_id = str(self.ask("POST", "calls", 202, body)["id"])
            self._kept.add(call_id)
        return call_id

    def spare_flow(self) -> str:
        """Make a flow that no hotline has, and return its name."""
        name = f"spare{next(self._numbers)}"
        text = FLOW.replace("flow: menu", f"flow: {name}")
        made = self.api.put(f"/v1/flows/{name}", content=text, headers=YAML)
        assert made.status_code == 201, made.text
        return name

    def _made(self, kind: str, body: dict[str, Any]) -> str:
        return str(self.ask("POST", kind, 201, body)["id"])

    def _in_group(self, name: str) -> dict[str, Any]:
        return {"name": name, "group_id": self._known["group_id"][0]}

    def _user(self) -> dict[str, Any]:
        body = {"login": f"user{next(self._numbers)}", "role": "admin"}
        user = dict(self.ask("POST", "users", 201, body))
        self._one_time_password = str(user["password"])
        return user

    def _ask_session(self, method: str, path: str, **body: str) -> Any:
        """Ask as the person who has logged in, whose cookie may change."""
        answer = httpx.request(
            method,
            f"{self.lab.node.api}/v1/{path}",
            json=body or None,
            headers=self.person.headers,
            timeout=30,
        )
        assert answer.is_success, (path, answer.text)
        if "set-cookie" in answer.headers:
            cookie = answer.headers["set-cookie"].partition(";")[0]
            self.person.headers |= {"Cookie": cookie, "X-CSRF-Token": answer.json()["csrf_token"]}
        return answer.json()

    def _task(self) -> dict[str, Any]:
        manager = self.reachable_manager()
        customer = self.reachable_customer(manager)
        return {"type": "callback", "manager_id": manager, "customer_id": customer}

    def _hotline(self) -> dict[str, Any]:
        group_id = self._known["group_id"][0] if "group_id" in self._known else ""
        return {"number": f"+8640070{next(self._numbers):05d}", "name": "H", "group_id": group_id}

    def _recorded(self, call_id: str) -> str:
        """Return the recording of a talk that is over."""

        def look() -> str | None:
            recording = self.ask("GET", f"calls/{call_id}", 200)["recordings"][0]
            return recording["id"] if recording["status"] == "completed" else None

        return str(wait_for("the recording", look, 30))

    def _hang_up(self, call_id: str) -> None:
        with self._lock:
            self._kept.discard(call_id)
        self.api.post(f"/v1/calls/{call_id}/hangup")

    def _live(self) -> set[str]:
        found: set[str] = set()
        for status in ("queued", "initiated", "ringing", "in-progress"):
            items = self.ask("GET", f"calls?limit=200&status={status}", 200)["items"]
            found |= {call["id"] for call in items}
        return found

    def _end_calls(self) -> None:
        """End what generated requests have begun, so that managers get free again."""
        since: dict[str, float] = {}
        while not self._closing.wait(0.5):
            now = time.monotonic()
            live = self._live()
            since = {call_id: since.get(call_id, now) for call_id in live}
            with self._lock:
                over = [one for one in live - self._kept if now - since[one] > _LONGEST_S]
            for call_id in over:
                self._hang_up(call_id)


def _task(key: str, now: datetime) -> Task:
    return Task(id=task_id(key), type=TaskType.CALLBACK, created_at=now, calls=[])


def _transcript_row(recording: dict[str, Any], now: datetime) -> dict[str, Any]:
    transcript = Transcript(
        recording_id=recording["id"],
        call_id=recording["call_id"],
        status=TranscriptStatus.COMPLETED,
        created_at=now,
        completed_at=now,
        engine="test",
        language="zh",
        progress=1.0,
        duration_s=recording["duration_s"],
        segments=[Segment(channel=Channel.MANAGER, start_s=0.0, end_s=0.2, text="您好")],
    )
    return {
        "recording_id": transcript.recording_id,
        "call_id": transcript.call_id,
        "status": transcript.status,
        "created_at": now,
        "text": transcript.search_text(),
        "document": transcript,
    }
