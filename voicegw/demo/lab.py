"""The lab: carrier, node, telephones and a sample directory, started and ended in order."""

from __future__ import annotations

import asyncio
import random
import secrets
import socket
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx

from config import load
from ivr.prompts import SHIPPED
from voicegw.cli.administration import migrate_store
from voicegw.cli.keeping_keys import WantedKey, create_api_key
from voicegw.demo.carrier import Carrier
from voicegw.demo.day import make_day
from voicegw.demo.people import Login, diverted, make_logins, make_people
from voicegw.demo.processes import Node, PhoneOptions, Telephone
from voicegw.demo.sound import CUSTOMER_HZ, MANAGER_HZ, Voice, write_wav
from voicegw.errors import Problem, StartError
from voicegw.model.directory import Role

HOTLINE = "+862161234567"
CUSTOMER = "13800138000"
MANAGER = "13900139000"
#: For a telephone of the user's own: one more customer of the manager.
SPARE_NUMBER = "13700137000"

_CONFIG = """\
# Written by `voicegw demo`. A real one: config/voicegw.toml.
[node]
name = "demo"
data_dir = "{data_dir}"
drain_s = 2

[sip]
listen = ["udp://{host}:{sip_port}"]

[[trunk]]
name = "lab-carrier"
uri = "sip:{host}:{carrier_port};transport=udp"
sources = ["{host}"]

[media]
workers = 1
bind = "{host}"
codecs = ["PCMA", "PCMU"]
ports = "{rtp_low}-{rtp_high}"
port_drain_s = 1

[recording]
min_free_bytes = "50 MB"

[policy]
per_customer = ["60/min"]

[sms]
# Nothing is sent: a line a message in {data_dir}/sms/outbox.jsonl.
provider = "file"

[api]
listen = "{host}:{api_port}"
"""


@dataclass(frozen=True, slots=True)
class Directory:
    """The ids of the sample directory."""

    group_id: str
    hotline_id: str
    manager_id: str
    customer_id: str
    task_ids: list[str]
    """Of the sample tasks; the first is called for."""


