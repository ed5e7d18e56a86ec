from __future__ import annotations

from typing import Any

import pytest

from config import Settings
from config.checks import contradictions, without_effect

TRUNK = {"name": "a", "uri": "sip:h"}
PHONE = {"name": "alice", "password": "p"}


def faults(**sections: Any) -> dict[tuple[str | int, ...], str]:
    found = contradictions(Settings.model_validate(sections))
    assert all(fault.mend for fault in found)
    return {fault.key: fault.what for fault in found}


def test_the_defaults_contradict_nothing() -> None:
    assert faults() == {}


@pytest.mark.parametrize(
    ("sections", "key", "what"),
    [
        (
            {"sip": {"listen": ["udp://h:5060", "udp://h:5060"]}},
            ("sip", "listen", 1),
            "listed twice",
        ),
        (
            {"sip": {"listen": ["tcp://0.0.0.0:8080"]}},
            ("sip", "listen", 0),
            "api.listen",
        ),
        ({"sip": {"listen": ["udp://h:20000"]}}, ("sip", "listen", 0), "media.ports"),
        ({"sip": {"listen": ["tls://h:5061"]}}, ("sip", "listen", 0), "no certificate"),
        ({"sip": {"tls_key": "k.pem"}}, ("sip", "tls_key"), "no certificate"),
        ({"sip": {"tls_verify_peers": True}}, ("sip", "tls_verify_peers"), "no authority"),
        ({"trunk": [TRUNK, TRUNK]}, ("trunk", 1, "name"), "another trunk"),
        ({"trunk": [TRUNK | {"name": "phone"}]}, ("trunk", 0, "name"), "registered telephones"),
        (
            {"trunk": [TRUNK | {"uri": "sip:192.0.2.1"}], "sip": {"listen": ["tcp://h:5060"]}},
            ("trunk", 0, "uri"),
            "goes by UDP",
        ),
        (
            {"trunk": [TRUNK | {"uri": "sip:h.example:5060"}], "sip": {"listen": ["tcp://h:1"]}},
            ("trunk", 0, "uri"),
            "goes by UDP",
        ),
        ({"trunk": [TRUNK | {"uri": "sip:[2001:db8::1]"}]}, ("trunk", 0, "uri"), "IPv6"),
        (
            {"trunk": [TRUNK | {"uri": "sip:192.0.2.1"}], "sip": {"listen": ["udp://[::]:5060"]}},
            ("trunk", 0, "uri"),
            "IPv4",
        ),
        (
            {"trunk": [TRUNK | {"sources": ["10.0.0.0/8", "2001:db8::/32", "0.0.0.0/0"]}]},
            ("trunk", 0, "sources", 2),
            "everybody",
        ),
        ({"trunk": [TRUNK | {"sources": ["::/1"]}]}, ("trunk", 0, "sources", 0), "everybody"),
        ({"media": {"bind": "::"}}, ("media", "bind"), "IPv6"),
        ({"trunk": [TRUNK | {"password": "p"}]}, ("trunk", 0, "password"), "no user name"),
        ({"trunk": [TRUNK | {"username": "u"}]}, ("trunk", 0, "username"), "no password"),
        ({"trunk": [TRUNK | {"numbers": ["x"]}]}, ("trunk", 0, "numbers", 0), "no telephone"),
        ({"trunk": [TRUNK | {"register": True}]}, ("trunk", 0, "register"), "no user name"),
        (
            {"registrar": {"user": [{"name": "x", "password": "p"}] * 2}},
            ("registrar", "user", 1, "name"),
            "another telephone",
        ),
        (
            {"registrar": {"min_expires_s": 700, "max_expires_s": 600}},
            ("registrar", "min_expires_s"),
            "more than max_expires_s",
        ),
        (
            {"registrar": {"algorithms": ["MD5", "SHA-256", "MD5"]}},
            ("registrar", "algorithms", 2),
            "listed twice",
        ),
        (
            {"policy": {"allowed_short_codes": ["10086", "110"]}},
            ("policy", "allowed_short_codes", 1),
            "emergency",
        ),
        (
            {"trunk": [TRUNK | {"codecs": ["G722"]}], "media": {"codecs": ["PCMA"]}},
            ("trunk", 0, "codecs"),
            "none of media.codecs",
        ),
        (
            {"calendar": {"holidays": ["2027-02-05..2027-02-11"], "worked": ["2027-02-07"]}},
            ("calendar", "worked"),
            "2027-02-07",
        ),
        ({"mqtt": {"commands": True}}, ("mqtt", "commands"), "no broker"),
        ({"sms": {"provider": "http"}}, ("sms", "provider"), "has no address"),
        ({"sms": {"provider": "smpp"}}, ("sms", "provider"), "has no address"),
        ({"sms_http": {"sign": "sha256"}}, ("sms_http", "sign"), "has no secret"),
        ({"sms_http": {"body": "{number}"}}, ("sms_http", "body"), "placeholder {number}"),
        ({"sms_http": {"headers": ["X-Key: {key}"]}}, ("sms_http", "headers", 0), "{key}"),
        ({"speech": {"command": ["say", "{voice}"]}}, ("speech", "command"), "where to write"),
        ({"speech": {"command": ["say", "{file}"]}}, ("speech", "command"), "one voice"),
        ({"media": {"engine": "rtpengine"}}, ("media", "engine"), "can't record"),
        (
            {
                "media": {"engine": "rtpengine", "srtp": "required"},
                "recording": {"enabled": False},
            },
            ("media", "engine"),
            "encrypts nothing",
        ),
        ({"media": {"srtp": "required"}}, ("media", "srtp"), "needs TLS"),
        ({"media": {"srtp": "optional"}}, ("media", "srtp"), "needs TLS"),
        (
            {"media": {"srtp": "required"}, "trunk": [TRUNK]},
            ("trunk", 0, "uri"),
            "media.srtp is required",
        ),
        ({"media": {"advertise": "2001:db8::5"}}, ("media", "advertise"), "IPv6"),
        ({"media": {"advertise6": "2001:db8::5"}}, ("media", "advertise6"), "no sockets"),
        ({"mqtt": {"url": "mqtts://h", "tls_key": "k"}}, ("mqtt", "tls_key"), "no certificate"),
        ({"mqtt": {"url": "mqtt://h", "tls_ca": "c"}}, ("mqtt", "tls_ca"), "not encrypted"),
        ({"mqtt": {"url": "mqtt://h", "tls_cert": "c"}}, ("mqtt", "tls_cert"), "not encrypted"),
        ({"storage": {"access_key": "a"}}, ("storage", "access_key"), "no secret"),
        ({"storage": {"secret_key": "s"}}, ("storage", "secret_key"), "no key"),
        (
            {"recording": {"storage": "s3://b", "local_dir": "{data_dir}/spool"}},
            ("recording", "local_dir"),
            "another thing's",
        ),
        (
            {"transcription": {"engine": "whisper", "vocabulary": ["好"]}},
            ("transcription", "vocabulary"),
            "for vosk",
        ),
        ({"transcription": {"prompt": "保险"}}, ("transcription", "prompt"), "for whisper"),
    ],
)
def test_each_contradiction_is_told_at_its_key(
    sections: dict[str, Any], key: tuple[str | int, ...], what: str
) -> None:
    assert what in faults(**sections)[key]


