"""Requests that succeed, operation by operation, where generated ones seldom would.

An operation without an entry is asked for by the tokens of its path's parameters and without a
body; that does for most of what is read. Whatever else is left to generated requests, and the run
fails when none of them reaches a 2xx: then it needs an entry here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from tests.parts.api_world import CARD, DISCLOSURE, FLOW, SCHEDULE, SCRIPT


@dataclass(frozen=True, slots=True)
class Scene:
    """A request. `fresh` makes anew what its path names; a key of `role` sends it."""

    body: Any = None
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str | None = None
    fresh: bool = False
    role: str = "admin"


_CONSULTED: Final = {"call_id": "seed.consultation"}
_MENU: Final = {"name": "menu"}
_GOODBYE: Final = {"language": "zh", "name": "goodbye"}
_GROUP: Final = {"name": "G", "group_id": "seed.group_id"}
_TYPE: Final = {"name": "survey"}
_TASK: Final = {"type": "renewal", "customer_id": "seed.own_customer"}
_SPAN: Final = {"from": "2020-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"}
_DELIVERED: Final = {"webhook_id": "seed.delivered_webhook"}
_SCORES: Final = {"scores": {"tone": {"points": 30}}, "finish": True}
#: A second of sound that any decoder reads.
SOUND: Final = (
    b"RIFF\xa4\x3e\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00"
    b"\x02\x00\x10\x00data\x80\x3e\x00\x00" + (b"\x00\x10" * 8 + b"\x00\xf0" * 8) * 500
)

SCENES: Final[Mapping[str, Scene]] = {
    "startCall": Scene(
        {"manager_id": "seed.reachable_manager", "customer_id": "seed.customer_id"},
        headers={"Idempotency-Key": "scene-1"},
    ),
    "explainCall": Scene({"caller": "13800138000", "hotline_id": "seed.hotline_id"}),
    "hangUpCall": Scene(fresh=True),
    "pauseRecording": Scene(fresh=True),
    "resumeRecording": Scene(fresh=True),
    "startDisclosure": Scene(DISCLOSURE, fresh=True),
    "abortDisclosure": Scene(path={"call_id": "seed.disclosing"}),
    "holdCall": Scene(fresh=True),
    "transferCall": Scene({"manager_id": "seed.reachable_manager", "mode": "consult"}, fresh=True),
    "addToCall": Scene({"manager_id": "seed.reachable_manager"}, fresh=True),
    "completeTransfer": Scene(path=_CONSULTED),
    "cancelTransfer": Scene(path=_CONSULTED),
    "getNextTasks": Scene(query={"manager_id": "seed.reachable_manager"}),
    "startDialling": Scene({"manager_id": "seed.reachable_manager", "mode": "preview"}),
    "skipDialling": Scene({"for_s": 60}, path={"dialling_id": "seed.shown_dialling"}),
    "readyDialling": Scene(fresh=True),
    "pauseDialling": Scene(fresh=True),
    "putCallDisposition": Scene({"code": "success"}),
    "exportRecordings": Scene({"why": "w"}),
    "makeDossier": Scene({"why": "w", "call_ids": ["seed.call_id"]}),
    "redactRecording": Scene({"why": "w", "spans": [{"start_s": 0, "end_s": 0.05}]}),
    "holdRecording": Scene({"why": "w"}),
    "releaseRecording": Scene(path={"recording_id": "seed.held_recording"}),
    "deleteRecording": Scene(query={"why": "test"}, fresh=True),
    "transcribeRecording": Scene(path={"recording_id": "seed.untranscribed_recording"}),
    "getRecordingQuality": Scene(path={"recording_id": "seed.checked_recording"}),
    "createKey": Scene({"role": "integrator"}),
    "createGroup": Scene({"name": "G"}),
    "replaceGroup": Scene({"name": "G"}, fresh=True),
    "createHotline": Scene({**_GROUP, "number": "+864009990001"}),
    "replaceHotline": Scene({**_GROUP, "number": "+864009990002"}, fresh=True),
    "putHotlineByExternalId": Scene(
        {**_GROUP, "number": "+864009990003"}, path={"external_id": "h-new"}
    ),
    "createManager": Scene(_GROUP),
    "replaceManager": Scene(_GROUP, fresh=True),
    "putManagerByExternalId": Scene(_GROUP, path={"external_id": "m-new"}),
    "putManagerAway": Scene({"until": None, "deputy_id": None}, fresh=True),
    "putManagerPin": Scene({"pin": "482915"}, fresh=True),
    "handOverCustomers": Scene(
        {"to": {"kind": "one", "manager_id": "seed.manager_id"}, "why": "w"}, fresh=True
    ),
    "cancelHandover": Scene(path={"handover_id": "seed.later_handover"}),
    "createCustomer": Scene(_GROUP),
    "replaceCustomer": Scene(_GROUP, fresh=True),
    "putCustomerByExternalId": Scene(_GROUP, path={"external_id": "c-new"}),
    "syncCustomers": Scene({"items": [{**_GROUP, "external_id": "c-sync"}]}),
    "putGroupByExternalId": Scene({"name": "G"}, path={"external_id": "g-new"}),
    "startImport": Scene(
        {"kind": "groups", "file": b"external_id,name\nimported,Imported\n"},
        media_type="multipart/form-data",
    ),
    "checkFlow": Scene(yaml.safe_load(FLOW), media_type="application/yaml"),
    "putFlow": Scene(yaml.safe_load(FLOW), path=_MENU, media_type="application/yaml"),
    "deleteFlow": Scene(path={"name": "seed.spare_flow"}),
    "getPrompt": Scene(path=_GOODBYE),
    "putPrompt": Scene(SOUND, path=_GOODBYE, media_type="application/octet-stream"),
    "getPromptAudio": Scene(path=_GOODBYE),
    "deletePrompt": Scene(path=_GOODBYE),
    "putImportMapping": Scene({"mapping": {"客户": "name"}}, path={"kind": "customers"}),
    "getImportMapping": Scene(path={"kind": "customers"}),
    "createScript": Scene(SCRIPT),
    "replaceScript": Scene(SCRIPT, fresh=True),
    "putScriptByExternalId": Scene(SCRIPT, path={"external_id": "s-new"}),
    "tryScript": Scene(
        {"segments": [{"channel": "manager", "start_s": 0, "end_s": 1, "text": "保证收益"}]}
    ),
    "createPlan": Scene({"name": "P"}),
    "replacePlan": Scene({"name": "P"}, fresh=True),
    "putPlanByExternalId": Scene({"name": "P"}, path={"external_id": "p-new"}),
    "startPlanRun": Scene({"month": "2099-01"}),
    "createReportSchedule": Scene(SCHEDULE),
    "replaceReportSchedule": Scene(SCHEDULE, fresh=True),
    "createScorecard": Scene(CARD),
    "replaceScorecard": Scene(CARD, fresh=True),
    "putScorecardByExternalId": Scene(CARD, path={"external_id": "k-new"}),
    "createSample": Scene({"scorecard_id": "seed.fresh_card", **_SPAN, "count": 2}),
    "assignSample": Scene({"reviewers": ["seed.reviewer_key"]}),
    "arbitrateSample": Scene({"min_difference": 0.1}),
    "createReview": Scene({"recording_id": "seed.recording_id", "scorecard_id": "seed.fresh_card"}),
    "takeReview": Scene({}),
    "assignReview": Scene({"reviewer": "seed.reviewer_key"}),
    "scoreReview": Scene(_SCORES, path={"review_id": "seed.assigned_review"}),
    "commentReview": Scene(
        {"text": "t", "at_s": 0.1, "channel": "customer"},
        path={"review_id": "seed.assigned_review"},
    ),
    "appealReview": Scene(
        {"text": "t", "items": {"tone": "x"}},
        path={"review_id": "seed.scored_review"},
        role="manager",
    ),
    "decideReview": Scene(
        {"text": "t", "scores": {"tone": {"points": 3}}},
        path={"review_id": "seed.appealed_review"},
        role="qa_reviewer",
    ),
    "finaliseReview": Scene(path={"review_id": "seed.decided_review"}),
    "assignTasks": Scene({"rule": {"kind": "owner"}, "task_ids": ["seed.task_id"]}),
    "createTask": Scene(_TASK),
    "putTaskByExternalId": Scene(_TASK, path={"external_id": "t-new"}),
    "changeTask": Scene({"note": "n"}, fresh=True),
    "cancelTask": Scene({"why": "w"}, fresh=True),
    "callTask": Scene({}, fresh=True, headers={"Idempotency-Key": "scene-2"}),
    "putTaskResult": Scene({"code": "reached"}, fresh=True),
    "tellTrigger": Scene({"kind": "wants_to_leave", "customer_id": "seed.own_customer"}),
    "putTriggerKind": Scene({"type": "arrears"}, path={"name": "arrears"}),
    "getTriggerKind": Scene(path={"name": "arrears"}),
    "deleteTriggerKind": Scene(path={"name": "arrears"}),
    "noteDoNotCall": Scene({"reason": "refuses all contact"}, fresh=True),
    "putSmsTemplate": Scene({"texts": {"zh": "请回拨{hotline}。"}}, path={"kind": "missed"}),
    "getSmsTemplate": Scene(path={"kind": "missed"}),
    "deleteSmsTemplate": Scene(path={"kind": "missed"}),
    "getTaskType": Scene(path=_TYPE),
    "putTaskType": Scene({"priority": "high"}, path=_TYPE),
    "deleteTaskType": Scene(path=_TYPE),
    "promiseAnswer": Scene({"promised_at": "2099-01-01T00:00:00Z"}, fresh=True),
    "replaceKey": Scene({"name": "n"}, fresh=True),
    "rotateKey": Scene(fresh=True),
    "getReport": Scene(
        path={"report": "activity"}, query={"from": "2026-01-01", "until": "2026-01-05"}
    ),
    "getEventSchema": Scene(path={"name": "call"}),
    "createUser": Scene({"login": "scene.user", "role": "admin"}),
    "replaceUser": Scene({"login": "scene.other", "role": "admin"}, fresh=True),
    "logIn": Scene({"login": "seed.fresh_login", "password": "seed.one_time_password"}, role=""),
    "whoAmI": Scene(role="person"),
    "logOut": Scene(role="person"),
    "listSessions": Scene(role="person"),
    "endSession": Scene(role="person", fresh=True),
    "changePassword": Scene(
        {"current": "seed.password", "new": "another cow in the cellar"}, role="person"
    ),
    "beginSecondFactor": Scene({"password": "seed.password"}, role="person"),
    "confirmSecondFactor": Scene({"totp": "seed.totp"}, role="person with a factor begun"),
    "removeSecondFactor": Scene(
        {"password": "seed.password", "totp": "seed.recovery_code"},
        role="person with a factor set",
    ),
    "createWebhook": Scene({"url": "https://hooks.example.com/scene", "enabled": False}),
    "replaceWebhook": Scene({"url": "https://hooks.example.com/scene"}, fresh=True),
    "getWebhookDelivery": Scene(path=_DELIVERED),
    "replayWebhookDelivery": Scene(path=_DELIVERED),
    "finishOidcLogin": Scene(
        query={"code": "seed.oidc_code", "state": "seed.oidc_state"}, role="browser"
    ),
    "beginOidcLogin": Scene(role=""),
    "replayWebhook": Scene(
        {"from": "2026-01-05T02:00:00Z"}, path={"webhook_id": "seed.enabled_webhook"}
    ),
    "pingWebhook": Scene(path={"webhook_id": "seed.enabled_webhook"}),
}
