import io
import json
import logging
import re
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog

from copydesk import logs
from copydesk.errors import OutageError, PermanentError
from tests.web.wire import settings

SECRET = "cdk_0123456789abcdefghijklmnopqrstuv"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    yield io.StringIO()
    logs.configure(settings(log_level="error"), "test")


def events(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_line_of_json_with_its_fields(stream: io.StringIO) -> None:
    logs.configure(settings(), "enrich", stream=stream)
    structlog.get_logger().info("story.enriched", story_id="1", duration_ms=2.5, text="a\nb")
    (event,) = events(stream)
    assert list(event)[:4] == ["time", "level", "service", "event"]
    assert event["event"] == "story.enriched"
    assert (event["service"], event["level"], event["story_id"]) == ("enrich", "info", "1")


def test_an_event_says_when_in_utc_to_a_microsecond(stream: io.StringIO) -> None:
    logs.configure(settings(), "enrich", stream=stream)
    before = datetime.now(UTC)
    structlog.get_logger().info("one")
    after = datetime.now(UTC)
    (event,) = events(stream)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", event["time"])
    assert before <= datetime.fromisoformat(event["time"]) <= after


def test_lines_of_libraries_look_the_same(stream: io.StringIO) -> None:
    logs.configure(settings(), "enrich", stream=stream)
    logging.getLogger("celery.worker").info("task %s done", 7)
    (event,) = events(stream)
    assert (event["event"], event["logger"], event["service"]) == ("task 7 done", "celery.worker", "enrich")


def test_what_is_bound_to_the_context_is_in_every_line(stream: io.StringIO) -> None:
    logs.configure(settings(), "enrich", stream=stream)
    with structlog.contextvars.bound_contextvars(story_id="s"):
        structlog.get_logger().info("one")
        logging.getLogger("library").info("two")
    assert [event["story_id"] for event in events(stream)] == ["s", "s"]


@pytest.mark.parametrize(("level", "expected"), [("debug", 4), ("info", 3), ("warning", 2), ("error", 1)])
def test_what_is_less_severe_than_the_level_is_left_out(
    stream: io.StringIO, level: str, expected: int
) -> None:
    logs.configure(settings(log_level=level), "enrich", stream=stream)
    log = structlog.get_logger()
    for method in (log.debug, log.info, log.warning, log.error):
        method("event")
    assert len(events(stream)) == expected


def test_lines_that_are_gathered_are_written_together_and_none_is_lost(stream: io.StringIO) -> None:
    logs.configure(settings(), "dispatcher", stream=stream)

    def fail() -> None:
        with logs.gathered():
            structlog.get_logger().info("one", story_id="1")
            structlog.get_logger().info("two")
            assert stream.getvalue() == ""
            raise RuntimeError("a fault between them")

    with pytest.raises(RuntimeError):
        fail()
    structlog.get_logger().info("three")
    assert [event["event"] for event in events(stream)] == ["one", "two", "three"]


def test_chatty_libraries_are_heard_only_when_something_is_wrong(stream: io.StringIO) -> None:
    logs.configure(settings(log_level="debug"), "enrich", stream=stream)
    logging.getLogger("uvicorn.error").info("Started")
    logging.getLogger("uvicorn.error").warning("Odd")
    assert [event["event"] for event in events(stream)] == ["Odd"]


def test_configuring_twice_writes_a_line_once(stream: io.StringIO) -> None:
    for _ in range(2):
        logs.configure(settings(), "enrich", stream=stream)
    structlog.get_logger().info("once")
    assert len(events(stream)) == 1


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), ValueError("closed file")])
def test_a_line_that_cannot_be_written_stops_nobody(stream: io.StringIO, fault: Exception) -> None:
    class Full(io.StringIO):
        def write(self, _text: str) -> int:
            raise fault

    logs.configure(settings(), "enrich", stream=Full())
    structlog.get_logger().info("lost")
    logs.configure(settings(), "enrich", stream=stream)
    structlog.get_logger().info("seen")
    assert [event["event"] for event in events(stream)] == ["seen"]


class Unspeakable:
    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("half \ud800", {"value": "half \ud800"}),
        (2**64, {"value": 2**64}),
        ({(1,): 2**64, "b": {3}}, {"value": {"b": "{3}"}}),
        (Unspeakable(), {}),
    ],
)
def test_no_field_keeps_an_event_from_being_written(
    stream: io.StringIO, value: object, written: dict[str, Any]
) -> None:
    logs.configure(settings(), "enrich", stream=stream)
    structlog.get_logger().info("odd", value=value)
    (event,) = events(stream)
    assert event["event"] == "odd"
    assert {name: event[name] for name in event if name == "value"} == written


