"""The manager's day: types of tasks, their history, plans, messages, reports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from voicegw.model.name_keys import name_keys
from voicegw.store.schema import UtcTime

_ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TASK_COLUMNS = {
    "own_type": sa.Text,
    "plan_id": sa.Text,
    "period": sa.Text,
    "parent_id": sa.Text,
    "not_before": UtcTime,
    "assigned_at": UtcTime,
    "contacted_at": UtcTime,
    "closed_at": UtcTime,
    "result_code": sa.Text,
    "result_kind": sa.Text,
    "escalate_at": UtcTime,
    "escalated_at": UtcTime,
    "pressing_at": UtcTime,
    "remind_at": UtcTime,
}
_NORMAL_RANK = 1
#: What codes of results that were told before types had some meant.
_KINDS = {
    "success": "success",
    "reached": "success",
    "refused": "refused",
    "call_again": "call_again",
    "wrong_number": "unreachable",
}
_ROLLUP_KEY = ("grain", "group_id", "day", "manager_id", "hotline_id", "type")
_CALL_SUMS = """
    calls outcome_connected outcome_voicemail outcome_callback_requested outcome_self_service
    outcome_customer_busy outcome_manager_busy outcome_customer_no_answer
    outcome_manager_no_answer outcome_manager_not_confirmed outcome_missed outcome_canceled
    outcome_abandoned outcome_manager_declined outcome_manager_unreachable
    outcome_customer_declined outcome_customer_unreachable outcome_customer_invalid
    outcome_refused outcome_failed outcome_interrupted dialled answered_person
    answered_machine reason_vacant_number reason_powered_off reason_suspended reason_busy
    reason_no_answer reason_not_reachable reason_call_reminder reason_barred reason_congestion
    reason_declined reason_voicemail talks talk_ms talk_class_00 talk_class_01 talk_class_02
    talk_class_03 talk_class_04 talk_class_05 talk_class_06 talk_class_07 talk_class_08
    talk_class_09 talk_class_10 talk_class_11 talk_class_12 talk_class_13 talk_class_14
    talk_class_15 callers served answer_ms answer_class_00 answer_class_01 answer_class_02
    answer_class_03 answer_class_04 answer_class_05 answer_class_06 answer_class_07
    answer_class_08 answer_class_09 answer_class_10 answer_class_11 answer_class_12
    answer_class_13 answer_class_14 answer_class_15 lost called_back called_back_own came_back
    unreached recovered told told_api told_keypad told_sms told_link told_gateway told_ms
    told_class_00 told_class_01 told_class_02 told_class_03 told_class_04 told_class_05
    told_class_06 told_class_07 told_class_08 told_class_09 told_class_10 told_class_11
    told_class_12 told_class_13 told_class_14 told_class_15 surveyed survey_answered
    satisfaction_1 satisfaction_2 satisfaction_3 satisfaction_4 satisfaction_5 solved_yes
    solved_no checked score_milli faulty fault_statement_missing fault_statement_unsure
    fault_statement_late fault_statement_out_of_order fault_slot_wrong fault_assent_missing
    fault_assent_overrun fault_phrase_forbidden fault_phrase_unsure fault_notice_missing
    fault_measure reviewed share_milli appealed upheld
"""
_TASK_SUMS = """
    given still_open done cancelled overdue done_late tried attempts contacted contact_ms
    contact_class_00 contact_class_01 contact_class_02 contact_class_03 contact_class_04
    contact_class_05 contact_class_06 contact_class_07 contact_class_08 contact_class_09
    contact_class_10 contact_class_11 contact_class_12 contact_class_13 contact_class_14
    contact_class_15 results result_api result_keypad result_sms result_link result_gateway
