from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import Settings, load
from voicegw.errors import ConfigError, Problem


def write(folder: Path, text: str) -> Path:
    path = folder / "voicegw.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problems_of(path: Path | None, **env: str) -> list[Problem]:
    with pytest.raises(ConfigError) as caught:
        load(path, env)
    return caught.value.problems


def test_nothing_given_means_defaults() -> None:
    settings = load()
    assert settings.node.drain_s == 300
    assert settings.sip.listen == ["udp://0.0.0.0:5060", "tcp://0.0.0.0:5060"]
    assert settings.trunk == []
    assert settings.recording.min_free_bytes == 2_000_000_000
    assert settings.node.name
    assert settings == Settings()


def test_data_dir_is_absolute_and_stands_wherever_it_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, f'node.data_dir = "{tmp_path}/d"\nmedia.prompts_dir = "{{data_dir}}/p"')
    settings = load(path)
    assert settings.node.data_dir == tmp_path / "d"
    assert settings.store.url == f"sqlite:///{tmp_path}/d/voicegw.db"
    assert settings.recording.storage == f"file://{tmp_path}/d/recordings"
    assert settings.storage_dir == tmp_path / "d/recordings"
    assert settings.recording.spool_dir == tmp_path / "d/spool"
    assert settings.media.prompts_dir == f"{tmp_path}/d/p"
    assert load().node.data_dir == Path.cwd() / "data"


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    settings = load(
        write(
            tmp_path,
            """
            [node]
            name = "node-1"
            [[trunk]]
            name = "a"
            uri = "sip:sbc.example.net:5070;transport=tcp"
            register = false
            calls_per_s = 0
            max_calls = 30
            sources = ["10.0.0.0/8", "192.0.2.7"]
            [[registrar.user]]
            name = "4711"
            password = "pw"
            [policy]
            quiet_hours = "21:00-08:00"
            per_customer = ["2/min"]
            """,
        )
    )
    assert settings.node.name == "node-1"
    assert settings.trunk[0].address.port == 5070
    assert settings.trunk[0].max_calls == 30
    assert settings.registrar.user[0].password.get_secret_value() == "pw"
    assert settings.policy.quiet.usual is not None
    assert settings.policy.customer_rates[0].per_s == 60
    assert settings.api.address == ("127.0.0.1", 8080)


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    text = '[store]\nurl = "postgresql://u:hidden@h/d"\n[[trunk]]\nname="a"\nuri="sip:h"\n'
    text += 'username = "u"\npassword = "hidden"'
    assert "hidden" not in repr(load(write(tmp_path, text)))


def test_every_problem_is_told_with_line_and_mend(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """\
[node]
drain_s = "3"
nme = 1
[[trunk]]
name = "a"
uri = "sip:h"
passwrd = "p"
[[trunk]]
name = "b"
[media]
codecs = ["PCMA", "G729"]
[recording]
min_free_bytes = "2 XB"
[[registrar.user]]
name = "x"
""",
    )
    problems = {problem.where: problem for problem in problems_of(path)}
    assert problems[f"{path}:2"].what == "node.drain_s: input should be a valid integer"
    assert "Seconds" in problems[f"{path}:2"].mend
    assert problems[f"{path}:3"] == Problem(
        f"{path}:3", "unknown key node.nme", "did you mean name?"
    )
    assert problems[f"{path}:7"].mend == "did you mean password?"
    assert problems[f"{path}:8"].what == "trunk[1].uri is missing"
    assert problems[f"{path}:11"].what.startswith("media.codecs[1]: input should be 'PCMA'")
    assert "Codecs that legs" in problems[f"{path}:11"].mend
    assert "expected a size" in problems[f"{path}:13"].what
    assert "password_file" in problems[f"{path}:14"].mend
    assert len(problems) == 7


def test_a_value_that_is_refused_is_never_repeated(tmp_path: Path) -> None:
    path = write(tmp_path, '[store]\nurl = "mysql://u:hidden@h/d"')
    assert "hidden" not in str(problems_of(path)[0])


def test_an_unknown_section_and_a_section_of_the_wrong_kind_are_told(tmp_path: Path) -> None:
    path = write(tmp_path, "node = 3\n[nod]\nx = 1\n[trunk]\nname = 'a'")
    whats = [problem.what for problem in problems_of(path)]
    assert "unknown section nod" in whats
    assert any(what.startswith("node: ") for what in whats)
    assert any(what.startswith("trunk: ") for what in whats)


def test_a_key_like_nothing_else_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    path = write(tmp_path, "[numbers]\nzzzzzzz = 1")
    assert problems_of(path)[0].mend == "known here: region"


def test_brackets_without_end_are_a_problem_like_any_other(tmp_path: Path) -> None:
    (problem,) = problems_of(write(tmp_path, "a = " + "[" * 50_000))
    assert "brackets" in problem.what


def test_broken_toml_is_told_with_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, "[node]\nname = \n")
    (problem,) = problems_of(path)
    assert problem.where == f"{path}:2"
    assert "is no valid TOML" in problem.what


