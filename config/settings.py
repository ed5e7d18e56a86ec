"""The schema of the configuration: one model a section, every key with its default and sentence.

`config.load` builds a :class:`Settings` from a file and the environment; everything is checked
there, so whoever holds a Settings may trust it. Models are frozen and strict: a number in quotes
is refused, not guessed. `config/voicegw.toml` is rendered from here (`config.reference`). The
sections of signalling are in :mod:`config.signalling`, that of speech in
:mod:`config.transcription`.
"""

from __future__ import annotations

import re
import socket
import zoneinfo
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote, unquote

import phonenumbers
from pydantic import Field, field_validator, model_validator

from config import values
from config.api import ApiSettings
from config.calendar import CalendarSettings
from config.dialling import DialThroughSettings
from config.events import EventsSettings
from config.flows import FlowsSettings
from config.log import LoggingSettings
from config.mail import MailSettings
from config.mqtt import MqttSettings
from config.network import NetworkSettings
from config.oidc import OidcSettings
from config.reports import ReportsSettings
from config.retention import RetentionSettings
from config.sections import (
    Codec,
    FilePath,
    Host,
    Prefix,
    Rate,
    Section,
    ShortCode,
    SizeBytes,
    checked,
)
from config.signalling import DefenceSettings, RegistrarSettings, SipSettings, TrunkSettings
from config.sms import SmsHttpSettings, SmsInboundSettings, SmsSettings, SmsSmppSettings
from config.speech import SpeechSettings
from config.storage import StorageSettings
from config.tasks import TasksSettings
from config.tracing import TracingSettings
from config.transcription import TranscriptionSettings
from config.webhooks import WebhooksSettings
from voicegw.model.quiet_hours import QuietHours, parse_quiet_holidays, parse_quiet_hours


class NodeSettings(Section):
    """This machine's part in the installation."""

    name: str = Field(
        default="",
        description="Name of this node in events and metrics. Empty: the machine's host name.",
    )
    data_dir: FilePath = Field(
        default=Path("./data"),
        description="Folder for everything the node writes; {data_dir} elsewhere means this one.",
    )
    drain_s: int = Field(
        default=300, ge=0, description="Seconds for which live calls may go on after SIGTERM."
    )
    timezone: str = Field(
        default="Asia/Shanghai",
        description="Time zone of quiet hours for customers that no group is known of.",
    )

    @field_validator("name")
    @classmethod
    def _name(cls, name: str) -> str:
        name = name or socket.gethostname()
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", name):
            raise ValueError("expected up to 64 letters, digits, dots, dashes and underscores")
        return name

    @field_validator("timezone")
    @classmethod
    def _timezone(cls, name: str) -> str:
        try:
            zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("expected an IANA time zone such as Asia/Shanghai") from error
        return name


