"""How each operation is asked for, about the things of one side.

An operation whose path names things of the seed and that needs no body is not listed here: its path
is filled in by :meth:`Recipe.path`. Every other one needs a recipe; a test names those that lack
one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tests.unit.api.doors.seed import APPEAL, SCORES, WHY, Place, Side
from tests.unit.api.test_flows import FLOW, YAML
from tests.unit.api.test_prompts import recording
from tests.unit.api.test_reviews import CARD, MARCH
from tests.unit.api.test_scripts import SCRIPT

_PARAMETER: Final = re.compile(r"\{(\w+)(:path)?\}")

Body = Callable[[Side], Any]


@dataclass(frozen=True)
class Recipe:
    """A request about a side's things.

    `body` gives its JSON, `other` what else of a request there is. `ids` names, by parameter of the
    path, the seed's id to take, where it is not that of the same name; or a text to take, as
    `=text`. `names` gives, by parameter of the query, the seed's id to ask about. `shows` names an
    id that the answer holds where the thing is seen: for lists.
    """

    body: Body | None = None
    other: Mapping[str, Any] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    shows: str | None = None

    def path(self, template: str, place: Place, side: Side, asker: str) -> str:
        """Return the path of the operation with this template."""

        def value(found: re.Match[str]) -> str:
            name = self.ids.get(found[1], found[1])
            if name.startswith("="):
                return name[1:].format(side=side.name)
            if name == "export_id":
                of = asker if side.name == "own" and asker in place.exports else "helper"
                return place.exports[of]
            return side[name]

        return _PARAMETER.sub(value, template)

    def request(self, side: Side) -> dict[str, Any]:
        """Return the rest of the request."""
        asked = dict(self.other)
        if self.body is not None:
            asked["json"] = self.body(side)
        if self.query or self.names:
            asked["params"] = {**self.query, **{one: side[of] for one, of in self.names.items()}}
        return asked


def _live(body: Body | None = None) -> Recipe:
    """Return what is asked of a call that runs."""
    return Recipe(body, ids={"call_id": "live_call_id"})


def _review(stage: str, body: Body | None = None) -> Recipe:
    """Return what is asked of a review at this stage."""
    return Recipe(body, ids={"review_id": f"{stage}_review_id"})


def _external(prefix: str, body: Body | None = None) -> Recipe:
    return Recipe(body, ids={"external_id": f"={prefix}-{{side}}"})


def _always(body: Any) -> Body:
    return lambda _: body


def _group(side: Side) -> Any:
    return {"name": "G", "parent_id": side["group_id"]}


def _own_group(side: Side) -> Any:
    return {"name": "G2", "parent_id": side["city_id"]}


def _hotline(side: Side) -> Any:
    return {"number": f"4008120{len(side.name)}00", "group_id": side["group_id"]}


def _manager(side: Side) -> Any:
    return {"name": "M2", "group_id": side["group_id"], "phones": [side.phone]}


def _customer(side: Side) -> Any:
    owner = {"owner_id": side["manager_id"], "group_id": side["group_id"]}
    return {"name": "C2", "numbers": [side.number], **owner}


def _task(side: Side) -> Any:
    return {"type": "renewal", "customer_id": side["customer_id"]}


def _assign(side: Side) -> Any:
    return {"rule": {"kind": "hand", "managers": {side["task_id"]: side["manager_id"]}}}


def _schedule(side: Side) -> Any:
    filters = {"group_id": side["group_id"], "manager_id": side["manager_id"]}
    return {"name": "S", "report": "tasks", "period": "month", "at": "08:00", "filters": filters}


def _script(side: Side) -> Any:
    return SCRIPT | {"group_id": side["group_id"]}


def _card(side: Side) -> Any:
    return CARD | {"group_id": side["group_id"]}


def _plan(side: Side) -> Any:
    return {"name": "P2", "group_id": side["group_id"]}


def _dial(side: Side) -> Any:
    return {"manager_id": side["manager_id"], "customer_id": side["customer_id"]}


def _sample(side: Side) -> Any:
    return {
        "scorecard_id": side["scorecard_id"],
        "group_id": side["group_id"],
        "count": 1,
        **MARCH,
    }


def _handover(side: Side) -> Any:
    whom = {"kind": "one", "manager_id": side["idle_manager_id"]}
    return {"to": whom, "why": "leaves"}


def _user(side: Side) -> Any:
    return {"login": "wang.li", "role": "qa_reviewer", "group_id": side["group_id"]}


def _hook(side: Side) -> Any:
    return {"url": "https://crm.example.com/events", "group_id": side["group_id"]}


_SPANS: Final = {"why": WHY, "spans": [{"start_s": 0.02, "end_s": 0.05}]}
_STATEMENTS: Final = {"statements": [{"id": "a", "prompt": "p"}]}
_TYPE: Final = {"name": "=renewal"}
_TEXT: Final = {"kind": "=missed"}
_OF_GROUP: Final = {"group_id": "group_id"}
_CODE: Final = {"short_code": "10010"}
_PROMPT: Final = {"language": "=zh", "name": "=goodbye"}
_MENU: Final = {"name": "=menu"}
_KIND: Final = {"kind": "=customers"}
_FILE: Final = {"files": {"file": ("g.csv", b"external_id,name\n")}, "data": {"kind": "groups"}}

RECIPES: Final[Mapping[str, Recipe]] = {
    "startCall": Recipe(_dial),
    "listCalls": Recipe(shows="call_id"),
    "hangUpCall": _live(),
    "pauseRecording": _live(),
    "resumeRecording": _live(),
    "explainCall": Recipe(lambda side: {"dial": _dial(side)}),
    "startDisclosure": _live(_always(_STATEMENTS)),
    "abortDisclosure": _live(),
    "holdCall": _live(),
    "transferCall": _live(_always(_CODE)),
    "addToCall": _live(_always(_CODE)),
    "completeTransfer": _live(),
    "cancelTransfer": _live(),
    "putCallDisposition": Recipe(_always({"code": "success"})),
    "exportRecordings": Recipe(
        lambda side: {"why": WHY, "filters": {"group_id": side["group_id"]}}
    ),
    "makeDossier": Recipe(lambda side: {"why": WHY, "customer_id": side["customer_id"]}),
    "listExports": Recipe(),
    "listRecordings": Recipe(shows="recording_id"),
    "redactRecording": Recipe(_always(_SPANS)),
    "holdRecording": Recipe(_always({"why": WHY})),
    "deleteRecording": Recipe(ids={"recording_id": "spare_recording_id"}),
    "listSealHeads": Recipe(),
    "listSealKeys": Recipe(),
    "listGroups": Recipe(shows="group_id"),
    "createGroup": Recipe(_group),
    "getGroupByExternalId": Recipe(ids={"external_id": "=g-{side}"}),
    "putGroupByExternalId": Recipe(_own_group, ids={"external_id": "=g-{side}"}),
    "replaceGroup": Recipe(_own_group),
    "deleteGroup": Recipe(ids={"group_id": "empty_group_id"}),
    "listHotlines": Recipe(shows="hotline_id"),
    "createHotline": Recipe(_hotline),
    "getHotlineByExternalId": Recipe(ids={"external_id": "hotline_external_id"}),
    "putHotlineByExternalId": Recipe(_hotline, ids={"external_id": "hotline_external_id"}),
    "replaceHotline": Recipe(_hotline),
    "deleteHotline": Recipe(ids={"hotline_id": "spare_hotline_id"}),
    "listManagers": Recipe(shows="manager_id"),
    "listPresence": Recipe(shows="manager_id"),
    "createManager": Recipe(_manager),
    "getManagerByExternalId": _external("m"),
    "putManagerByExternalId": _external("m", _manager),
    "replaceManager": Recipe(_manager),
    "deleteManager": Recipe(ids={"manager_id": "spare_manager_id"}),
    "putManagerAway": Recipe(_always({"until": None, "deputy_id": None})),
    "putManagerPin": Recipe(_always({"pin": "83921746"})),
    "handOverCustomers": Recipe(_handover),
    "listHandovers": Recipe(shows="handover_id"),
    "listCustomers": Recipe(shows="customer_id"),
    "createCustomer": Recipe(_customer),
    "getCustomerByExternalId": _external("c"),
    "putCustomerByExternalId": _external("c", _customer),
    "replaceCustomer": Recipe(_customer),
    "syncCustomers": Recipe(lambda side: {"items": [_customer(side) | {"external_id": "c-sync"}]}),
    "startImport": Recipe(other=_FILE),
    "listFlows": Recipe(),
    "getFlowSchema": Recipe(),
    "checkFlow": Recipe(other={"content": FLOW, "headers": YAML}),
    "getFlow": Recipe(ids=_MENU),
    "putFlow": Recipe(ids=_MENU, other={"content": FLOW, "headers": YAML}),
    "deleteFlow": Recipe(ids=_MENU),
    "listFlowVersions": Recipe(ids=_MENU),
    "getFlowSvg": Recipe(ids=_MENU),
    "getFlowMermaid": Recipe(ids=_MENU),
    "listPrompts": Recipe(),
    "getPrompt": Recipe(ids=_PROMPT),
    "putPrompt": Recipe(
        ids=_PROMPT,
        other={"content": recording(), "headers": {"Content-Type": "audio/flac"}},
    ),
    "getEventSchema": Recipe(ids={"name": "=call"}),
    "deletePrompt": Recipe(ids={"language": "=zh", "name": "=closed"}),
    "getPromptAudio": Recipe(ids=_PROMPT),
    "getImportMapping": Recipe(ids=_KIND),
    "putImportMapping": Recipe(_always({"mapping": {"联系方式": "numbers"}}), ids=_KIND),
    "listEvents": Recipe(shows="call_id"),
    "listScripts": Recipe(shows="script_id"),
    "createScript": Recipe(_script),
    "getScriptByExternalId": _external("script"),
    "putScriptByExternalId": _external("script", _script),
    "replaceScript": Recipe(_script),
    "tryScript": Recipe(lambda side: {"recording_id": side["recording_id"]}),
    "transcribeRecording": Recipe(ids={"recording_id": "mute_recording_id"}),
    "listFindings": Recipe(shows="finding_id"),
    "listPlans": Recipe(shows="plan_id"),
    "createPlan": Recipe(_plan),
    "getPlanByExternalId": _external("plan"),
    "putPlanByExternalId": _external("plan", _plan),
    "replacePlan": Recipe(_plan),
    "startPlanRun": Recipe(_always({"month": "2099-01"})),
    "listPlanRuns": Recipe(shows="run_id"),
    "listScorecards": Recipe(shows="scorecard_id"),
    "createScorecard": Recipe(_card),
    "getScorecardByExternalId": _external("scorecard"),
    "putScorecardByExternalId": _external("scorecard", _card),
    "replaceScorecard": Recipe(_card),
    "createSample": Recipe(_sample),
    "listSamples": Recipe(shows="sample_id"),
    "assignSample": Recipe(lambda side: {"reviewers": [side["helper_id"]]}),
    "arbitrateSample": Recipe(_always({})),
    "listReviewers": Recipe(),
    "listReviews": Recipe(shows="review_id"),
    "listFrozenMonths": Recipe(),
    "listCorrections": Recipe(ids={"month": "=2020-01"}),
    "listReportSchedules": Recipe(shows="schedule_id"),
    "createReportSchedule": Recipe(_schedule),
    "replaceReportSchedule": Recipe(_schedule),
    "listReportFiles": Recipe(shows="file_id"),
    "getReport": Recipe(ids={"report": "=activity"}),
    "createReview": Recipe(
        lambda side: {
            "recording_id": side["fresh_recording_id"],
            "scorecard_id": side["scorecard_id"],
        }
    ),
    "takeReview": Recipe(lambda side: {"sample_id": side["sample_id"]}, shows="drawn_review_id"),
    "assignReview": _review("open", lambda side: {"reviewer": side["helper_id"]}),
    "scoreReview": _review("assigned", _always(SCORES)),
    "commentReview": _review("scored", _always({"text": "here"})),
    "appealReview": _review("scored", _always(APPEAL)),
    "decideReview": _review("appealed", _always({"text": "right"})),
    "finaliseReview": _review("decided"),
    "withdrawReview": _review("open"),
    "assignTasks": Recipe(_assign),
    "listAssignments": Recipe(shows="assignment_id"),
    "listTasks": Recipe(shows="task_id"),
    "createTask": Recipe(_task),
    "getTaskByExternalId": _external("t"),
    "putTaskByExternalId": _external("t", _task),
    "changeTask": Recipe(_always({"subject": "renew"})),
    "callTask": Recipe(_always({})),
    "listSmsMessages": Recipe(shows="sms_id"),
    "listTriggers": Recipe(shows="trigger_id"),
    "tellTrigger": Recipe(
        lambda side: {"kind": "wants_to_leave", "customer_id": side["customer_id"]}
    ),
    "listTriggerKinds": Recipe(),
    "getTriggerKind": Recipe(ids={"name": "=arrears"}),
    "putTriggerKind": Recipe(_always({"type": "arrears"}), ids={"name": "=arrears"}),
    "deleteTriggerKind": Recipe(ids={"name": "=kind-{side}"}),
    "promiseAnswer": Recipe(_always({"promised_at": "2099-01-01T00:00:00Z"})),
    "putTaskResult": Recipe(_always({"code": "reached"})),
    "getNextTasks": Recipe(names={"manager_id": "manager_id"}, shows="task_id"),
    "noteDoNotCall": Recipe(
        _always({"reason": "refuses all contact"}), ids={"task_id": "renewal_id"}
    ),
    "listSmsTemplates": Recipe(names=_OF_GROUP),
    "getSmsTemplate": Recipe(ids=_TEXT, names=_OF_GROUP),
    "putSmsTemplate": Recipe(
        _always({"texts": {"zh": "请回拨{hotline}。"}}),
        ids=_TEXT,
        names=_OF_GROUP,
    ),
    "deleteSmsTemplate": Recipe(ids={"kind": "=link"}, names=_OF_GROUP),
    "listTaskTypes": Recipe(),
    "getTaskType": Recipe(ids=_TYPE),
    "putTaskType": Recipe(_always({"priority": "high"}), ids=_TYPE),
    "deleteTaskType": Recipe(ids={"name": "=type-{side}"}),
    "listDiallings": Recipe(shows="dialling_id"),
    "startDialling": Recipe(lambda side: {"mode": "progressive", "manager_id": side["manager_id"]}),
    "listQueues": Recipe(shows="hotline_id"),
    "getQualityReport": Recipe(query={"from": MARCH["from"], "until": "2020-02-01T00:00:00Z"}),
    "listAudit": Recipe(),
    "listKeys": Recipe(),
    "createKey": Recipe(lambda side: {"role": "qa_reviewer", "group_id": side["group_id"]}),
    "replaceKey": Recipe(_always({"name": "CRM"})),
    "listWebhooks": Recipe(shows="webhook_id"),
    "createWebhook": Recipe(_hook),
    "replaceWebhook": Recipe(_hook),
    "replayWebhook": Recipe(_always({"from": "2026-01-01T00:00:00Z"})),
    "listUsers": Recipe(shows="user_id"),
    "createUser": Recipe(_user),
    "replaceUser": Recipe(_user),
    "getSystem": Recipe(),
    "listNodes": Recipe(),
}

#: Other forms of answers, for the search for numbers: what is asked besides.
VARIANTS: Final[Sequence[tuple[str, Mapping[str, Any]]]] = (
    ("getCallSip", {"params": {"format": "text"}}),
    ("getTranscript", {"headers": {"Accept": "text/vtt"}}),
    ("getTranscript", {"headers": {"Accept": "text/plain"}}),
    ("listRecordings", {"params": {"q": "保证收益"}}),
    ("listEvents", {"params": {"limit": "200"}}),
    ("listCalls", {"params": {"limit": "200", "status": "completed"}}),
    (
        "getQualityReport",
        {
            "headers": {"Accept": "text/csv"},
            "params": {"from": "2026-01-01T00:00:00Z", "until": "2026-02-01T00:00:00Z"},
        },
    ),
)
