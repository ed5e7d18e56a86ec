"""From domain records to what goes over the wire, as the one who asks may see it.

Every number passes :mod:`voicegw.identity` here. The shapes are documented by `api.schemas`.
"""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

import msgspec
from starlette.responses import Response

from recordings.finishing.peaks import Peaks
from recordings.quality.check import CheckOutcome
from recordings.quality.sample_service import SampleAgreement
from voicegw.calls.explain import Explanation
from voicegw.directory.import_columns import COLUMNS, KEEPS_OTHER_COLUMNS, REQUIRED, ImportKind
from voicegw.events.outward import shown, without_files
from voicegw.identity import mask, visible_number
from voicegw.model.audit import AuditEntry
from voicegw.model.call import Call, LegRole
from voicegw.model.directory import ApiKey, Customer, Group, Hotline, Manager, Role
from voicegw.model.export import Export
from voicegw.model.finding import Finding, QualityResult, Severity
from voicegw.model.handover import Handover
from voicegw.model.plan import ManagerDay, Plan, PlanRun, PlanRunItem
from voicegw.model.recording import Recording
from voicegw.model.report import ReportRow, ReportTable
from voicegw.model.review import Review, Sample, Scorecard
from voicegw.model.script import Script
from voicegw.model.sms import TO_CUSTOMERS, SmsMessage
from voicegw.model.task import Task
from voicegw.model.task_assignment import Assignment
from voicegw.model.transcript import Transcript
from voicegw.model.trigger import Trigger, TriggerKind
from voicegw.model.webhook import Webhook, WebhookDelivery
from voicegw.sms.length import length_of
from voicegw.store.customers import Ownership
from voicegw.store.import_mappings import ImportMapping
from voicegw.store.jobs import Job, RowProblem
from voicegw.store.paging import Page
from voicegw.store.reviewers import Holder
from voicegw.store.search import Found
from voicegw.tasks.assignment_service import Prepared
from voicegw.tasks.shipped_triggers import SHIPPED_KINDS

T = TypeVar("T")
View = dict[str, Any]
_SMS_FIELDS: Final = (
    "id",
    "purpose",
    "state",
    "group_id",
    "manager_id",
    "customer_id",
    "task_id",
    "call_id",
    "created_at",
    "not_before",
    "expires_at",
    "sent_at",
    "finished_at",
    "answered_at",
    "attempts",
    "failure",
)

encode: Final = msgspec.json.Encoder().encode
#: Items of a page that are made at once: less than a millisecond.
_PIECE: Final = 25
_HIDDEN_OF_KEYS: Final = ("secret_sha256", "previous_sha256")


