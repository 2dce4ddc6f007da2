"""Every metric of copydesk, and how a process shows them.

A process whose work is done in children (a Celery worker) sets `PROMETHEUS_MULTIPROC_DIR` to an empty
folder before it imports this module: its children then write there, and what is shown is their sum.
"""

import os
import threading
from collections.abc import Callable
from typing import Any, TypeVar
from wsgiref.simple_server import WSGIServer

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    start_http_server,
)
from prometheus_client.multiprocess import MultiProcessCollector

CONTENT_TYPE = CONTENT_TYPE_LATEST
_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15)
_SLOW = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 15, 30, 60)
_LONG = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 28_800, 86_400, 259_200)


def _gauge(name: str, documentation: str, label: str) -> Gauge:
    return Gauge(name, documentation, [label], multiprocess_mode="mostrecent")


HTTP_REQUESTS = Counter(
    "copydesk_http_requests_total",
    "Requests answered, by service, method, route (its template, or unmatched) and status. Status 499: the"
    " client did not wait.",
    ["service", "method", "route", "status"],
)
HTTP_SECONDS = Histogram(
    "copydesk_http_request_seconds",
    "Seconds from a request's headers to the end of its reply.",
    ["service", "route"],
    buckets=_FAST,
)
PROBLEMS = Counter(
    "copydesk_problems_total",
    "Refusals, by service and problem code.",
    ["service", "code"],
)
STORIES_ACCEPTED = Counter("copydesk_stories_accepted_total", "New revisions committed, by lane.", ["lane"])
STORIES_REPEATED = Counter(
    "copydesk_stories_repeated_total", "Revisions posted again with the same content, by lane.", ["lane"]
)
ENQUEUE_FAILURES = Counter(
    "copydesk_enqueue_failures_total",
    "Ids that the broker did not take in time and the sweep enqueues later, by lane.",
    ["lane"],
)
ENRICHMENTS = Counter(
    "copydesk_enrichments_total",
    "Tries to enrich a revision, by outcome: published, recorded (an older version), retry, quarantined, lost"
    " (another worker has it), idle (nothing to do), returned (the time was up before it began), outage.",
    ["outcome"],
)
ENRICHMENT_SECONDS = Histogram(
    "copydesk_enrichment_seconds", "Seconds that one try to enrich a revision took.", buckets=_SLOW
)
ENRICHMENT_STEP_SECONDS = Histogram(
    "copydesk_enrichment_step_seconds", "Seconds that one step of the pipeline took.", ["step"], buckets=_FAST
)
QUARANTINED = Counter("copydesk_quarantined_total", "Revisions quarantined, by reason.", ["reason"])
SWEEP_TURNS = Counter(
    "copydesk_sweep_turns_total",
    "Turns of the sweep, by outcome: ok, reserve (another sweep is at it), outage.",
    ["outcome"],
)
SWEPT = Counter("copydesk_swept_total", "Ids that the sweep enqueued again, by lane.", ["lane"])
REMOVED = Counter(
    "copydesk_removed_total",
    "What became older than the settings keep and was removed, by kind: stories, events, attempts, and"
    " attempt_days (whole tables).",
    ["kind"],
)
# Every gauge of what waits has a label: without one, the processes that don't measure it would show 0.
LANE_DEPTH = _gauge(
    "copydesk_lane_depth", "Messages of a lane on the broker; NaN while that is away.", "lane"
)
LANE_WAITING = _gauge(
    "copydesk_lane_waiting", "Revisions that are due and that no worker holds, up to 10000.", "lane"
)
LANE_OLDEST_SECONDS = _gauge(
    "copydesk_lane_oldest_seconds",
    "Seconds that the oldest of the waiting revisions has been due; 0 if there is none.",
    "lane",
)
LANE_LEASED = _gauge("copydesk_lane_leased", "Revisions that a worker holds, up to 10000.", "lane")
LANE_QUARANTINED = _gauge(
    "copydesk_lane_quarantined", "Revisions that wait for a person, up to 10000.", "lane"
)
DELIVERIES_OWED = _gauge(
    "copydesk_deliveries_owed",
    "Deliveries that could be sent now (due) and those in flight (sending), to enabled subscriptions, up to"
    " 10000.",
    "state",
)
DELIVERIES_OLDEST_SECONDS = _gauge(
    "copydesk_deliveries_oldest_seconds",
    "Seconds that the oldest due delivery, or the oldest event without a position, has waited; 0 if there is"
    " none.",
    "state",
)
FANNED_OUT = Counter("copydesk_fanned_out_total", "Events given a position and turned into deliveries.")
REPLAYED = Counter("copydesk_replayed_total", "Deliveries that replays made due, anew or again.")
DELIVERIES = Counter(
    "copydesk_deliveries_total",
    "Deliveries by what an attempt led to: delivered, due (again later), exhausted, superseded (a newer"
    " version waits), expired (too old for another), discarded (the subscription was deleted meanwhile), lost"
    " (the lease ran out first); and by the error class of the attempt, or none.",
    ["outcome", "error_class"],
)
DELIVERY_LATENCY_SECONDS = Histogram(
    "copydesk_delivery_latency_seconds",
    "Seconds from an event to its delivery, all pauses between attempts included.",
    buckets=_LONG,
)
ATTEMPT_SECONDS = Histogram(
    "copydesk_attempt_seconds", "Seconds that one attempt took, the reply's body included.", buckets=_SLOW
)
IN_FLIGHT = Gauge(
    "copydesk_deliveries_in_flight",
    "Attempts that this dispatcher is making now.",
    multiprocess_mode="livesum",
)
SLOW = Gauge(
    "copydesk_deliveries_slow",
    "Those of them in a place for slow ones: they have taken longer than a second, or their endpoint's last"
    " attempt did.",
    multiprocess_mode="livesum",
)

