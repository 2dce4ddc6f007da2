"""Accepts stories as ingest does, without its server, on a connection that waits."""

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import Connection

from copydesk.store import stories
from copydesk.store.database import Database
from copydesk.store.line import Plan
from copydesk.store.stories import Accepted, Post
from copydesk.web import documents
from services.ingest.acceptance import Result, post_of, told

Answer = TypeVar("Answer")


def carry_out(connection: Connection, plan: Plan[Answer]) -> Answer:
    """Asks what a plan asks, all in the connection's transaction, and returns what it returns."""
    try:
        question = next(plan)
        while True:
            rows = connection.exec_driver_sql(question.sql, question.values).all()
            question = plan.send(rows)
    except StopIteration as end:
        answer: Answer = end.value
        return answer


def commit(database: Database, posts: Sequence[Post]) -> list[Result]:
    """Commits stories together, and returns what became of each."""
    with database.transaction() as connection:
        judged = carry_out(connection, stories.accepting(posts))
    return [told(post, each) for post, each in zip(posts, judged, strict=True)]


def accept(database: Database, source: str, data: bytes) -> Accepted:
    """Commits the story that `data` holds; what is wrong with it is raised."""
    (result,) = commit(database, [post_of(source, documents.validate(data, "story"))])
    if isinstance(result, BaseException):
        raise result
    return result