def test_what_only_looks_alike_is_allowed() -> None:
    assert faults(sip={"listen": ["udp://h:0", "udp://h:0", "udp://0.0.0.0:8080"]}) == {}
    assert faults(sip={"listen": ["tcp://10.0.0.1:8080"]}) == {}
    assert faults(sip={"listen": ["tls://h:5061"], "tls_cert": "both.pem"}) == {}
    assert faults(trunk=[TRUNK | {"uri": "sip:h;transport=tls"}]) == {}
    assert faults(trunk=[TRUNK], sip={"listen": ["tcp://h:5060"]}) == {}
    both = {"listen": ["udp://0.0.0.0:5060", "udp://[::]:5060"]}
    assert faults(trunk=[TRUNK | {"uri": "sip:[2001:db8::1]"}], sip=both) == {}
    assert faults(trunk=[TRUNK | {"username": "u", "password": "p", "numbers": ["10086"]}]) == {}


@pytest.mark.parametrize(
    ("sections", "key", "instead"),
    [
        ({"sms": {"token": "t"}}, "sms.token", "sms.provider is none"),
        ({"sms": {"provider": "file", "url": "http://a"}}, "sms.url", "sms.provider is file"),
        ({"sms_http": {"method": "GET"}}, "sms_http.method", "sms.provider is none"),
        ({"sms_smpp": {"host": "smsc"}}, "sms_smpp.host", "sms.provider is none"),
        ({"registrar": {"user": [PHONE]}}, "registrar.user", "enabled is false"),
        ({"recording": {"local_days": 3}}, "recording.local_days", "stay on the node"),
        (
            {"transcription": {"engine": "none", "workers": 4}},
            "transcription.workers",
            "engine is none",
        ),
        (
            {"network": {"enabled": False, "announcements": "/etc/voicegw/own.toml"}},
            "network.announcements",
            "enabled is false",
        ),
    ],
)
def test_what_has_no_effect_is_told(sections: dict[str, Any], key: str, instead: str) -> None:
    [idle] = without_effect(Settings.model_validate(sections))
    assert idle.key == key
    assert instead in idle.instead