class Lab:
    """Everything around and inside the demo; an asynchronous context manager.

    `folder` takes all files; `host` is the address of every part. Entering raises StartError when
    a part can't be started.
    """

    def __init__(
        self, folder: Path, *, host: str, api_port: int = 0, carrier_port: int = 0
    ) -> None:
        """Prepare; ports 0 take any free one."""
        self.folder = folder
        self.host = host
        self.passwords = {
            number: secrets.token_hex(4) for number in (CUSTOMER, MANAGER, SPARE_NUMBER)
        }
        self.carrier = Carrier(self.passwords, [HOTLINE], diverted(CUSTOMER, MANAGER))
        self.voices = (
            Voice(CUSTOMER_HZ, tuple(SHIPPED / "zh" / f"d{digit}.wav" for digit in (1, 2, 3))),
            Voice(MANAGER_HZ, tuple(SHIPPED / "zh" / f"d{digit}.wav" for digit in (4, 5, 6))),
        )
        self.customer = self._telephone("customer", CUSTOMER, self.voices[0])
        self.manager = self._telephone("manager", MANAGER, self.voices[1])
        self.api_key = ""
        self._api_port = api_port or _free_port(host, socket.SOCK_STREAM)
        self._carrier_port = carrier_port
        self._ending = AsyncExitStack()
        self.url = f"http://{host}:{self._api_port}"
        self.node = Node(folder / "voicegw.toml", folder / "node.log", self.url)

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await self._start(stack)
            self._ending = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._ending.aclose()

    @property
    def hotline(self) -> str:
        """The number that everybody sees and customers dial."""
        return HOTLINE

    @property
    def spare_number(self) -> str:
        """An account for a telephone of the user's own; a customer of the manager."""
        return SPARE_NUMBER

    @property
    def storage(self) -> Path:
        """The folder with the recordings."""
        return self.folder / "data" / "recordings"

    def client(self) -> httpx.AsyncClient:
        """Return a client of the node's API, with the key."""
        headers = {"Authorization": f"Bearer {self.api_key}"}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=10)

    async def seed(self) -> Directory:
        """Write the sample directory and tasks through the API and return their ids."""
        async with self.client() as client:
            group = {"name": "崇明 Chongming", "area_code": "21"}
            group_id = await _create(client, "groups", group)
            hotline = {"number": HOTLINE, "group_id": group_id, "name": "崇明服务热线 Chongming"}
            hotline_id = await _create(client, "hotlines", hotline)
            manager = {
                "name": "城桥 Chengqiao",
                "external_id": "4711",
                "group_id": group_id,
                "phones": [{"number": MANAGER, "label": "mobile"}],
            }
            manager_id = await _create(client, "managers", manager)
            customer = {
                "name": "示例客户 Sample customer",
                "external_id": "C-1",
                "group_id": group_id,
                "numbers": [CUSTOMER],
                "owner_id": manager_id,
            }
            customer_id = await _create(client, "customers", customer)
            spare = {
                "name": "您自己的电话 Your own telephone",
                "external_id": "C-2",
                "group_id": group_id,
                "numbers": [SPARE_NUMBER],
                "owner_id": manager_id,
            }
            await _create(client, "customers", spare)
            task_ids = await make_day(client, group_id)
            await make_people(client, group_id)
        return Directory(group_id, hotline_id, manager_id, customer_id, task_ids)

    async def logins(self, directory: Directory) -> list[Login]:
        """Let somebody of each role log in to the console."""
        settings = load(self.folder / "voicegw.toml", {})
        group_id, manager_id = directory.group_id, directory.manager_id
        return await asyncio.to_thread(make_logins, settings, group_id, manager_id)

    async def _start(self, stack: AsyncExitStack) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        sip_port = _free_port(self.host, socket.SOCK_DGRAM)
        try:
            address = await self.carrier.start(self.host, self._carrier_port)
        except OSError as error:
            what = f"port {self._carrier_port} of {self.host} can't be used"
            raise StartError(
                Problem("lab carrier", what, "name an address of this machine")
            ) from error
        stack.callback(self.carrier.close)
        self.carrier.gateway = (self.host, sip_port)
        config = self._write_config(sip_port, address[1])
        settings = load(config, {})
        await asyncio.to_thread(migrate_store, settings)
        key = await asyncio.to_thread(create_api_key, settings, WantedKey(Role.ADMIN))
        self.api_key = str(key["key"])
        for part in (self.node, self.customer, self.manager):
            stack.push_async_callback(part.stop)
        await asyncio.gather(
            self.node.start(),
            self.customer.start(address, self.host),
            self.manager.start(address, self.host),
        )

    def _write_config(self, sip_port: int, carrier_port: int) -> Path:
        # Below the ephemeral ports that everything else here takes.
        rtp_low = random.randrange(20000, 31000, 200)
        text = _CONFIG.format(
            data_dir=self.folder / "data",
            host=self.host,
            sip_port=sip_port,
            carrier_port=carrier_port,
            rtp_low=rtp_low,
            rtp_high=rtp_low + 199,
            api_port=self._api_port,
        )
        path = self.folder / "voicegw.toml"
        path.write_text(text, encoding="utf-8")
        return path

    def _telephone(self, name: str, number: str, voice: Voice) -> Telephone:
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        spoken = folder / "says.wav"
        write_wav(spoken, voice.samples())
        options = PhoneOptions(name, number, self.passwords[number], spoken, folder)
        return Telephone(options)


async def _create(client: httpx.AsyncClient, resource: str, body: dict[str, Any]) -> str:
    response = await client.post(f"/v1/{resource}", json=body)
    if response.status_code != 201:
        what = f"{resource} refused with {response.status_code}: {response.text[:200]}"
        raise StartError(Problem("sample directory", what))
    return str(response.json()["id"])


def _free_port(host: str, kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind((host, 0))
        except OSError as error:
            what = f"{host} is no address of this machine"
            raise StartError(Problem("lab", what, "give --host one that is")) from error
        port: int = probe.getsockname()[1]
    return port
