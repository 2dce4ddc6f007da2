"""The words of copydesk as values: states, lanes, scopes, event types and ids."""

import os
import time
import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from importlib.metadata import version as distribution_version
from typing import Any

VERSION = distribution_version("copydesk")
MESSAGE_IDS = 8
"""Revisions in one message at the most. With more, the last of them would wait long for their one worker."""

MAX_VERSION = 2**31 - 1
"""The highest version of a story."""


class Lane(StrEnum):
    """A queue of enrich, in the order in which workers empty them."""

    BREAKING = "breaking"
    NORMAL = "normal"
    BACKFILL = "backfill"


class RevisionState(StrEnum):
    """Where one version of a story stands."""

    ACCEPTED = "accepted"  # promised: waits for a worker, at `due_at` at the earliest
    ENRICHING = "enriching"  # leased to one worker until `lease_until`
    ENRICHED = "enriched"  # done; published if it was the newest version, else recorded
    QUARANTINED = "quarantined"  # waits for a person
    DISCARDED = "discarded"  # a person gave it up


class DeliveryState(StrEnum):
    """Where one event owed to one subscription stands."""

    DUE = "due"  # to be sent at `due_at`
    SENDING = "sending"  # leased to one dispatcher until `lease_until`
    DELIVERED = "delivered"  # the endpoint answered 2xx
    EXHAUSTED = "exhausted"  # every try of the schedule failed
    SUPERSEDED = "superseded"  # a newer version of the story went out instead
    EXPIRED = "expired"  # older than the subscription wants, or waited too long for it to be enabled
    DISCARDED = "discarded"  # the subscription was deleted, or a person gave it up


class ReplayState(StrEnum):
    """Where one replay stands."""

    RUNNING = "running"  # a dispatcher takes it further, step by step
    DONE = "done"  # it has looked at everything
    CANCELLED = "cancelled"  # by a person, or because its subscription was deleted


class ErrorClass(StrEnum):
    """How a failed attempt is counted."""

    BLOCKED_ADDRESS = "blocked_address"  # the URL, or what it resolves to, may not be called
    BAD_URL = "bad_url"  # it cannot be called
    DNS = "dns"  # the name does not resolve
    REFUSED = "refused"  # nothing listens there
    UNREACHABLE = "unreachable"  # there is no way there
    TLS = "tls"  # no handshake, or no good certificate
    TIMEOUT = "timeout"  # the whole exchange took too long
    RESET = "reset"  # the connection was cut
    BAD_REPLY = "bad_reply"  # what came back is not HTTP
    TOO_LARGE = "too_large"  # what came back breaks a bound
    REDIRECT = "redirect"  # 3xx
    CLIENT_ERROR = "http_4xx"
    SERVER_ERROR = "http_5xx"
    CONNECTION = "connection"  # anything else


class EventType(StrEnum):
    """What subscribers are told. The comments are the descriptions in docs/reference/events.md."""

    PUBLISHED = "story.published"  # the first record of a story is finished
    UPDATED = "story.updated"  # a further record is: of a higher version, or the same one enriched again
    RETRACTED = "story.retracted"  # the source takes the story back; there is no way to do that yet
    QUARANTINED = "story.quarantined"  # a version waits for a person; told to the story's own source alone
    DISABLED = "subscription.disabled"  # another subscription of yours was disabled: its deliveries wait
    RECOVERED = "subscription.recovered"  # it is enabled again, or its endpoint answers again after a warning
    FAILING = "delivery.failing"  # all that is sent to another subscription of yours fails, for long already
    EXHAUSTED = "delivery.exhausted"  # every attempt of a delivery to another subscription of yours failed


OF_RECORDS = frozenset({EventType.PUBLISHED, EventType.UPDATED, EventType.RETRACTED})
"""What is told of a record: to each subscription in the order of its editions."""
OPERATIONAL = frozenset({
    EventType.DISABLED,
    EventType.RECOVERED,
    EventType.FAILING,
    EventType.EXHAUSTED,
})  # fmt: skip
"""What is told of a subscription, and not of a story."""


class Scope(StrEnum):
    """What an API key may do."""

    STORIES_WRITE = "stories:write"  # post stories of its source and follow them
    RECORDS_READ = "records:read"  # read finished records
    SUBSCRIPTIONS_MANAGE = "subscriptions:manage"  # manage its own subscriptions and deliveries
    ADMIN = "admin"  # everything, of every source


class Outcome(StrEnum):
    """How a step of a revision ended."""

    STARTED = "started"  # has not ended yet
    OK = "ok"
    FAILED = "failed"  # an error; see the reason beside it
    LOST = "lost"  # its worker was killed, or lost its lease
    RETURNED = "returned"  # given back because of an outage; does not count as an attempt


@dataclass(frozen=True, slots=True)
class Unplaced:
    """An event that waits for its place, with what filters look at; empty where none looks at it.

    `subscription_id` is whom an operational event is about.
    """

    id: uuid.UUID
    type: EventType
    source: str
    language: str | None
    enrichment: dict[str, Any] | None
    subscription_id: uuid.UUID | None = None
    title: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True)
class Listener:
    """A subscription as fan-out sees it; `is_admin` where its source has a key with the scope `admin`."""

    id: uuid.UUID
    source: str
    filter: dict[str, Any] | None
    is_admin: bool = False


Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Exchange:
    """What went over the wire in an attempt.

    Args:
        sent: the headers of the request, what is secret in them struck; `None` where it was not sent.
        received: the headers of the reply, 4 KiB at the most; `None` where none came.
        dns_ms: until the address was known. This and the next two only where a connection was made.
        connect_ms: from then on until the connection was.
        tls_ms: from then on until TLS was.
        first_byte_ms: from then on until the head of the reply was there.
    """

    sent: Headers | None = None
    received: Headers | None = None
    dns_ms: float | None = None
    connect_ms: float | None = None
    tls_ms: float | None = None
    first_byte_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One HTTP request made for a delivery, and what came of it.

    Args:
        started_at: when the request began.
        duration_ms: until the reply's end, or the failure.
        status: the reply's HTTP status; `None` where nobody answered.
        error_class: how a failure is counted; `None` for success.
        detail: one sentence on the failure.
        response: the first 4 KiB of the reply, as text.
        exchange: what went over the wire.
        retry_after_seconds: how long the endpoint asked to be left alone, if it did.
    """

    started_at: datetime
    duration_ms: float
    status: int | None
    error_class: ErrorClass | None = None
    detail: str | None = None
    response: str | None = None
    exchange: Exchange = Exchange()
    retry_after_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """What follows from an attempt: `delivered`, `exhausted`, or `due` again after `retry_seconds`."""

    state: DeliveryState
    attempt: Attempt
    retry_seconds: float | None = None


def new_id() -> uuid.UUID:
    """Returns a UUID version 7 that sorts by time, to a quarter of a microsecond.

    Source: RFC 9562, section 5.7, with the fraction of section 6.2, method 3.
    """
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    fraction = (rest << 12) // 1_000_000
    noise = int.from_bytes(os.urandom(8), "big") >> 2
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80 | 0x7 << 76 | fraction << 64 | 0x2 << 62 | noise
    return uuid.UUID(int=value)


def first_id(moment: datetime) -> uuid.UUID:
    """Returns the smallest id that `new_id` could have made at a moment: ids below it are older."""
    return uuid.UUID(int=int(moment.timestamp() * 1_000) << 80 | 0x7 << 76 | 0x2 << 62)
