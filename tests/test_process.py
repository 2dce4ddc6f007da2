"""Every process as it is started: help, wrong settings, a port that is taken, a clean stop."""

import os
import resource
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from copydesk.process import identity, open_files
from services.embedded.ports import free_port

MODULES = [
    "services.ingest",
    "services.publish",
    "services.enrich",
    "services.enrich.sweep",
    "services.publish.dispatcher",
]
PORTS = {
    "services.ingest": "COPYDESK_INGEST_PORT",
    "services.publish": "COPYDESK_PUBLISH_PORT",
    "services.enrich": "COPYDESK_WORKER_METRICS_PORT",
    "services.enrich.sweep": "COPYDESK_SWEEP_METRICS_PORT",
    "services.publish.dispatcher": "COPYDESK_DISPATCHER_METRICS_PORT",
}


def _run(module: str, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("module", MODULES)
def test_help_teaches_without_any_setting(module: str) -> None:
    done = _run(module, "--help")
    assert done.returncode == 0
    assert f"usage: python -m {module}" in done.stdout
    assert "copydesk settings" in done.stdout


@pytest.mark.parametrize("module", MODULES)
def test_a_wrong_setting_stops_the_start_with_its_name(module: str) -> None:
    done = _run(module, DATABASE_URL="mysql://here", COPYDESK_LOG_LEVEL="loud")
    assert done.returncode == 2
    for name in ("DATABASE_URL: ", "BROKER_URL: is not set", "COPYDESK_LOG_LEVEL: "):
        assert name in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def started(database_url: str, broker_url: str) -> Iterator[Any]:
    """Starts a process on real servers, and ends it."""
    processes = []

    def start(module: str, before: str = "true", **settings: str) -> subprocess.Popen[str]:
        urls = {"DATABASE_URL": database_url, "BROKER_URL": broker_url}
        process = subprocess.Popen(
            ["sh", "-c", f'{before} && exec "$0" -m {module}', sys.executable],
            env={**os.environ, **urls, **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def _metrics(port: int) -> str:
    deadline = time.monotonic() + 40
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as reply:
                return str(reply.read().decode())
        except OSError:
            assert time.monotonic() < deadline, "no metrics"
            time.sleep(0.05)


@pytest.mark.parametrize("module", MODULES)
def test_a_process_serves_its_metrics_and_stops_when_it_is_told(started: Any, module: str) -> None:
    port = free_port()
    process = started(module, **{PORTS[module]: str(port)})
    assert "copydesk_" in _metrics(port)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert "Traceback" not in process.stdout.read()


@pytest.mark.parametrize("module", MODULES)
def test_a_taken_port_stops_the_start_with_its_setting(started: Any, module: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = started(module, **{PORTS[module]: str(port)})
        assert process.wait(40) == 2
    said = process.stdout.read().splitlines()[-1]
    assert said.startswith(
        f"{PORTS[module]}: port {port} cannot be used on 127.0.0.1 (Address already in use)"
    )


def test_a_catalogue_that_cannot_be_used_stops_a_worker_with_its_setting(started: Any) -> None:
    process = started("services.enrich", COPYDESK_CATALOGUE="/nowhere/actors.json")
    assert process.wait(40) == 2
    said = process.stdout.read().splitlines()[-1]
    assert said.startswith("COPYDESK_CATALOGUE: The catalogue file /nowhere/actors.json cannot be read")


def test_a_dispatcher_says_where_it_may_not_open_the_files_that_it_may_need(started: Any) -> None:
    port = free_port()
    process = started(
        "services.publish.dispatcher", before="ulimit -n 900", COPYDESK_DISPATCHER_METRICS_PORT=str(port)
    )
    _metrics(port)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    said = process.stdout.read()
    assert ("dispatcher.few_files" in said, "900" in said, "2816" in said) == (True, True, True)


def test_a_process_signs_with_host_and_process_id() -> None:
    assert identity() == f"{socket.gethostname()}:{os.getpid()}"


SETTLING = """
import gc
from copydesk import process

for _ in range(2):
    process.settle_in()
print(gc.get_freeze_count() > 1_000, gc.get_threshold()[0] == process.YOUNG_OBJECTS, gc.isenabled())
"""


def test_what_is_loaded_is_not_looked_through_again_and_again() -> None:
    done = subprocess.run([sys.executable, "-c", SETTLING], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True", "True"]


@pytest.mark.parametrize(
    ("soft", "hard", "wanted", "may", "becomes"),
    [
        (1_024, 4_096, 3_000, 3_000, 3_000),
        (1_024, 4_096, 9_000, 4_096, 4_096),
        (1_024, resource.RLIM_INFINITY, 9_000, 9_000, 9_000),
        (8_192, 8_192, 3_000, 8_192, None),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, 3_000, 3_000, None),
    ],
)
def test_as_many_files_may_be_open_as_are_wanted_or_as_the_system_permits(
    soft: int, hard: int, wanted: int, may: int, becomes: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _which, limits: made.append(limits))
    assert open_files(wanted) == may
    assert made == ([] if becomes is None else [(becomes, hard)])