def respond(view: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return `view` as a JSON answer."""
    return Response(
        encode(view), status_code=status, headers=headers, media_type="application/json"
    )


async def respond_page(page: Page[T], view: Callable[[T], View], status: int = 200) -> Response:
    """Return a page of a list as a JSON answer.

    It is made piece by piece: what goes on in the node does not wait for all of it.
    """
    items: list[msgspec.Raw] = []
    for begin in range(0, len(page.items), _PIECE):
        if begin:
            await asyncio.sleep(0)
        items += [msgspec.Raw(encode(view(one))) for one in page.items[begin : begin + _PIECE]]
    return respond({"items": items, "next_cursor": page.next_cursor}, status)


def empty_page() -> Response:
    """Return the answer to a list of which the one who asks sees nothing."""
    return respond({"items": [], "next_cursor": None})


def call_view(call: Call, role: Role) -> View:
    """Return a call as `role` may see it."""
    return shown(msgspec.to_builtins(call), role)


def explanation_view(explained: Explanation, role: Role) -> View:
    """Return what a call would do as `role` may see it."""
    customer, refusal = explained.customer, explained.refusal
    return {
        "direction": str(explained.direction),
        "at": explained.at,
        "hotline_id": explained.hotline.id,
        "is_open": explained.is_open,
        "flow": explained.hotline.flow if explained.is_open is not None else None,
        "customer_id": None if customer is None else customer.id,
        "customer_number": visible_number(role, LegRole.CUSTOMER, explained.customer_number),
        "customer_masked": mask(explained.customer_number),
        "refusal": None if refusal is None else dataclasses.asdict(refusal),
        "plan": [dataclasses.asdict(step) for step in explained.steps],
        "asked_for": list(explained.asked_for),
        "shown": [
            {
                "side": str(one.side),
                "number": visible_number(role, LegRole.CUSTOMER, one.number)
                if one.is_customers
                else one.number,
                "masked": mask(one.number),
            }
            for one in explained.shown
        ],
    }


def recording_view(recording: Recording) -> View:
    """Return a recording; where its files lie stays inside."""
    return without_files(_builtins(recording))


def found_view(found: Found) -> View:
    """Return a recording that a search has found, with what was said."""
    view = recording_view(found.recording)
    view["matches"] = [
        {
            "channel": segment.channel,
            "start_s": segment.start_s,
            "end_s": segment.end_s,
            "text": segment.text,
        }
        for segment in found.matches
    ]
    return view


def struct_view(record: msgspec.Struct) -> View:
    """Return a record of which nothing is hidden."""
    return _builtins(record)


def recording_etag(recording: Recording) -> str:
    """Return the entity tag of a recording's view: another one whenever anything of it changes."""
    return f'"{hashlib.sha256(encode(recording_view(recording))).hexdigest()[:32]}"'


def script_view(script: Script) -> View:
    """Return a script."""
    return _builtins(script)


def finding_view(finding: Finding, *, may_read: bool) -> View:
    """Return a finding; the words it rests on only to those who may hear them."""
    view = _builtins(finding)
    if not may_read:
        view["evidence"] = ""
    return view


def quality_view(result: QualityResult) -> View:
    """Return what the check of a recording came to."""
    return _builtins(result)


def check_summary_view(result: QualityResult, findings: Sequence[Finding]) -> View:
    """Return what a list shows of a check: no word of what was said."""
    faults = [one for one in findings if one.severity is not Severity.INFO]
    order = list(Severity)
    return {
        "score": result.score,
        "findings": dict(Counter(str(one.kind) for one in faults)),
        "severity": max((one.severity for one in faults), key=order.index, default=None),
    }


def try_view(outcome: CheckOutcome) -> View:
    """Return what a script found, nothing of it written."""
    return _builtins(outcome)


def scorecard_view(scorecard: Scorecard) -> View:
    """Return a scorecard."""
    return _builtins(scorecard)


def plan_view(plan: Plan) -> View:
    """Return a cadence plan."""
    return _builtins(plan)


def plan_run_view(run: PlanRun) -> View:
    """Return a run of a plan; what a preview was tried with is for who has asked for it."""
    view = _builtins(run)
    view["tries"] = view.pop("tried") is not None
    return view


def plan_item_view(item: PlanRunItem) -> View:
    """Return what a run says of one contact."""
    return _builtins(item)


def manager_day_view(day: ManagerDay) -> View:
    """Return how many tasks a manager has on a day."""
    return _builtins(day)


def sample_view(sample: Sample) -> View:
    """Return a sample."""
    view = _builtins(sample)
    view["rule"]["from"] = view["rule"].pop("from_")
    view["drawn"] = len(sample.recording_ids)
    return view


def sample_summary(sample: Sample) -> View:
    """Return a sample without the ids of its talks: a list of samples may have thousands."""
    return _without(sample_view(sample), ("recording_ids", "blind_ids", "reviewed"))


def agreement_view(found: SampleAgreement) -> View:
    """Return how far two scorers agree."""
    view: View = msgspec.to_builtins(found)
    return view


def task_view(task: Task, role: Role) -> View:
    """Return a task as `role` may see it."""
    view = _builtins(task)
    del view["said"]
    return shown(view, role)


def named_task_view(task: Task, role: Role, customers: Mapping[str, Customer]) -> View:
    """Return a task with whom it is for, of `customers` by id; the number only in its masked form.

    Whoever has a task is told the name, though the customer may belong to a colleague.
    """
    view = task_view(task, role)
    customer = customers.get(task.customer_id or "")
    view["customer"] = None if customer is None else _task_customer(customer)
    return view


def _task_customer(customer: Customer) -> View:
    return {
        "id": customer.id,
        "name": customer.name,
        "class": customer.class_,
        "tier": customer.tier,
        "masked": mask(customer.numbers[0]) if customer.numbers else None,
        "wishes_no_calls": customer.do_not_call is not None,
    }


def sms_view(message: SmsMessage, role: Role) -> View:
    """Return a message as `role` may see it; its text is for administrators only."""
    owner = LegRole.CUSTOMER if message.purpose in TO_CUSTOMERS else LegRole.MANAGER
    view = {name: getattr(message, name) for name in _SMS_FIELDS}
    number = message.to or None  # taken out of old ones
    view["to"] = visible_number(role, owner, number)
    view["to_masked"] = mask(number)
    view["text"] = message.text if role is Role.ADMIN else None
    view["parts"] = length_of(message.text).parts
    return view


def trigger_view(trigger: Trigger) -> View:
    """Return a trigger with what it led to."""
    return _builtins(trigger)


def named_trigger_view(
    trigger: Trigger, customers: Mapping[str, Customer], tasks: Mapping[str, Task]
) -> View:
    """Return a trigger with whom it is about, and how far its task is; both by id."""
    view = trigger_view(trigger)
    customer = customers.get(trigger.customer_id)
    view["customer"] = None if customer is None else _task_customer(customer)
    task = tasks.get(trigger.task_id or "")
    view["task"] = None if task is None else _trigger_task(task)
    return view


_TRIGGER_TASK = (
    "type",
    "own_type",
    "state",
    "manager_id",
    "contact_by",
    "contacted_at",
    "close_by",
    "promised_at",
    "due_at",
    "closed_at",
    "escalated_at",
)


def _trigger_task(task: Task) -> View:
    return {
        **{name: getattr(task, name) for name in _TRIGGER_TASK},
        "attempts": len(task.attempts),
        "result_code": None if task.result is None else task.result.code,
    }


def trigger_kind_view(kind: TriggerKind) -> View:
    """Return a kind of triggers, and whether it is shipped, edited or one's own."""
    view = _builtins(kind)
    view["is_built_in"] = kind.name in SHIPPED_KINDS
    view["is_edited"] = kind != SHIPPED_KINDS.get(kind.name)
    return view


def reviewer_view(holder: Holder) -> View:
    """Return somebody who may be given reviews."""
    return _without(_builtins(holder), ("manager_id", "scopes"))


def review_view(review: Review) -> View:
    """Return a review; who else talked is told by the call."""
    return _without(_builtins(review), ["talkers"])


def peaks_view(peaks: Peaks) -> View:
    """Return a wave form in audiowaveform's JSON form, version 2."""
    return {
        "version": 2,
        "channels": peaks.points.shape[1],
        "sample_rate": peaks.sample_rate_hz,
        "samples_per_pixel": peaks.samples_per_point,
        "bits": 8,
        "length": len(peaks.points),
        "data": peaks.points.ravel().tolist(),
    }


def transcript_view(transcript: Transcript) -> View:
    """Return a transcript."""
    return _builtins(transcript)


def group_view(group: Group) -> View:
    """Return a group."""
    return _builtins(group)


def hotline_view(hotline: Hotline) -> View:
    """Return a hotline; its number is public."""
    return _builtins(hotline)


def manager_view(manager: Manager, role: Role, customers_left: int | None = None) -> View:
    """Return a manager as `role` may see it; an address of record is guarded like a number."""
    view = _without(_builtins(manager), ("pin_hash",))
    view["has_pin"] = manager.pin_hash is not None
    view["customers_left"] = customers_left
    view["phones"] = [
        {
            "number": visible_number(role, LegRole.MANAGER, phone.number),
            "masked": mask(phone.number),
            "aor": visible_number(role, LegRole.MANAGER, phone.aor),
            "label": phone.label,
            "order": phone.order,
        }
        for phone in manager.phones
    ]
    return view


def handover_view(handover: Handover) -> View:
    """Return a handover; whom it names, and what the key that asked could see, stays inside."""
    hidden = ("to", "choice", "scope_ids", "switch_at", "introduction")
    return {
        **_without(_builtins(handover), hidden),
        "kind": handover.to.kind,
        "at": handover.switch_at,
        "introduces": handover.introduction is not None,
    }


def handover_preview(handover: Handover) -> View:
    """Return what a handover would do."""
    view = handover_view(handover)
    names = ("from_manager_id", "kind", "shares", "left_out")
    customers = sum(share.customers for share in handover.shares)
    return {**{name: view[name] for name in names}, "customers": customers}


def assignment_view(order: Assignment) -> View:
    """Return an order to give tasks; the managers whom its rule names stay inside."""
    return _without(_builtins(order), ("rule", "role")) | {"kind": order.rule.kind}


def assign_preview(prepared: Prepared) -> View:
    """Return what an order to give tasks would do."""
    order = prepared.order
    return {
        "kind": order.rule.kind,
        "plan_tag": prepared.tag,
        "tasks": order.tasks,
        "kept": order.kept,
        "shares": msgspec.to_builtins(prepared.shares),
        "left_out": msgspec.to_builtins(order.left_out),
    }


def customer_view(customer: Customer, role: Role) -> View:
    """Return a customer as `role` may see it."""
    view = _builtins(customer)
    view["numbers"] = [
        {
            "number": visible_number(role, LegRole.CUSTOMER, number),
            "masked": mask(number),
        }
        for number in customer.numbers
    ]
    return view


def ownership_view(ownership: Ownership) -> View:
    """Return one entry of a customer's history of owners."""
    return _without(_builtins(ownership), ("customer_id",))


def import_view(job: Job, problems: Page[RowProblem]) -> View:
    """Return an import with one page of its bad rows."""
    view = _without(_builtins(job), ("created_by", "group_id"))
    view["rows_changed"] = job.rows_written - job.rows_new
    view["problems"] = [_builtins(problem) for problem in problems.items]
    view["next_cursor"] = problems.next_cursor
    return view


def import_mapping_view(mapping: ImportMapping) -> View:
    """Return what titles of columns mean, with the columns that there are."""
    view = _builtins(mapping)
    kind = ImportKind(mapping.kind)
    view["columns"] = list(COLUMNS[kind])
    view["required"] = [name for name in COLUMNS[kind] if name in REQUIRED[kind]]
    view["titles"] = {
        title: name for name, titles in COLUMNS[kind].items() for title in (name, *titles)
    }
    view["keeps_others"] = kind in KEEPS_OTHER_COLUMNS
    return view


def audit_view(entry: AuditEntry) -> View:
    """Return an entry of the audit log."""
    return _builtins(entry)


def export_view(export: Export) -> View:
    """Return an export."""
    return _without(_builtins(export), ("role",))


def webhook_view(webhook: Webhook) -> View:
    """Return a webhook without its secrets."""
    view = _without(_builtins(webhook), ("position", "replay"))
    view["replaying"] = webhook.replay is not None
    view["secrets"] = [_without(secret, ("sealed",)) for secret in view["secrets"]]
    return view


def webhook_delivery_view(delivery: WebhookDelivery) -> View:
    """Return a delivery of a webhook."""
    return {"id": delivery.id, **_without(_builtins(delivery), ("number", "begun_at"))}


def key_view(key: ApiKey) -> View:
    """Return a key without its hashes."""
    return _without(_builtins(key), _HIDDEN_OF_KEYS)


def _builtins(record: msgspec.Struct) -> View:
    view: View = msgspec.to_builtins(record)
    return view


def _without(view: View, names: Iterable[str]) -> View:
    for name in names:
        view.pop(name, None)
    return view


def report_json(table: ReportTable) -> bytes:
    """Return a report's table as clients see it, written.

    For a thread: row by row, because one long call would keep the loop's thread waiting all the
    same.
    """
    view = {
        "report": table.kind,
        "from": table.from_,
        "until": table.until,
        "by": table.by,
        "timezone": table.timezone,
        "as_of": table.as_of,
        "keys": table.keys,
        "columns": table.columns,
        "rows": [msgspec.Raw(encode(_row_view(row))) for row in table.rows],
        "totals": table.totals,
        "previous_from": table.previous_from,
        "previous_totals": table.previous_totals,
    }
    return encode(view)


def _row_view(row: ReportRow) -> View:
    return {
        "keys": row.keys,
        "names": row.names,
        "figures": row.figures,
        "previous": row.previous,
        "rows": row.links,
    }
