"""Every family of `/metrics`: its name, kind, labels and meaning; docs/metrics.md shows them.

Names follow Prometheus' conventions: base units (seconds, bytes, ratios) at the end, `_total` after
those of counters, no label that grows with calls, people or telephone numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Literal

PREFIX: Final = "voicegw_"

Kind = Literal["gauge", "counter", "histogram"]


@dataclass(frozen=True, slots=True)
class Family:
    """One family; `name` is without :data:`PREFIX`, a counter's without `_total` as well."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    topic: str = ""

    @property
    def exposed_name(self) -> str:
        """The name in `/metrics`; a histogram's samples add `_bucket`, `_sum` and `_count`."""
        return f"{PREFIX}{self.name}" + ("_total" if self.kind == "counter" else "")


def _of(topic: str, *families: Family) -> tuple[Family, ...]:
    return tuple(replace(family, topic=topic) for family in families)


def _gauge(name: str, help_: str, *labels: str) -> Family:
    return Family(name, "gauge", help_, labels)


def _counter(name: str, help_: str, *labels: str) -> Family:
    return Family(name, "counter", help_, labels)


def _histogram(name: str, help_: str, *labels: str) -> Family:
    return Family(name, "histogram", help_, labels)


FAMILIES: Final = (
    *_of(
        "Calls",
        _gauge("calls_live", "Calls that run on this node."),
        _counter(
            "calls_ended",
            "Calls that have ended, by direction and outcome.",
            "direction",
            "outcome",
        ),
        _counter(
            "calls_refused",
            "INVITEs refused, by reason: unknown-hotline, loop, trunk-full, draining and more.",
            "reason",
        ),
        _gauge("diallings", "Lists that this node works on, paused ones included."),
        _counter(
            "dialling_calls",
            "Customers to be called for a list: dialled, taken (somebody else was calling),"
            " or the rule that refused.",
            "result",
        ),
        _histogram(
            "call_bridge_seconds",
            "From a call's beginning until its two parties heard each other.",
            "direction",
        ),
        _histogram(
            "call_talk_seconds", "How long the two parties of a call have talked.", "direction"
        ),
        _gauge("manager_slots_in_use", "Places that managers' calls take."),
        _counter("flow_faults", "Calls that ended by a fault of the program."),
        _counter(
            "legs_ended",
            "Legs that have ended, by trunk (or phone).",
            "trunk",
            "direction",
            "result",
        ),
        _counter(
            "leg_causes",
            "Why legs have ended, where their network said so (Q.850).",
            "trunk",
            "cause",
        ),
        _counter(
            "network_heard",
            "Calls in vain whose early sound was heard, by what told the reason.",
            "source",
        ),
        _counter("talks_answered", "Talks of which the transcript told who had answered.", "by"),
        _gauge("trace_bytes", "What the messages of calls take in memory."),
        _counter("traces_given_up", "Calls whose messages were given up for want of memory."),
    ),
    *_of(
        "Quality of sound",
        _histogram(
            "leg_mos_score",
            "Estimated quality (MOS, ITU-T G.107) of the sound received on ended legs, 1 to 4.5.",
            "trunk",
        ),
        _histogram(
            "leg_packet_loss_ratio",
            "Share of packets lost on the way to us, on ended legs, 0 to 1.",
            "trunk",
        ),
        _histogram(
            "leg_jitter_seconds",
            "Jitter of the packets received on ended legs (RFC 3550).",
            "trunk",
        ),
        _gauge("media_sessions", "Calls with sound."),
        _gauge("media_legs", "Legs with sound."),
        _gauge("media_ports_in_use", "RTP ports in use."),
        _gauge("media_ports_draining", "RTP ports resting."),
        _gauge("media_workers", "Media worker processes."),
        _counter("media_workers_restarted", "Media workers that died and were started again."),
        _counter(
            "capture_dropped_packets",
            "Packets that were relayed but not recorded because the disk was too slow.",
        ),
        _counter(
            "srtp_rejected_packets",
            "Packets of encrypted legs that were forged, replayed or plain; by ended calls.",
        ),
    ),
    *_of(
        "Queues",
        _gauge("queue_waiting", "Callers who wait.", "hotline", "group"),
        _gauge(
            "queue_longest_wait_seconds",
            "For how long the first of those who wait has waited.",
            "hotline",
            "group",
        ),
        _gauge(
            "queue_managers_free", "Managers who could be rung for a queue.", "hotline", "group"
        ),
        _counter("queue_entered", "Callers who were let in to wait.", "hotline", "group"),
        _counter("queue_refused", "Callers who found a queue full.", "hotline", "group"),
        _counter(
            "queue_answered_in_time",
            "Callers whom a manager has answered within 20 s.",
            "hotline",
            "group",
        ),
        _counter(
            "queue_left",
            "Callers who have left a queue: answered, abandoned, callback, timed_out or ended.",
            "hotline",
            "group",
            "how",
        ),
    ),
    *_of(
        "Trunks and signalling",
        _gauge("trunk_up", "Whether a server of the trunk is alive (1 or 0).", "trunk"),
        _gauge(
            "trunk_registered",
            "Whether the carrier has our contact (1 or 0); absent where none is to be registered.",
            "trunk",
        ),
        _gauge(
            "trunk_calls",
            "Calls on this trunk, both directions, reserved places included.",
            "trunk",
        ),
        _gauge("trunk_calls_in_use", "Calls on all trunks, reserved places included."),
        _counter("trunk_invites", "How INVITEs over the trunk have ended.", "trunk", "status"),
        _histogram(
            "leg_ringing_seconds",
            "From the INVITE of a leg that we dialled to its first ringing (post-dial delay).",
            "trunk",
        ),
        _histogram(
            "leg_answer_seconds", "From the INVITE of a leg that we dialled to its answer.", "trunk"
        ),
        _gauge("sip_sessions", "SIP sessions that have not ended."),
        _gauge("sip_transactions", "SIP transactions under way."),
        _gauge("sip_timers", "SIP timers that run."),
        _gauge(
            "sip_queue_delay_seconds",
            "How long messages waited to be handled, the longest of the last 0.1 s.",
        ),
        _gauge("sip_registrations", "Telephones that are registered."),
        _gauge(
            "sip_password_guesses",
            "Wrong passwords of one user since the last right one: the highest of all users.",
        ),
        _gauge("sip_banned_sources", "Sources that are banned now."),
        _counter("sip_strangers", "Messages from unknown sources, dropped.", "method"),
        _counter(
            "sip_events",
            "What signalling has counted: retransmissions, malformed messages and more.",
            "part",
            "event",
        ),
    ),
    *_of(
        "Recordings",
        _gauge("recordings_backlog", "Recordings not finished yet."),
        _gauge(
            "recording_free_bytes",
            "Room left for recordings or their spool, whichever has less.",
        ),
        _counter("recordings_sealed", "Seals appended to the chain."),
        _gauge("recordings_unsealed", "Recordings that wait for their seal."),
        _counter("recordings_removed", "Recordings whose files were deleted."),
        _counter("recordings_expired", "Recordings deleted for their age."),
        _gauge(
            "recordings_past_their_time",
            "Recordings kept though past their time, when last looked: hold or review.",
            "why",
        ),
        _gauge("upload_backlog", "Recordings that wait for the object storage."),
        _gauge(
            "upload_oldest_seconds",
            "For how long the oldest recording has been waiting for the object storage.",
        ),
        _gauge(
            "upload_failed",
            "Recordings that could not be brought away, because their files are damaged or gone.",
        ),
        _counter("uploaded_bytes", "What was sent to the object storage."),
        _gauge("transcription_backlog", "Recordings to be transcribed."),
        _gauge(
            "transcription_oldest_seconds",
            "For how long the oldest recording to be transcribed has waited.",
        ),
        _gauge("transcription_workers", "Worker processes of speech recognition."),
        _counter("transcription_workers_lost", "Workers that died or came no further."),
        _counter("transcription_sound_seconds", "Sound that was recognised."),
        _counter(
            "transcription_cpu_seconds",
            "Processor time that recognition took; divided by the sound, the realtime factor.",
        ),
        _counter("transcription_wall_seconds", "Time by the clock that recognition took."),
        _counter("transcripts", "Transcripts that have become final.", "status"),
        _gauge("exports_waiting", "Archives that are being made, or wait for it."),
        _counter("exports_ended", "Archives that were made (completed), or not (failed).", "state"),
    ),
    *_of(
        "API",
        _counter(
            "http_requests",
            "Requests answered, by route template and status.",
            "method",
            "route",
            "status",
        ),
        _histogram(
            "http_request_duration_seconds",
            "From a request's first byte to its answer's last.",
            "method",
            "route",
        ),
        _counter(
            "http_problems",
            "Requests refused, by the code of the problem: login-failed, rate-limited and more.",
            "code",
        ),
        _gauge("http_connections", "Connections to the API."),
        _gauge("http_connections_waiting", "Connections to the API without a request."),
        _counter(
            "http_connections_ended",
            "Connections ended to make room (idle), refused, or not read by their client.",
            "reason",
        ),
        _counter(
            "http_requests_passed_on",
            "Requests about calls on other nodes: answered there, or the node was away.",
            "result",
        ),
        _gauge("event_streams", "Streams of events that are open."),
        _counter(
            "event_streams_ended",
            "Streams of events that have ended, by reason: gone, slow-reader and more.",
            "reason",
        ),
    ),
    *_of(
        "Delivery of events",
        _gauge(
            "outlet_behind_events",
            "Events that an outlet has not brought out yet; all nodes tell the same.",
            "outlet",
        ),
        _gauge("events_oldest_seconds", "Age of the oldest event that can be read."),
        _gauge("delivery_up", "Whether the delivery process runs and reports."),
        _counter("delivery_restarts", "Delivery processes that died and were started again."),
        _counter(
            "delivery_faults",
            "Times an outlet of events ended by a fault of the program.",
            "outlet",
        ),
        _gauge("webhooks_served", "Webhooks served here."),
        _gauge("webhook_deliveries_pending", "Deliveries to webhooks that wait."),
        _counter(
            "webhook_attempts",
            "Attempts to deliver an event to a webhook, by what came of them.",
            "result",
        ),
        _gauge("mqtt_connected", "Whether the node's own connection to the broker stands."),
        _gauge(
            "mqtt_publisher_connected",
            "Whether this node publishes events to the broker; of several nodes one does.",
        ),
        _counter("mqtt_events_published", "Events that the broker has acknowledged."),
        _counter(
            "mqtt_commands",
            "Commands from the broker: accepted, or the code of the refusal.",
            "outcome",
        ),
    ),
    *_of(
        "Short messages",
        _gauge("sms_up", "Whether the process that sends short messages runs and reports."),
        _counter("sms_restarts", "Such processes that died and were started again."),
        _counter(
            "sms_ended",
            "Messages that the provider has taken (sent), or that were given up.",
            "purpose",
            "state",
        ),
        _gauge("sms_waiting", "Messages that wait; told by the node that sends."),
        _gauge("sms_oldest_seconds", "For how long the first of them has been due."),
    ),
    *_of(
        "Node",
        _gauge(
            "build_info",
            "Always 1; the labels tell which program runs.",
            "node",
            "version",
            "python",
        ),
        _gauge(
            "part_ready", "Whether a part of the node is ready (1 or 0), as /readyz tells.", "part"
        ),
        _gauge("alerts", "1 while the alert is raised; absent otherwise.", "alert"),
        _counter(
            "log_records",
            "Records of the node's log, by level: warning, error or critical. A defect that was"
            " caught is an error.",
            "level",
        ),
        _gauge("journal_backlog_bytes", "Journal that the store does not have yet."),
        _gauge(
            "journal_behind_seconds",
            "For how long the oldest entry of the journal has waited for the store, at least.",
        ),
        _counter("journal_groups", "Groups of entries that the store has taken."),
        _counter(
            "journal_rejected_entries",
            "Entries that the store would not take; they are kept in rejected.jsonl.",
        ),
        _counter("journal_failures", "Entries that the disk refused."),
        _histogram(
            "store_seconds",
            "How long the store took for a piece of work, waiting for a connection included.",
            "kind",
        ),
        _histogram(
            "loop_lag_seconds",
            "How late the event loop ran what was due, looked at twice a second.",
        ),
        _gauge("loop_tasks", "Tasks of the node's event loop (asyncio), none of customers."),
    ),
    *_of(
        "Tasks for customers",
        _counter(
            "tasks_escalated",
            "Times of tasks of which this node has told superiors: by contact, close, answer.",
            "of",
        ),
        _counter("tasks_reminded", "Tasks of whose appointments this node has reminded managers."),
        _gauge("tasks_late", "Open tasks of which superiors were told, in the whole store."),
    ),
)

BY_NAME: Final[Mapping[str, Family]] = MappingProxyType(
    {family.name: family for family in FAMILIES}
)
