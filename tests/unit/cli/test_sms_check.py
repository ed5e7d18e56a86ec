"""What `voicegw check` tells of short messages and mail."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from config.settings import Settings
from voicegw.cli.sms_check import mail_problems, sms_problems


def settings_of(folder: Path, **sms: Any) -> Settings:
    """Settings with a provider."""
    return Settings.model_validate({"node": {"data_dir": str(folder)}, "sms": sms})


async def test_a_provider_that_answers_is_well_and_one_that_is_away_is_told(
    tmp_path: Path,
) -> None:
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    url = f"http://127.0.0.1:{port}/send"
    assert await sms_problems(settings_of(tmp_path, provider="http", url=url)) == []
    server.close()
    await server.wait_closed()
    (problem,) = await sms_problems(settings_of(tmp_path, provider="http", url=url))
    assert "can't be reached" in problem.what
    wrong = settings_of(tmp_path, provider="http", url="http://a:99999/")
    assert len(await sms_problems(wrong)) == 1


async def test_a_folder_and_no_provider_are_well(tmp_path: Path) -> None:
    assert await sms_problems(settings_of(tmp_path, provider="file")) == []
    assert await sms_problems(settings_of(tmp_path)) == []
    (tmp_path / "data").write_text("a file")
    (problem,) = await sms_problems(settings_of(tmp_path / "data", provider="file"))
    assert "can't be written" in problem.what


async def test_a_mail_server_that_is_away_is_told() -> None:
    assert await mail_problems(Settings()) == []
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    mail = {"server": "127.0.0.1", "port": server.sockets[0].getsockname()[1], "sender": "a@b.cn"}
    settings = Settings.model_validate({"mail": mail})
    assert await mail_problems(settings) == []
    server.close()
    await server.wait_closed()
    (problem,) = await mail_problems(settings)
    assert "can't be reached" in problem.what
