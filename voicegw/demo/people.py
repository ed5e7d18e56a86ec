"""Who is in the demo besides the two that call: colleagues, customers, their tasks, and logins.

They have no telephones of their own: the carrier has their numbers ring at the sample manager's and
the sample customer's, so that a click on anybody makes a call.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx

from config.settings import Settings
from voicegw.cli.keeping_users import WantedUser, add
from voicegw.demo.asking import ask
from voicegw.model.directory import Grant, Role

#: External id, name and number of the sample manager's colleagues.
COLLEAGUES: Final = (
    ("4712", "堡镇 Baozhen", "13900139012"),
    ("4713", "陈家镇 Chenjia", "13900139013"),
)
#: Name and class of customers, in turn of the sample manager and the colleagues.
_CUSTOMERS: Final = (
    ("城桥五金店 Chengqiao Hardware", "core"),
    ("东滩农家乐 Dongtan Farm Stay", "potential"),
    ("新河汽修厂 Xinhe Motors", "regular"),
    ("庙镇超市 Miaozhen Supermarket", "regular"),
    ("竖新诊所 Shuxin Clinic", "assisted"),
    ("向化水产行 Xianghua Seafood", "core"),
    ("绿华果蔬合作社 Lühua Orchards", "potential"),
    ("三星印刷厂 Sanxing Printers", "regular"),
    ("港沿茶馆 Gangyan Tea House", "regular"),
    ("中兴幼儿园 Zhongxing Kindergarten", "core"),
    ("建设镇书店 Jianshe Books", "regular"),
    ("横沙渔家 Hengsha Fishing", "assisted"),
)
_FIRST_NUMBER: Final = 13_800_138_101
_OWNERS: Final = ("4711", *(external_id for external_id, _, _ in COLLEAGUES))
#: Type, subject, hours until it is due; below nought it is past that.
_TASKS: Final = (
    ("arrears", "欠费提醒 Arrears", -26),
    ("complaint", "宽带掉线，客户催修 Broken line", 3),
    ("renewal", "套餐月底到期 Package ends this month", 5),
    ("marketing", "千兆宽带升级 Faster broadband", 6),
    ("revisit", "新装机回访 After the installation", 28),
    ("survey", "满意度调查 Satisfaction", 52),
)
_AGAIN_H: Final = 2
_PASSWORD_BYTES: Final = 6


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody who may log in to the demo's console."""

    login: str
    role: Role
    password: str

    def as_json(self) -> dict[str, str]:
        """Return it as the demo prints it."""
        return {"login": self.login, "role": self.role.value, "password": self.password}


def diverted(customer: str, manager: str) -> dict[str, str]:
    """Return at whose telephone each of the people's numbers rings."""
    return {
        **{_number(index): customer for index in range(len(_CUSTOMERS))},
        **{number: manager for _, _, number in COLLEAGUES},
    }


async def make_people(client: httpx.AsyncClient, group_id: str) -> None:
    """Write colleagues, customers and tasks through the API. Raises StartError."""
    for external_id, name, number in COLLEAGUES:
        phones = [{"number": number, "label": "mobile"}]
        body = {"name": name, "group_id": group_id, "phones": phones}
        await ask(client, "PUT", f"/v1/managers/by-external-id/{external_id}", body)
    for index, (name, kind) in enumerate(_CUSTOMERS):
        owner = await ask(client, "GET", f"/v1/managers/by-external-id/{_owner(index)}")
        customer = {
            "name": name,
            "group_id": group_id,
            "numbers": [_number(index)],
            "owner_id": owner["id"],
            "class": kind,
        }
        await ask(client, "PUT", f"/v1/customers/by-external-id/{_customer(index)}", customer)
        await ask(client, "POST", "/v1/tasks", _task(index, datetime.now(UTC)))
    again = {
        "type": "renewal",
        "subject": "客户要求稍后再联系 Call again later",
        "customer_external_id": _customer(0),
        "manager_external_id": _owner(0),
    }
    made = await ask(client, "POST", "/v1/tasks", again)
    at = datetime.now(UTC) + timedelta(hours=_AGAIN_H)
    result = {"code": "call_again", "call_again_at": at.isoformat()}
    await ask(client, "PUT", f"/v1/tasks/{made['id']}/result", result)


def make_logins(settings: Settings, group_id: str, manager_id: str) -> list[Login]:
    """Let somebody of each role log in. Raises InvalidError; blocks for a moment."""
    wanted = (
        WantedUser("admin", Role.ADMIN, "管理员 Administrator"),
        WantedUser(
            "county",
            Role.COUNTY_MANAGER,
            "县区经理 County manager",
            group=group_id,
            grants=(Grant.ASSIGN, Grant.HANDOVER),
        ),
        WantedUser("manager", Role.MANAGER, "客户经理 Manager", manager=manager_id),
        WantedUser("reviewer", Role.QA_REVIEWER, "质检员 Reviewer", group=group_id),
    )
    logins = [Login(one.login, one.role, secrets.token_hex(_PASSWORD_BYTES)) for one in wanted]
    for one, login in zip(wanted, logins, strict=True):
        add(settings, one, password=login.password, one_time=False)
    return logins


def _task(index: int, now: datetime) -> Mapping[str, Any]:
    kind, subject, due_h = _TASKS[index % len(_TASKS)]
    return {
        "type": kind,
        "subject": subject,
        "customer_external_id": _customer(index),
        "manager_external_id": _owner(index),
        "due_at": (now + timedelta(hours=due_h)).isoformat(),
    }


def _customer(index: int) -> str:
    return f"C-{101 + index}"


def _number(index: int) -> str:
    return str(_FIRST_NUMBER + index)


def _owner(index: int) -> str:
    # Half of them are the sample manager's, whom a visitor logs in as.
    return _OWNERS[0] if index % 2 == 0 else _OWNERS[1 + index // 2 % len(COLLEAGUES)]
