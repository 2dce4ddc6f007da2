import asyncio
import os
import signal
from collections.abc import Callable, Coroutine, Sequence
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from copydesk.errors import CallerError, OutageError
from copydesk.model import MESSAGE_IDS, Lane
from copydesk.store.database import Database
from copydesk.store.line import Line, Question, Row
from copydesk.store.stories import Accepted, Post
from services.embedded.postgres import Postgres
from services.ingest import intake as module
from services.ingest.intake import Intake
from services.ingest.nudge import Nudge
from tests.ingest.test_nudge import FakeProducer


class Gate(Line):
    """A line whose questions wait at a gate that all of them share, and are counted."""

    opened: asyncio.Event
    questions: list[Question]

    async def ask(self, question: Question) -> Sequence[Row]:
        self.questions.append(question)
        await self.opened.wait()
        return await super().ask(question)


def post(uri: str = "urn:x:1", version: int = 1, lane: Lane = Lane.NORMAL, **more: Any) -> Post:
    document = {"title": "Rain", "body": "Rain fell.", **more}
    return Post("desk", uri, version, lane, str(document).encode(), document)


Act = Callable[[Intake], Coroutine[Any, Any, Any]]
Messages = list[tuple[Lane, list[UUID]]]


def run(url: str, act: Act) -> tuple[Any, Messages]:
    """Returns what came of it, and the messages that were sent; the gate is open when `act` returns."""
    producer = FakeProducer()
    Gate.opened, Gate.questions = asyncio.Event(), []

    async def all_of_it() -> Any:
        intake = Intake([Gate(url) for _ in range(module.WRITERS)], Nudge(producer))
        result = await act(intake)
        Gate.opened.set()
        await intake.close()
        return result

    return asyncio.run(all_of_it()), [message for some in producer.sent for message in some]


async def waiting(posts: Sequence[Post], intake: Intake) -> list[asyncio.Task[Any]]:
    """Lets posts arrive in one moment, and what can be asked be asked."""
    tasks = [asyncio.create_task(intake.accept(each)) for each in posts]
    for _ in range(5):
        await asyncio.sleep(0)
    return tasks


def together(*moments: Sequence[Post]) -> Act:
    """Lets posts arrive, moment after moment, before the first question is answered."""

    async def act(intake: Intake) -> list[Any]:
        tasks = [task for posts in moments for task in await waiting(posts, intake)]
        Gate.opened.set()
        return await asyncio.gather(*tasks, return_exceptions=True)

    return act


def marks(database: Database) -> list[int]:
    """How many revisions bear each time of being enqueued."""
    query = "SELECT count(*) FROM revisions GROUP BY enqueued_at ORDER BY 1"
    with database.transaction() as connection:
        return list(connection.execute(text(query)).scalars())


def count(database: Database) -> int:
    return sum(marks(database))


def test_what_arrives_in_one_moment_is_committed_at_once_in_messages_of_eight(
    database: Database, database_url: str
) -> None:
    posts = [post(f"urn:x:{number}") for number in range(2 * MESSAGE_IDS + 3)]
    posts.append(post("urn:x:breaking", lane=Lane.BREAKING))
    results, messages = run(database_url, together(posts))
    assert len(Gate.questions) == 1
    assert all(each.created for each in results)
    assert sorted(len(ids) for _, ids in messages) == [1, 3, MESSAGE_IDS, MESSAGE_IDS]
    assert {each.revision_id for each in results} == {each for _, ids in messages for each in ids}
    assert {each.revision_id: each.lane for each in results} == {
        each: lane for lane, ids in messages for each in ids
    }
    assert marks(database) == [1, 3, MESSAGE_IDS, MESSAGE_IDS], "each message has a time of its own"


def test_what_arrives_while_no_line_is_free_waits_for_one_and_goes_together(
    database: Database, database_url: str
) -> None:
    moments = [[post(f"urn:x:{number}")] for number in range(module.WRITERS)]
    rest = [post(f"urn:y:{number}") for number in range(module.MOST_POSTS + 1)]
    results, messages = run(database_url, together(*moments, rest))
    assert all(each.created for each in results)
    assert len(Gate.questions) == module.WRITERS + 2, "no more than may go together"
    assert sum(len(ids) for _, ids in messages) == count(database) == module.WRITERS + module.MOST_POSTS + 1


def test_nobody_is_answered_before_the_own_commit(database: Database, database_url: str) -> None:
    async def act(intake: Intake) -> None:
        (task,) = await waiting([post()], intake)
        assert Gate.questions
        assert not task.done()
        assert count(database) == 0
        Gate.opened.set()
        await task
        assert count(database) == 1

    run(database_url, act)


