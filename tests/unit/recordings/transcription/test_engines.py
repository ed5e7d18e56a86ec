"""The real recognisers, each trap of theirs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from rapidfuzz.distance import Levenshtein

from recordings.quality.one_form import normalised
from recordings.transcription.engine import (
    Engine,
    EngineSpec,
    EngineUnusableError,
    Samples,
    load_engine,
)
from recordings.transcription.vosk_engine import VoskEngine, grammar_of
from tests.parts.speech import (
    KOREAN,
    RATE_HZ,
    korean_spec,
    spoken,
    whisper_model,
)

KNOWN = frozenset({"好", "不好", "[unk]"})


@pytest.fixture(scope="module")
def engine() -> VoskEngine:
    """The Korean model, loaded once."""
    loaded = load_engine(korean_spec())
    assert isinstance(loaded, VoskEngine)
    return loaded


def wide(word: str) -> Samples:
    """Return a spoken word with 0.3 s of silence around it, at 16 kHz."""
    silence = np.zeros(2400, np.int16)
    samples: Samples = soxr.resample(
        np.concatenate([silence, spoken(word), silence]), RATE_HZ, 16_000
    )
    return samples


def test_times_count_from_each_segment_though_the_clock_runs_on(engine: VoskEngine) -> None:
    recogniser = engine.recogniser()
    heard = [recogniser.hear(wide("계약")).words for _ in range(3)]
    assert [[word.text for word in words] for words in heard] == [["계약"]] * 3
    for (word,) in heard:
        assert word.start_s == pytest.approx(0.3, abs=0.1)
        assert word.end_s < len(wide("계약")) / 16_000
        assert word.confidence == pytest.approx(1.0)


def test_what_ends_by_a_pause_within_a_segment_is_not_lost(engine: VoskEngine) -> None:
    """The library ends a result by itself after a second of silence; both halves are wanted."""
    silence = np.zeros(40_000, np.int16)
    words = (
        engine.recogniser()
        .hear(np.concatenate([wide("계약"), silence, wide("보험"), silence]))
        .words
    )
    assert [word.text for word in words] == ["계약", "보험"]
    assert words[1].start_s == pytest.approx((len(wide("계약")) + 40_000) / 16_000 + 0.3, abs=0.1)


def test_silence_says_nothing(engine: VoskEngine) -> None:
    assert engine.recogniser().hear(np.zeros(16_000, np.int16)).words == []


def test_a_grammar_is_made_of_checked_words() -> None:
    assert grammar_of((), KNOWN.__contains__) is None
    made = grammar_of(("好", "不好 好"), KNOWN.__contains__)
    assert made is not None
    assert json.loads(made) == ["好", "不好 好", "[unk]"]
    assert json.loads(grammar_of(("好",), "好".__eq__) or "") == ["好"]
    for word in ('a"b', "", "  ", "a\\b", "[x]", "a\x00b"):
        with pytest.raises(EngineUnusableError, match="none"):
            grammar_of((word,), lambda _word: True)


def test_words_the_model_does_not_know_are_told_and_not_dropped(engine: VoskEngine) -> None:
    with pytest.raises(EngineUnusableError, match="없는말"):
        load_engine(korean_spec((*KOREAN, "없는말")))


@pytest.mark.parametrize(
    ("factory", "why"),
    [
        ("recordings.transcription.vosk_engine:load", "not there"),
        ("recordings.transcription.whisper_engine:load", r"no model\.bin"),
        ("recordings.transcription.no_engine:load", "library"),
    ],
)
def test_what_is_missing_is_said(tmp_path: Path, factory: str, why: str) -> None:
    with pytest.raises(EngineUnusableError, match=why):
        load_engine(EngineSpec("x", factory, str(tmp_path / "none"), "zh"))


def test_a_folder_that_is_no_model_is_unusable(tmp_path: Path) -> None:
    with pytest.raises(EngineUnusableError, match="can't read"):
        load_engine(
            EngineSpec("vosk", "recordings.transcription.vosk_engine:load", str(tmp_path), "zh")
        )


def test_a_node_loads_no_recogniser() -> None:
    """Neither library is imported by what the node imports."""
    code = (
        "import sys; import voicegw.app; import recordings.transcription.pool;"
        "print(sorted({'vosk', 'faster_whisper', 'webrtcvad'} & set(sys.modules)))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert found.stdout.strip() == "[]"


@pytest.fixture(scope="module")
def whisper(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Whisper's base model, loaded once."""
    return load_engine(
        EngineSpec(
            name="whisper",
            factory="recordings.transcription.whisper_engine:load",
            model=str(whisper_model(tmp_path_factory.mktemp("whisper"))),
            language="zh",
            prompt="以下是普通话的句子，关于电话服务。",
            shares_model=False,
        )
    )


def prompt_sound(name: str) -> Samples:
    """Return a shipped prompt as a node would cut it: 0.2 s of silence at both ends, 16 kHz."""
    samples, rate_hz = soundfile.read(f"ivr/prompts/zh/{name}.wav", dtype="int16")
    wide_samples: Samples = np.pad(soxr.resample(samples, rate_hz, 16_000), 3_200)
    return wide_samples


def test_the_second_engine_hears_mandarin(whisper: Engine) -> None:
    """A shipped prompt, by the base model, in a form that the matcher can work with."""
    samples = prompt_sound("goodbye")
    words = whisper.recogniser().hear(samples).words
    text = "".join(word.text for word in words)
    assert "再见" in text or "再見" in text
    assert all(0 <= word.start_s <= word.end_s for word in words)
    assert words[-1].end_s <= len(samples) / 16_000 + 0.1
    assert all(word.confidence is not None for word in words)


@pytest.mark.parametrize("name", ["goodbye", "closed", "callback_confirmed"])
def test_the_second_engine_makes_up_nothing_behind_the_last_word(
    whisper: Engine, name: str
) -> None:
    """Given the silence that is left of a window, the model would write words of its own."""
    wanted = normalised(json.loads(Path("ivr/prompts/texts.json").read_text("utf-8"))["zh"][name])
    heard = whisper.recogniser().hear(prompt_sound(name))
    text = normalised("".join(word.text for word in heard.words))
    assert Levenshtein.distance(wanted, text) <= len(wanted) * 0.25, text
    assert text[-1:] == wanted[-1:]


def test_the_second_engine_tells_what_else_it_may_be(whisper: Engine) -> None:
    heard = whisper.recogniser().hear(prompt_sound("closed"))
    shares = [one.probability for one in heard.alternatives]
    assert shares
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) < 1.0
    texts = {"".join(word.text for word in heard.words), *(one.text for one in heard.alternatives)}
    assert len(texts) == len(shares) + 1
    # Nothing is kept from one segment to the next.
    assert whisper.recogniser().hear(prompt_sound("closed")).alternatives == heard.alternatives
