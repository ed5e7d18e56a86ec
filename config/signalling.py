"""The sections of the SIP side: sockets, trunks, telephones that register, defence."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from config import values
from config.sections import (
    Codec,
    Host,
    Line,
    Listen,
    Nameserver,
    Network,
    Secret,
    Section,
    SizeBytes,
    checked,
)


class SipSettings(Section):
    """Signalling."""

    listen: list[Listen] = Field(
        default=["udp://0.0.0.0:5060", "tcp://0.0.0.0:5060"],
        min_length=1,
        description="Addresses to listen on; port 0 takes any free one.",
    )
    advertise: Host = Field(
        default="",
        description="Host or address that Via and Contact show. Empty: the one listened on, or "
        "the route's own where that is 0.0.0.0.",
    )
    user_agent: Line = Field(default="voicegw", description="User-Agent and Server header.")
    t1_ms: int = Field(
        default=500,
        ge=50,
        le=5000,
        description="RFC 3261 timer T1 in milliseconds (round-trip estimate).",
    )
    session_expires_s: int = Field(
        default=1800,
        ge=0,
        le=86400,
        description="Interval of session timers (RFC 4028) that this node asks for, in seconds, at "
        "least 90; 0: it asks for none and keeps those that others ask for.",
    )
    min_se_s: int = Field(
        default=90,
        ge=90,
        le=7200,
        description="Shortest interval of a session timer that this node takes, in seconds.",
    )
    nameservers: list[Nameserver] = Field(
        default=[],
        description="Name servers asked for trunks' names, such as 192.0.2.1:53. Empty: the "
        "system's, and its hosts file.",
    )
    local_networks: list[Network] = Field(
        default=[],
        description="Networks on this side of the address translation: to peers in these the "
        "address listened on is shown, to all others the advertised one.",
    )
    large_requests_by_tcp: bool = Field(
        default=True,
        description="Whether an INVITE over 1300 bytes for a trunk of UDP goes by TCP, once the "
        "trunk has answered an OPTIONS by TCP. It needs a tcp:// address to listen on.",
    )
    tls_cert: str = Field(
        default="",
        description="PEM file with the certificate for tls:// addresses, its chain after it.",
    )
    tls_key: str = Field(
        default="",
        description="PEM file with the certificate's key, without a pass phrase. Empty: in "
        "tls_cert.",
    )
    tls_ca: str = Field(
        default="",
        description="PEM file with the authorities that sign peers' certificates. Empty: the "
        "system's.",
    )
    tls_verify_peers: bool = Field(
        default=False,
        description="Whether those who connect must show a certificate signed by tls_ca. The "
        "certificate of a peer that is connected to is always checked.",
    )
    trace_messages: int = Field(
        default=200,
        ge=0,
        le=2000,
        description="Messages kept of each call, to be looked at later; the middle is given up "
        "first. 0: none.",
    )
    trace_memory: SizeBytes = Field(
        default=64_000_000,
        description="What the messages of calls may take in memory, until a minute after they are "
        "stored; stored ones and the oldest calls' are given up first.",
    )


class TrunkSettings(Section):
    """One way to the public network."""

    name: Line = Field(min_length=1, description="Name of the trunk in calls, logs and metrics.")
    uri: Annotated[str, checked(values.parse_trunk_uri)] = Field(
        description="Where INVITEs go: sip:host:port;transport=udp, tcp or tls."
    )
    username: Line = Field(
        default="", description="User name when the carrier challenges (401 or 407)."
    )
    password: Secret = Field(
        default=SecretStr(""),
        description="Password for it; better password_file, a file that holds it.",
    )
    register_: bool = Field(
        default=False,
        alias="register",
        description="Register with the carrier (RFC 3261 section 10) as username.",
    )
    expires_s: int = Field(
        default=300, ge=60, description="Lifetime asked for such a registration, in seconds."
    )
    options_s: float = Field(
        default=30,
        ge=0,
        le=3600,
        description="Seconds between two OPTIONS that ask whether it is alive, at least 5; "
        "0: none.",
    )
    sources: list[Network] = Field(
        default=[],
        description="Networks the carrier's calls come from. Empty: the addresses of uri only.",
    )
    max_calls: int = Field(
        default=0, ge=0, description="Most calls at a time, both directions. 0: no limit."
    )
    calls_per_s: float = Field(
        default=0, ge=0, description="Most calls begun here a second, evenly spaced. 0: no limit."
    )
    priority: int = Field(default=0, description="Lower ones are tried first.")
    weight: int = Field(
        default=1, ge=1, le=65535, description="Share of the calls among trunks of one priority."
    )
    codecs: list[Codec] = Field(
        default=["PCMA", "PCMU"],
        min_length=1,
        description="Codecs this carrier takes, best first; of those that media.codecs has.",
    )
    number_format: Literal["e164", "national", "00"] = Field(
        default="e164", description="How numbers are written: +86138…, 138… or 0086138…"
    )
    identity: Literal["pai", "rpid", "from"] = Field(
        default="pai",
        description="How the hotline is asserted: P-Asserted-Identity, Remote-Party-ID or From.",
    )
    numbers: list[str] = Field(
        default=[], description="Hotlines this trunk may present. Empty: all of them."
    )

    @property
    def address(self) -> values.TrunkAddress:
        """The host, port and transport of `uri`."""
        return values.parse_trunk_uri(self.uri)


class RegistrarUser(Section):
    """A telephone that may register here."""

    name: Line = Field(min_length=1, description="User part of the phone's address of record.")
    password: Secret = Field(
        description="Its password; better password_file, a file that holds it."
    )


class RegistrarSettings(Section):
    """Telephones of managers, and test telephones, that register with the gateway itself."""

    enabled: bool = Field(default=False, description="Whether telephones may register here.")
    realm: Line = Field(
        default="voicegw", min_length=1, description="Realm of the digest challenge."
    )
    algorithms: list[Literal["MD5", "SHA-256"]] = Field(
        default=["MD5"],
        min_length=1,
        description="Hashes asked for, in this order; not all telephones know SHA-256.",
    )
    trust_bound_peer: bool = Field(
        default=False,
        description="Believe an INVITE from where its user registered, without a digest.",
    )
    min_expires_s: int = Field(
        default=60, ge=1, description="Shortest lifetime of a registration in seconds."
    )
    max_expires_s: int = Field(
        default=3600, ge=60, description="Longest lifetime of a registration in seconds."
    )
    user: list[RegistrarUser] = Field(default=[], description="The telephones.")


class DefenceSettings(Section):
    """What guards the node's SIP side on a public address. Bans are kept in memory only."""

    enabled: bool = Field(
        default=True, description="Whether sources that guess passwords or scan are banned."
    )
    allow: list[Network] = Field(
        default=[], description="Networks that are never banned. Trunks' own never are anyway."
    )
    failures: int = Field(
        default=5,
        ge=1,
        description="Wrong passwords for one user within window_s that ban this user's name from "
        "a source. Wrong ones for so many users ban the source.",
    )
    scans: int = Field(
        default=500,
        ge=5,
        description="Other unwelcome messages within window_s that lead to one; a restart makes "
        "all telephones behind one address come at once, each of which is asked for its password.",
    )
    window_s: int = Field(default=60, ge=1, description="Span in seconds for both.")
    ban_s: int = Field(
        default=60,
        ge=1,
        description="The first ban in seconds; each further one is twice as long.",
    )
    ban_max_s: int = Field(
        default=86400,
        ge=1,
        description="The longest ban in seconds, and how long an earlier one is held against "
        "a source.",
    )
    max_sessions_per_source: int = Field(
        default=10, ge=1, description="Calls that one telephone may have begun at a time."
    )
    max_transactions_per_source: int = Field(
        default=50,
        ge=5,
        description="Requests of one telephone that may be under way; more are dropped.",
    )
    overload_ms: int = Field(
        default=200,
        ge=0,
        description="Queue delay in milliseconds above which new calls get 503. 0: never.",
    )
