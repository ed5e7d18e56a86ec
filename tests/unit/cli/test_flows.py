"""`voicegw flows` and `voicegw import flows`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from voicegw.cli import commands as cli

RIGHT = """flow: bye
languages: [zh]
start: bye
steps:
  bye: {do: hang_up, prompts: [goodbye]}
"""
WRONG = RIGHT.replace("[goodbye]", "[nothing]").replace("start: bye", "start: by")


@pytest.fixture
def flow(tmp_path: Path) -> Path:
    path = tmp_path / "bye.yaml"
    path.write_text(RIGHT)
    return path


def run(config: Path, *arguments: str) -> int:
    return cli.run([*arguments, "--config", str(config)])


def test_a_right_flow_is_checked(
    config: Path, flow: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(config, "flows", "check", str(flow)) == 0
    assert capsys.readouterr().out == "1 flow(s), all is well\n"


def test_everything_wrong_has_file_line_and_mend(
    config: Path, flow: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flow.write_text(WRONG)
    assert run(config, "flows", "check", str(flow)) == 1
    told = capsys.readouterr().out.splitlines()
    assert told == [
        f"{flow}:3: start: there is no step by; did you mean bye?",
        f"{flow}:5: bye: there is no prompt nothing in zh; record it, or name another",
        "2 problem(s)",
    ]
    assert run(config, "flows", "check", str(flow), "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert [one["where"] for one in found["problems"]] == [f"{flow}:3", f"{flow}:5"]


def test_an_own_prompt_is_known(
    config: Path, flow: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow.write_text(RIGHT.replace("[goodbye]", "[nothing]"))
    (tmp_path / "own" / "zh").mkdir(parents=True)
    (tmp_path / "own" / "zh" / "nothing.wav").touch()
    monkeypatch.setenv("VOICEGW__MEDIA__PROMPTS_DIR", str(tmp_path / "own"))
    assert run(config, "flows", "check", str(flow)) == 0


def test_it_is_drawn(config: Path, flow: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(config, "flows", "draw", str(flow), "--mermaid") == 0
    assert capsys.readouterr().out.startswith("flowchart TD\n")
    assert run(config, "flows", "draw", str(flow)) == 0
    assert capsys.readouterr().out.startswith("<svg ")
    assert run(config, "flows", "draw", str(flow), "--svg", "--mermaid") == 1


def test_it_is_put_into_force_once(
    config: Path, flow: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(config, "migrate") == 0
    capsys.readouterr()
    assert run(config, "import", "flows", str(flow), "--dry-run") == 0
    assert capsys.readouterr().out == "bye is right\n"
    for _ in range(2):
        assert run(config, "import", "flows", str(flow)) == 0
        assert capsys.readouterr().out == "bye is in version 1\n"
    flow.write_text(RIGHT.replace("[goodbye]", "[closed]"))
    assert run(config, "import", "flows", str(flow), "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "kind": "flows",
        "dry_run": False,
        "name": "bye",
        "version": 2,
        "problems": [],
    }
    flow.write_text(WRONG)
    assert run(config, "import", "flows", str(flow)) == 1


def test_what_is_no_file_of_a_flow_is_one_line(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(config, "flows", "check", str(tmp_path / "none.yaml")) == 1
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe")
    assert run(config, "flows", "check", str(tmp_path / "bytes.yaml")) == 1
    assert len(capsys.readouterr().err.splitlines()) == 2
