import asyncio
import os
import signal
import time
from collections.abc import Callable, Coroutine
from typing import Any

import psycopg
import pytest

from copydesk.errors import OutageError, SchemaError
from copydesk.store import line as module
from copydesk.store.database import Database
from copydesk.store.line import Line, Plan, Question, as_json, as_jsonb
from services.embedded.postgres import Postgres

PID = Question("SELECT pg_backend_pid()", ())


def run(url: str, act: Callable[[Line], Coroutine[Any, Any, Any]]) -> Any:
    async def all_of_it() -> Any:
        line = Line(url)
        try:
            return await act(line)
        finally:
            await line.close()

    return asyncio.run(all_of_it())


async def pid(line: Line) -> int:
    ((found,),) = await line.ask(PID)
    return int(found)


def end(database: Database, backend: int) -> None:
    with database.transaction() as connection:
        connection.exec_driver_sql(f"SELECT pg_terminate_backend({backend}, 5000)")


def adding(number: int) -> Plan[int]:
    ((twice,),) = yield Question("SELECT 2 * %s::integer", (number,))
    ((more,),) = yield Question("SELECT 1 + %s::integer", (twice,))
    return int(more)


def test_a_plan_asks_one_question_after_the_other_and_returns_what_it_made_of_them(database_url: str) -> None:
    assert run(database_url, lambda line: line.carry_out(adding(3))) == 7


def test_encoded_json_arrives_as_it_is(database_url: str) -> None:
    question = Question("SELECT %s->>'a', %s->'b'", (as_json(b'{"a": "x"}'), as_jsonb(b'{"b": [1]}')))
    assert run(database_url, lambda line: line.ask(question)) == [("x", [1])]


def test_what_was_asked_is_committed_when_it_is_answered(database: Database, database_url: str) -> None:
    async def act(line: Line) -> Any:
        await line.ask(Question("UPDATE event_counter SET position = 7 RETURNING position", ()))
        with database.transaction() as connection:
            return connection.exec_driver_sql("SELECT position FROM event_counter").scalar()

    assert run(database_url, act) == 7


def test_a_line_keeps_its_connection_also_after_a_wrong_value(database_url: str) -> None:
    async def act(line: Line) -> tuple[int, int]:
        before = await pid(line)
        with pytest.raises(psycopg.DataError):
            await line.ask(Question("SELECT %s::jsonb", ('"\\u0000"',)))
        return before, await pid(line)

    before, after = run(database_url, act)
    assert before == after


def test_a_schema_that_is_too_old_is_told_with_its_remedy(database_url: str) -> None:
    async def act(line: Line) -> int:
        with pytest.raises(SchemaError, match=r"does not exist: run `copydesk migrate`$"):
            await line.ask(Question("SELECT nothing FROM stories", ()))
        return await pid(line)

    assert run(database_url, act)


def test_nobody_there_is_an_outage_within_seconds() -> None:
    began = time.monotonic()
    with pytest.raises(OutageError, match="the database does not answer"):
        run("postgresql://127.0.0.1:1/nothing", pid)
    assert time.monotonic() - began < 10


def test_a_connection_that_was_cut_while_it_rested_is_replaced(database: Database, database_url: str) -> None:
    async def act(line: Line) -> tuple[int, int]:
        before = await pid(line)
        end(database, before)
        return before, await pid(line)

    before, after = run(database_url, act)
    assert before != after


def test_a_connection_that_is_cut_at_a_question_is_an_outage_and_then_over(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "has_news", lambda _connection: False)

    async def act(line: Line) -> None:
        end(database, await pid(line))
        with pytest.raises(OutageError):
            await pid(line)
        assert await pid(line)

    run(database_url, act)


def test_a_frozen_backend_is_an_outage_within_seconds_and_then_over(postgres_server: Postgres) -> None:
    async def act() -> None:
        line = Line(postgres_server.url(), answer_seconds=0.2)
        backend = await pid(line)
        os.kill(backend, signal.SIGSTOP)
        try:
            async with asyncio.timeout(20):
                with pytest.raises(OutageError, match="the database does not answer"):
                    await pid(line)
        finally:
            os.kill(backend, signal.SIGCONT)
        assert await pid(line) != backend
        await line.close()

    asyncio.run(act())


def test_a_restart_is_an_outage_and_then_over(postgres_server: Postgres) -> None:
    async def act(line: Line) -> None:
        assert await pid(line)
        postgres_server.stop()
        with pytest.raises(OutageError):
            await pid(line)
        postgres_server.start()
        assert await pid(line)

    run(postgres_server.url(), act)
