"""When a broker is tried again, and in which version."""

from __future__ import annotations

from voicegw.events.mqtt.attempts import (
    FIRST_WAIT_S,
    LONGEST_WAIT_S,
    Attempts,
    Failure,
    MqttVersion,
)


def version(attempts: Attempts) -> MqttVersion:
    return attempts.version


def test_waits_grow_to_a_bound_and_start_anew_after_a_connection() -> None:
    attempts = Attempts(lambda: 1.0)
    waits = [attempts.failed(Failure.UNREACHABLE) for _ in range(12)]
    assert waits[:3] == [FIRST_WAIT_S, 2 * FIRST_WAIT_S, 4 * FIRST_WAIT_S]
    assert waits[-1] == LONGEST_WAIT_S
    attempts.connected()
    assert attempts.failed(Failure.UNREACHABLE) == FIRST_WAIT_S


def test_half_of_a_wait_is_chance() -> None:
    assert Attempts(lambda: 0.0).failed(Failure.UNREACHABLE) == FIRST_WAIT_S / 2


def test_a_broker_that_names_its_version_is_asked_at_once_and_remembered() -> None:
    attempts = Attempts(lambda: 1.0)
    assert version(attempts) is MqttVersion.V5
    assert attempts.failed(Failure.VERSION) == 0
    assert version(attempts) is MqttVersion.V311
    attempts.connected()
    attempts.failed(Failure.SILENT)
    attempts.failed(Failure.UNREACHABLE)
    assert version(attempts) is MqttVersion.V311, "what worked is kept"
    assert attempts.failed(Failure.VERSION) > 0
    assert version(attempts) is MqttVersion.V5, "the broker was replaced by one of MQTT 5"


def test_a_broker_that_speaks_neither_is_not_asked_without_pause() -> None:
    attempts = Attempts(lambda: 1.0)
    assert attempts.failed(Failure.VERSION) == 0
    assert attempts.failed(Failure.VERSION) > 0


def test_a_broker_that_hangs_up_without_a_word_is_tried_in_the_other_version() -> None:
    attempts = Attempts(lambda: 1.0)
    assert attempts.failed(Failure.SILENT) > 0
    assert version(attempts) is MqttVersion.V311
    attempts.failed(Failure.SILENT)
    assert version(attempts) is MqttVersion.V5


def test_whoever_is_thrown_out_by_its_own_name_comes_back_late() -> None:
    attempts = Attempts(lambda: 1.0)
    attempts.connected()
    assert attempts.failed(Failure.TAKEN_OVER) == LONGEST_WAIT_S
    assert version(attempts) is MqttVersion.V5
