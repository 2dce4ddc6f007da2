import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from services.embedded import postgres as module
from services.embedded.postgres import Postgres
from services.embedded.server import ServerError

pytestmark = pytest.mark.servers


def ask(url: str, question: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(question).fetchone()
    return row[0] if row else None


def test_it_is_postgresql_18_in_utf8(empty_database_url: str) -> None:
    assert str(ask(empty_database_url, "SHOW server_version")).startswith("18.")
    assert ask(empty_database_url, "SHOW server_encoding") == "UTF8"
    assert ask(empty_database_url, "SELECT lower('ÅÉŁ')") == "åéł"


def test_it_listens_on_a_private_socket_only(postgres_server: Postgres) -> None:
    assert ask(postgres_server.url(), "SHOW listen_addresses") == ""
    assert stat.S_IMODE(postgres_server.socket_directory.stat().st_mode) == 0o700
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", 5432)) != 0


def test_data_outlives_a_restart_and_a_power_cut(postgres_server: Postgres) -> None:
    url = postgres_server.create_database("kept")
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE story (title text)")
        connection.execute("INSERT INTO story VALUES ('here')")
    for end in (postgres_server.stop, postgres_server.kill):
        end()
        assert not postgres_server.is_running
        assert postgres_server.pid is None
        postgres_server.start()
        assert ask(url, "SELECT title FROM story") == "here"
    first = postgres_server.pid
    postgres_server.restart()
    assert postgres_server.pid != first


def test_a_database_is_made_from_a_template_and_dropped_with_its_sessions(postgres_server: Postgres) -> None:
    with psycopg.connect(postgres_server.create_database("model")) as connection:
        connection.execute("CREATE TABLE story ()")
    url = postgres_server.create_database("copy", "model")
    assert postgres_server.has_database("copy")
    session = psycopg.connect(url)
    session.execute("SELECT FROM story")
    postgres_server.drop_database("copy")
    session.close()
    postgres_server.drop_database("copy")
    assert not postgres_server.has_database("copy")


def test_a_server_that_a_killed_run_left_is_ended_first(
    postgres_server: Postgres, is_alive: Callable[[int], bool]
) -> None:
    left = postgres_server.pid
    second = Postgres(postgres_server.data, fsync=False)
    second.start()
    try:
        assert left is not None
        assert not is_alive(left)
        assert ask(second.url(), "SELECT 1") == 1
    finally:
        second.stop()


def test_it_ends_with_the_process_that_started_it(
    server_directory: Path, eventually: Callable[..., None], is_alive: Callable[[int], bool]
) -> None:
    script = (
        "import sys, time, pathlib; from services.embedded.postgres import Postgres\n"
        "server = Postgres(pathlib.Path(sys.argv[1]), fsync=False); server.start()\n"
        "print(server.pid, flush=True); time.sleep(300)"
    )
    data = server_directory / "orphaned"
    argv = [sys.executable, "-c", script, str(data)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    eventually(lambda: not is_alive(pid))
    eventually(lambda: not (data / "postmaster.pid").exists())  # it ended in order


@pytest.fixture
def unstarted(server_directory: Path) -> Iterator[Postgres]:
    server = Postgres(server_directory / "unstarted", fsync=False)
    yield server
    server.kill()
    shutil.rmtree(server.data, ignore_errors=True)


def test_data_of_another_major_version_is_refused(unstarted: Postgres) -> None:
    unstarted.data.mkdir()
    mark = unstarted.data / "PG_VERSION"
    mark.write_text("16\n")
    with pytest.raises(ServerError, match=r"data of PostgreSQL 16.*pg_dump"):
        unstarted.start()


def test_a_server_that_ends_at_once_shows_its_log(server_directory: Path) -> None:
    broken = Postgres(server_directory / "broken", fsync=False)
    broken.start()
    broken.stop()
    (broken.data / "postgresql.conf").write_text("port = nonsense\n")
    with pytest.raises(ServerError, match=r'(?s)ended while it was starting.*"port"'):
        broken.start()


def test_a_server_that_never_answers_is_given_up(
    unstarted: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unstarted, "_answers", lambda: False)
    monkeypatch.setattr(unstarted, "wait_until", lambda ready: Postgres.wait_until(unstarted, ready, 0.1))
    with pytest.raises(ServerError, match=r"not ready after 0\.1 s"):
        unstarted.start()
    assert not unstarted.is_running


def test_it_waits_for_the_last_backends_of_a_killed_server(
    unstarted: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = ["pre-existing shared memory block is still in use", "", "disk full"]

    def wait_until(_: object) -> None:
        if error := errors.pop(0):
            raise ServerError(error)

    monkeypatch.setattr(unstarted, "launch", lambda *_, **__: None)
    monkeypatch.setattr(unstarted, "wait_until", wait_until)
    unstarted.start()
    with pytest.raises(ServerError, match="disk full"):
        unstarted.start()


def test_a_failed_initdb_is_explained(unstarted: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = subprocess.CompletedProcess([""], 1, "no space left")
    monkeypatch.setattr(unstarted, "_run", lambda _: failed)  # the result of initdb
    with pytest.raises(ServerError, match="no space left"):
        unstarted.start()
    assert not unstarted.data.exists()


def test_a_path_too_long_for_a_socket_gets_a_short_private_one(server_directory: Path) -> None:
    deep = server_directory / ("d" * 60) / ("e" * 60)
    server = Postgres(deep / "postgres", fsync=False)
    try:
        server.start()
        directory = server.socket_directory
        assert len(os.fsencode(directory)) < module.SOCKET_BYTES
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        assert ask(server.url(), "SELECT 1") == 1
        server.restart()
    finally:
        server.stop()
    directory.rmdir()
    directory.symlink_to(server_directory)
    try:
        with pytest.raises(ServerError, match="belongs to somebody else"):
            server.start()
    finally:
        directory.unlink()


def test_stopping_what_never_started_is_fine(unstarted: Postgres) -> None:
    unstarted.stop()
    unstarted.kill()
    unstarted.freeze()