class MediaSettings(Section):
    """Sound."""

    engine: Literal["embedded", "rtpengine"] = Field(
        default="embedded",
        description="What carries the sound: workers of this node, or an rtpengine of its own "
        "(recording must be off then).",
    )
    rtpengine: Annotated[str, checked(values.parse_host_port)] = Field(
        default="127.0.0.1:2223",
        description="Where that rtpengine takes commands: the address of its listen-ng.",
    )
    rtpengine_digits: Annotated[str, checked(values.parse_host_port)] = Field(
        default="127.0.0.1:2224",
        description="Where this node listens for digits from rtpengine: the address to give it as "
        "dtmf-log-dest.",
    )
    workers: int = Field(default=0, ge=0, le=256, description="Worker processes. 0: one per core.")
    bind: str = Field(default="0.0.0.0", description="Address that RTP is received on.")  # noqa: S104
    ports: Annotated[str, checked(values.parse_ports)] = Field(
        default="20000-29999",
        description="UDP ports for RTP and RTCP, two per leg, both ends included.",
    )
    port_drain_s: float = Field(
        default=30, ge=0, description="Seconds for which a freed port rests before its next use."
    )
    advertise: Host = Field(
        default="",
        description="Address that session descriptions show. Empty: sip.advertise, or the "
        "address listened on.",
    )
    bind6: Annotated[str, checked(values.parse_ipv6)] = Field(
        default="",
        description="IPv6 address that RTP is received on, such as ::. Empty: no sound over IPv6.",
    )
    advertise6: Annotated[str, checked(values.parse_ipv6)] = Field(
        default="",
        description="IPv6 address that session descriptions show. Empty: the one of bind6, or "
        "this machine's towards the world.",
    )
    codecs: list[Codec] = Field(
        default=["PCMA", "PCMU", "G722", "opus"],
        min_length=1,
        description="Codecs that legs may agree on, best first. A-law and u-law are changed into "
        "each other, all else is passed through where both sides have it.",
    )
    silence_timeout_s: int = Field(
        default=60,
        ge=0,
        description="Seconds without any sound after which a leg is lost. 0: never.",
    )
    srtp: Literal["off", "optional", "required"] = Field(
        default="off",
        description="Encryption of sound (SRTP, keys in the session descriptions) on legs "
        "signalled by TLS: off, optional (where the far end has it) or required (no leg without "
        "it, and none without TLS).",
    )
    prompts_dir: str = Field(
        default="",
        description="Folder with own prompts (zh/NAME.wav) that replace the shipped ones.",
    )
    language: str = Field(default="zh", min_length=2, description="Language of prompts.")


class StoreSettings(Section):
    """The database."""

    url: str = Field(
        default="sqlite:///{data_dir}/voicegw.db",
        repr=False,
        pattern=r"^(sqlite|postgresql)://",
        description="sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE (or url_file).",
    )


class RecordingSettings(Section):
    """Recording of talks."""

    enabled: bool = Field(default=True, description="Whether talks are recorded.")
    storage: str = Field(
        default="file://{data_dir}/recordings",
        pattern=r"^(file://(/|\{data_dir\})|(s3|gs|az)://[^/\s]+)",
        description="Where recordings are kept: file:// and an absolute folder, or "
        "s3://BUCKET/PREFIX (see [storage]; gs:// and az:// with their own environment variables).",
    )
    local_dir: FilePath = Field(
        default=Path("{data_dir}/recordings"),
        description="Folder for recordings until they are in a storage that is no folder.",
    )
    local_days: float = Field(
        default=7,
        ge=0,
        description="Days for which they stay there after they were found whole in the storage. "
        "0: none.",
    )
    spool_dir: FilePath = Field(
        default=Path("{data_dir}/spool"),
        description="Folder for captures of running calls; a local disk, never a network share.",
    )
    listen_format: Literal["opus", "mp3", "flac"] = Field(
        default="opus",
        description="The small copy made for listening beside the FLAC master; flac: none.",
    )
    retention_days: int = Field(
        default=365,
        ge=1,
        le=36_500,
        description="Days for which recordings are kept, where neither hotline nor group says "
        "otherwise; then they are deleted, unless held or under review.",
    )
    retention_check_h: int = Field(
        default=24,
        ge=1,
        le=168,
        description="Hours between two looks for recordings that are past their time. The first "
        "look is a minute after the start.",
    )
    seal_head_s: int = Field(
        default=3600,
        ge=60,
        le=86_400,
        description="Seconds after which the end of the chain of seals is signed and handed out "
        "(event recordings.sealed), if it has grown.",
    )
    key_file: str = Field(
        default="",
        description="File with the keys that encrypt recordings and captures at rest (voicegw "
        "recordings new-key makes it). Empty: they are not encrypted.",
    )
    announce: bool = Field(default=True, description="Whether both are told of the recording.")
    required: bool = Field(
        default=True, description="Whether a call that can't be recorded is refused."
    )
    max_pause_s: int = Field(
        default=900,
        ge=0,
        description="Seconds after which a paused recording goes on by itself; 0: never.",
    )
    export_hours: int = Field(
        default=24,
        ge=1,
        le=24 * 30,
        description="Hours for which an exported archive can be fetched; then it is removed.",
    )
    min_free_bytes: SizeBytes = Field(
        default=2_000_000_000,
        description="New calls that must be recorded are refused below this much free disk.",
    )

    @property
    def is_remote(self) -> bool:
        """Whether recordings are brought elsewhere once they are made."""
        return not self.storage.startswith("file://")

    @property
    def local_url(self) -> str:
        """Where they are made: `storage` itself, or the folder `local_dir`."""
        return f"file://{quote(str(self.local_dir))}" if self.is_remote else self.storage


