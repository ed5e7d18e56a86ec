"""A node that can't start says why in one line, with the mend, and ends with 1."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
from collections.abc import Callable, Sequence

import pytest

from tests.parts import preloaded
from tests.parts.lab import Lab
from tests.parts.node import VOICEGW
from tests.parts.preloaded import Done

pytestmark = pytest.mark.peer


def assert_says(lab: Lab, *words: str, command: Sequence[str] = ("serve",)) -> None:
    """Assert that a command ends with 1 and one line that holds all `words` and no traceback."""
    arguments = [*command, "--config", str(lab.node.config)]
    assert_is_said(preloaded.run(arguments, env=os.environ, timeout_s=30), *words)


def assert_is_said(done: Done, *words: str) -> None:
    """Assert that a command has ended so."""
    said = [line for line in done.stderr.splitlines() if line.startswith("voicegw: ")]
    assert done.returncode == 1, done.stderr
    assert len(said) == 1, done.stderr
    assert all(word in said[0] for word in words), said[0]
    assert "; " in said[0], "no mend"
    assert "Traceback" not in done.stderr + done.stdout


def replace(lab: Lab, old: str, new: str) -> int:
    """Change the configuration; return the first line that is changed, counted from 1."""
    text = lab.node.config.read_text()
    before, found, _ = text.partition(old)
    assert found
    lab.node.config.write_text(text.replace(old, new))
    return before.count("\n") + 1


def test_from_the_first_word_to_the_last(new_lab: Callable[..., Lab]) -> None:
    """The installed commands migrate, serve and end: nothing goes wrong behind the last line."""
    lab = new_lab(start=False)
    (lab.folder / "data" / "voicegw.db").unlink()
    migrate = ("migrate", "--config", lab.node.config)
    subprocess.run([VOICEGW, *migrate], check=True, capture_output=True, timeout=60)
    lab.node.start(installed=True)
    assert lab.node.stop() == 0
    log = lab.node.log.read_text()
    assert "node ready" in log
    for trouble in ("Traceback", "Exception ignored", "Fatal Python error", "never retrieved"):
        assert trouble not in log
    assert "was destroyed but it is pending" not in log


def test_unknown_key(new_lab: Callable[..., Lab]) -> None:
    """A misspelt key is named with its line; by the installed command."""
    lab = new_lab(start=False)
    line = replace(lab, "t1_ms = 100", "t1_msec = 100")
    done = subprocess.run(
        [VOICEGW, "serve", "--config", lab.node.config],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    said = Done(done.returncode, done.stdout, done.stderr)
    assert_is_said(said, f"voicegw.toml:{line}", "sip.t1_msec", "t1_ms?")


def test_wrong_type(new_lab: Callable[..., Lab]) -> None:
    """A text where a number belongs is refused, not guessed."""
    lab = new_lab(start=False)
    line = replace(lab, "t1_ms = 100", 't1_ms = "100"')
    assert_says(lab, f"voicegw.toml:{line}", "sip.t1_ms")


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
def test_sip_port_in_use(new_lab: Callable[..., Lab], kind: int) -> None:
    """The address is named."""
    lab = new_lab(start=False)
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.1", lab.sip_port))
        if kind == socket.SOCK_STREAM:
            other.listen()
        assert_says(lab, str(lab.sip_port), "in use")


def test_api_port_in_use(new_lab: Callable[..., Lab]) -> None:
    """The address is named."""
    lab = new_lab(start=False)
    port = int(lab.node.api.rpartition(":")[2])
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        assert_says(lab, str(port), "in use")


def test_store_that_was_never_migrated(new_lab: Callable[..., Lab]) -> None:
    """The mend is the command to run."""
    lab = new_lab(start=False)
    (lab.folder / "data" / "voicegw.db").unlink()
    assert_says(lab, "schema", "voicegw migrate")


def test_store_of_another_version(new_lab: Callable[..., Lab]) -> None:
    """A store that another version wrote is not touched."""
    lab = new_lab(start=False)
    with sqlite3.connect(lab.folder / "data" / "voicegw.db") as store:
        store.execute("UPDATE alembic_version SET version_num = '9999'")
    store.close()
    assert_says(lab, "9999", "voicegw migrate")


def test_store_that_is_no_database(new_lab: Callable[..., Lab]) -> None:
    """A file that is something else is named."""
    lab = new_lab(start=False)
    (lab.folder / "data" / "voicegw.db").write_bytes(b"not a database" * 1000)
    assert_says(lab, "store")


def test_store_that_is_not_there(new_lab: Callable[..., Lab]) -> None:
    """A database server that does not answer is a problem of the start, not of a call."""
    lab = new_lab(start=False)
    path = f"sqlite:///{lab.folder}/data/voicegw.db"
    replace(lab, path, "postgresql://nobody:secret@127.0.0.1:1/voicegw")
    assert_says(lab, "store")


def test_command_on_a_locked_store(new_lab: Callable[..., Lab]) -> None:
    """A store that another program holds is told by the commands that would write it."""
    lab = new_lab(start=False)
    other = sqlite3.connect(lab.folder / "data" / "voicegw.db", isolation_level=None)
    try:
        other.execute("BEGIN EXCLUSIVE")
        assert_says(lab, "store", command=("keys", "create", "--role", "admin"))
    finally:
        other.close()


def test_prompts_folder_that_is_not_there(new_lab: Callable[..., Lab]) -> None:
    """Own prompts that can't be found are not replaced in silence."""
    lab = new_lab(start=False)
    line = next(one for one in lab.node.config.read_text().splitlines() if "prompts_dir" in one)
    replace(lab, line, f'prompts_dir = "{lab.folder}/nowhere"')
    assert_says(lab, "nowhere")


def test_prompt_that_is_no_sound(new_lab: Callable[..., Lab]) -> None:
    """The file is named."""
    lab = new_lab(start=False)
    own = lab.folder / "own" / "zh"
    own.mkdir(parents=True)
    (own / "recording_notice.wav").write_bytes(b"no sound")
    line = next(one for one in lab.node.config.read_text().splitlines() if "prompts_dir" in one)
    replace(lab, line, f'prompts_dir = "{own.parent}"')
    assert_says(lab, "recording_notice.wav")


def test_folder_that_can_not_be_made(new_lab: Callable[..., Lab]) -> None:
    """A file where the folder should be is named."""
    lab = new_lab(start=False)
    (lab.folder / "file").touch()
    replace(lab, f'data_dir = "{lab.folder}/data"', f'data_dir = "{lab.folder}/file"')
    assert_says(lab, f"{lab.folder}/file")