METRICS = (
    HTTP_REQUESTS,
    HTTP_SECONDS,
    PROBLEMS,
    STORIES_ACCEPTED,
    STORIES_REPEATED,
    ENQUEUE_FAILURES,
    ENRICHMENTS,
    ENRICHMENT_SECONDS,
    ENRICHMENT_STEP_SECONDS,
    QUARANTINED,
    SWEEP_TURNS,
    SWEPT,
    REMOVED,
    LANE_DEPTH,
    LANE_WAITING,
    LANE_OLDEST_SECONDS,
    LANE_LEASED,
    LANE_QUARANTINED,
    DELIVERIES_OWED,
    DELIVERIES_OLDEST_SECONDS,
    FANNED_OUT,
    REPLAYED,
    DELIVERIES,
    DELIVERY_LATENCY_SECONDS,
    ATTEMPT_SECONDS,
    IN_FLIGHT,
    SLOW,
)


Kind = TypeVar("Kind", Counter, Gauge, Histogram)
_children: dict[tuple[Any, ...], Any] = {}


def of(metric: Kind, *labels: str) -> Kind:
    """Returns what a metric counts for these values of its labels, as `labels` does, and looks it up once."""
    key = (metric, *labels)
    child: Kind | None = _children.get(key)
    if child is None:
        child = _children[key] = metric.labels(*labels)
    return child


def registry() -> CollectorRegistry:
    """Returns what this process shows: its own metrics, or the sum of its children's."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    shared = CollectorRegistry()
    MultiProcessCollector(shared)  # type: ignore[no-untyped-call] # it registers itself
    return shared


def render() -> bytes:
    """Returns the metrics in Prometheus' text format, of `CONTENT_TYPE`."""
    return generate_latest(registry())


def serve(port: int, host: str) -> Callable[[], None]:
    """Serves `/metrics` from a thread of its own, for a process without an HTTP API.

    Args:
        port: where to listen; 0 serves nothing.
        host: the address to listen on.

    Returns:
        A function that stops it; calling it twice is safe.

    Raises:
        OSError: the port is taken.
    """
    if port == 0:
        return lambda: None
    server, thread = start_http_server(port, host, registry())
    return lambda: _stop(server, thread)


def _stop(server: WSGIServer, thread: threading.Thread) -> None:
    server.shutdown()
    server.server_close()
    thread.join()
