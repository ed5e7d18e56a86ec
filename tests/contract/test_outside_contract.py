"""Each promise to integrators that the OpenAPI document can be asked about, by name.

What users rely on stands in the outside contract: resources, fields, enumerations, codes, events.
Whoever takes one away, or names it otherwise, learns it here.
"""

from __future__ import annotations

from typing import Any

import pytest

from api.app import documented_app
from api.problems import CODES
from voicegw import __version__
from voicegw.model.call import CallOutcome, CallStatus, final_status
from voicegw.model.directory import Role
from voicegw.model.event import EventType

RESOURCES = """
POST /v1/calls
GET /v1/calls
GET /v1/calls/{call_id}
GET /v1/calls/{call_id}/events
POST /v1/calls/{call_id}/hangup
POST /v1/calls/{call_id}/hold
POST /v1/calls/{call_id}/transfer
PUT /v1/calls/{call_id}/disposition
POST /v1/calls/{call_id}/recording/pause
POST /v1/calls/{call_id}/recording/resume
POST /v1/explain
GET /v1/recordings
GET /v1/recordings/{recording_id}
DELETE /v1/recordings/{recording_id}
GET /v1/recordings/{recording_id}/audio
GET /v1/recordings/{recording_id}/peaks
GET /v1/recordings/{recording_id}/transcript
GET /v1/recordings/{recording_id}/findings
PUT /v1/recordings/{recording_id}/hold
POST /v1/managers/{manager_id}/handover
GET /v1/customers/{customer_id}/ownership
POST /v1/imports
GET /v1/tasks
POST /v1/tasks
GET /v1/tasks/{task_id}
PATCH /v1/tasks/{task_id}
POST /v1/tasks/{task_id}/call
POST /v1/tasks/{task_id}/cancel
PUT /v1/tasks/{task_id}/result
PUT /v1/tasks/by-external-id/{external_id}
GET /v1/scripts
GET /v1/scorecards
GET /v1/reviews
POST /v1/reviews/{review_id}/assign
PUT /v1/reviews/{review_id}/score
POST /v1/reviews/{review_id}/appeal
POST /v1/reviews/{review_id}/final
POST /v1/tasks/assign
GET /v1/task-types
PUT /v1/task-types/{name}
GET /v1/plans
POST /v1/plans
POST /v1/plans/{plan_id}/runs
GET /v1/reports/quality
GET /v1/reports/{report}
GET /v1/events
GET /v1/webhooks
POST /v1/webhooks
GET /v1/webhooks/{webhook_id}/deliveries
POST /v1/webhooks/{webhook_id}/replay
GET /v1/system
GET /healthz
GET /readyz
GET /metrics
"""

FIELDS = {
    "GroupView": "id name parent_id area_code timezone",
    "HotlineView": "id number group_id name hours flow answer announce confirm_manager max_ring_s",
    "ManagerView": "id external_id staff_no name group_id phones status away_until deputy_id hours",
    "PhoneView": "number masked aor label order",
    "CustomerView": "id external_id name numbers group_id owner_id class tier do_not_call"
    " attributes",
    "NumberView": "number masked",
    "DoNotCallView": "reason since",
    "CallView": "id direction status outcome hotline_id display_number manager_id customer_id"
    " customer_number customer_masked task_id client_state created_at ringing_at answered_at"
    " bridged_at ended_at talk_s hangup_source sip_code q850 plan legs recordings recording_id"
    " disposition sequence",
    "PlanStepView": "step target result reason",
    "LegView": "id role manager_id number trunk started_at ringing_at answered_at accepted_at"
    " ended_at result hangup_source sip_code q850 codec quality",
    "LegQualityView": "mos loss_pct jitter_ms",
    "RecordingRefView": "id kind status",
    "StartCall": "manager_id manager_external_id customer_id customer_external_id customer_number"
    " hotline_id task_id client_state ring_s max_talk_s",
    "EventView": "specversion id source type subject time data dataschema",
    "ProblemView": "type title status detail instance code errors request_id",
    "FieldProblemView": "field message",
    "CallList": "items next_cursor",
}

