"""All verbs, by the word a file uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ivr.verbs.condition import ConditionVerb
from ivr.verbs.gather import GatherVerb
from ivr.verbs.hang_up import HangUpVerb
from ivr.verbs.http import HttpVerb
from ivr.verbs.menu import MenuVerb
from ivr.verbs.play import PlayVerb
from ivr.verbs.queue import QueueVerb
from ivr.verbs.route import RouteVerb
from ivr.verbs.say import SayVerb
from ivr.verbs.set import SetVerb
from ivr.verbs.survey import SurveyVerb
from ivr.verbs.transfer import TransferVerb
from ivr.verbs.verb import Verb
from ivr.verbs.voicemail import VoicemailVerb

Step = (
    SayVerb
    | PlayVerb
    | MenuVerb
    | GatherVerb
    | ConditionVerb
    | SetVerb
    | RouteVerb
    | QueueVerb
    | VoicemailVerb
    | SurveyVerb
    | TransferVerb
    | HttpVerb
    | HangUpVerb
)
"""One step of a flow."""

VERBS: Final[Mapping[str, type[Verb]]] = {
    verb.word(): verb
    for verb in (
        SayVerb,
        PlayVerb,
        MenuVerb,
        GatherVerb,
        ConditionVerb,
        SetVerb,
        RouteVerb,
        QueueVerb,
        VoicemailVerb,
        SurveyVerb,
        TransferVerb,
        HttpVerb,
        HangUpVerb,
    )
}
"""Each verb by its word."""