"""
_SCORES = (
    "INSERT INTO report_scores (recording_id, call_id, score)"
    " SELECT recording_id, call_id, score FROM quality_results WHERE score IS NOT NULL"
)
_FAULTS = (
    "INSERT INTO report_faults (recording_id, kind, call_id, found)"
    " SELECT findings.recording_id, findings.kind, quality_results.call_id, count(*)"
    " FROM findings JOIN quality_results"
    " ON quality_results.recording_id = findings.recording_id"
    " WHERE findings.kind <> 'statement-said'"
    " GROUP BY findings.recording_id, findings.kind, quality_results.call_id"
)
#: A recording's record says what its columns say: whoever changes one of them alone is found out.
_HOTLINES_OF_RECORDINGS = {
    "postgresql": "UPDATE recordings SET hotline_id = calls.hotline_id, document ="
    " recordings.document || jsonb_build_object('hotline_id', calls.hotline_id)"
    " FROM calls WHERE calls.id = recordings.call_id AND calls.hotline_id IS NOT NULL",
    "sqlite": "UPDATE recordings SET hotline_id = calls.hotline_id, document ="
    " json_set(recordings.document, '$.hotline_id', calls.hotline_id)"
    " FROM calls WHERE calls.id = recordings.call_id AND calls.hotline_id IS NOT NULL",
}
_LENGTHS_OF_RECORDINGS = {
    "postgresql": "UPDATE recordings SET duration_s = (document ->> 'duration_s')::float",
    "sqlite": "UPDATE recordings SET duration_s = json_extract(document, '$.duration_s')",
}
_MARK_ALL = (
    "INSERT INTO report_marks (kind, group_id)"
    " SELECT DISTINCT 'calls', coalesce(group_id, '') FROM calls",
    "INSERT INTO report_marks (kind, group_id)"
    " SELECT DISTINCT 'tasks', coalesce(group_id, '') FROM tasks",
)
_CLOSED_AT = {
    "postgresql": "UPDATE tasks SET closed_at = (document ->> 'closed_at')::timestamptz",
    "sqlite": "UPDATE tasks SET closed_at ="
    " CAST(strftime('%s', json_extract(document, '$.closed_at')) AS INTEGER) * 1000000",
}


def _extend_tasks() -> None:
    """What lists of tasks are sorted and searched by; where each task comes from."""
    for name, kind in _TASK_COLUMNS.items():
        op.add_column("tasks", sa.Column(name, kind(), nullable=True))
    for name, type_, before in (
        ("source", sa.Text(), sa.text("'call'")),
        ("rank", sa.Integer(), sa.text(str(_NORMAL_RANK))),
    ):
        op.add_column("tasks", sa.Column(name, type_, nullable=False, server_default=before))
    tasks = sa.table(
        "tasks",
        sa.column("document", _JSON),
        sa.column("call_id"),
        *(sa.column(name) for name in ("own_type", "result_code", "result_kind", "source")),
    )
    document = tasks.c.document
    op.execute(
        tasks.update().values(
            own_type=document["own_type"].as_string(),
            result_code=document[("result", "code")].as_string(),
        )
    )
    for code, meant in _KINDS.items():
        op.execute(tasks.update().where(tasks.c.result_code == code).values(result_kind=meant))
    op.execute(tasks.update().where(tasks.c.call_id.is_(None)).values(source="api"))
    op.execute(_CLOSED_AT[op.get_bind().dialect.name])
    with op.batch_alter_table("tasks") as table:
        for name in ("source", "rank"):
            table.alter_column(name, server_default=None)
    is_open = sa.text("closed_at IS NULL")
    op.create_index(
        "ix_tasks_open",
        "tasks",
        ["manager_id", "due_at", "id"],
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_index("ix_tasks_plan_id_period", "tasks", ["plan_id", "period"])


def _take_back_tasks() -> None:
    for name in ("open", "plan_id_period"):
        op.drop_index(f"ix_tasks_{name}", table_name="tasks")
    for name in (*_TASK_COLUMNS, "source", "rank"):
        op.drop_column("tasks", name)


def _know_phones_of_users() -> None:
    """Where superiors are told of what is not done in time."""
    op.add_column("users", sa.Column("phone", sa.Text(), nullable=True))


def _forget_phones_of_users() -> None:
    op.drop_column("users", "phone")


def _hear_of_nodes() -> None:
    """How each node is, as it says itself when it prolongs its lease."""
    op.add_column("nodes", sa.Column("report", _JSON, nullable=True))


def _hear_no_more_of_nodes() -> None:
    op.drop_column("nodes", "report")


def _watch_times() -> None:
    """What is looked for every few seconds: times that have passed, and what is late."""
    for name, column, condition in (
        ("escalate_at", "escalate_at", "escalate_at IS NOT NULL"),
        ("pressing_at", "pressing_at", "pressing_at IS NOT NULL"),
        ("remind_at", "remind_at", "remind_at IS NOT NULL"),
        ("late", "group_id", "escalated_at IS NOT NULL AND closed_at IS NULL"),
    ):
        op.create_index(
            f"ix_tasks_{name}",
            "tasks",
            [column],
            sqlite_where=sa.text(condition),
            postgresql_where=sa.text(condition),
        )


def _watch_no_times() -> None:
    for name in ("escalate_at", "pressing_at", "remind_at", "late"):
        op.drop_index(f"ix_tasks_{name}", table_name="tasks")


def _add_task_types() -> None:
    op.create_table(
        "task_types",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("document", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_task_types")),
    )
    op.create_table(
        "sms_templates",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("document", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sms_templates")),
    )
    op.create_table(
        "task_history",
        sa.Column("number", _ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=True),
        sa.Column("changes", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_task_history")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_task_history_task_id_number", "task_history", ["task_id", "number"])


def _remove_task_types() -> None:
    op.drop_table("task_history")
    op.drop_table("sms_templates")
    op.drop_table("task_types")


def _add_assignments() -> None:
    """Orders that give many tasks to managers."""
    op.create_table(
        "assignments",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("document", _JSON, nullable=False),
        sa.Column("moves", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignments")),
    )
    op.create_index("ix_assignments_created_at_id", "assignments", ["created_at", "id"])


def _remove_assignments() -> None:
    op.drop_table("assignments")


def _extend_handovers() -> None:
    """Whether matters that customers have raised go along."""
    op.add_column(
        "handovers",
        sa.Column("moves_matters", sa.Boolean(), nullable=False, server_default=sa.true()),
    )


def _take_back_handovers() -> None:
    op.drop_column("handovers", "moves_matters")


def _extend_job_problems() -> None:
    """What is wrong with a row of a file, or with all of it, for programs, in whatever language."""
    op.add_column("jobs", sa.Column("fault", _JSON, nullable=True))
    op.add_column(
        "job_problems", sa.Column("kind", sa.Text(), nullable=False, server_default="other")
    )
    op.add_column(
        "job_problems",
        sa.Column("params", _JSON, nullable=False, server_default=sa.text("'{}'")),
    )


def _take_back_job_problems() -> None:
    for name in ("params", "kind"):
        op.drop_column("job_problems", name)
    op.drop_column("jobs", "fault")


def _add_messages() -> None:
    op.create_table(
        "sms_messages",
        *(
            sa.Column(name, kind(), nullable=nullable)
            for name, kind, nullable in (
                ("id", sa.Text, False),
                ("to", sa.Text, False),
                ("text", sa.Text, False),
                ("purpose", sa.Text, False),
                ("state", sa.Text, False),
                ("created_at", UtcTime, False),
                ("expires_at", UtcTime, False),
                ("not_before", UtcTime, True),
                ("due_at", UtcTime, False),
                ("leased_by", sa.Text, True),
                ("group_id", sa.Text, True),
                ("manager_id", sa.Text, True),
                ("customer_id", sa.Text, True),
                ("task_id", sa.Text, True),
                ("call_id", sa.Text, True),
                ("attempts", sa.Integer, False),
                ("provider_id", sa.Text, True),
                ("sent_at", UtcTime, True),
                ("finished_at", UtcTime, True),
                ("failure", sa.Text, True),
                ("reference", sa.Text, True),
                ("link_hash", sa.Text, True),
                ("asked_until", UtcTime, True),
                ("answered_at", UtcTime, True),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_messages")),
    )
    is_waiting = sa.text("state = 'waiting'")
    op.create_index(
        "ix_sms_messages_waiting",
        "sms_messages",
        ["due_at"],
        sqlite_where=is_waiting,
        postgresql_where=is_waiting,
    )
    op.create_index("ix_sms_messages_created_at_id", "sms_messages", ["created_at", "id"])
    op.create_index("ix_sms_messages_to_created_at", "sms_messages", ["to", "created_at"])
    op.create_index("ix_sms_messages_provider_id", "sms_messages", ["provider_id"])
    op.create_index("ix_sms_messages_link_hash", "sms_messages", ["link_hash"], unique=True)
    op.create_table(
        "sms_replies",
        sa.Column("number", _ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("from_", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("meaning", sa.Text(), nullable=True),
        sa.Column("read_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_sms_replies")),
        sa.UniqueConstraint("id", name=op.f("uq_sms_replies_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_sms_replies_from__at", "sms_replies", ["from_", "at"])
    is_unread = sa.text("read_at IS NULL")
    op.create_index(
        "ix_sms_replies_unread",
        "sms_replies",
        ["number"],
        sqlite_where=is_unread,
        postgresql_where=is_unread,
    )


def _remove_messages() -> None:
    op.drop_table("sms_replies")
    op.drop_table("sms_messages")


def _add_rollup(name: str, sums: str) -> None:
    op.create_table(
        name,
        sa.Column("grain", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("manager_id", sa.Text(), nullable=False),
        sa.Column("hotline_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        *[sa.Column(one, sa.BigInteger(), nullable=True) for one in sums.split()],
        sa.PrimaryKeyConstraint(*_ROLLUP_KEY, name=op.f(f"pk_{name}")),
    )
    op.create_index(f"ix_{name}_grain_manager_id_day", name, ["grain", "manager_id", "day"])
    op.create_index(f"ix_{name}_grain_day", name, ["grain", "day"])


def _add_reports() -> None:
    """Rollups; everything that is there already is marked to be summed."""
    _add_rollup("report_calls", _CALL_SUMS)
    _add_rollup("report_tasks", _TASK_SUMS)
    op.create_table(
        "report_results",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("grain", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("manager_id", sa.Text(), nullable=False),
        sa.Column("hotline_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("told", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", *_ROLLUP_KEY, "code", name=op.f("pk_report_results")),
    )
    op.create_index("ix_report_results_kind_grain_day", "report_results", ["kind", "grain", "day"])
    op.create_table(
        "report_marks",
        sa.Column("number", _ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("hour", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_report_marks")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "report_state",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("lease_until", UtcTime(), nullable=True),
        sa.Column("complete_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_report_state")),
    )
    op.create_table(
        "report_scores",
        sa.Column("recording_id", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("recording_id", name=op.f("pk_report_scores")),
    )
    op.create_index("ix_report_scores_call_id", "report_scores", ["call_id"])
    op.create_table(
        "report_faults",
        sa.Column("recording_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("recording_id", "kind", name=op.f("pk_report_faults")),
    )
    op.create_index("ix_report_faults_call_id", "report_faults", ["call_id"])
    op.create_index("ix_reviews_call_id", "reviews", ["call_id"])
    for statement in (_SCORES, _FAULTS, *_MARK_ALL):
        op.execute(statement)


def _remove_reports() -> None:
    op.drop_index("ix_reviews_call_id", table_name="reviews")
    for name in ("calls", "tasks", "results", "marks", "scores", "faults", "state"):
        op.drop_table(f"report_{name}")


def _add_report_files() -> None:
    op.create_table(
        "report_schedules",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("next_at", UtcTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_schedules")),
    )
    op.create_index("ix_report_schedules_next_at", "report_schedules", ["next_at"])
    op.create_index("ix_report_schedules_created_at_id", "report_schedules", ["created_at", "id"])
    op.create_table(
        "report_files",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("schedule_id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("document", _JSON, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_files")),
    )
    for columns in (["created_at", "id"], ["schedule_id", "created_at"], ["owner", "created_at"]):
        op.create_index(f"ix_report_files_{'_'.join(columns)}", "report_files", columns)


def _add_months() -> None:
    op.create_table(
        "report_months",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("frozen_at", UtcTime(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("previous_sha256", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_report_months")),
    )
    op.create_table(
        "report_corrections",
        sa.Column("number", _ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        *[
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("manager_id", "hotline_id", "type", "name")
        ],
        sa.Column("before", sa.BigInteger(), nullable=False),
        sa.Column("after", sa.BigInteger(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("caused_by", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_report_corrections")),
        sqlite_autoincrement=True,
    )
    for columns in (["month", "number"], ["kind", "group_id", "day", "number"]):
        name = "month_number" if columns[0] == "month" else "kind_group_id_day"
        op.create_index(f"ix_report_corrections_{name}", "report_corrections", columns)


def _remove_months() -> None:
    op.drop_table("report_corrections")
    op.drop_table("report_months")


def _remove_report_files() -> None:
    op.drop_table("report_files")
    op.drop_table("report_schedules")


def _add_retention() -> None:
    op.create_index("ix_tasks_closed_at_id", "tasks", ["closed_at", "id"])
    op.create_table(
        "retention_marks",
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("until", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("what", name=op.f("pk_retention_marks")),
    )


def _remove_retention() -> None:
    op.drop_table("retention_marks")
    op.drop_index("ix_tasks_closed_at_id", table_name="tasks")


def _add_triggers() -> None:
    op.create_table(
        "trigger_kinds",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("document", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_trigger_kinds")),
    )
    op.create_table(
        "triggers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=True),
        sa.Column("manager_id", sa.Text(), nullable=True),
        sa.Column("task_id", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("document", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_triggers")),
        sa.UniqueConstraint("external_id", name=op.f("uq_triggers_external_id")),
    )
    op.create_index(op.f("ix_triggers_task_id"), "triggers", ["task_id"])
    op.create_index("ix_triggers_created_at_id", "triggers", ["created_at", "id"])
    for name in ("customer_id", "group_id"):
        op.create_index(f"ix_triggers_{name}_created_at", "triggers", [name, "created_at"])


def _remove_triggers() -> None:
    op.drop_table("triggers")
    op.drop_table("trigger_kinds")


def _add_diallings() -> None:
    op.create_table(
        "diallings",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("manager_id", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("stopped_at", UtcTime(), nullable=True),
        sa.Column("leased_by", sa.Text(), nullable=True),
        sa.Column("lease_until", UtcTime(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("document", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_diallings")),
    )
    for columns in (
        ["created_at", "id"],
        ["group_id", "created_at"],
        ["manager_id", "created_at"],
        ["stopped_at", "id"],
    ):
        op.create_index(f"ix_diallings_{'_'.join(columns)}", "diallings", columns)
    is_going = sa.text("stopped_at IS NULL")
    op.create_index(
        "ix_diallings_going",
        "diallings",
        ["manager_id"],
        unique=True,
        sqlite_where=is_going,
        postgresql_where=is_going,
    )
    op.create_table(
        "dial_claims",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("until", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_dial_claims")),
    )
    op.create_index("ix_dial_claims_call_id", "dial_claims", ["call_id"])
    op.create_index("ix_dial_claims_until", "dial_claims", ["until"])


def _remove_diallings() -> None:
    op.drop_table("dial_claims")
    op.drop_table("diallings")


def _add_plans() -> None:
    op.add_column("managers", sa.Column("leave", _JSON, nullable=False, server_default="[]"))
    op.create_table(
        "plans",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("group_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
        sa.UniqueConstraint("external_id", name=op.f("uq_plans_external_id")),
    )
    op.create_index("ix_plans_group_id", "plans", ["group_id"])
    op.create_table(
        "plan_runs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("plan_id", sa.Text(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("preview", sa.Boolean(), nullable=False),
        sa.Column("by_day", sa.Text(), nullable=True),
        sa.Column("document", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_runs")),
        sa.UniqueConstraint("by_day", name=op.f("uq_plan_runs_by_day")),
    )
    op.create_index("ix_plan_runs_plan_id_id", "plan_runs", ["plan_id", "id"])
    op.create_table(
        "plan_run_items",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=True),
        sa.Column("manager_id", sa.Text(), nullable=True),
        sa.Column("document", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "number", name=op.f("pk_plan_run_items")),
    )
    op.create_index(
        "ix_plan_run_items_run_id_kind_number", "plan_run_items", ["run_id", "kind", "number"]
    )
    op.create_table(
        "plan_run_days",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("manager_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=True),
        sa.Column("tasks", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "manager_id", "day", name=op.f("pk_plan_run_days")),
    )
    op.create_table(
        "plan_notices",
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("task_id", "day", name=op.f("pk_plan_notices")),
    )


def _remove_plans() -> None:
    for name in ("plan_notices", "plan_run_days", "plan_run_items", "plan_runs", "plans"):
        op.drop_table(name)
    op.drop_column("managers", "leave")


def _add_search() -> None:
    """What finds customers by a part of the name, and by the end of a number."""
    key = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
    op.create_table(
        "customer_keys",
        sa.Column("key", key, nullable=False),
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", "group_id", "customer_id", name=op.f("pk_customer_keys")),
        sqlite_with_rowid=False,
    )
    _fill_search()
    ending = "substr(number, -4)" if op.get_bind().dialect.name == "sqlite" else "right(number, 4)"
    op.create_index(
        "ix_customer_numbers_ending", "customer_numbers", [sa.text(ending), "customer_id"]
    )
    wishes = sa.text("do_not_call IS NOT NULL")
    op.create_index(
        "ix_customers_do_not_call_id",
        "customers",
        ["id"],
        sqlite_where=wishes,
        postgresql_where=wishes,
    )


def _fill_search() -> None:
    """Write the keys of who is there, so many customers at a time."""
    customers = sa.table("customers", *(sa.column(name) for name in ("id", "group_id", "name")))
    keys = sa.table(
        "customer_keys", *(sa.column(name) for name in ("key", "group_id", "customer_id"))
    )
    last = ""
    while True:
        rows = op.get_bind().execute(
            sa.select(customers).where(customers.c.id > last).order_by(customers.c.id).limit(5000)
        ).all()  # fmt: skip
        if not rows:
            return
        found = [
            {"key": key, "group_id": row.group_id, "customer_id": row.id}
            for row in rows
            for key in name_keys(row.name)
        ]
        op.bulk_insert(keys, found)
        last = rows[-1].id


def _remove_search() -> None:
    op.drop_index("ix_customers_do_not_call_id", "customers")
    op.drop_index("ix_customer_numbers_ending", table_name="customer_numbers")
    op.drop_table("customer_keys")


def _extend_recordings() -> None:
    """What lists of recordings are narrowed by, beside their documents."""
    dialect = op.get_bind().dialect.name
    op.add_column("recordings", sa.Column("hotline_id", sa.Text(), nullable=True))
    op.add_column("recordings", sa.Column("duration_s", sa.Float(), nullable=True))
    op.execute(_HOTLINES_OF_RECORDINGS[dialect])
    op.execute(_LENGTHS_OF_RECORDINGS[dialect])
    op.drop_index("ix_recordings_created_at_id", table_name="recordings")
    for name, columns in (
        ("created_at_id_duration_s", ["created_at", "id", "duration_s"]),
        ("hotline_id_created_at", ["hotline_id", "created_at", "id"]),
    ):
        op.create_index(f"ix_recordings_{name}", "recordings", columns)


def _take_back_recordings() -> None:
    for name in ("created_at_id_duration_s", "hotline_id_created_at"):
        op.drop_index(f"ix_recordings_{name}", table_name="recordings")
    op.create_index("ix_recordings_created_at_id", "recordings", ["created_at", "id"])
    for name in ("hotline_id", "duration_s"):
        op.drop_column("recordings", name)


def _extend_reviews() -> None:
    """How many items did not apply: none of those from before could be left out."""
    op.add_column(
        "reviews",
        sa.Column("not_applicable", sa.Integer(), nullable=False, server_default="0"),
    )


def _take_back_reviews() -> None:
    op.drop_column("reviews", "not_applicable")


def upgrade() -> None:
    """Add the tables and columns, concern by concern."""
    _extend_tasks()
    _watch_times()
    _know_phones_of_users()
    _hear_of_nodes()
    _add_task_types()
    _add_triggers()
    _add_assignments()
    _add_diallings()
    _extend_handovers()
    _extend_job_problems()
    _add_messages()
    _add_reports()
    _add_report_files()
    _add_months()
    _add_retention()
    _add_plans()
    _add_search()
    _extend_recordings()
    _extend_reviews()


def downgrade() -> None:
    """Take them away again."""
    _take_back_reviews()
    _take_back_recordings()
    _remove_search()
    _remove_plans()
    _remove_reports()
    _remove_retention()
    _remove_months()
    _remove_report_files()
    _remove_messages()
    _remove_triggers()
    _take_back_job_problems()
    _take_back_handovers()
    _remove_assignments()
    _remove_diallings()
    _remove_task_types()
    _hear_no_more_of_nodes()
    _forget_phones_of_users()
    _watch_no_times()
    _take_back_tasks()
