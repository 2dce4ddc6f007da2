"""The receivers of docs/receivers.md, run as they stand there, against what copydesk sends."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from pathlib import Path

import orjson
import pytest

from services.embedded.ports import free_port
from services.publish import sender, signature
from services.publish.endpoints import Policy

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "receivers.md"
KEY = b"r" * 32
EVENT = {
    "type": "story.published",
    "timestamp": "2026-11-25T00:00:00Z",
    "data": {"title": "Zwölf Störche 🐦"},
}
BODY = orjson.dumps(EVENT)
POLICY = Policy(opened=(ip_network("127.0.0.0/8"),), http=True, ports=(range(1024, 65536),))


def program(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    return str(found)


@contextmanager
def running(command: list[str], folder: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    port = free_port()
    given = {"PORT": str(port), "COPYDESK_WEBHOOK_SECRET": signature.shown(KEY)}
    process = subprocess.Popen(
        command, cwd=folder, env={**os.environ, **given}, stdout=subprocess.PIPE, text=True
    )
    try:
        yield f"http://127.0.0.1:{port}/", process
    finally:
        process.terminate()
        process.communicate(timeout=10)


def status(url: str, key: bytes, seconds: float = 20) -> int | None:
    """Sends one request as the dispatcher does, once somebody listens."""

    async def send() -> int | None:
        async with sender.create_session(5, POLICY) as session:
            deadline = time.monotonic() + seconds
            while True:
                attempt = await sender.attempt(session, url, key, "id-1", BODY)
                if attempt.error_class != "refused" or time.monotonic() > deadline:
                    return attempt.status
                await asyncio.sleep(0.05)

    return asyncio.run(send())


def check(command: list[str], folder: Path) -> None:
    with running(command, folder) as (url, process):
        assert status(url, b"another" * 5) == 401
        assert status(url, KEY) == 204
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "story.published Zwölf Störche 🐦"


def test_the_receiver_for_python_verifies_what_copydesk_sends(tmp_path: Path) -> None:
    (tmp_path / "receiver.py").write_text(program("python"), "utf-8")
    check([sys.executable, "receiver.py"], tmp_path)


@pytest.mark.node
def test_the_receiver_for_node_verifies_what_copydesk_sends(tmp_path: Path) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, tmp_path)
    subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=tmp_path, check=True, timeout=100)
    (tmp_path / "receiver.mjs").write_text(program("js"), "utf-8")
    check(["node", "receiver.mjs"], tmp_path)
