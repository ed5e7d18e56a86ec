from __future__ import annotations

from config.places import Places

TEXT = """\
top = 1
[sip]   # signalling
listen = [
  "udp://0.0.0.0:5060",
]
[[trunk]]
name = "a"
[[trunk]]
"name" = "b"
deep.er = 2
[registrar]
enabled = true
[[registrar.user]]
name = "x"
[[registrar.user]]
name = "y"
"""


def test_keys_are_found_in_tables_arrays_and_dotted_names() -> None:
    places = Places("f.toml", TEXT)
    assert places.of(("top",)) == "f.toml:1"
    assert places.of(("sip", "listen")) == "f.toml:3"
    assert places.of(("trunk", 0, "name")) == "f.toml:7"
    assert places.of(("trunk", 1, "name")) == "f.toml:9"
    assert places.of(("trunk", 1, "deep", "er")) == "f.toml:10"
    assert places.of(("registrar", "user", 1, "name")) == "f.toml:16"


def test_what_is_not_written_is_placed_at_what_is_above_it() -> None:
    places = Places("f.toml", TEXT)
    assert places.of(("sip", "listen", 3)) == "f.toml:3"
    assert places.of(("trunk", 1, "uri")) == "f.toml:8"
    assert places.of(("sip", "t1_ms")) == "f.toml:2"
    assert places.of(("media", "ports")) == "f.toml"


def test_a_variable_of_the_environment_wins() -> None:
    places = Places("f.toml", TEXT)
    places.override(("sip", "listen"), "VOICEGW__SIP__LISTEN")
    assert places.of(("sip", "listen", 0)) == "VOICEGW__SIP__LISTEN"
    assert places.of(("sip",)) == "f.toml:2"


def test_an_alias_stands_where_it_was_written() -> None:
    places = Places("f.toml", TEXT)
    places.alias(("trunk", 0, "password"), ("trunk", 0, "name"))
    assert places.of(("trunk", 0, "password")) == "f.toml:7"


def test_without_a_file_there_is_still_a_place() -> None:
    assert Places().of(("sip", "listen")) == "configuration"
