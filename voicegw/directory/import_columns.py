"""The columns an import file may have, by their English and Chinese names. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from voicegw.errors import InvalidError


class ImportKind(StrEnum):
    """What the rows of a file are."""

    GROUPS = "groups"
    HOTLINES = "hotlines"
    MANAGERS = "managers"
    CUSTOMERS = "customers"
    TASKS = "tasks"
    """Taken in by :mod:`voicegw.tasks.importer`."""


#: For each kind: the column's own name, and what else a header may call it.
COLUMNS: Final[dict[ImportKind, dict[str, tuple[str, ...]]]] = {
    ImportKind.GROUPS: {
        "external_id": ("编号", "外部编号", "组编号", "分组编号", "id"),
        "name": ("名称", "组名", "分组名称"),
        "parent": ("上级", "上级组", "上级编号", "上级分组", "parent_external_id"),
        "area_code": ("区号",),
        "timezone": ("时区",),
        "retention_days": ("录音保存天数", "保存天数"),
        "hours": ("营业时间", "服务时间"),
        "quiet_hours": ("免打扰时段", "静默时段", "勿扰时段"),
    },
    ImportKind.HOTLINES: {
        "number": ("号码", "热线", "热线号码"),
        "group": ("组", "分组", "所属组", "所属分组", "分组编号", "group_external_id"),
        "name": ("名称", "热线名称"),
        "hours": ("时间", "服务时间"),
        "flow": ("流程",),
        "answer": ("应答方式",),
        "announce": ("录音提示",),
        "confirm_manager": ("经理确认",),
        "max_ring_s": ("振铃时长", "振铃秒数"),
        "retention_days": ("录音保存天数", "保存天数"),
        "display_number": ("外显号码", "显示号码"),
        "ring": ("振铃方式",),
        "recent_days": ("最近联系天数",),
        "group_strategy": ("组内分配", "分配方式"),
        "queue": ("排队",),
        "queue_max_wait_s": ("最长等待秒数", "排队时长"),
        "voicemail": ("留言", "语音信箱"),
        "tell_manager": ("来电播报",),
    },
    ImportKind.MANAGERS: {
        "external_id": ("编号", "外部编号", "经理编号", "id"),
        "staff_no": ("工号",),
        "name": ("姓名", "名称", "经理姓名"),
        "group": ("组", "分组", "所属组", "所属分组", "分组编号", "group_external_id"),
        "phones": ("电话", "手机", "手机号", "手机号码", "联系电话", "phone", "number"),
        "status": ("状态",),
        "deputy": ("代理", "代理人", "代理经理", "deputy_external_id"),
        "hours": ("时间", "工作时间"),
        "away_until": ("休假至", "外出至", "返岗日期"),
        "skills": ("技能",),
    },
    ImportKind.CUSTOMERS: {
        "external_id": ("编号", "外部编号", "客户编号", "客户编码", "id"),
        "name": ("名称", "姓名", "客户名称", "客户姓名"),
        "numbers": ("电话", "号码", "手机", "手机号", "手机号码", "联系电话", "phone", "number"),
        "group": ("组", "分组", "所属组", "所属分组", "分组编号", "group_external_id"),
        "owner": ("客户经理", "归属经理", "经理", "经理编号", "经理工号", "owner_external_id"),
        "class": ("类别", "客户类别"),
        "tier": ("等级", "级别", "客户等级"),
        "do_not_call": ("勿扰", "免打扰", "勿扰原因"),
        "do_not_call_since": ("勿扰日期", "免打扰日期"),
        "code": ("拨号代码", "短码"),
    },
    ImportKind.TASKS: {
        "external_id": ("编号", "外部编号", "任务编号", "任务号", "id"),
        "type": ("类型", "任务类型"),
        "customer": ("客户", "客户编号", "客户编码", "customer_external_id"),
        "customer_number": ("客户号码", "客户电话", "号码", "电话", "手机", "手机号", "手机号码"),
        "manager": ("经理", "客户经理", "经理编号", "经理工号", "负责人", "manager_external_id"),
        "group": ("组", "分组", "所属组", "所属分组", "分组编号", "group_external_id"),
        "due_at": ("到期时间", "到期日", "截止时间", "截止日期", "due"),
        "not_before": ("开始时间", "开始日期", "不早于"),
        "priority": ("优先级",),
        "subject": ("主题", "标题"),
        "note": ("备注", "说明"),
    },
}

#: Columns without which no row of a kind could be taken.
REQUIRED: Final[dict[ImportKind, frozenset[str]]] = {
    ImportKind.GROUPS: frozenset({"external_id", "name"}),
    ImportKind.HOTLINES: frozenset({"number", "group"}),
    ImportKind.MANAGERS: frozenset({"external_id", "name", "group"}),
    ImportKind.CUSTOMERS: frozenset({"external_id", "name"}),
    ImportKind.TASKS: frozenset({"external_id", "type"}),
}

#: Columns of numbers and keys, which spreadsheets turn into decimals.
IDENTIFIERS: Final = frozenset(
    {
        "area_code",
        "code",
        "customer",
        "customer_number",
        "deputy",
        "display_number",
        "external_id",
        "group",
        "manager",
        "max_ring_s",
        "number",
        "numbers",
        "owner",
        "parent",
        "phones",
        "queue_max_wait_s",
        "recent_days",
        "retention_days",
        "staff_no",
    }
)

#: Kinds whose other columns are kept (attributes, fields of a task's type), not refused.
KEEPS_OTHER_COLUMNS: Final = frozenset({ImportKind.CUSTOMERS, ImportKind.TASKS})

#: What a file may say instead of the values of the model.
VALUES: Final[dict[str, str]] = {
    "在岗": "active",
    "在职": "active",
    "正常": "active",
    "休假": "away",
    "外出": "away",
    "离职": "departed",
    "是": "true",
    "否": "false",
    "yes": "true",
    "no": "false",
    "1": "true",
    "0": "false",
    "立即应答": "at_once",
    "随经理应答": "at_owner",
    "不提示": "none",
    "语音提示": "prompt",
    "经理告知": "manager",
    "顺序": "in_order",
    "顺序振铃": "in_order",
    "同时": "at_once",
    "同时振铃": "at_once",
    "无": "none",
    "全部振铃": "ring_all",
    "轮流": "round_robin",
    "轮询": "round_robin",
    "最久空闲": "longest_idle",
    "最少通话": "fewest_calls",
}

MAX_MAPPED: Final = 100
_MAX_TITLE: Final = 200


def checked_mapping(kind: ImportKind, mapping: Mapping[str, str]) -> dict[str, str]:
    """Return what titles of columns mean, stripped: a column of `kind`, or "" for none.

    Raises InvalidError naming `mapping`.
    """
    if len(mapping) > MAX_MAPPED:
        raise InvalidError(
            "mapping", f"at most {MAX_MAPPED} columns", kind="too-many", max=MAX_MAPPED
        )
    checked: dict[str, str] = {}
    for title, name in mapping.items():
        stripped = title.strip()
        if not 1 <= len(stripped) <= _MAX_TITLE or "\x00" in stripped:
            raise InvalidError(
                "mapping",
                f"a title has 1 to {_MAX_TITLE} characters",
                kind="length",
                min=1,
                max=_MAX_TITLE,
            )
        if name and name not in COLUMNS[kind]:
            raise InvalidError(
                "mapping",
                f"the columns are {', '.join(COLUMNS[kind])}",
                kind="not-one-of",
                allowed=", ".join(COLUMNS[kind]),
            )
        checked[stripped] = name
    return checked
