from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from config.checks import without_effect
from config.settings import Settings
from voicegw.setup.tracing import trace_terms

ENDPOINT = "http://127.0.0.1:4318/v1/traces"


def settings(**tracing: Any) -> Settings:
    return Settings.model_validate({"node": {"name": "n1"}, "tracing": tracing})


@pytest.mark.parametrize(
    "section",
    [
        {"endpoint": "127.0.0.1:4318"},
        {"endpoint": "grpc://127.0.0.1:4317"},
        {"endpoint": "http://"},
        {"endpoint": "http://user:secret@127.0.0.1:4318/v1/traces"},
        {"sample": 1.5},
        {"queue_spans": 1},
    ],
)
def test_what_can_be_no_collector_is_refused(section: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        settings(**section)


def test_nothing_is_traced_by_default() -> None:
    assert trace_terms(settings()) is None


def test_what_is_configured_is_what_is_traced() -> None:
    terms = trace_terms(settings(endpoint=ENDPOINT, sample=0.5, service="gw", queue_spans=100))
    assert terms is not None
    assert (terms.endpoint, terms.node, terms.service) == (ENDPOINT, "n1", "gw")
    assert (terms.sample, terms.queue_spans) == (0.5, 100)


def test_a_sample_of_nothing_is_told() -> None:
    [idle] = without_effect(settings(sample=0.5))
    assert (idle.key, idle.instead) == ("tracing.sample", "tracing.endpoint is empty")
