"""The trained tagger as its callers see it: true offsets, any text, the same each time, also after a fork."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.enrich.actors import model
from services.enrich.actors.model import FOLDER, ModelError, ModelTagger
from services.enrich.actors.tagger import Tagged
from services.enrich.actors.windows import pack
from services.enrich.sentences import split
from tests.enrich.newslike import NEWS_LIKE

TAGGER = ModelTagger()


def tag(text: str) -> list[Tagged]:
    return TAGGER(text, split(text))


def named(text: str) -> list[tuple[str, str]]:
    return [(text[t.start : t.end], t.label) for t in tag(text)]


def check(text: str, found: Sequence[Tagged]) -> None:
    ends = [0]
    for one in found:
        assert ends[-1] <= one.start < one.end <= len(text)
        assert text[one.start : one.end] == text[one.start : one.end].strip()
        assert 0 < one.confidence <= 1
        ends.append(one.end)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "Mr. Okello met Lee Dae-hyun in Nairobi.",
            [("Okello", "PER"), ("Lee Dae-hyun", "PER"), ("Nairobi", "PLACE")],
        ),
        ("The Ministry of Health in Peru denied it.", [("Ministry of Health", "ORG"), ("Peru", "PLACE")]),
        ("Chinese troops left.", [("Chinese", "NORP")]),
        ("They met on Monday in May.", []),
        ("", []),
    ],
)
def test_names_are_found_and_told(text: str, names: list[tuple[str, str]]) -> None:
    assert named(text) == names


@pytest.mark.parametrize("change", [str.upper, str.lower])
def test_capitals_may_say_nothing(change: object) -> None:
    text = change("Prime Minister Narendra Modi visited Tokyo and met officials of Toyota.")  # type: ignore[operator]
    assert {(name.lower(), label) for name, label in named(text)} >= {
        ("narendra modi", "PER"),
        ("tokyo", "PLACE"),
    }


@pytest.mark.no_cover
@settings(max_examples=60, deadline=None)
@given(NEWS_LIKE | st.text(st.characters(), max_size=200))
def test_any_text_is_read_and_twice_alike(text: str) -> None:
    found = tag(text)
    check(text, found)
    assert tag(text) == found


@pytest.mark.no_cover
@pytest.mark.parametrize(
    "text",
    [
        "Angela Merkel flew to Oslo and " * 1700,
        "x" * 50_000,
        "\u4e34\u6c5f\u6218\u5f79" * 500,
        "<table><tr><td>Kenya</td><td>5</td></tr></table>\n" * 40,
        "\u0625\u064a\u0631\u0627\u0646 \u062a\u0631\u0641\u0636 \u202bIran\u202c \u200fsays\u200f \ud800",
        "Joe Biden \U0001f468\u200d\U0001f469\u200d\U0001f467 met Em\u00adman\u200buel Macron",
    ],
)
def test_hostile_texts_are_read(text: str) -> None:
    check(text, tag(text))


def test_one_story_does_not_change_another() -> None:
    long, short = "Kenya met Mali in Oslo. " * 60, "Ana Ruiz left Lima."
    alone = tag(short)
    tag(long)
    assert tag(short) == alone


def test_what_comes_after_the_bound_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "MAX_PIECES", 190)
    text = "Ana Ruiz left Lima. " * 60
    names, end = TAGGER.read(text, split(text))
    assert 0 < len(names) < 120
    assert text[:end].endswith("Lima.")
    assert all(name.end <= end for name in names)
    whole = "internationally " * 60  # more letters than pieces may be
    assert TAGGER.read(whole, split(whole)).end == len(whole)


PARTS = st.lists(
    st.sampled_from(["Ana Ruiz left Lima. ", "Kenya, ", "x" * 400 + " ", "uncopyrightables "]), min_size=40
)


@pytest.mark.no_cover
@settings(max_examples=20, deadline=None)
@given(PARTS)
def test_what_is_read_does_not_depend_on_what_follows(parts: list[str]) -> None:
    """The text is cut no further than that needs, and the windows are those of the whole text."""
    text = "".join(parts)
    sentences, pieces = split(text), TAGGER.cut(text)
    names = TAGGER(text, sentences)
    for most in (190, 250, max(190, len(pieces.ids) - 1)):  # never less than a window
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(model, "MAX_PIECES", most)
            read = TAGGER.read(text, sentences)
        last = max(last for _, last in pack(pieces, sentences) if last <= most)
        assert read.end == (pieces.ends[last - 1] if most < len(pieces.ids) else len(text))
        assert read.names == [name for name in names if name.end <= read.end]


def test_the_model_tells_its_version() -> None:
    assert TAGGER.version


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("model.onnx", None, "cannot be read"),
        ("model.onnx", b"no model", "is broken"),
        ("tokenizer.json", None, "cannot be read"),
        ("tokenizer.json", b"{}", "is broken"),
        ("tokenizer.json", b"no JSON", "is broken"),
        ("tokenizer.json", b'{"model": {"vocab": []}}', "is broken"),
        (
            "tokenizer.json",
            b'{"model": {"vocab": {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "a": 4}}}',
            "is broken: pieces are missing",
        ),
    ],
)
def test_a_missing_or_broken_file_says_what_to_do(
    file: str, content: bytes | None, said: str, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(FOLDER, folder)
    (folder / file).unlink()
    if content is not None:
        (folder / file).write_bytes(content)
    with pytest.raises(ModelError, match=rf"{file}.*{said}.*[Rr]einstall copydesk"):
        ModelTagger(folder)


def test_a_model_of_other_labels_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "LABELS", ("O", "B-FISH", "I-FISH"))
    with pytest.raises(ModelError, match="labels"):
        ModelTagger()


FORKS = """
import os
from services.enrich.actors.model import ModelTagger
from services.enrich.sentences import split
text = "Angela Merkel met Emmanuel Macron in Oslo. " * 40
imported = len(os.listdir("/proc/self/task"))
tagger = ModelTagger()
before, tasks = tagger(text, split(text)), len(os.listdir("/proc/self/task")) - imported
child = os.fork()
if not child:
    os._exit(0 if tagger(text, split(text)) == before else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), tagger(text, split(text)) == before, tasks)
"""


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="counts threads as Linux shows them")  # noqa: PTH112
def test_a_child_made_by_a_fork_reads_as_its_parent_does() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORKS], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == ["0", "True", "0"]