class QualitySettings(Section):
    """Judging talks."""

    appeal_days: int = Field(
        default=14, ge=0, le=365, description="Days after its scoring a review may be appealed."
    )


class NumbersSettings(Section):
    """Telephone numbers."""

    region: str = Field(
        default="CN", description="ISO 3166 country that national numbers belong to."
    )

    @field_validator("region")
    @classmethod
    def _region(cls, region: str) -> str:
        if phonenumbers.country_code_for_region(region) == 0:
            raise ValueError("expected a two-letter country such as CN")
        return region


class PolicySettings(Section):
    """Which calls may be made."""

    allowed_prefixes: list[Prefix] = Field(
        default=["+86"],
        description="International prefixes that may be dialled: customers, managers' telephones.",
    )
    refused_prefixes: list[Prefix] = Field(
        default=[],
        description="International prefixes within the allowed ones that may not be dialled. "
        "Premium-rate numbers never are.",
    )
    allowed_short_codes: list[ShortCode] = Field(
        default=[], description="Short codes that may be dialled."
    )
    emergency: list[ShortCode] = Field(
        default=["110", "119", "120", "122"],
        description="Emergency numbers: never dialled for a manager. Telephones registered here "
        "dial them at once, unrecorded, and show their own number.",
    )
    quiet_hours: Annotated[str, checked(parse_quiet_hours)] = Field(
        default="",
        description="Hours without calls to customers, such as 21:00-08:00, where their group has "
        "none of its own; in the form of opening hours. Empty: none.",
    )
    quiet_holidays: Annotated[str, checked(parse_quiet_holidays)] = Field(
        default="",
        description="Hours without calls to customers on public holidays, besides those of any "
        "day, such as 00:00-10:00,20:00-24:00. Empty: none.",
    )
    per_customer: list[Rate] = Field(
        default=["1/min", "5/h", "20/d"],
        description="Most calls to one customer; all of them hold.",
    )
    per_manager_calls: int = Field(
        default=1, ge=1, description="Calls a manager may have at a time."
    )
    ring_at_once: int = Field(
        default=10,
        ge=1,
        le=50,
        description="Most managers rung at the same time for one caller, where all of a group are.",
    )
    keypad_commands: bool = Field(
        default=True,
        description="Whether managers who talk hold (*1), transfer (*2), add (*3) and come back "
        "(*0) by keys.",
    )
    per_group_calls: int = Field(
        default=0,
        ge=0,
        description="Calls of a group, callers' too, from which on its managers dial nobody more. "
        "0: any number.",
    )
    max_talk_s: int = Field(default=14400, ge=1, description="Longest talk in seconds.")
    show_customer_to_manager: bool = Field(
        default=False, description="Whether a manager's telephone shows the customer's number."
    )

    @property
    def customer_rates(self) -> list[values.RateLimit]:
        """`per_customer`, parsed."""
        return [values.parse_rate(text) for text in self.per_customer]

    @property
    def quiet(self) -> QuietHours:
        """`quiet_hours` and `quiet_holidays`, parsed."""
        return QuietHours(
            parse_quiet_hours(self.quiet_hours), parse_quiet_holidays(self.quiet_holidays)
        )


