from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from config import Settings
from config.settings import NodeSettings, RecordingSettings, StoreSettings
from voicegw.model import hours


@pytest.mark.parametrize(
    ("section", "values"),
    [
        ("node", {"name": "no spaces please"}),
        ("node", {"timezone": "Mars/Olympus"}),
        ("node", {"timezone": "../etc/passwd"}),
        ("node", {"drain_s": -1}),
        ("sip", {"listen": []}),
        ("sip", {"listen": ["5060"]}),
        ("sip", {"t1_ms": 1}),
        ("sip", {"advertise": "no address"}),
        ("sip", {"advertise": "[2001:db8::1]"}),
        ("sip", {"user_agent": "a\r\nX: y"}),
        ("media", {"advertise": "192.0.2.5:20000"}),
        ("registrar", {"realm": "a\nb"}),
        ("registrar", {"user": [{"name": "a\x00", "password": "p"}]}),
        ("trunk", [{"name": "a\n", "uri": "sip:h"}]),
        ("trunk", [{"name": "a", "uri": "sip:h", "username": "u\r", "password": "p"}]),
        ("trunk", [{"name": "a", "uri": "sip:h", "sources": ["10.0.0.0/33"]}]),
        ("trunk", [{"name": "a", "uri": "sip:h", "codecs": []}]),
        ("trunk", [{"name": "", "uri": "sip:h"}]),
        ("registrar", {"user": [{"name": "x"}]}),
        ("media", {"workers": 1.5}),
        ("media", {"ports": "1-2"}),
        ("store", {"url": "mysql://h/d"}),
        ("recording", {"storage": "ftp://bucket"}),
        ("recording", {"storage": "file://relative"}),
        ("recording", {"min_free_bytes": -1}),
        ("recording", {"min_free_bytes": True}),
        ("numbers", {"region": "XX"}),
        ("policy", {"allowed_prefixes": ["86"]}),
        ("policy", {"emergency": ["one-one-oh"]}),
        ("policy", {"emergency": ["110\n"]}),
        ("policy", {"quiet_hours": "at night"}),
        ("policy", {"quiet_hours": "08:00-08:00"}),
        ("policy", {"quiet_holidays": "Mo 20:00-24:00"}),
        ("policy", {"quiet_holidays": "20:00-24:00; 9-10"}),
        ("calendar", {"holidays": ["new year"]}),
        ("calendar", {"holidays": ["2027-02-11..2027-02-05"]}),
        ("calendar", {"worked": ["2027-02-05.."]}),
        ("policy", {"per_customer": ["often"]}),
        ("api", {"listen": "8080"}),
        ("api", {"public_url": "ftp://h"}),
        ("mqtt", {"url": "http://h"}),
    ],
)
def test_what_no_node_could_use_is_refused(section: str, values: Any) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({section: values})


def test_parsed_forms_are_at_hand() -> None:
    settings = Settings.model_validate(
        {"policy": {"quiet_hours": "21:00-08:00"}, "recording": {"min_free_bytes": 5}}
    )
    assert settings.policy.quiet.usual == hours.parse("21:00-08:00")
    assert settings.policy.quiet.on_holidays is None
    assert [rate.count for rate in settings.policy.customer_rates] == [1, 5, 20]
    assert settings.recording.min_free_bytes == 5


def test_sections_may_be_given_as_models(tmp_path: Path) -> None:
    settings = Settings(
        node=NodeSettings(data_dir=tmp_path),
        store=StoreSettings(url="sqlite:///{data_dir}/x.db"),
        recording=RecordingSettings(spool_dir=tmp_path / "s"),
    )
    assert settings.store.url == f"sqlite:///{tmp_path}/x.db"
    assert settings.recording.spool_dir == tmp_path / "s"
    assert settings.storage_dir == tmp_path / "recordings"


def test_recordings_are_made_where_they_stay_or_in_a_folder_of_their_own(tmp_path: Path) -> None:
    data = {"data_dir": str(tmp_path)}
    folder = f"file://{tmp_path}/a%20b"
    stays = Settings.model_validate({"node": data, "recording": {"storage": folder}})
    assert not stays.recording.is_remote
    assert stays.recording.local_url == folder
    assert stays.storage_dir == tmp_path / "a b"
    leaves = Settings.model_validate(
        {"node": data, "recording": {"storage": "s3://bucket/x", "local_dir": "{data_dir}/c d"}}
    )
    assert leaves.recording.is_remote
    assert leaves.recording.local_url == f"file://{tmp_path}/c%20d"
    assert leaves.storage_dir == tmp_path / "c d"


@pytest.mark.parametrize("raw", [3, {"node": 3}, {"node": {"data_dir": 3}}])
def test_what_is_no_configuration_at_all_is_refused(raw: Any) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate(raw)


def test_settings_can_not_be_changed() -> None:
    with pytest.raises(ValidationError):
        Settings().node.drain_s = 1


@pytest.mark.parametrize(
    ("api", "address"),
    [
        ({}, None),
        ({"listen": "0.0.0.0:8080"}, None),
        ({"listen": "[::]:8080"}, None),
        ({"listen": "gateway.example:8080"}, None),
        ({"listen": "10.0.0.1:8080"}, "http://10.0.0.1:8080"),
        ({"listen": "[2001:db8::1]:8080"}, "http://[2001:db8::1]:8080"),
        ({"node_url": "https://10.0.0.1:8443"}, "https://10.0.0.1:8443"),
    ],
)
def test_where_other_nodes_reach_a_node(api: dict[str, str], address: str | None) -> None:
    assert Settings.model_validate({"api": api}).api.node_address == address


@pytest.mark.parametrize(
    "url", ["10.0.0.1", "ftp://h", "http://h/path", "http://u:p@h", "http://", "http://h?x"]
)
def test_an_address_of_a_node_has_no_more_than_a_host(url: str) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"api": {"node_url": url}})