ENUMERATIONS = {
    "Direction": "click_to_dial inbound dial_through",
    "CallStatus": "queued initiated ringing in-progress completed busy no-answer canceled failed",
    "CallOutcome": "connected voicemail callback_requested self_service customer_busy manager_busy"
    " customer_no_answer manager_no_answer manager_not_confirmed missed canceled abandoned"
    " manager_declined manager_unreachable customer_declined customer_unreachable customer_invalid"
    " refused failed interrupted",
    "HangupSource": "customer manager gateway api network",
    "LegRole": "manager customer",
    "LegResult": "answered busy no_answer declined unreachable invalid not_confirmed canceled"
    " failed",
    "RecordingKind": "talk voicemail",
    "RecordingStatus": "pending completed absent failed",
    "HotlineAnswer": "at_once at_owner",
    "Announce": "none prompt manager",
    "ManagerStatus": "active away departed",
    "ReportKind": "activity tasks feedback managers hotlines scores",
    "Role": "admin county_manager manager qa_reviewer integrator",
    "AudioFormat": "wav flac opus mp3",
    "AudioChannel": "both customer manager",
    "TaskType": "revisit marketing survey complaint retention win_back arrears low_balance renewal"
    " introduction voicemail missed_call own",
    "TaskState": "new assigned dialled call_again done overdue cancelled",
    "StepKind": "owner deputy group queue voicemail hang_up",
    "StepResult": "connected busy no_answer declined unreachable skipped timed_out left",
}

FILTERS = {
    "/v1/calls": "from until limit cursor status outcome direction group_id manager_id customer_id"
    " customer_number hotline_id task_id",
    "/v1/recordings": "from until limit cursor status group_id manager_id customer_id call_id"
    " number",
    "/v1/customers": "limit cursor group_id owner_id number external_id code class tier",
    "/v1/managers": "limit cursor group_id status number external_id",
    "/v1/hotlines": "limit cursor group_id number external_id",
    "/v1/groups": "limit cursor external_id",
    "/v1/tasks": "from until limit cursor type state group_id manager_id customer_id"
    " customer_number external_id due_before",
    "/v1/reviews": "from until limit cursor state group_id manager_id reviewer",
    "/v1/events": "after limit",
    "/v1/reports/{report}": "from until group_id by",
    "/v1/recordings/{recording_id}/audio": "format channel",
}

REFUSALS = {
    429: "customer-rate quiet-hours rate-limited",
    409: "manager-busy idempotency-in-flight",
    503: "trunk-full recording-unavailable store-unavailable draining",
    403: "do-not-call prefix-not-allowed emergency-number",
    422: "invalid idempotency-mismatch",
    412: "revision-changed",
}

EVENTS = """
call.initiated call.ringing call.answered call.bridged call.held call.step call.transferred
call.ended leg.ringing leg.answered leg.ended recording.completed recording.absent recording.failed
transcript.completed transcript.failed quality.completed call.settled disposition.received
task.created task.assigned task.completed task.overdue assignment.changed alert.raised alert.cleared
"""

