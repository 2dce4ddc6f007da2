import json
import os
import signal
import subprocess
import sys

import httpx2

from tests.ingest.conftest import STORY

COMMAND = [sys.executable, "-m", "services.ingest"]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_help_teaches() -> None:
    done = run("--help")
    assert done.returncode == 0
    for word in ("POST /v1/stories", "DATABASE_URL", "BROKER_URL", "copydesk settings", "/docs"):
        assert word in done.stdout


def test_a_wrong_setting_stops_the_start() -> None:
    done = run(DATABASE_URL="mysql://x", BROKER_URL="redis://x", COPYDESK_INGEST_PORT="70000")
    assert done.returncode == 2
    assert "DATABASE_URL: must begin with postgresql://" in done.stderr
    assert "COPYDESK_INGEST_PORT" in done.stderr
    assert "Traceback" not in done.stderr


def test_it_serves_until_it_is_told_to_stop(database_url: str, broker_url: str, new_key: object) -> None:
    token = new_key()  # type: ignore[operator] # a factory
    process = subprocess.Popen(
        COMMAND,
        env={
            **os.environ,
            "DATABASE_URL": database_url,
            "BROKER_URL": broker_url,
            "COPYDESK_INGEST_PORT": "0",
        },
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    listening = json.loads(process.stderr.readline())
    assert (listening["event"], listening["service"]) == ("http.listening", "ingest")
    reply = httpx2.post(
        f"{listening['url']}/v1/stories", json=STORY, headers={"Authorization": f"Bearer {token}"}
    )
    assert reply.status_code == 202
    process.send_signal(signal.SIGTERM)
    _, rest = process.communicate(timeout=20)
    assert process.returncode == 0
    (line,) = [json.loads(line) for line in rest.splitlines() if "http.request" in line]
    assert line["story_id"] == reply.json()["id"]
    assert token not in rest
    assert STORY["body"] not in rest
