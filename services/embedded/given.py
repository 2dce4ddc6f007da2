"""Servers that somebody else runs: `copydesk up` was given their URL, and waits until they answer."""

import asyncio
import time
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url

from copydesk.errors import OutageError, SchemaError
from copydesk.store.database import Database
from services.embedded.server import ServerError

ANSWER_SECONDS = 60.0
POLL_SECONDS = 0.5


class Given(NamedTuple):
    """A server, and the setting that says where it is.

    Args:
        name: what it is, for a person.
        variable: the setting.
        address: where, without user and password.
        ask: returns why it does not answer, or `None` where it does; may take some seconds.
    """

    name: str
    variable: str
    address: str
    ask: Callable[[], str | None]

    def __str__(self) -> str:
        return f"the {self.name} of {self.variable} at {self.address}"


def postgres(url: str) -> Given:
    """Returns the PostgreSQL of a DATABASE_URL."""
    parts = make_url(url)
    host = parts.host or ",".join(parts.normalized_query.get("host", ())) or "this machine"
    host = f"[{host}]" if ":" in host else host
    port = f":{parts.port}" if parts.port else ""
    return Given("PostgreSQL", "DATABASE_URL", f"{host}{port}/{parts.database or ''}", lambda: _database(url))


def _database(url: str) -> str | None:
    database = Database(url, pool_size=1, application_name="copydesk up")
    try:
        database.check()
    except SchemaError:
        return None  # it answers; what it lacks comes next
    except OutageError as error:
        return str(error).partition(": ")[2]  # before that it says that it is the database
    finally:
        database.close()
    return None


def broker(url: str) -> Given:
    """Returns the broker of a BROKER_URL."""
    return Given("broker", "BROKER_URL", ", ".join(map(_place, url.split(";"))), lambda: _broker(url))


def _place(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.netloc}{parts.path}".rpartition("@")[2]


def _broker(url: str) -> str | None:
    from copydesk.queue import Producer  # here: it loads Celery

    producer = Producer(url)
    try:
        producer.check()
    except Exception as error:  # noqa: BLE001 - whatever the broker's library raises, it is not there
        return type(error.__cause__ or error).__name__  # not its words, which may hold anything
    finally:
        producer.close()
    return None


async def reach(given: Given, note: Callable[[str], None]) -> None:
    """Returns once a server answers; says at once what is waited for, and why, where it does not.

    Raises:
        ServerError: it did not answer in time; one sentence, with what to do.
    """
    note(f"using {given}")
    deadline, said = time.monotonic() + ANSWER_SECONDS, None
    while reason := await asyncio.to_thread(given.ask):
        if time.monotonic() > deadline:
            raise ServerError(
                f"No answer from {given} in {ANSWER_SECONDS:g} s ({reason}):"
                f" start it, or correct {given.variable}."
            )
        if reason != said:
            note(f"waiting for {given} ({reason})")
        said = reason
        await asyncio.sleep(POLL_SECONDS)
