"""Logs: events with fields, one line each, as JSON or as text for a person.

Never story text and never a secret: an exception is shown as its type and its frames, with its message
only where copydesk or the operating system wrote it, and tokens are struck from the finished line.
"""

import json
import logging
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, Final, TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from copydesk.errors import CopydeskError
from copydesk.settings import Settings

_SECRETS: Final = re.compile(r"\b(cdk|whsec|whsk)_[A-Za-z0-9_+/=-]{8,}|(?<=://)[^\s/@\"]*:[^\s/@\"]+(?=@)")
_MAX_FRAMES: Final = 30
_MAX_LINKS: Final = 10
# Libraries that tell each of their steps at INFO.
_CHATTY: Final = (
    "uvicorn",
    "uvicorn.error",
    "asyncio",
    "aiohttp.access",
    "httpx",
    "kombu",
    "alembic",
    "celery.worker.strategy",
    "celery.app.trace",
)


def configure(settings: Settings, service: str, *, stream: TextIO | None = None) -> None:
    """Sends every log line of this process, its libraries' included, to one stream; safe to call twice.

    Args:
        settings: `log_format` and `log_level`.
        service: the name that every line bears.
        stream: where to; stderr by default.
    """
    target = stream or sys.stderr
    level = settings.log_level.upper()
    shared = _shared(service)
    rendering = _rendering(settings.log_format == "json", target.isatty())
    handler = logging.StreamHandler(target)
    handler.setFormatter(_formatter(shared, rendering))
    handler.set_name("copydesk")
    _install(handler, level)
    structlog.configure(  # our own lines go straight there: the standard library's way cost four times that
        processors=[*shared, *rendering],
        logger_factory=lambda name="copydesk": _Lines(name, target),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        cache_logger_on_first_use=False,
    )


@contextmanager
def gathered() -> Iterator[None]:
    """Writes the lines of our own that come about in the block at its end, together; also where it raises.

    A line by itself takes as long to write as to make, and lets every thread that waits go first.
    """
    held: dict[TextIO, list[str]] = {}
    token = _HELD.set(held)
    try:
        yield
    finally:
        _HELD.reset(token)
        for stream, lines in held.items():
            _write(stream, "".join(lines))


_HELD: ContextVar[dict[TextIO, list[str]] | None] = ContextVar("_HELD", default=None)


def strike_secrets(line: str) -> str:
    """Returns a line without API keys, signing secrets and passwords in URLs."""
    if "cdk_" not in line and "whs" not in line and "://" not in line:
        return line  # one of them is in each of the above
    return _SECRETS.sub(lambda found: f"{found[1]}_***" if found[1] else "***", line)


def describe_exception(error: BaseException) -> list[str]:
    """Returns an exception and its causes, the outermost first: type and frames, the innermost first."""
    return [line for link in _chain(error) for line in _link(link)]


def _chain(error: BaseException) -> Iterator[BaseException]:
    link: BaseException | None = error
    for _ in range(_MAX_LINKS):
        if link is None:
            return
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _link(error: BaseException) -> Iterator[str]:
    ours = isinstance(error, CopydeskError | OSError)
    yield f"{type(error).__qualname__}: {error}" if ours else type(error).__qualname__
    frames = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"  {code.co_filename}:{trace.tb_lineno} {code.co_qualname}")
        trace = trace.tb_next
    yield from reversed(frames[-_MAX_FRAMES:])


def _install(handler: logging.Handler, level: str) -> None:
    root = logging.getLogger()
    for former in [former for former in root.handlers if former.get_name() == handler.get_name()]:
        root.removeHandler(former)
    root.addHandler(handler)
    root.setLevel(level)
    logging.captureWarnings(True)  # noqa: FBT003 - the standard library's own
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def _shared(service: str) -> list[Processor]:
    """What lines of copydesk and of its libraries go through alike."""

    def name_service(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event.setdefault("service", service)
        return event

    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        _stamp,
        name_service,
        _show_exception,
    ]


def _stamp(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Says when, in UTC to a microsecond."""
    seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
    event["time"] = f"{_second(seconds)}.{nanoseconds // 1_000:06}Z"
    return event


@lru_cache(2)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def _show_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    error = _exception(event.pop("exc_info", None))
    if error is not None:
        event["exception"] = describe_exception(error)
    return event


def _exception(given: Any) -> BaseException | None:  # noqa: ANN401 - what logging takes as exc_info
    if isinstance(given, BaseException):
        return given
    found = sys.exc_info() if given is True else given
    return found[1] if found else None


def _rendering(as_json: bool, colors: bool) -> list[Processor]:
    """What makes a line of an event, without secrets: no field can carry one out."""
    console = structlog.dev.ConsoleRenderer(colors=colors, timestamp_key="time")
    return [*([_to_json] if as_json else [_join_exception, console]), _strike]


def _formatter(shared: list[Processor], rendering: list[Processor]) -> logging.Formatter:
    """What makes the lines of libraries."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
    )


def _join_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The console shows an exception as a text of its own lines."""
    if "exception" in event:
        event["exception"] = "\n".join(event["exception"])
    return event


def _to_json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    """Whatever its fields hold, there is a line: at the worst one that bears nothing else."""
    first = {name: event.pop(name, None) for name in ("time", "level", "service", "event")}
    whole = {**first, **event}
    with suppress(Exception):
        return orjson.dumps(whole, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    with suppress(Exception):  # slower, and takes half a character and any integer
        return json.dumps(whole, default=str, skipkeys=True)
    return json.dumps({name: value for name, value in first.items() if isinstance(value, str)})


def _strike(_logger: WrappedLogger, _method: str, line: Any) -> str:  # noqa: ANN401 - structlog's own type
    return strike_secrets(line)


class _Lines:
    """Writes finished lines, whole; without a lock, which a fork could leave locked."""

    def __init__(self, name: str, stream: TextIO) -> None:
        self.name = name
        self._stream = stream

    def msg(self, line: str) -> None:
        """Writes one line, or keeps it for `gathered`."""
        held = _HELD.get()
        if held is None:
            _write(self._stream, f"{line}\n")
        else:
            held.setdefault(self._stream, []).append(f"{line}\n")

    debug = info = warning = error = critical = msg


def _write(stream: TextIO, lines: str) -> None:
    """Writes lines, if they can be written: a full disk or a closed pipe stops nobody's work."""
    with suppress(OSError, ValueError):
        stream.write(lines)
        stream.flush()
