"""One connection to PostgreSQL that an event loop waits for: each statement is a transaction of its own."""

import asyncio
from collections.abc import Generator, Sequence
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

import psycopg
from psycopg.types.json import Json, Jsonb

from copydesk.errors import OutageError
from copydesk.store.database import connecting, first_line, has_news, told_as_outage

# What is asked over and over is planned once, not with the values of each time in view.
_PLANNED: Final = " -c plan_cache_mode=force_generic_plan"

ANSWER_SECONDS: Final = 20.0
"""Within it PostgreSQL gives up a statement by itself: what then still says nothing is frozen."""

Answer = TypeVar("Answer")
Row: TypeAlias = Sequence[Any]


class Question(NamedTuple):
    """A statement in psycopg's manner, with a value for each `%s`."""

    sql: str
    values: tuple[Any, ...]


Plan: TypeAlias = Generator[Question, Sequence[Row], Answer]
"""Yields what it has to ask, is sent the rows, and returns what came of it: it does no I/O itself."""


def as_json(encoded: bytes) -> Json:
    """Returns JSON that is encoded already as a value of a question, of type json."""
    return Json(encoded, dumps=_encoded)


def as_jsonb(encoded: bytes) -> Jsonb:
    """Returns JSON that is encoded already as a value of a question, of type jsonb."""
    return Jsonb(encoded, dumps=_encoded)


def _encoded(value: bytes) -> bytes:
    return value


class Line:
    """A connection that is opened when it is needed, and opened anew after a fault.

    It carries out one plan at a time, in the event loop of its first.

    Args:
        url: `postgresql://…`, as `Settings.database_url` gives it.
        application_name: how it shows in `pg_stat_activity`.
        answer_seconds: how long one question may take, connecting included; the driver then asks PostgreSQL
            to leave off, and gives that up after at most ten seconds more.
    """

    def __init__(
        self, url: str, *, application_name: str = "copydesk", answer_seconds: float = ANSWER_SECONDS
    ) -> None:
        self._url = url
        self._answer_seconds = answer_seconds
        self._arguments = connecting(application_name)
        self._arguments["options"] += _PLANNED
        self._connection: psycopg.AsyncConnection[Row] | None = None

    async def carry_out(self, plan: Plan[Answer]) -> Answer:
        """Asks what a plan asks, each question committed when it is answered, and returns what it returns.

        Raises:
            OutageError: PostgreSQL is away, stopping, out of room or of time. The last question may or may
                not have been committed: carry out the plan again, every step can be taken twice.
            psycopg.Error: it refuses a value.
        """
        try:
            question = next(plan)
            while True:
                question = plan.send(await self.ask(question))
        except StopIteration as end:
            answer: Answer = end.value
            return answer

    async def ask(self, question: Question) -> Sequence[Row]:
        """Asks one question, and returns its rows once it is committed; raises as `carry_out` does."""
        try:
            with told_as_outage():
                return await self._answered(question)
        except TimeoutError as error:
            await self.close()
            raise OutageError(f"the database does not answer: {first_line(error)}") from error
        except OutageError:
            await self.close()
            raise

    async def _answered(self, question: Question) -> Sequence[Row]:
        async with asyncio.timeout(self._answer_seconds):
            connection = await self._connected()
            cursor = await connection.execute(question.sql, question.values, prepare=True, binary=True)
            return await cursor.fetchall()

    async def close(self) -> None:
        """Ends the connection, if there is one; the next question opens another."""
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def _connected(self) -> psycopg.AsyncConnection[Row]:
        """Returns the connection, and another one where it has ended meanwhile."""
        if self._connection is not None and has_news(self._connection):
            try:
                await self._connection.execute("")
            except psycopg.Error:
                await self.close()
        if self._connection is None:
            self._connection = await psycopg.AsyncConnection.connect(
                self._url, autocommit=True, **self._arguments
            )
        return self._connection