def test_an_address_of_a_storage_that_is_not_used_is_told() -> None:
    section = {"endpoint": "https://s3.example.net", "path_style": True}
    [idle] = without_effect(Settings.model_validate({"storage": section}))
    assert (idle.key, "no s3" in idle.instead) == ("storage.endpoint", True)
    used = {"storage": section, "recording": {"storage": "s3://bucket/prefix"}}
    assert without_effect(Settings.model_validate(used)) == []


def test_defaults_are_not_told_of() -> None:
    settings = Settings.model_validate({"recording": {"retention_days": 30}, "trunk": [TRUNK]})
    assert without_effect(settings) == []
    registrar = {"enabled": True, "user": [PHONE]}
    assert without_effect(Settings.model_validate({"registrar": registrar})) == []


def test_options_are_none_or_no_more_often_than_they_can_be_answered() -> None:
    key = ("trunk", 0, "options_s")
    assert "all the time" in faults(trunk=[TRUNK | {"options_s": 0.01}])[key]
    assert "all the time" in faults(trunk=[TRUNK | {"options_s": 4.9}])[key]
    for seconds in (0, 5, 30):
        assert faults(trunk=[TRUNK | {"options_s": seconds}]) == {}


def test_a_session_timer_is_none_or_no_shorter_than_the_least() -> None:
    key = ("sip", "session_expires_s")
    assert "min_se_s" in faults(sip={"session_expires_s": 89})[key]
    assert "min_se_s" in faults(sip={"session_expires_s": 100, "min_se_s": 120})[key]
    for seconds in (0, 90, 1800):
        assert faults(sip={"session_expires_s": seconds}) == {}


ISSUER = {"issuer": "https://id.example.net", "client_id": "voicegw"}


@pytest.mark.parametrize(
    ("oidc", "public_url", "key"),
    [
        ({"issuer": "https://id.example.net"}, "https://gw", ("oidc", "issuer")),
        (ISSUER, "", ("oidc", "issuer")),
        ({**ISSUER, "create_users": True}, "https://gw", ("oidc", "create_users")),
        (
            {**ISSUER, "create_users": True, "role_claim": "groups"},
            "https://gw",
            ("oidc", "create_users"),
        ),
    ],
)
def test_a_provider_that_could_let_nobody_in_is_refused(
    oidc: dict[str, Any], public_url: str, key: tuple[str, str]
) -> None:
    assert list(faults(oidc=oidc, api={"public_url": public_url})) == [key]


def test_a_provider_that_lets_people_in_is_taken() -> None:
    roles = {"create_users": True, "role_claim": "groups", "roles": ["admins=admin", "a=b=manager"]}
    assert faults(oidc={**ISSUER, **roles}, api={"public_url": "https://gw"}) == {}
    settings = Settings.model_validate({"oidc": {**ISSUER, **roles}})
    assert settings.oidc.role_names == [("admins", "admin"), ("a=b", "manager")]
    [idle] = without_effect(Settings.model_validate({"oidc": {"client_id": "voicegw"}}))
    assert (idle.key, idle.instead) == ("oidc.client_id", "oidc.issuer is empty")


@pytest.mark.parametrize(
    "oidc",
    [
        {"issuer": "http://id.example.net"},
        {"issuer": "https://id.example.net?x=y"},
        {"roles": ["admins"]},
        {"roles": ["=admin"]},
        {"roles": ["admins=king"]},
        {"after_login": "https://evil.example"},
        {"after_login": "//evil.example"},
        {"after_login": "/\\evil.example"},
    ],
)
def test_what_no_provider_can_be_is_refused(oidc: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Settings.model_validate({"oidc": oidc})
