"""`/v1/prompts`: what callers hear, and own recordings in its place."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import soundfile

from api.schemas.base import ListView
from api.schemas.prompts import PromptView
from ivr.prompts import SHIPPED
from tests.unit.api.conftest import Directory, World
from voicegw.model.audit import AuditAction
from voicegw.model.directory import Role

PATH = "/v1/prompts/zh/goodbye"


def recording(seconds: float = 0.5, *, form: str = "FLAC", rate_hz: int = 44_100) -> bytes:
    times = np.arange(int(seconds * rate_hz)) / rate_hz
    file = io.BytesIO()
    soundfile.write(file, 0.01 * np.sin(2 * np.pi * 440 * times), rate_hz, format=form)
    return file.getvalue()


async def put(world: World, who: dict[str, str], expect: int, **more: Any) -> Any:
    headers = {**who, "Content-Type": "audio/flac", **more.pop("headers", {})}
    path = more.pop("path", PATH)
    answer = await world.client.put(path, headers=headers, **more)
    assert answer.status_code == expect, answer.text
    return answer


async def get(world: World, who: dict[str, str], path: str = PATH, **headers: str) -> Any:
    return await world.client.get(path, headers={**who, **headers})


async def test_a_recording_replaces_the_shipped_one_until_it_is_deleted(
    world: World, admin: dict[str, str]
) -> None:
    shipped = (await get(world, admin)).json()
    PromptView.model_validate(shipped)
    assert (shipped["source"], shipped["text"]) == ("shipped", "感谢您的来电，再见。")
    heard = await get(world, admin, f"{PATH}/audio")
    assert heard.content == (SHIPPED / "zh" / "goodbye.wav").read_bytes()
    made = await put(world, admin, 201, content=recording(), params={"text": "再见"})
    assert made.headers["Location"] == PATH
    own = made.json()
    PromptView.model_validate(own)
    assert (own["source"], own["text"], own["duration_ms"]) == ("store", "再见", 500)
    assert own["created_by"].startswith("key_")
    assert (await get(world, admin)).json() == own
    await put(world, admin, 200, content=recording(0.6))
    longer = (await get(world, admin)).json()
    assert longer["duration_ms"] == 600
    deleted = await world.client.delete(PATH, headers=admin)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert (await get(world, admin)).json() == shipped
    assert (await world.client.delete(PATH, headers=admin)).status_code == 404
    entries = (await world.services.repositories.audit.list()).items
    assert [one.action for one in entries] == [
        AuditAction.PROMPT_DELETED,
        AuditAction.PROMPT_PUT,
        AuditAction.PROMPT_PUT,
    ]
    assert {one.subject for one in entries} == {"zh/goodbye"}


async def test_a_form_brings_a_file_with_its_words(world: World, admin: dict[str, str]) -> None:
    form = {"files": {"file": ("任意.ogg", recording(form="OGG"))}, "data": {"text": "欢迎"}}
    answer = await world.client.put("/v1/prompts/zh/greeting", headers=admin, **form)  # type: ignore[arg-type]
    assert answer.status_code == 201, answer.text
    assert answer.json()["text"] == "欢迎"
    listed = (await get(world, admin, "/v1/prompts?source=store")).json()
    ListView[PromptView].model_validate(listed)
    assert [one["name"] for one in listed["items"]] == ["greeting"]
    first = (await get(world, admin, "/v1/prompts?limit=1&language=zh")).json()
    rest = (await get(world, admin, f"/v1/prompts?cursor={first['next_cursor']}")).json()
    assert [one["name"] for one in (*first["items"], *rest["items"])] == ["goodbye", "greeting"]
    without = await world.client.put(
        "/v1/prompts/zh/greeting", headers=admin, files={"other": b"x"}
    )
    assert without.status_code == 422


async def test_the_sound_is_served_in_ranges(world: World, admin: dict[str, str]) -> None:
    await put(world, admin, 201, content=recording())
    whole = await get(world, admin, f"{PATH}/audio")
    sound = soundfile.SoundFile(io.BytesIO(whole.content))
    assert (sound.samplerate, sound.channels, sound.frames) == (16_000, 1, 8000)
    part = await get(world, admin, f"{PATH}/audio", Range="bytes=4-9")
    assert (part.status_code, part.content) == (206, whole.content[4:10])
    beyond = await get(world, admin, f"{PATH}/audio", Range="bytes=99999999-")
    assert beyond.status_code == 416
    same = await get(world, admin, f"{PATH}/audio", **{"If-None-Match": whole.headers["ETag"]})
    assert same.status_code == 304


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"RIFF but no sound", "not readable as sound"),
        (b"#EXTM3U\n#EXTINF:5,\nfile:///etc/passwd\n", "not readable as sound"),
        (b"", "a sound file is needed"),
        (recording(0.0, form="WAV"), "holds no sound"),
    ],
)
async def test_what_is_no_sound_is_refused_with_the_reason(
    world: World, admin: dict[str, str], content: bytes, says: str
) -> None:
    problem = (await put(world, admin, 422, content=content)).json()
    assert problem["code"] == "invalid"
    assert problem["errors"][0]["field"] == "file"
    assert says in problem["errors"][0]["message"]
    assert (await world.services.repositories.audit.list()).items == []


@pytest.mark.parametrize("path", ["/v1/prompts/Zh/goodbye", "/v1/prompts/zh/opus.wav"])
async def test_names_are_plain(world: World, admin: dict[str, str], path: str) -> None:
    await put(world, admin, 422, content=recording(), path=path)


async def test_a_text_is_spoken_in_the_place_of_a_recording(
    world: World, admin: dict[str, str]
) -> None:
    json_type = {"headers": {"Content-Type": "application/json"}}
    made = await put(
        world, admin, 201, content=b'{"text": "\xe5\x86\x8d\xe8\xa7\x81"}', **json_type
    )
    told = PromptView.model_validate(made.json())
    assert (told.source, told.text) == ("store", "再见")
    assert told.duration_ms > 0
    for body, field in (
        (b"{}", "text"),
        (b'{"text": "  "}', "text"),
        (b'{"text": "a", "voice": "b"}', "voice"),
    ):
        wrong = await put(world, admin, 422, content=body, **json_type)
        assert [one["field"] for one in wrong.json()["errors"]] == [field]
    wrong = await put(
        world, admin, 422, content=b'{"text": "a"}', path="/v1/prompts/fr/goodbye", **json_type
    )
    assert [one["field"] for one in wrong.json()["errors"]] == ["language"]


async def test_more_than_may_be_uploaded_is_refused(world: World, admin: dict[str, str]) -> None:
    limit = world.services.options.max_prompt_bytes
    await put(world, admin, 413, content=b"x" * (limit + 1))


async def test_a_key_of_a_part_of_the_groups_changes_nothing(
    world: World, directory: Directory
) -> None:
    narrow = await world.key(Role.ADMIN, group_id=directory.city)
    await put(world, narrow, 403, content=recording())
    assert (await world.client.delete(PATH, headers=narrow)).status_code == 403
    assert (await get(world, narrow)).json()["source"] == "shipped"
