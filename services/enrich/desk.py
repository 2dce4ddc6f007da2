"""One worker's desk: takes revisions through lease, enrichment, validation and store."""

import itertools
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar
from uuid import UUID

import structlog
from billiard.exceptions import SoftTimeLimitExceeded
from sqlalchemy import Connection

from copydesk import contracts, metrics, records
from copydesk.errors import OutageError, PermanentError
from copydesk.pauses import doubling, jittered
from copydesk.process import identity
from copydesk.settings import EnrichSettings
from copydesk.store import leases
from copydesk.store.database import Database
from copydesk.store.leases import Done, Lease
from services.enrich.pipeline import Story

log = structlog.get_logger(__name__)
Answer = TypeVar("Answer")
_STORED = {None: "lost", True: "published", False: "recorded"}
_FAILED = {None: "lost", True: "quarantined", False: "retry"}
STORE_SECONDS = 0.1
"""How long what is done may wait for others to be stored with."""
OUTAGE_PAUSES = (0.1, 0.2, 0.5, 1.0, 2.0)


class Enricher(Protocol):
    """What computes the enrichment; pure. `services.enrich.pipeline.Pipeline` is the real one."""

    def enrich(self, story: Story) -> dict[str, Any]:
        """Returns the enrichment of one story, in the shape that `records.build` takes."""


