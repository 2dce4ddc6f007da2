"""Figures as data."""

from pathlib import Path

import pytest

from bench import kept
from bench.__main__ import KEPT, PAGE, rendered
from tests.bench.test_page import MEASURED


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "measured.json"
    assert kept.read(path) == {}
    kept.write(path, {"ingest": MEASURED})
    assert kept.read(path) == {"ingest": MEASURED}


@pytest.mark.parametrize("broken", [b"", b"{", b'{"ingest": {}}', b"[]"])
def test_a_broken_file_is_said(broken: bytes, tmp_path: Path) -> None:
    path = tmp_path / "measured.json"
    path.write_bytes(broken)
    with pytest.raises(ValueError, match="validation error"):
        kept.read(path)


def test_the_page_is_made_of_what_is_kept() -> None:
    assert PAGE.read_text() == rendered(kept.read(KEPT))
