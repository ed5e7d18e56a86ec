"""A call's messages as the one who asks may see them."""

from __future__ import annotations

from api.views import View
from voicegw.identity import sees_signalling_whole
from voicegw.model.call import PHONE, Call
from voicegw.model.directory import Role
from voicegw.model.trace import CallTrace, TracedMessage
from voicegw.sip.ladder import summary
from voicegw.sip.redaction import without_identities


def trace_view(trace: CallTrace, call: Call, role: Role) -> View:
    """Return the messages of `call`; secrets are gone already, numbers and names go by `role`."""
    shown = visible_messages(trace, call, role)
    return {
        "call_id": call.id,
        "messages": [
            {
                "at": message.at,
                "leg": message.leg,
                "role": message.role,
                "direction": message.direction,
                "peer": message.peer,
                "transport": message.transport,
                "summary": summary(message.text),
                "text": message.text,
            }
            for message in shown
        ],
        "dropped": trace.dropped,
    }


def visible_messages(trace: CallTrace, call: Call, role: Role) -> list[TracedMessage]:
    """Return the messages with their texts as `role` may see them."""
    if sees_signalling_whole(role):
        return list(trace.messages)
    numbers = {call.customer_number, call.display_number, *(leg.number for leg in call.legs)}
    known = [number for number in numbers if number]
    return [
        TracedMessage(
            at=message.at,
            leg=message.leg,
            role=message.role,
            direction=message.direction,
            peer=message.peer,
            transport=message.transport,
            text=without_identities(message.text, known, hide_hosts=message.peer == PHONE),
        )
        for message in trace.messages
    ]
