"""A county's office at work: a real node, telephones that ring, people who log in, and their day.

Two counties below one city. In 崇明 four managers have customers, tasks that are due, overdue and
to be called again, talks that were recorded and read, calls that were missed; in 奉贤 there is one
of whom the others must see nothing. Everything has an external id: :meth:`County.id` finds it.
"""

from __future__ import annotations

import asyncio
import random
import wave
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx
import numpy as np

from config import load
from ivr.g711 import encode_alaw
from ivr.prompts import SHIPPED
from tests.parts.lab import short_prompts
from tests.parts.node import Directory, NodeProcess, wait_for
from tests.parts.ports import free_port
from tests.parts.telephones import Plan, Telephones
from voicegw.cli.keeping_users import WantedUser, add
from voicegw.journal.entries import CallChanged
from voicegw.model.call import Call, CallOutcome, Direction, Leg, LegRole, final_status
from voicegw.model.directory import Grant, Role
from voicegw.model.ids import IdKind, new_id
from voicegw.model.recording import Channel
from voicegw.model.survey import Disposition, DispositionSource
from voicegw.model.transcript import Alternative, Segment, Transcript, TranscriptStatus, Word
from voicegw.store import schema
from voicegw.store.batch import BatchWriter
from voicegw.store.database import Database

T = TypeVar("T")

CARRIER_HOST: Final = "127.0.0.33"
PASSWORD: Final = "a cow in the cellar"
"""Of everybody."""

CITY, CHONGMING, FENGXIAN = "g-city", "g-cm", "g-fx"
HOTLINE: Final = "+862161234567"
OTHER_HOTLINE: Final = "+862157123456"

#: External id, name, group, mobile.
MANAGERS: Final = (
    ("m-1", "沈佳怡", CHONGMING, "+8613917200001"),
    ("m-2", "陆建国", CHONGMING, "+8613917200002"),
    ("m-3", "顾晓东", CHONGMING, "+8613917200003"),
    ("m-4", "黄丽萍", CHONGMING, "+8613917200004"),
    ("m-9", "金海峰", FENGXIAN, "+8613917200009"),
)
CUSTOMERS_EACH: Final = 14
_TOWNS: Final = ("城桥", "堡镇", "陈家镇", "新河", "庙镇", "竖新", "向化")
_TRADES: Final = ("五金店", "农家乐", "诊所", "超市", "水产行", "汽修厂", "果蔬合作社")
LONG_NAME: Final = "上海市崇明区东平国家森林公园度假酒店管理有限公司第二分公司"
_CLASSES: Final = ("core", "potential", "regular", "assisted")

#: Who says what in each recorded talk: from when on (seconds), the prompt that is heard, the words.
TALK: Final = (
    (Channel.MANAGER, 0.3, "recording_notice", "您好，这里是电信客户服务，本次通话会被录音。"),
    (Channel.CUSTOMER, 3.8, "survey_thanks", "好的，你说。"),
    (Channel.MANAGER, 5.9, "survey_intro", "您的套餐月底到期，续约可以保证收益。"),
)
TALK_S: Final = 8.5
#: What a recogniser would have written instead, by what it wrote.
WEIGHED: Final[Mapping[str, Sequence[Alternative]]] = {
    TALK[1][3]: (Alternative("好的，你说吧。", 0.12),),
    TALK[2][3]: (
        Alternative("您的套餐月底到期，续约送您一年会员。", 0.325),
        Alternative("您的套餐月底到期，续约可以保住收益。", 0.08),
    ),
}
SCRIPT: Final[Mapping[str, Any]] = {
    "external_id": "script-1",
    "name": "续约话术",
    "active": True,
    "statements": [
        {"id": "notice", "text": "本次通话会被录音", "within_s": 30},
        {"id": "grace", "text": "您有十五天的宽限期", "severity": "major"},
        {"id": "gift", "text": "续约送您一年会员"},
    ],
    "phrases": [{"id": "promise", "text": "保证收益", "severity": "critical"}],
}
SCORECARD: Final[Mapping[str, Any]] = {
    "external_id": "card-1",
    "name": "回访质检",
    "pass_share": 0.6,
    "items": [
        {"id": "greeting", "text": "开场问候规范，说明来意", "kind": "human", "points": 20},
        {"id": "needs", "text": "询问并确认客户需求", "kind": "human", "points": 40},
        {"id": "closing", "text": "结束语规范，约定下次联系", "kind": "human", "points": 40},
    ],
}