FINAL = {
    CallStatus.COMPLETED: "connected voicemail callback_requested self_service",
    CallStatus.BUSY: "customer_busy manager_busy",
    CallStatus.NO_ANSWER: "customer_no_answer manager_no_answer manager_not_confirmed missed",
    CallStatus.CANCELED: "canceled abandoned",
    CallStatus.FAILED: "manager_declined manager_unreachable customer_declined customer_unreachable"
    " customer_invalid refused failed interrupted",
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The OpenAPI document."""
    return documented_app(__version__).openapi()


def parameters(document: dict[str, Any], path: str, method: str = "get") -> dict[str, Any]:
    """Return the parameters of an operation by name."""
    return {one["name"]: one for one in document["paths"][path][method].get("parameters", ())}


def resolved(document: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer, or the shared one that it refers to."""
    reference: str | None = answer.get("$ref")
    if reference is None:
        return answer
    shared: dict[str, Any] = document["components"]["responses"][reference.rpartition("/")[2]]
    return shared


@pytest.mark.parametrize("line", RESOURCES.split("\n")[1:-1])
def test_there_is(document: dict[str, Any], line: str) -> None:
    method, _, path = line.partition(" ")
    assert method.lower() in document["paths"][path]


@pytest.mark.parametrize("kind", ["group", "hotline", "manager", "customer"])
def test_the_directory_is_read_written_and_synchronised(
    document: dict[str, Any], kind: str
) -> None:
    paths = document["paths"]
    assert {"get", "post"} <= set(paths[f"/v1/{kind}s"])
    one = f"/v1/{kind}s/{{{kind}_id}}"
    assert {"get", "put", "delete"} <= set(paths[one])
    by_external_id = f"/v1/{kind}s/by-external-id/{{external_id}}"
    for path in (one, by_external_id):
        assert "if-match" in parameters(document, path, "put")
        assert "if-none-match" in parameters(document, path)
        assert "ETag" in paths[path]["get"]["responses"]["200"]["headers"]
        assert "412" in paths[path]["put"]["responses"]
    assert {"200", "201"} <= set(paths[by_external_id]["put"]["responses"])


@pytest.mark.parametrize("name", FIELDS)
def test_fields(document: dict[str, Any], name: str) -> None:
    properties = document["components"]["schemas"][name]["properties"]
    assert set(FIELDS[name].split()) <= set(properties)


@pytest.mark.parametrize("name", ENUMERATIONS)
def test_enumerations(document: dict[str, Any], name: str) -> None:
    values = document["components"]["schemas"][name]["enum"]
    assert set(ENUMERATIONS[name].split()) <= set(values)


@pytest.mark.parametrize("name", ["CallStatus", "CallOutcome", "Direction", "HangupSource", "Role"])
def test_nothing_else_than_promised(document: dict[str, Any], name: str) -> None:
    values = document["components"]["schemas"][name]["enum"]
    assert set(values) == set(ENUMERATIONS[name].split())


@pytest.mark.parametrize(("status", "outcomes"), FINAL.items())
def test_each_outcome_has_its_final_status(status: CallStatus, outcomes: str) -> None:
    assert {final_status(CallOutcome(one)) for one in outcomes.split()} == {status}


def test_every_outcome_is_in_the_table() -> None:
    told = {one for outcomes in FINAL.values() for one in outcomes.split()}
    assert told == set(CallOutcome)


@pytest.mark.parametrize("path", FILTERS)
def test_filters(document: dict[str, Any], path: str) -> None:
    assert set(FILTERS[path].split()) <= set(parameters(document, path))


def test_pages_have_at_most_200_items(document: dict[str, Any]) -> None:
    lists = [
        one["limit"]
        for path, item in document["paths"].items()
        if "get" in item
        and "limit" in (one := parameters(document, path))
        and {"cursor", "after"} & one.keys()
    ]
    assert len(lists) > 15
    assert {one["schema"]["maximum"] for one in lists} == {200}


def test_reports_are_json_csv_and_xlsx(document: dict[str, Any]) -> None:
    answer = document["paths"]["/v1/reports/{report}"]["get"]["responses"]["200"]
    xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert set(answer["content"]) == {"application/json", "text/csv", xlsx}


@pytest.mark.parametrize(("status", "codes"), REFUSALS.items())
def test_refusals_have_their_status(status: int, codes: str) -> None:
    assert {CODES[code].status for code in codes.split()} == {status}


@pytest.mark.parametrize("path", ["/v1/calls", "/v1/tasks/{task_id}/call"])
def test_calls_are_started_once_and_say_where_they_are(document: dict[str, Any], path: str) -> None:
    assert "idempotency-key" in parameters(document, path, "post")
    answers = document["paths"][path]["post"]["responses"]
    accepted = answers["202"]
    assert accepted["content"]["application/json"]["schema"]["$ref"].endswith("/CallView")
    assert "Location" in accepted["headers"]
    for status in ("429", "503"):
        assert "Retry-After" in resolved(document, answers[status])["headers"]
    assert {"403", "404", "409", "422"} <= set(answers)


def test_every_error_is_a_problem(document: dict[str, Any]) -> None:
    for item in document["paths"].values():
        for operation in item.values():
            for status, answer in operation["responses"].items():
                if status >= "400" and operation["operationId"] not in {"getReadiness"}:
                    content = resolved(document, answer)["content"]
                    assert set(content) == {"application/problem+json"}, operation


def test_events_have_their_types() -> None:
    assert set(EVENTS.split()) <= set(EventType)


def test_roles_are_those_promised() -> None:
    assert set(Role) == set(ENUMERATIONS["Role"].split())
