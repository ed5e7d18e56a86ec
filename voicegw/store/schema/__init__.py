"""The tables, as SQLAlchemy Core sees them; the migrations lead to exactly this.

Calls and recordings keep the whole record as a JSON `document`; the columns beside it are what
lists filter and sort by. Directory tables are plain columns, because people query them by hand.
"""

from __future__ import annotations

from voicegw.store.schema.access import api_keys, audit_log, idempotency_keys
from voicegw.store.schema.alerts import alerts
from voicegw.store.schema.archives import event_archives
from voicegw.store.schema.assigning import assignments
from voicegw.store.schema.base import Json, RowNumber, UtcTime, metadata
from voicegw.store.schema.calls import call_traces, calls, events, journal_positions
from voicegw.store.schema.content import flows, prompts
from voicegw.store.schema.delivery import outlets, webhook_deliveries, webhooks
from voicegw.store.schema.dialling import dial_claims, diallings
from voicegw.store.schema.directory import (
    customer_keys,
    customer_numbers,
    customers,
    directory_state,
    groups,
    handover_items,
    handovers,
    hotlines,
    import_mappings,
    job_problems,
    jobs,
    manager_phones,
    managers,
    ownerships,
    pin_failures,
)
from voicegw.store.schema.messages import sms_messages, sms_replies
from voicegw.store.schema.nodes import nodes
from voicegw.store.schema.plans import (
    plan_notices,
    plan_run_days,
    plan_run_items,
    plan_runs,
    plans,
)
from voicegw.store.schema.quality import (
    findings,
    quality_results,
    reviews,
    samples,
    scorecards,
    scripts,
)
from voicegw.store.schema.recordings import (
    exports,
    recordings,
    seal_chains,
    seal_heads,
    seal_keys,
    seals,
    transcripts,
)
from voicegw.store.schema.report_files import report_files, report_schedules
from voicegw.store.schema.report_months import report_corrections, report_months
from voicegw.store.schema.reports import (
    report_calls,
    report_faults,
    report_marks,
    report_results,
    report_scores,
    report_state,
    report_tasks,
)
from voicegw.store.schema.retention import retention_marks
from voicegw.store.schema.tasking import sms_templates, task_history, task_types
from voicegw.store.schema.triggers import trigger_kinds, triggers
from voicegw.store.schema.users import (
    login_failures,
    recovery_codes,
    user_sessions,
    users,
)
from voicegw.store.schema.work import tasks, work

__all__ = [
    "Json",
    "RowNumber",
    "UtcTime",
    "alerts",
    "api_keys",
    "assignments",
    "audit_log",
    "call_traces",
    "calls",
    "customer_keys",
    "customer_numbers",
    "customers",
    "dial_claims",
    "diallings",
    "directory_state",
    "event_archives",
    "events",
    "exports",
    "findings",
    "flows",
    "groups",
    "handover_items",
    "handovers",
    "hotlines",
    "idempotency_keys",
    "import_mappings",
    "job_problems",
    "jobs",
    "journal_positions",
    "login_failures",
    "manager_phones",
    "managers",
    "metadata",
    "nodes",
    "outlets",
    "ownerships",
    "pin_failures",
    "plan_notices",
    "plan_run_days",
    "plan_run_items",
    "plan_runs",
    "plans",
    "prompts",
    "quality_results",
    "recordings",
    "recovery_codes",
    "report_calls",
    "report_corrections",
    "report_faults",
    "report_files",
    "report_marks",
    "report_months",
    "report_results",
    "report_schedules",
    "report_scores",
    "report_state",
    "report_tasks",
    "retention_marks",
    "reviews",
    "samples",
    "scorecards",
    "scripts",
    "seal_chains",
    "seal_heads",
    "seal_keys",
    "seals",
    "sms_messages",
    "sms_replies",
    "sms_templates",
    "task_history",
    "task_types",
    "tasks",
    "transcripts",
    "trigger_kinds",
    "triggers",
    "user_sessions",
    "users",
    "webhook_deliveries",
    "webhooks",
    "work",
]
