"""The catalogue file is read again when it has changed; one that is broken changes nothing."""

import os
from pathlib import Path
from typing import Any

import orjson
import pytest
from structlog.testing import capture_logs

from services.enrich import watched
from services.enrich.catalogue import CatalogueError
from services.enrich.pipeline import Story
from services.enrich.watched import WatchedPipeline

STORY = Story("A visit", "Yesterday Quuxcorp met the Vellists.")


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def write(path: Path, version: str, name: str = "Quuxcorp") -> None:
    entry = {"id": "own", "name": name, "type": "organization", "country": "KEN", "sectors": ["BUS"]}
    document = {"catalogue": version, "entries": [{**entry, "aliases": [], "source": "made up"}]}
    fresh = path.with_suffix(".new")
    fresh.write_bytes(orjson.dumps(document))
    fresh.replace(path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "actors.json"
    write(path, "mine-1")
    return path


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pipeline(path: Path, clock: Clock) -> WatchedPipeline:
    return WatchedPipeline(path, pause=2, clock=clock)


def known(pipeline: WatchedPipeline) -> tuple[str, list[str]]:
    answer: dict[str, Any] = pipeline.enrich(STORY)
    ids = [actor["id"] for actor in answer["actors"] if actor["resolved_by"] == "catalogue"]
    return answer["enrichment"]["catalogue"].partition("+")[2], ids


def test_a_changed_file_is_read_again_after_the_pause(
    pipeline: WatchedPipeline, path: Path, clock: Clock
) -> None:
    assert known(pipeline) == ("mine-1", ["own"])
    write(path, "mine-2", "Somebody Else")
    assert known(pipeline) == ("mine-1", ["own"])
    clock.now = 2
    with capture_logs() as logs:
        assert known(pipeline) == ("mine-2", [])
    assert [(log["event"], log["version"].partition("+")[2]) for log in logs] == [
        ("catalogue.loaded", "mine-2")
    ]


def test_a_file_that_did_not_change_is_not_read_again(
    pipeline: WatchedPipeline, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched, "load_pipeline", lambda *_: pytest.fail("it was read again"))
    clock.now = 100
    assert known(pipeline)[0] == "mine-1"


@pytest.mark.parametrize("content", [b"", b"{", b'{"catalogue": "1"}', None])
def test_a_broken_file_is_told_once_and_the_catalogue_stays(
    pipeline: WatchedPipeline, path: Path, clock: Clock, content: bytes | None
) -> None:
    path.unlink() if content is None else path.write_bytes(content)
    with capture_logs() as logs:
        for clock.now in (2, 4, 6):
            assert known(pipeline) == ("mine-1", ["own"])
    (rejected,) = logs
    assert (rejected["event"], rejected["log_level"]) == ("catalogue.rejected", "error")
    assert "actors.json" in rejected["error"]
    write(path, "mine-3")
    clock.now = 8
    assert known(pipeline)[0] == "mine-3"


def test_a_change_of_the_same_size_is_seen(pipeline: WatchedPipeline, path: Path, clock: Clock) -> None:
    before = path.stat()
    path.write_bytes(path.read_bytes().replace(b"mine-1", b"mine-9"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    clock.now = 2
    assert known(pipeline)[0] == "mine-9"


def test_a_time_limit_while_reading_leaves_the_change_to_be_read_later(
    pipeline: WatchedPipeline, path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise MemoryError

    write(path, "mine-2")
    clock.now = 2
    with monkeypatch.context() as patched:
        patched.setattr(watched, "load_pipeline", interrupted)
        with pytest.raises(MemoryError):
            pipeline.enrich(STORY)
    clock.now = 4
    assert known(pipeline)[0] == "mine-2"


def test_a_file_that_is_broken_at_the_start_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"gone\.json"):
        WatchedPipeline(tmp_path / "gone.json")
