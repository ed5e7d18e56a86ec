"""The columns an import file may have, by their English and Chinese names. Pure data."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class ImportKind(StrEnum):
    """What the rows of a file are."""

    GROUPS = "groups"
    HOTLINES = "hotlines"
    MANAGERS = "managers"
    CUSTOMERS = "customers"


#: For each kind: the column's own name, and what else a header may call it.
COLUMNS: Final[dict[ImportKind, dict[str, tuple[str, ...]]]] = {
    ImportKind.GROUPS: {
        "external_id": ("编号", "外部编号", "组编号", "分组编号", "id"),
        "name": ("名称", "组名", "分组名称"),
        "parent": ("上级", "上级组", "上级编号", "上级分组", "parent_external_id"),
        "area_code": ("区号",),
        "timezone": ("时区",),
        "retention_days": ("录音保存天数", "保存天数"),
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
    },
}

#: Columns without which no row of a kind could be taken.
REQUIRED: Final[dict[ImportKind, frozenset[str]]] = {
    ImportKind.GROUPS: frozenset({"external_id", "name"}),
    ImportKind.HOTLINES: frozenset({"number", "group"}),
    ImportKind.MANAGERS: frozenset({"external_id", "name", "group"}),
    ImportKind.CUSTOMERS: frozenset({"external_id", "name"}),
}

#: Kinds whose other columns are kept as attributes instead of being refused.
KEEPS_OTHER_COLUMNS: Final = frozenset({ImportKind.CUSTOMERS})

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
}
