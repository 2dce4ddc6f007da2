"""Retention in the sweep: each turn a page of events, a page of stories, and a day of attempts."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import Connection

from copydesk import metrics
from copydesk.settings import EnrichSettings
from copydesk.store import retention
from copydesk.store.database import Database
from copydesk.store.retention import FIRST, Page

log = structlog.get_logger(__name__)
PAGE: Final = 200  # rows looked at, a turn


class Retention:
    """Removes what the settings no longer keep; remembers between turns how far it has come.

    Safe to run beside another one, and to begin anew at any time.
    """

    def __init__(self, settings: EnrichSettings) -> None:
        self._books = (
            _Book("events", retention.remove_events, settings.retain_events_days),
            _Book("stories", retention.remove_stories, settings.retain_stories_days),
        )
        # Attempts go at the latest with what they were made for.
        self._attempts_days = (
            settings.retain_attempts_days or settings.retain_events_days or settings.retain_stories_days
        )

    def turn(self, database: Database) -> dict[str, int]:
        """Removes a little of everything that is too old; returns what went, and how many of it.

        Raises:
            OutageError: the database is away; what was removed before stays removed.
        """
        removed = {book.name: book.turn(database) for book in self._books if book.days}
        if self._attempts_days:
            removed |= self._remove_attempts(database)
        removed = {name: count for name, count in removed.items() if count}
        for name, count in removed.items():
            metrics.REMOVED.labels(name).inc(count)
        if removed:
            log.info("retention.removed", **removed)
        return removed

    def _remove_attempts(self, database: Database) -> dict[str, int]:
        with database.transaction() as connection:
            day = retention.drop_attempts(connection, self._attempts_days)
        with database.transaction() as connection:
            strays = retention.remove_stray_attempts(connection, self._attempts_days, PAGE)
        return {"attempt_days": 0 if day is None else 1, "attempts": strays}


class _Book:
    """Rows of one kind, gone through page by page, and from the first one again."""

    def __init__(self, name: str, remove: Callable[[Connection, int, UUID, int], Page], days: int) -> None:
        self.name = name
        self.days = days
        self._remove = remove
        self._after = FIRST

    def turn(self, database: Database) -> int:
        with database.transaction() as connection:
            page = self._remove(connection, self.days, self._after, PAGE)
        self._after = page.after
        return page.removed
