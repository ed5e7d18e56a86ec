"""What routing must look like, field by field."""

from __future__ import annotations

import pytest

from voicegw.directory import routing_rules
from voicegw.errors import InvalidError
from voicegw.model.routing import (
    AfterCall,
    GroupRouting,
    QueueRouting,
    Routing,
    VoicemailRouting,
)


def test_what_nobody_set_is_fine_as_it_is() -> None:
    whole = Routing(group=GroupRouting(), queue=QueueRouting(), voicemail=VoicemailRouting())
    for routing in (Routing(), whole):
        assert routing_rules.checked_routing(routing) == routing
    assert routing_rules.checked_after_call(AfterCall()) == AfterCall()


def test_names_and_skills_are_stripped() -> None:
    routing = Routing(
        group=GroupRouting(skills=(" a ", "a", "", "b")),
        queue=QueueRouting(music=" waltz ", announce_every_s=0),
    )
    ready = routing_rules.checked_routing(routing)
    assert ready.group == GroupRouting(skills=("a", "b"))
    assert ready.queue == QueueRouting(music="waltz", announce_every_s=0)
    assert routing_rules.checked_after_call(AfterCall(survey=" ")).survey is None
    assert (
        routing_rules.checked_after_call(AfterCall(survey=" satisfaction ")).survey
        == "satisfaction"
    )


@pytest.mark.parametrize(
    ("routing", "field"),
    [
        (Routing(recent_days=-1), "routing.recent_days"),
        (Routing(recent_days=91), "routing.recent_days"),
        (Routing(group=GroupRouting(ring_s=4)), "routing.group.ring_s"),
        (Routing(group=GroupRouting(skills=("x" * 51,))), "routing.group.skills"),
        (Routing(queue=QueueRouting(size=0)), "routing.queue.size"),
        (Routing(queue=QueueRouting(max_wait_s=9)), "routing.queue.max_wait_s"),
        (Routing(queue=QueueRouting(announce_every_s=9)), "routing.queue.announce_every_s"),
        (Routing(queue=QueueRouting(music="")), "routing.queue.music"),
        (Routing(queue=QueueRouting(music="../moh")), "routing.queue.music"),
        (Routing(voicemail=VoicemailRouting(max_s=4)), "routing.voicemail.max_s"),
        (Routing(voicemail=VoicemailRouting(min_s=-1)), "routing.voicemail.min_s"),
        (Routing(voicemail=VoicemailRouting(max_s=5, min_s=5)), "routing.voicemail.min_s"),
        (Routing(voicemail=VoicemailRouting(min_s=float("nan"))), "routing.voicemail.min_s"),
        (Routing(voicemail=VoicemailRouting(greeting="a b")), "routing.voicemail.greeting"),
    ],
)
def test_what_is_refused(routing: Routing, field: str) -> None:
    with pytest.raises(InvalidError) as caught:
        routing_rules.checked_routing(routing)
    assert caught.value.field == field


def test_a_survey_is_named() -> None:
    with pytest.raises(InvalidError):
        routing_rules.checked_after_call(AfterCall(survey="how was it?"))