_CONFIG = """
[node]
name = "console-test"
data_dir = "{folder}/data"
drain_s = 2
[sip]
t1_ms = 200
listen = ["udp://127.0.0.1:{sip_port}"]
[[trunk]]
name = "carrier"
uri = "sip:{carrier_host}:{carrier_port};transport=udp"
sources = ["{carrier_host}"]
options_s = 0
[media]
workers = 1
bind = "127.0.0.1"
ports = "{media_ports}"
port_drain_s = 0
codecs = ["PCMA"]
prompts_dir = "{prompts}"
[recording]
min_free_bytes = "1 MB"
announce = false
[transcription]
engine = "none"
[policy]
per_customer = ["1000/d"]
[api]
listen = "127.0.0.1:{api_port}"
requests_per_s = 0
unauthenticated_per_s = 0
{api}
[sms]
provider = "file"
[webhooks]
allow_private = ["127.0.0.0/8"]
retries_s = [0.2]
[speech]
# Whatever is to be said, in Chinese, sounds like a goodbye.
command = ["cp", "{goodbye}", "{{file}}"]
voices = ["zh=any"]
[defence]
# A machine that runs tests is behind its work now and then.
overload_ms = 5000
{more}
"""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can log in. `of` is the external id of a group, or of a manager."""

    login: str
    role: Role
    name: str
    of: str = ""
    grants: Sequence[Grant] = ()


PEOPLE: Final[Mapping[str, Person]] = {
    person.login: person
    for person in (
        Person("admin", Role.ADMIN, "系统管理员"),
        Person(
            "county",
            Role.COUNTY_MANAGER,
            "崇明县区经理",
            CHONGMING,
            (Grant.ASSIGN, Grant.HANDOVER),
        ),
        Person("county.reads", Role.COUNTY_MANAGER, "崇明县区副经理", CHONGMING),
        Person("manager", Role.MANAGER, "沈佳怡", "m-1"),
        Person("colleague", Role.MANAGER, "陆建国", "m-2"),
        Person("reviewer", Role.QA_REVIEWER, "质检员", CHONGMING),
        Person("elsewhere", Role.MANAGER, "金海峰", "m-9"),
    )
}


def customer_number(index: int) -> str:
    """Return the number of customer `c-{index}`."""
    return f"+86138172{index:05d}"


def customer_of(manager: int, which: int = 0) -> str:
    """Return the external id of a customer of manager `m-{manager}`."""
    return f"c-{manager * 100 + which}"


def number_of(customer: str) -> str:
    """Return the number of a customer by the external id."""
    return customer_number(int(customer.removeprefix("c-")))


def manager_number(manager: str) -> str:
    """Return the mobile of a manager by the external id."""
    return next(number for known, _, _, number in MANAGERS if known == manager)


def _customers() -> list[list[str]]:
    rows = [["external_id", "name", "group", "numbers", "owner", "class"]]
    for owner, _, group, _ in MANAGERS:
        for which in range(CUSTOMERS_EACH):
            index = int(owner.removeprefix("m-")) * 100 + which
            name = f"{_TOWNS[which % 7]}{_TRADES[(which * 3 + index) % 7]}"
            rows.append(
                [
                    f"c-{index}",
                    LONG_NAME if which == 3 else name,
                    group,
                    customer_number(index),
                    owner,
                    _CLASSES[which % 4],
                ]
            )
    return rows


def _directory() -> Directory:
    found = Directory()
    found.groups = [
        ["external_id", "name", "parent", "area_code"],
        [CITY, "上海市分公司", "", "021"],
        [CHONGMING, "崇明区分公司", CITY, "021"],
        [FENGXIAN, "奉贤区分公司", CITY, "021"],
    ]
    found.hotlines = [
        ["number", "group", "name", "answer", "announce", "confirm_manager", "max_ring_s"],
        [HOTLINE, CHONGMING, "崇明服务热线", "at_owner", "none", "false", "20"],
        [OTHER_HOTLINE, FENGXIAN, "奉贤服务热线", "at_owner", "none", "false", "20"],
    ]
    found.managers = [["external_id", "name", "group", "phones"]]
    found.managers += [[known, name, group, number] for known, name, group, number in MANAGERS]
    found.customers = _customers()
    return found


def _voice(channel: Channel) -> bytes:
    """Return what one side says in a talk, as A-law."""
    samples = np.zeros(round(TALK_S * 8000), np.int16)
    for side, start_s, prompt, _ in TALK:
        if side is channel:
            with wave.open(str(SHIPPED / "zh" / f"{prompt}.wav"), "rb") as stream:
                said = np.frombuffer(stream.readframes(stream.getnframes()), "<i2")
            begin = round(start_s * 8000)
            length = min(len(said), len(samples) - begin)
            samples[begin : begin + length] = said[:length]
    return encode_alaw(samples)


@dataclass
class County:
    """The node and all around it; :func:`open_county` makes one."""

    node: NodeProcess
    phones: Telephones
    api: httpx.Client
    """Asks with the administrator's key."""
    recordings: list[str] = field(default_factory=list)
    """Of the talks with a transcript: of m-1, m-2 and m-3, in this order."""
    _ids: dict[str, str] = field(default_factory=dict)
    _made: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where the console is."""
        return self.node.api

    def id(self, external_id: str) -> str:
        """Return the id of what has this external id (of a task, too)."""
        return self._ids[external_id]

    def ask(self, method: str, path: str, expect: int = 200, body: Any = None, **more: Any) -> Any:
        """Ask as the administrator, expect a status, and return the answer's JSON."""
        answer = self.api.request(method, f"/v1/{path}", json=body, **more)
        assert answer.status_code == expect, (method, path, answer.text)
        return answer.json() if answer.content else None

    def task(self, key: str, customer: str, manager: str = "m-1", **fields: Any) -> str:
        """Make a task, known as `key`, and return its id."""
        body = {
            "type": "revisit",
            "customer_external_id": customer,
            "manager_external_id": manager,
            **fields,
        }
        made = self.ask("PUT", f"tasks/by-external-id/{key}", 201, body)
        self._ids[key] = str(made["id"])
        self._made.append(self._ids[key])
        return self._ids[key]

    def call_off_tasks(self) -> None:
        """Cancel what is open of the tasks that were made since this was last asked for."""
        for task in self._made:
            if self.ask("GET", f"tasks/{task}")["state"] not in {"done", "cancelled"}:
                self.ask("POST", f"tasks/{task}/cancel", 200, {"why": "tried"})
        self._made.clear()

    def add(self, person: Person) -> None:
        """Let one more person log in; known as `user:LOGIN`."""
        user = _apart(lambda: _add(self.node, person))
        self._ids[f"user:{person.login}"] = str(user["id"])

    def dial(self, manager: str, customer: str, **more: Any) -> str:
        """Start a call as a click would, and return its id."""
        return self.node.dial(manager, customer, **more)

    def hang_up_all(self) -> None:
        """End every call there is, and wait until nobody is in one."""
        for status in ("queued", "initiated", "ringing", "in-progress"):
            for call in self.ask("GET", f"calls?limit=200&status={status}")["items"]:
                self.api.post(f"/v1/calls/{call['id']}/hangup")
        self.node.assert_nothing_held(30)

    def close(self) -> None:
        """End everything. AssertionError when the node's log holds a traceback or a number."""
        self.api.close()
        self.phones.__exit__(None, None, None)
        self.node.stop()
        text = self.node.log.read_text(errors="replace")
        assert "Traceback" not in text, text[text.index("Traceback") :][:3000]
        numbers = [number for _, _, _, number in MANAGERS] + [customer_number(100)[:-2]]
        assert not [number for number in numbers if number[3:] in text]

    # How it is filled.

    def fill(self, store_url: str) -> None:
        """Have people talk, and write down what takes time to come about."""
        self._learn_ids()
        talks = [self._begin_talk(number) for number in (1, 2, 3)]
        self._make_tasks()
        self._make_rules()
        self._make_short_calls()
        _apart(lambda: asyncio.run(self._write_history(store_url)))
        with ThreadPoolExecutor(len(talks)) as threads:
            self.recordings = list(threads.map(self._recorded, talks))
        self.phones.plans.clear()
        _apart(lambda: asyncio.run(self._write_transcripts(store_url)))
        for recording in self.recordings:
            wait_for("findings", partial(self._checked, recording), 60, every_s=0.5)
        self._make_reviews()
        self._made.clear()  # These are the county's, not a test's.

    def _learn_ids(self) -> None:
        for kind in ("groups", "managers", "customers"):
            for item in self.ask("GET", f"{kind}?limit=200")["items"]:
                self._ids[item["external_id"]] = item["id"]
        for item in self.ask("GET", "hotlines")["items"]:
            self._ids[item["number"]] = item["id"]

    def _begin_talk(self, manager: int) -> str:
        self.phones.plans[manager_number(f"m-{manager}")] = Plan(talks_s=TALK_S)
        task = self.task(f"t-talk-{manager}", customer_of(manager), f"m-{manager}", type="renewal")
        return self.dial(f"m-{manager}", customer_of(manager), task_id=task)

    def _make_tasks(self) -> None:
        now = datetime.now(UTC)
        hour = timedelta(hours=1)
        for key, which, due, more in (
            ("t-due-1", 1, 3 * hour, {"type": "renewal", "subject": "套餐月底到期，询问续约意向"}),
            ("t-due-2", 2, 4 * hour, {"subject": "季度回访"}),
            ("t-due-3", 3, 5 * hour, {"type": "marketing", "subject": "千兆宽带升级推荐"}),
            ("t-due-4", 4, 6 * hour, {"type": "survey", "subject": "服务满意度调查"}),
            ("t-urgent", 5, 2 * hour, {"type": "complaint", "subject": "宽带频繁掉线，客户催修"}),
            ("t-over-1", 6, -26 * hour, {"type": "arrears", "subject": "欠费提醒"}),
            ("t-over-2", 7, -3 * hour, {"subject": "新装机回访"}),
            ("t-later-1", 8, 50 * hour, {"subject": "月度回访"}),
            ("t-later-2", 9, 80 * hour, {"type": "marketing", "subject": "企业云盘介绍"}),
            ("t-again", 10, 6 * hour, {"type": "renewal", "subject": "客户要求稍后再联系"}),
            ("t-done", 11, 6 * hour, {"subject": "安装质量回访"}),
        ):
            self.task(key, customer_of(1, which), due_at=(now + due).isoformat(), **more)
        again = {"code": "call_again", "call_again_at": (now + 2 * hour).isoformat()}
        self.ask("PUT", f"tasks/{self.id('t-again')}/result", 200, again)
        done = {"code": "wrong_number", "note": "号码已停机"}
        self.ask("PUT", f"tasks/{self.id('t-done')}/result", 200, done)
        for manager in (2, 3, 9):
            for which in range(1, 4):
                due_at = (now + which * 4 * hour - 5 * hour).isoformat()
                customer = customer_of(manager, which)
                self.task(f"t-{manager}-{which}", customer, f"m-{manager}", due_at=due_at)

    def _make_rules(self) -> None:
        """Make what talks are compared and scored with."""
        for kind, body in (("scripts", SCRIPT), ("scorecards", SCORECARD)):
            path = f"{kind}/by-external-id/{body['external_id']}"
            made = self.ask("PUT", path, 201, body)
            self._ids[str(body["external_id"])] = made["id"]

    def _make_short_calls(self) -> None:
        """Have a customer be busy, a manager decline, and a caller be missed."""
        busy, declining = customer_of(4, 1), manager_number("m-4")
        self.phones.plans[number_of(busy)] = Plan(refuses_with=486)
        call = self.dial("m-4", busy)
        self.node.ended(call)
        self.phones.plans[declining] = Plan(refuses_with=603)
        call = self.dial("m-4", customer_of(4, 2))
        self.node.ended(call)
        known = self.node.call_ids()
        caller = number_of(customer_of(4, 3))
        self.phones.call(caller, HOTLINE)
        missed = self.node.new_calls(known, timeout_s=15)[0]
        self.node.ended(missed)

    def _recorded(self, call_id: str) -> str:
        """Wait until a talk is over and its node writes no more of it; return its recording."""
        self.node.ended(call_id, 60)

        def look() -> str | None:
            recording = self.node.get(f"/v1/calls/{call_id}")["recordings"][0]
            if recording["status"] != "completed":
                return None
            # The node's own transcript would take the place of the one that is written for it.
            own = self.api.get(f"/v1/recordings/{recording['id']}/transcript")
            is_final = own.status_code == 200 and own.json()["completed_at"] is not None
            return recording["id"] if is_final else None

        recording_id = str(wait_for("the recording", look, 60))

        def is_passed_over() -> bool:
            answer = self.api.get(f"/v1/recordings/{recording_id}/transcript")
            return answer.status_code == 200 and answer.json()["status"] == "none"

        # The node notes that nobody listens; after that it leaves alone what is written there.
        wait_for("the note of no transcript", is_passed_over, 60)
        return recording_id

    async def _write_history(self, store_url: str) -> None:
        """Write the calls of four weeks, as their node would have."""
        chance, now = random.Random(7), datetime.now(UTC)
        calls = [
            self._past_call(chance, now - timedelta(days=day, hours=chance.random() * 9))
            for day in range(1, 29)
            for _ in range(8)
        ]
        database = await Database.open(store_url)
        try:
            writer = BatchWriter(database, "earlier")
            await writer.apply_entries([CallChanged(call) for call in calls], 1)
        finally:
            await database.close()

    def _past_call(self, chance: random.Random, at: datetime) -> Call:
        manager = chance.choice((1, 1, 1, 2, 2, 3, 4, 9))
        outcome = chance.choice(
            [CallOutcome.CONNECTED] * 6
            + [CallOutcome.CUSTOMER_NO_ANSWER, CallOutcome.CUSTOMER_BUSY, CallOutcome.MISSED]
        )
        talked = outcome is CallOutcome.CONNECTED
        answered = at + timedelta(seconds=8)
        customer = customer_of(manager, chance.randrange(CUSTOMERS_EACH))
        talk_s = round(chance.expovariate(1 / 120), 1) if talked else None
        elsewhere = manager == 9
        return Call(
            id=new_id(IdKind.CALL),
            direction=Direction.INBOUND
            if outcome is CallOutcome.MISSED or chance.random() < 0.2
            else Direction.CLICK_TO_DIAL,
            status=final_status(outcome),
            outcome=outcome,
            node="earlier",
            created_at=at,
            group_id=self.id(FENGXIAN if elsewhere else CHONGMING),
            manager_id=self.id(f"m-{manager}"),
            hotline_id=self.id(OTHER_HOTLINE if elsewhere else HOTLINE),
            display_number=OTHER_HOTLINE if elsewhere else HOTLINE,
            customer_id=self.id(customer),
            customer_number=number_of(customer),
            ringing_at=at,
            answered_at=answered if talked else None,
            bridged_at=answered if talked else None,
            ended_at=answered + timedelta(seconds=talk_s or 0),
            talk_s=talk_s,
            legs=[
                Leg(
                    new_id(IdKind.LEG),
                    role,
                    started_at=at,
                    answered_at=answered if talked else None,
                )
                for role in LegRole
            ],
            disposition=Disposition("success", DispositionSource.API, "key_earlier", answered)
            if talked and chance.random() < 0.8
            else None,
            sequence=12,
        )

    async def _write_transcripts(self, store_url: str) -> None:
        """Write what a recogniser would have heard."""
        rows = [_transcript_row(self.ask("GET", f"recordings/{one}")) for one in self.recordings]
        database = await Database.open(store_url)
        try:
            async with database.write() as connection:
                await connection.execute(schema.transcripts.delete())
                await connection.execute(schema.transcripts.insert(), rows)
        finally:
            await database.close()

    def _checked(self, recording: str) -> bool:
        """Whether a check has found something; else another is asked for.

        The node's own may have been under way, which knew of no transcript.
        """
        if self.ask("GET", f"recordings/{recording}/findings")["items"]:
            return True
        self.ask("POST", f"recordings/{recording}/check", 202)
        return False

    def _make_reviews(self) -> None:
        """Give the reviewer talks to score."""
        users = {user["login"]: user["id"] for user in self.ask("GET", "users?limit=200")["items"]}
        self._ids |= {f"user:{login}": known for login, known in users.items()}
        for recording in self.recordings[:2]:
            review = self.ask(
                "POST",
                "reviews",
                201,
                {"recording_id": recording, "scorecard_id": self.id("card-1")},
            )
            self.ask("POST", f"reviews/{review['id']}/assign", 200, {"reviewer": users["reviewer"]})