def test_a_file_that_is_not_there_or_not_text_is_told(tmp_path: Path) -> None:
    (missing,) = problems_of(tmp_path / "none.toml")
    assert "No such file" in missing.what
    path = tmp_path / "latin.toml"
    path.write_bytes(b"[node]\nname = '\xe4'")
    assert problems_of(path)[0].what == "is not UTF-8"


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, '[node]\ndrain_s = 1\nname = "file"\n[sip]\nlisten = ["udp://h:1"]')
    env = {
        "VOICEGW__NODE__DRAIN_S": "60",
        "VOICEGW__NODE__NAME": "123",
        "VOICEGW__SIP__LISTEN": "udp://127.0.0.1:0, tcp://127.0.0.1:0",
        "VOICEGW__POLICY__PER_CUSTOMER": '["1/h"]',
        "VOICEGW__RECORDING__MIN_FREE_BYTES": "1 GB",
        "VOICEGW__RECORDING__ENABLED": "false",
        "VOICEGW__TRUNK": '[{"name": "a", "uri": "sip:h"}]',
        "VOICEGW_CONFIG": "not ours",
        "PATH": "/bin",
    }
    settings = load(path, env)
    assert settings.node.drain_s == 60
    assert settings.node.name == "123"
    assert settings.sip.listen == ["udp://127.0.0.1:0", "tcp://127.0.0.1:0"]
    assert settings.policy.per_customer == ["1/h"]
    assert settings.recording.min_free_bytes == 10**9
    assert not settings.recording.enabled
    assert settings.trunk[0].name == "a"


def test_a_choice_that_looks_like_a_number_stays_text() -> None:
    assert load(None, {"VOICEGW__SMS__TOKEN": "123"}).sms.token.get_secret_value() == "123"
    (problem,) = problems_of(None, VOICEGW__MEDIA__SRTP="00")
    assert "'off', 'optional' or 'required'" in problem.what


def test_problems_of_the_environment_name_the_variable() -> None:
    problems = problems_of(
        None,
        VOICEGW__NODE__DRAN_S="1",
        VOICEGW__SIP__T1_MS="fast",
        VOICEGW__FOO="1",
        VOICEGW__A__B__C="1",
        VOICEGW__TRUNK__NAME="a",
    )
    by_place = {problem.where: problem for problem in problems}
    assert by_place["VOICEGW__NODE__DRAN_S"].mend == "did you mean drain_s?"
    assert "valid integer" in by_place["VOICEGW__SIP__T1_MS"].what
    assert by_place["VOICEGW__FOO"].what == "unknown section foo"
    assert by_place["VOICEGW__A__B__C"].what == "names no key"
    assert "VOICEGW__TRUNK__NAME" in by_place


def test_a_section_that_is_a_list_can_only_be_given_whole(tmp_path: Path) -> None:
    path = write(tmp_path, "[[trunk]]\nname='a'\nuri='sip:h'")
    (problem,) = problems_of(path, VOICEGW__TRUNK__NAME="b")
    assert problem.mend == "give all of it as JSON in VOICEGW__TRUNK"


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "pw").write_text("s3cret\nmore\n")
    (tmp_path / "db").write_text("postgresql://u:p@h/d")
    path = write(
        tmp_path,
        """
        [store]
        url_file = "db"
        [[trunk]]
        name = "a"
        uri = "sip:h"
        username = "u"
        password_file = "pw"
        [[registrar.user]]
        name = "x"
        password_file = "pw"
        """,
    )
    settings = load(path, {"VOICEGW__SMS__TOKEN_FILE": str(tmp_path / "pw")})
    assert settings.trunk[0].password.get_secret_value() == "s3cret"
    assert settings.registrar.user[0].password.get_secret_value() == "s3cret"
    assert settings.store.url == "postgresql://u:p@h/d"
    assert settings.sms.token.get_secret_value() == "s3cret"


def test_the_environment_replaces_a_secret_however_it_was_given(tmp_path: Path) -> None:
    (tmp_path / "db").write_text("postgresql://file/d")
    path = write(tmp_path, '[store]\nurl_file = "db"')
    url = "postgresql://variable/d"
    assert load(path, {"VOICEGW__STORE__URL": url}).store.url == url
    path = write(tmp_path, '[store]\nurl = "postgresql://text/d"')
    variable = {"VOICEGW__STORE__URL_FILE": "db"}
    assert load(path, variable).store.url == "postgresql://file/d"


def test_secret_files_that_fail_are_told(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    entries = "".join(
        f'[[trunk]]\nname = "t{index}"\nuri = "sip:h"\nusername = "u"\npassword_file = {value}\n'
        for index, value in enumerate(['"none"', '"empty"', '"binary"', "3"])
    )
    both = '[[trunk]]\nname = "z"\nuri = "sip:h"\nusername = "u"\npassword = "p"\n'
    path = write(tmp_path, entries + both + 'password_file = "empty"\n')
    whats = [problem.what for problem in problems_of(path)]
    assert any("can't be read (No such file" in what for what in whats)
    assert any("empty first line" in what for what in whats)
    assert any("not UTF-8" in what for what in whats)
    assert "password_file should be the name of a file" in whats
    assert "password and password_file contradict each other" in whats


_LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.just([{}])
)
_SECTIONS = st.sampled_from([*Settings.model_fields, "other"])
_KEYS = st.sampled_from(
    [*(k for f in Settings.model_fields for k in ("url", "listen", f)), "password_file", "user"]
)


@given(st.dictionaries(_SECTIONS, st.one_of(_LEAVES, st.dictionaries(_KEYS, _LEAVES))))
def test_any_nonsense_is_settings_or_a_list_of_problems(tree: dict[str, object]) -> None:
    env = {f"VOICEGW__{name.upper()}": json.dumps(value) for name, value in tree.items()}
    try:
        load(None, env)
    except ConfigError as error:
        problems = error.problems
    else:
        return
    assert problems
    assert all(problem.where and problem.what for problem in problems)
