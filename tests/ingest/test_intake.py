import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, text

from copydesk.errors import CallerError, OutageError
from copydesk.model import MESSAGE_IDS, Lane
from copydesk.store.database import Database
from copydesk.store.stories import Post
from services.ingest import intake as module
from services.ingest.intake import Intake
from services.ingest.nudge import Nudge
from tests.ingest.test_nudge import FakeProducer


class Gate(Database):
    """A database whose transactions wait at a gate, and are counted."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.opened = Event()
        self.transactions = 0

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        self.transactions += 1
        self.opened.wait(10)
        with super().transaction() as connection:
            yield connection


@pytest.fixture
def gate(database_url: str) -> Iterator[Gate]:
    made = Gate(database_url)
    yield made
    made.close()


def post(uri: str = "urn:x:1", version: int = 1, **more: Any) -> Post:
    document = {"title": "Rain", "body": "Rain fell.", **more}
    return Post("desk", uri, version, Lane.NORMAL, str(document).encode(), document)


Act = Callable[[Intake], Coroutine[Any, Any, Any]]


def run(database: Database, act: Act) -> tuple[Any, list[list[UUID]]]:
    producer = FakeProducer()

    async def all_of_it() -> Any:
        intake = Intake(database, Nudge(producer))
        result = await act(intake)
        await intake.close()
        return result

    return asyncio.run(all_of_it()), [ids for _, ids in producer.sent]


def together(gate: Gate, posts: list[Post]) -> Act:
    """Lets all posts arrive before the first transaction goes on."""

    async def act(intake: Intake) -> list[Any]:
        waiting = [asyncio.create_task(intake.accept(each)) for each in posts]
        await asyncio.sleep(0)
        gate.opened.set()
        return await asyncio.gather(*waiting, return_exceptions=True)

    return act


def count(database: Database) -> int:
    with database.transaction() as connection:
        return int(connection.execute(text("SELECT count(*) FROM revisions")).scalar_one())


def test_what_arrives_together_is_committed_together_and_is_one_message(gate: Gate) -> None:
    posts = [post(f"urn:x:{number}") for number in range(module.WRITERS + MESSAGE_IDS)]
    results, messages = run(gate, together(gate, posts))
    assert all(each.created for each in results)
    assert gate.transactions == module.WRITERS + 1
    assert sorted(len(each) for each in messages) == [1] * module.WRITERS + [MESSAGE_IDS]
    assert {each.revision_id for each in results} == {id_ for each in messages for id_ in each}
    assert count(gate) == len(posts)


def test_versions_and_repeats_of_one_story_are_settled_one_after_the_other(gate: Gate) -> None:
    posts = [post("urn:x:a"), post("urn:x:b")]
    posts += [post(), post(), post(version=2), post(title="Another"), post(version=3)]
    results, messages = run(gate, together(gate, posts))
    *_, first, again, second, conflict, third = results
    assert (first.created, again.created, second.created, third.created) == (True, False, True, True)
    assert again.revision_id == first.revision_id
    assert first.story_id == second.story_id == third.story_id
    assert isinstance(conflict, CallerError)
    assert conflict.code == "version_conflict"
    assert sum(len(each) for each in messages) == 5


def test_a_story_that_the_database_refuses_takes_no_other_one_with_it(gate: Gate) -> None:
    broken = post("urn:x:broken", title="\0")
    posts = [post("urn:x:a"), post("urn:x:b"), broken, post("urn:x:c")]
    results, _ = run(gate, together(gate, posts))
    assert [isinstance(each, Exception) for each in results] == [False, False, True, False]
    assert count(gate) == 3


def test_in_an_outage_everybody_is_told() -> None:
    database = Database("postgresql://127.0.0.1:1/none")

    async def act(intake: Intake) -> list[Any]:
        waiting = (intake.accept(post(f"urn:x:{number}")) for number in range(5))
        return await asyncio.gather(*waiting, return_exceptions=True)

    results, messages = run(database, act)
    assert [type(each) for each in results] == [OutageError] * 5
    assert messages == []


def test_a_request_that_is_cancelled_leaves_its_story_committed(gate: Gate) -> None:
    async def act(intake: Intake) -> None:
        task = asyncio.create_task(intake.accept(post()))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        gate.opened.set()

    run(gate, act)
    assert count(gate) == 1