def test_text_is_for_a_person(stream: io.StringIO) -> None:
    logs.configure(settings(log_format="text"), "enrich", stream=stream)
    structlog.get_logger().info("story.enriched", story_id="1")
    line = stream.getvalue()
    assert "story.enriched" in line
    assert "story_id=1" in line
    assert "\x1b" not in line


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_no_secret_leaves_in_any_field(stream: io.StringIO, log_format: str) -> None:
    logs.configure(settings(log_format=log_format), "enrich", stream=stream)
    structlog.get_logger().warning(
        f"key {SECRET}",
        secret="whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        nested={"url": "postgresql://copydesk:hunter22@localhost/db"},
        redis="redis://:hunter22@localhost:6379/0",
    )
    logging.getLogger("library").warning("token %s", SECRET)
    written = stream.getvalue()
    for secret in ("0123456789abc", "C2FVsBQ", "hunter22"):
        assert secret not in written
    assert "cdk_***" in written
    assert "whsec_***" in written
    assert "postgresql://***@localhost" in written


def failing(cause: Exception | None = None) -> Exception:
    try:
        try:
            raise cause or ValueError("story text inside")  # noqa: TRY301 - a cause is made here
        except Exception as inner:
            raise RuntimeError("story text outside") from inner
    except RuntimeError as error:
        return error


def test_an_exception_is_told_by_types_and_frames_without_its_text(stream: io.StringIO) -> None:
    logs.configure(settings(), "enrich", stream=stream)
    structlog.get_logger().error("failed", exc_info=failing())
    try:
        raise KeyError("story text")  # noqa: TRY301 - an exception is made here
    except KeyError:
        structlog.get_logger().exception("failed")
        logging.getLogger("library").exception("failed")
    first, second, third = events(stream)
    assert [line for line in first["exception"] if not line.startswith(" ")] == ["RuntimeError", "ValueError"]
    assert any("test_logs.py" in line and "failing" in line for line in first["exception"])
    assert second["exception"][0] == third["exception"][0] == "KeyError"
    assert "story text" not in stream.getvalue()


def test_messages_that_copydesk_wrote_are_told(stream: io.StringIO) -> None:
    logs.configure(settings(), "enrich", stream=stream)
    for cause in (OutageError("the database is away"), FileNotFoundError(2, "No such file", "x")):
        structlog.get_logger().error("failed", exc_info=failing(cause))
    told = [line for event in events(stream) for line in event["exception"] if "Error: " in line]
    assert told == [
        "OutageError: the database is away",
        "FileNotFoundError: [Errno 2] No such file: 'x'",
    ]


def test_nothing_to_tell_is_no_exception(stream: io.StringIO) -> None:
    logs.configure(settings(), "enrich", stream=stream)
    structlog.get_logger().error("failed", exc_info=True)
    structlog.get_logger().error("failed", exc_info=None)
    assert ["exception" in event for event in events(stream)] == [False, False]


def test_a_chain_of_causes_has_an_end() -> None:
    first, second = PermanentError("a", "b"), ValueError()
    first.__cause__, second.__cause__ = second, first
    assert len(logs.describe_exception(first)) == 10


def test_a_context_that_was_suppressed_is_left_out() -> None:
    def suppressing() -> None:
        try:
            raise KeyError  # noqa: TRY301 - the context is made here
        except KeyError:
            raise OutageError("away") from None

    with pytest.raises(OutageError) as caught:
        suppressing()
    assert not any("KeyError" in line for line in logs.describe_exception(caught.value))


def test_warnings_are_logged(stream: io.StringIO) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(False)  # noqa: FBT003 - the standard library's own
        logs.configure(settings(), "enrich", stream=stream)
        warnings.warn("old", DeprecationWarning, stacklevel=1)
        logging.captureWarnings(False)  # noqa: FBT003 - the standard library's own
    assert "old" in events(stream)[0]["event"]


def test_as_text_an_exception_has_its_own_lines() -> None:
    stream = io.StringIO()
    logs.configure(settings(log_format="text"), "ingest", stream=stream)
    try:
        raise KeyError("story text")  # noqa: TRY301 - an exception is made here
    except KeyError:
        structlog.get_logger().exception("story.failed", attempt=2)
    told = stream.getvalue()
    assert "story.failed" in told
    assert "\nKeyError\n" in told
    assert "story text" not in told
