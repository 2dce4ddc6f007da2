"""The peer of the idle walk: `python -m bench.chain PORT`, such processes with the least in them.

A FastAPI route stores a JSON body and sends its id by Celery; a Celery worker reads the row, marks it and
notifies; an aiohttp client hears it, posts the body to the endpoint and notes that. No contract, no lease,
no enrichment, no subscription, no signature, no log. DATABASE_URL, BROKER_URL and CHAIN_ENDPOINT say where.
"""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import psycopg
import uvicorn
import uvloop
from celery import Celery
from fastapi import FastAPI, Request

from services.embedded import leash

ENDPOINT = "CHAIN_ENDPOINT"
_TABLE = (
    "CREATE TABLE IF NOT EXISTS chain (id bigserial PRIMARY KEY, body text NOT NULL, state text NOT NULL)"
)
_TASK = "chain"
_ROLES = ("work", "send")


def celery() -> Celery:
    """Returns the application that sends and takes ids."""
    app = Celery("chain", broker=os.environ["BROKER_URL"], set_as_current=False)
    app.conf.update(task_ignore_result=True, task_acks_late=True, task_default_queue="chain")
    return app


def route() -> FastAPI:
    """Returns what takes the bodies; it starts the other two, which end with it."""
    queue = celery()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.database = await psycopg.AsyncConnection.connect(
            os.environ["DATABASE_URL"], autocommit=True
        )
        await app.state.database.execute(_TABLE)
        for role in _ROLES:
            argv = [sys.executable, "-m", "bench.chain", role]
            subprocess.Popen(leash.command(argv, death_signal=signal.SIGKILL))  # noqa: ASYNC220 - at the start
        yield
        await app.state.database.close()

    app = FastAPI(lifespan=lifespan)

    @app.post("/v1/stories", status_code=202)
    async def post(request: Request) -> dict[str, Any]:
        await request.json()
        body = (await request.body()).decode()
        stored = await app.state.database.execute(
            "INSERT INTO chain (body, state) VALUES (%s, 'accepted') RETURNING id", [body]
        )
        (number,) = await stored.fetchone()
        await asyncio.to_thread(queue.send_task, _TASK, [number])
        return {"id": number, "state": "accepted"}

    @app.get("/__heartbeat__")
    async def beat() -> dict[str, str]:
        return {}

    return app


def work() -> None:
    """Takes ids until it is ended."""
    app = celery()
    held: list[psycopg.Connection[Any]] = []  # one, since the fork

    def mark(number: int) -> None:
        if not held:
            held.append(psycopg.connect(os.environ["DATABASE_URL"]))
        with held[0].transaction():
            held[0].execute("SELECT body FROM chain WHERE id = %s", [number]).fetchone()
            held[0].execute("UPDATE chain SET state = 'published' WHERE id = %s", [number])
            held[0].execute("SELECT pg_notify('chain', %s)", [str(number)])

    app.task(name=_TASK)(mark)
    app.worker_main(["--quiet", "worker", "--concurrency=1", "--loglevel=ERROR",
                     "--without-gossip", "--without-mingle", "--without-heartbeat"])  # fmt: skip


async def send() -> None:
    """Posts what is marked until it is ended."""
    url = os.environ["DATABASE_URL"]
    async with (
        await psycopg.AsyncConnection.connect(url, autocommit=True) as heard,
        await psycopg.AsyncConnection.connect(url, autocommit=True) as database,
        aiohttp.ClientSession() as client,
    ):
        await heard.execute("LISTEN chain")
        async for each in heard.notifies():
            row = await database.execute("SELECT body FROM chain WHERE id = %s", [int(each.payload)])
            (body,) = await row.fetchone() or ("",)
            async with client.post(os.environ[ENDPOINT], data=body.encode()) as reply:
                await reply.read()
            await database.execute("UPDATE chain SET state = 'delivered' WHERE id = %s", [int(each.payload)])


def main(role: str) -> None:
    """Serves on a port, or does one of the other parts."""
    if role == "work":
        work()
    elif role == "send":
        uvloop.run(send())
    else:
        uvicorn.run(
            route(), port=int(role), loop="uvloop", http="httptools", log_config=None, access_log=False
        )


if __name__ == "__main__":
    main(sys.argv[1])
