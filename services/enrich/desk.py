"""One worker's desk: takes one revision through lease, enrichment, validation and store."""

import itertools
import time
from collections.abc import Callable
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
from copydesk.store.leases import Lease
from services.enrich.pipeline import Story

log = structlog.get_logger(__name__)
Answer = TypeVar("Answer")
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

    def work(self, revision_id: UUID) -> str:
        """Takes one revision as far as it goes, and returns the outcome; safe to run twice.

        An outcome is `published`, `recorded`, `retry`, `quarantined`, `lost` (another worker has it
        now), `idle` (there was nothing to do) or `outage` (the database was away for too long).
        """
        with structlog.contextvars.bound_contextvars(revision_id=str(revision_id)):
            try:
                outcome = self._work(revision_id)
            except (OutageError, SoftTimeLimitExceeded):
                outcome = "outage"
        metrics.ENRICHMENTS.labels(outcome).inc()
        return outcome

    def _work(self, revision_id: UUID) -> str:
        held = self._persist(lambda connection: self._lease(connection, revision_id))
        if held is None:
            return "idle"
        with structlog.contextvars.bound_contextvars(
            story_id=str(held.story_id), version=held.version, attempt=held.attempt
        ):
            return self._take(held)

    def _take(self, held: Lease) -> str:
        """Enriches what is leased; every log line meanwhile bears the story's id."""
        began = time.perf_counter()
        try:
            enrichment = self._enrich(held)
        except SoftTimeLimitExceeded:
            limit = self._settings.soft_limit_seconds
            outcome = self._fail(held, began, "enrich", "time_limit", f"It took longer than {limit:g} s.")
        except MemoryError:
            outcome = self._fail(held, began, "enrich", "out_of_memory", "There was not enough memory.")
        except PermanentError as error:
            outcome = self._fail(held, began, "validate", error.reason, error.detail, again=False)
        except Exception as error:  # one story's fault must not stop the others
            log.exception("story.failed")
            outcome = self._fail(held, began, "enrich", "error", f"{type(error).__name__} was raised.")
        else:
            outcome = self._finish(held, began, enrichment)
        metrics.ENRICHMENT_SECONDS.observe(time.perf_counter() - began)
        log.info("story.worked", outcome=outcome, duration_ms=_milliseconds(began))
        return outcome

    def _lease(self, connection: Connection, revision_id: UUID) -> Lease | None:
        while self._uncounted:
            leases.give_back(connection, self._uncounted[-1])
            self._uncounted.pop()
        return leases.lease(
            connection,
            revision_id,
            seconds=self._settings.lease_seconds,
            max_attempts=self._settings.max_attempts,
            worker=identity(),
        )

    def _enrich(self, held: Lease) -> dict[str, Any]:
        enrichment = self._enricher.enrich(Story.from_document(held.document))
        record = records.build(held, enrichment)
        wrong = contracts.violations("record", record, limit=1) or contracts.check_offsets(record)
        if wrong:
            raise PermanentError(
                "invalid_output", f"The record breaks its contract at {wrong[0].pointer}: {wrong[0].keyword}."
            )
        for step in enrichment["enrichment"]["steps"]:
            metrics.ENRICHMENT_STEP_SECONDS.labels(step["name"]).observe(step["duration_ms"] / 1000)
        return enrichment

    def _finish(self, held: Lease, began: float, enrichment: dict[str, Any]) -> str:
        try:
            published = self._persist(
                lambda connection: leases.finish(connection, held, enrichment, _milliseconds(began))
            )
        except (OutageError, SoftTimeLimitExceeded):
            self._uncounted.append(held)
            raise
        if published is None:
            return "lost"
        return "published" if published else "recorded"

    def _fail(  # noqa: PLR0913 - a failure has these parts
        self, held: Lease, began: float, stage: str, reason: str, detail: str, *, again: bool = True
    ) -> str:
        pause = jittered(doubling(held.attempt, self._settings.retry_seconds)) if again else None
        quarantined = self._persist(
            lambda connection: leases.fail(
                connection,
                held,
                stage=stage,
                reason=reason,
                detail=detail,
                duration_ms=_milliseconds(began),
                retry_seconds=pause,
                max_attempts=self._settings.max_attempts,
            )
        )
        if quarantined:
            metrics.QUARANTINED.labels(reason).inc()
        return {None: "lost", True: "quarantined", False: "retry"}[quarantined]

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


def _milliseconds(began: float) -> float:
    return round(1000 * (time.perf_counter() - began), 3)