def open_county(folder: Path, *, api: str = "", more: str = "") -> County:
    """Start and fill a county, which takes some fifteen seconds.

    `api` are more lines of that section of its configuration, `more` whole sections.
    """
    sip_port, api_port, carrier_port = free_port(), free_port(), free_port(CARRIER_HOST)
    config = _CONFIG.format(
        folder=folder,
        sip_port=sip_port,
        api_port=api_port,
        carrier_host=CARRIER_HOST,
        carrier_port=carrier_port,
        media_ports="29600-29999",
        prompts=short_prompts(),
        goodbye=SHIPPED / "zh" / "goodbye.wav",
        api=api,
        more=more,
    )
    node = NodeProcess(folder, config, api_port=api_port)
    node.prepare(_directory())
    for person in PEOPLE.values():
        _add(node, person)
    voices = {"+86139": _voice(Channel.MANAGER), "+86138": _voice(Channel.CUSTOMER)}
    node.start()
    phones = Telephones(CARRIER_HOST, carrier_port, ("127.0.0.1", sip_port), voices)
    api_client = httpx.Client(
        base_url=node.api, headers={"Authorization": f"Bearer {node.key}"}, timeout=30
    )
    county = County(node, phones.__enter__(), api_client)
    try:
        county.fill(f"sqlite:///{folder}/data/voicegw.db")
    except BaseException:
        api_client.close()
        phones.__exit__(None, None, None)
        node.kill()
        raise
    return county