class Desk:
    """What a worker process does; made before it forks, connected at its first revision.

    Args:
        settings: see `EnrichSettings`.
        enricher: computes the enrichment.
        connect: opens the database, once, after the fork; by default the one of the settings.
    """

    def __init__(
        self,
        settings: EnrichSettings,
        enricher: Enricher,
        connect: Callable[[], Database] | None = None,
    ) -> None:
        self._settings = settings
        self._enricher = enricher
        self._connect = connect or self._open
        self._database: Database | None = None
        self._uncounted: list[Lease] = []

    def work(self, revision_ids: Sequence[UUID]) -> list[str]:
        """Takes revisions as far as they go, and returns an outcome for each; safe to run twice.

        An outcome is `published`, `recorded`, `retry`, `quarantined`, `lost` (another worker has it
        now), `idle` (there was nothing to do), `returned` (the time was up before it began) or `outage` (the
        database was away for too long).
        """
        outcomes = self._work(revision_ids)
        for outcome in outcomes:
            metrics.of(metrics.ENRICHMENTS, outcome).inc()
        return outcomes

    def _work(self, revision_ids: Sequence[UUID]) -> list[str]:
        try:
            held = self._persist(lambda connection: self._lease(connection, revision_ids))
        except (OutageError, SoftTimeLimitExceeded):
            return ["outage"] * len(revision_ids)
        self._uncounted.clear()
        return ["idle"] * (len(revision_ids) - len(held)) + self._take(held)

    def _take(self, held: Sequence[Lease]) -> list[str]:
        """Enriches what is leased one after the other, and stores together what went well meanwhile.

        Each story has at least three quarters of the soft limit to itself: after the first quarter none is
        begun any more.
        """
        began = stored_at = time.monotonic()
        outcomes: list[str] = []
        done: list[Done] = []
        for number, each in enumerate(held):
            now = time.monotonic()
            if done and now - stored_at > STORE_SECONDS:
                outcomes += self._finish(done)
                done, stored_at = [], now
            if number and now - began > self._settings.soft_limit_seconds / 4:
                outcomes += self._return(held[number:])
                break
            with _about(each):
                result = self._enrich(each)
            if isinstance(result, Done):
                done.append(result)
            else:
                outcomes.append(result)
        return outcomes + self._finish(done) if done else outcomes

    def _enrich(self, held: Lease) -> Done | str:
        """Enriches one story; returns what is to be stored, or the outcome where there is nothing."""
        began = time.perf_counter()
        try:
            return Done(held, self._enrichment(held), _milliseconds(began))
        except SoftTimeLimitExceeded:
            limit = self._settings.soft_limit_seconds
            failure = ("enrich", "time_limit", f"It took longer than {limit:g} s.")
        except MemoryError:
            failure = ("enrich", "out_of_memory", "There was not enough memory.")
        except PermanentError as error:
            return self._fail(held, began, ("validate", error.reason, error.detail), again=False)
        except Exception as error:  # one story's fault must not stop the others
            log.exception("story.failed")
            failure = ("enrich", "error", f"{type(error).__name__} was raised.")
        return self._fail(held, began, failure)

    def _lease(self, connection: Connection, revision_ids: Sequence[UUID]) -> list[Lease]:
        for each in self._uncounted:
            leases.give_back(connection, each)
        return leases.lease(
            connection,
            revision_ids,
            seconds=self._settings.lease_seconds,
            max_attempts=self._settings.max_attempts,
            worker=identity(),
        )

    def _return(self, held: Sequence[Lease]) -> list[str]:
        """Gives back what was not begun; the sweep sends it again."""

        def give_back(connection: Connection) -> None:
            for each in held:
                leases.give_back(connection, each)

        try:
            self._persist(give_back)
        except (OutageError, SoftTimeLimitExceeded):
            self._uncounted += held
        return ["returned"] * len(held)

    def _enrichment(self, held: Lease) -> dict[str, Any]:
        enrichment = self._enricher.enrich(Story.from_document(held.document))
        record = records.build(held, enrichment)
        wrong = contracts.violations("record", record, limit=1) or contracts.check_offsets(record)
        if wrong:
            raise PermanentError(
                "invalid_output", f"The record breaks its contract at {wrong[0].pointer}: {wrong[0].keyword}."
            )
        for step in enrichment["enrichment"]["steps"]:
            metrics.of(metrics.ENRICHMENT_STEP_SECONDS, step["name"]).observe(step["duration_ms"] / 1000)
        return enrichment

    def _finish(self, done: Sequence[Done]) -> list[str]:
        try:
            stored = self._persist(lambda connection: leases.finish(connection, done))
        except (OutageError, SoftTimeLimitExceeded):
            self._uncounted += [each.held for each in done]
            outcomes = ["outage"] * len(done)
        else:
            outcomes = [_STORED[published] for published in stored]
        for each, outcome in zip(done, outcomes, strict=True):
            with _about(each.held):
                _tell(outcome, each.duration_ms)
        return outcomes

    def _fail(self, held: Lease, began: float, failure: tuple[str, str, str], *, again: bool = True) -> str:
        """Stores that a try failed; `failure` is its stage, reason and detail."""
        stage, reason, detail = failure
        pause = jittered(doubling(held.attempt, self._settings.retry_seconds)) if again else None
        duration_ms = _milliseconds(began)
        try:
            quarantined = self._persist(
                lambda connection: leases.fail(
                    connection,
                    held,
                    stage=stage,
                    reason=reason,
                    detail=detail,
                    duration_ms=duration_ms,
                    retry_seconds=pause,
                    max_attempts=self._settings.max_attempts,
                )
            )
        except (OutageError, SoftTimeLimitExceeded):
            outcome = "outage"
        else:
            outcome = _FAILED[quarantined]
        if outcome == "quarantined":
            metrics.QUARANTINED.labels(reason).inc()
        _tell(outcome, duration_ms)
        return outcome

    def _persist(self, change: Callable[[Connection], Answer]) -> Answer:
        """Makes one change in a transaction of its own, over and over while the database is away.

        Raises:
            OutageError: it was away for longer than a story may take.
        """
        deadline = time.monotonic() + self._settings.soft_limit_seconds
        for pause in itertools.chain(OUTAGE_PAUSES, itertools.repeat(OUTAGE_PAUSES[-1])):
            try:
                with self._connected().transaction() as connection:
                    return change(connection)
            except OutageError as error:
                if time.monotonic() + pause > deadline:
                    raise
                log.warning("database.away", error=str(error))
            time.sleep(pause)
        raise AssertionError("the pauses never end")  # pragma: no cover - repeat() has no end

    def _connected(self) -> Database:
        if self._database is None:
            self._database = self._connect()
        return self._database

    def _open(self) -> Database:
        return Database(self._settings.database_url, pool_size=1, application_name="copydesk-enrich")


def _about(held: Lease) -> AbstractContextManager[object]:
    """Lets every log line meanwhile bear the story's id."""
    return structlog.contextvars.bound_contextvars(
        story_id=str(held.story_id),
        revision_id=str(held.revision_id),
        version=held.version,
        attempt=held.attempt,
    )


def _tell(outcome: str, duration_ms: float) -> None:
    metrics.ENRICHMENT_SECONDS.observe(duration_ms / 1000)
    log.info("story.worked", outcome=outcome, duration_ms=duration_ms)


def _milliseconds(began: float) -> float:
    return round(1000 * (time.perf_counter() - began), 3)
