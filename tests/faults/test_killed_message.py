"""The node is killed while a message is left: what was said is kept, and somebody is to hear it."""

from __future__ import annotations

import time
from pathlib import Path

import soundfile

from tests.parts.messages import MESSAGE_HZ, begin_message, take_messages
from tests.parts.node import wait_for
from tests.parts.raw_lab import make_raw_lab
from voicegw.demo.sound import tone_seconds

#: A kill may cost the last second, and nothing else.
AT_MOST_LOST_S = 1.0


def test_what_was_said_is_kept_and_is_one_task(tmp_path: Path) -> None:
    raw = make_raw_lab(tmp_path, recording='\n[transcription]\nengine = "none"')
    try:
        take_messages(raw)
        message = begin_message(raw)
        node = raw.lab.node
        time.sleep(3.0)
        node.kill()
        spoken_s = time.time() - message.began
        node.start()
        message.caller.answer(message.caller.expect("BYE", timeout_s=10), 200)
        node.wait_for_event(message.call_id, "call.settled", 20)
        call = node.get(f"/v1/calls/{message.call_id}")
        assert (call["outcome"], call["status"]) == ("interrupted", "failed")
        (reference,) = call["recordings"]
        assert (reference["kind"], reference["status"]) == ("voicemail", "completed")
        told = node.event_types(message.call_id)
        kinds = ("call.ended", "recording.completed", "task.created", "call.settled")
        assert [told.count(kind) for kind in kinds] == [1, 1, 1, 1]
        assert told[-1] == "call.settled", "all was known before the recording was made"
        (task,) = node.get("/v1/tasks")["items"]
        assert (task["type"], task["recording_id"]) == ("voicemail", reference["id"])
        assert task["manager_id"] == node.get("/v1/managers/by-external-id/m1")["id"]
        (master,) = wait_for(
            "the file", lambda: list(raw.lab.folder.glob("data/recordings/**/*.flac"))
        )
        samples, _ = soundfile.read(master, dtype="int16", always_2d=True)
        assert tone_seconds(samples[:, 0], MESSAGE_HZ) > spoken_s - AT_MOST_LOST_S
        # A message is nobody's talk: it is held to no script, and nothing can be missing of it.
        assert node.get(f"/v1/recordings/{reference['id']}/findings")["items"] == []
    finally:
        for peer in raw.peers:
            peer.close()
        raw.close()