#: Keys whose defaults hold `{data_dir}`, and the key it stands for.
_PLACED = tuple(
    (section, key, model.model_fields[key].default)
    for section, model, key in (
        ("node", NodeSettings, "data_dir"),
        ("store", StoreSettings, "url"),
        ("recording", RecordingSettings, "storage"),
        ("recording", RecordingSettings, "spool_dir"),
        ("transcription", TranscriptionSettings, "models_dir"),
        ("recording", RecordingSettings, "local_dir"),
    )
)


def _plain(section: object) -> object:
    if isinstance(section, Section):
        return section.model_dump(by_alias=True, exclude_unset=True)
    return dict(section) if isinstance(section, Mapping) else section


def _substitute(value: object, data_dir: str) -> object:
    if isinstance(value, str):
        return value.replace("{data_dir}", data_dir)
    if isinstance(value, Path):
        return Path(str(value).replace("{data_dir}", data_dir))
    if isinstance(value, list):
        return [_substitute(item, data_dir) for item in value]
    if isinstance(value, dict):
        return {key: _substitute(item, data_dir) for key, item in value.items()}
    return value


class Settings(Section):
    """The whole configuration."""

    node: NodeSettings = NodeSettings()
    logging: LoggingSettings = LoggingSettings()
    tracing: TracingSettings = TracingSettings()
    sip: SipSettings = SipSettings()
    trunk: list[TrunkSettings] = Field(default=[], description="Ways to the public network.")
    registrar: RegistrarSettings = RegistrarSettings()
    defence: DefenceSettings = DefenceSettings()
    media: MediaSettings = MediaSettings()
    store: StoreSettings = StoreSettings()
    recording: RecordingSettings = RecordingSettings()
    storage: StorageSettings = StorageSettings()
    transcription: TranscriptionSettings = TranscriptionSettings()
    network: NetworkSettings = NetworkSettings()
    quality: QualitySettings = QualitySettings()
    numbers: NumbersSettings = NumbersSettings()
    policy: PolicySettings = PolicySettings()
    dial_through: DialThroughSettings = DialThroughSettings()
    calendar: CalendarSettings = CalendarSettings()
    flows: FlowsSettings = FlowsSettings()
    api: ApiSettings = ApiSettings()
    oidc: OidcSettings = OidcSettings()
    events: EventsSettings = EventsSettings()
    webhooks: WebhooksSettings = WebhooksSettings()
    mqtt: MqttSettings = MqttSettings()
    sms: SmsSettings = SmsSettings()
    mail: MailSettings = MailSettings()
    reports: ReportsSettings = ReportsSettings()
    retention: RetentionSettings = RetentionSettings()
    speech: SpeechSettings = SpeechSettings()
    tasks: TasksSettings = TasksSettings()
    sms_http: SmsHttpSettings = SmsHttpSettings()
    sms_inbound: SmsInboundSettings = SmsInboundSettings()
    sms_smpp: SmsSmppSettings = SmsSmppSettings()

    @model_validator(mode="before")
    @classmethod
    def _place(cls, raw: object) -> object:
        """Make data_dir absolute and put it where `{data_dir}` stands, defaults included."""
        if not isinstance(raw, Mapping):
            return raw
        tree: dict[str, object] = {name: _plain(section) for name, section in raw.items()}
        for name, key, default in _PLACED:
            section = tree.setdefault(name, {})
            if isinstance(section, dict):
                section.setdefault(key, default)
        node = tree["node"]
        data_dir = node.get("data_dir") if isinstance(node, dict) else None
        if not isinstance(node, dict) or not isinstance(data_dir, str | Path):
            return tree
        absolute = str(Path(data_dir).expanduser().absolute())
        node["data_dir"] = absolute
        return {name: _substitute(section, absolute) for name, section in tree.items()}

    @property
    def storage_dir(self) -> Path:
        """The folder that recordings are made in: `recording.storage`, or `recording.local_dir`."""
        recording = self.recording
        if recording.is_remote:
            return recording.local_dir
        return Path(unquote(recording.storage.removeprefix("file://")))