def _add(node: NodeProcess, person: Person) -> dict[str, object]:
    wanted = WantedUser(
        person.login,
        person.role,
        person.name,
        group=person.of if person.of.startswith("g-") else None,
        manager=person.of if person.of.startswith("m-") else None,
        grants=person.grants,
    )
    return add(load(node.config, {}), wanted, password=PASSWORD, one_time=False)


def _apart(work: Callable[[], T]) -> T:
    """Return what `work` returns, in a thread: the own may have an event loop that runs."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(work).result()


def _transcript_row(recording: dict[str, Any]) -> dict[str, Any]:
    now = datetime.now(UTC)
    segments = [_segment(channel, start_s, prompt, text) for channel, start_s, prompt, text in TALK]
    transcript = Transcript(
        recording_id=recording["id"],
        call_id=recording["call_id"],
        status=TranscriptStatus.COMPLETED,
        created_at=now,
        group_id=recording["group_id"],
        manager_id=recording["manager_id"],
        completed_at=now,
        engine="test",
        language="zh",
        progress=1.0,
        duration_s=recording["duration_s"],
        segments=segments,
    )
    return {
        "recording_id": transcript.recording_id,
        "call_id": transcript.call_id,
        "status": transcript.status,
        "created_at": now,
        "text": transcript.search_text(),
        "document": transcript,
    }


def _segment(channel: Channel, start_s: float, prompt: str, text: str) -> Segment:
    with wave.open(str(SHIPPED / "zh" / f"{prompt}.wav"), "rb") as stream:
        length_s = stream.getnframes() / stream.getframerate()
    each_s = length_s / len(text)
    words = [
        Word(letter, round(start_s + place * each_s, 2), round(start_s + (place + 1) * each_s, 2))
        for place, letter in enumerate(text)
        if letter.isalnum()
    ]
    end_s = round(start_s + length_s, 2)
    return Segment(channel, start_s, end_s, text, 0.95, words, [*WEIGHED.get(text, ())])