def test_versions_and_repeats_of_one_story_are_settled_one_after_the_other(database_url: str) -> None:
    posts = [post(), post(), post(version=2), post(title="Another"), post(version=3)]
    results, messages = run(database_url, together(posts))
    first, again, second, conflict, third = results
    assert (first.created, again.created, second.created, third.created) == (True, False, True, True)
    assert again.revision_id == first.revision_id
    assert first.story_id == second.story_id == third.story_id
    assert isinstance(conflict, CallerError)
    assert conflict.code == "version_conflict"
    assert sum(len(ids) for _, ids in messages) == 3


def test_a_story_that_the_database_refuses_takes_no_other_one_with_it(
    database: Database, database_url: str
) -> None:
    broken = post("urn:x:broken", title="\0")
    posts = [post("urn:x:a"), post("urn:x:b"), broken, post("urn:x:c")]
    results, _ = run(database_url, together(posts))
    assert [isinstance(each, Exception) for each in results] == [False, False, True, False]
    assert count(database) == 3


def test_in_an_outage_everybody_is_told() -> None:
    posts = [post(f"urn:x:{number}") for number in range(5)]
    results, messages = run("postgresql://127.0.0.1:1/none", together(posts))
    assert [type(each) for each in results] == [OutageError] * 5
    assert messages == []


def test_a_request_that_is_cancelled_leaves_its_story_committed(
    database: Database, database_url: str
) -> None:
    async def act(intake: Intake) -> None:
        (task,) = await waiting([post()], intake)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run(database_url, act)
    assert count(database) == 1


def test_what_is_in_hand_is_finished_when_it_closes(database: Database, database_url: str) -> None:
    async def act(intake: Intake) -> asyncio.Task[Any]:
        Gate.opened.set()
        task = asyncio.create_task(intake.accept(post()))
        await asyncio.sleep(0)
        await intake.close()
        assert task.done()
        return await task

    result, _ = run(database_url, act)
    assert result.created
    assert count(database) == 1


def test_whoever_waits_for_a_frozen_database_is_told_and_the_intake_closes(
    postgres_server: Postgres,
) -> None:
    async def act() -> list[BaseException | Accepted]:
        line = Line(postgres_server.url(), answer_seconds=0.2)
        ((backend,),) = await line.ask(Question("SELECT pg_backend_pid()", ()))
        os.kill(backend, signal.SIGSTOP)
        try:
            async with asyncio.timeout(20):
                intake = Intake([line], Nudge(FakeProducer()))
                waiting = [intake.accept(post(f"urn:x:{number}")) for number in range(3)]
                answers = await asyncio.gather(*waiting, return_exceptions=True)
                await intake.close()
        finally:
            os.kill(backend, signal.SIGCONT)
        return answers

    assert [type(each) for each in asyncio.run(act())] == [OutageError] * 3


def test_no_more_may_wait_for_a_line_than_can_be_kept(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 2)
    moments = [[post(f"urn:x:{number}")] for number in range(module.WRITERS)]
    rest = [post(f"urn:y:{number}") for number in range(3)]
    (*taken, refused), _ = run(database_url, together(*moments, rest))
    assert all(each.created for each in taken)
    assert isinstance(refused, CallerError)
    assert refused.code == "overloaded"
    assert count(database) == module.WRITERS + 2


def test_closing_waits_for_what_is_written_and_only_a_moment_for_what_waits(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CLOSE_SECONDS", 0.1)

    async def act(intake: Intake) -> None:
        writing = [
            task for number in range(module.WRITERS) for task in await waiting([post(f"x:{number}")], intake)
        ]
        (late,) = await waiting([post()], intake)
        closing = asyncio.create_task(intake.close())
        with pytest.raises(OutageError, match="ingest stops"):
            await asyncio.wait_for(late, 20)
        Gate.opened.set()
        await closing
        assert all([(await each).created for each in writing])

    run(database_url, act)
    assert count(database) == module.WRITERS


def test_whatever_becomes_of_the_message_all_are_answered(database_url: str) -> None:
    class Silent(Nudge):
        def send(self, accepted: Sequence[Accepted]) -> None:
            raise RuntimeError(accepted)

    async def act() -> list[Accepted]:
        intake = Intake([Line(database_url)], Silent(FakeProducer()))
        async with asyncio.timeout(20):
            answers = await asyncio.gather(*(intake.accept(post(f"urn:x:{number}")) for number in range(3)))
        await intake.close()
        return answers

    assert [each.created for each in asyncio.run(act())] == [True] * 3


class Broken(BaseException):
    """What no handler expects."""


def test_whatever_ends_a_commit_is_told_to_all_that_wait(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaking(*_: Any) -> None:
        raise Broken

    monkeypatch.setattr(Gate, "ask", breaking)
    results, _ = run(database_url, together([post(), post("urn:x:2")]))
    assert [type(each) for each in results] == [Broken, Broken]
