import os
import shutil
import signal
import socketserver
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from services.embedded import redis as module
from services.embedded.redis import Redis
from services.embedded.server import Server, ServerError

pytestmark = pytest.mark.servers


def client(server: Redis) -> redis.Redis:
    return redis.Redis.from_url(server.url, socket_timeout=0.2, retry=Retry(NoBackoff(), 0))


def test_it_refuses_to_forget_and_keeps_its_data(redis_server: Redis) -> None:
    with client(redis_server) as connection:
        policy = connection.config_get("maxmemory-policy")
        connection.set("lane", "breaking")
    assert policy == {"maxmemory-policy": "noeviction"}
    redis_server.restart()
    with client(redis_server) as connection:
        assert connection.get("lane") == b"breaking"


def test_damaged_data_is_told_with_what_to_do_about_it(server_directory: Path) -> None:
    server = Redis(server_directory / "damaged")
    server.start()
    server.stop()
    (log,) = server.data.glob("appendonlydir/*.incr.aof")
    log.write_bytes(b"nonsense\r\n*3\r\n")
    with pytest.raises(ServerError, match=rf"Bad file format(?s:.)*remove {server.data} and start again"):
        server.start()
    shutil.rmtree(server.data)
    server.start()
    server.stop()


def test_it_asks_for_a_password_on_loopback(redis_server: Redis) -> None:
    once = Retry(NoBackoff(), 0)
    with (
        redis.Redis("127.0.0.1", redis_server.port, retry=once) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()
    configuration = redis_server.data / "redis.conf"
    assert "bind 127.0.0.1" in configuration.read_text()
    assert stat.S_IMODE(configuration.stat().st_mode) == 0o600


def test_flushing_empties_it(redis_server: Redis) -> None:
    with client(redis_server) as connection:
        connection.set("a", "b")
        redis_server.flush()
        assert connection.dbsize() == 0


def test_frozen_it_is_silent_and_thawed_it_answers(redis_server: Redis) -> None:
    redis_server.freeze()
    with client(redis_server) as connection:
        with pytest.raises(redis.TimeoutError):
            connection.ping()
        redis_server.thaw()
        assert connection.ping()


def test_a_frozen_server_can_be_stopped(redis_server: Redis) -> None:
    redis_server.freeze()
    redis_server.stop()
    assert not redis_server.is_running


def test_a_server_that_ignores_the_request_is_killed(
    redis_server: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_server, "_stop_signal", signal.SIGCONT)
    redis_server.stop(0.05)
    assert not redis_server.is_running


def test_one_left_over_from_a_killed_run_is_ended_first(
    redis_server: Redis, eventually: Callable[..., None]
) -> None:
    second = Redis(redis_server.data)
    second.start()
    try:
        eventually(lambda: not redis_server.is_running)
        assert second.is_running
    finally:
        second.stop()


def test_one_left_over_that_hangs_is_named(redis_server: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TIMEOUT_SECONDS", 0.1)
    redis_server.freeze()
    with pytest.raises(ServerError, match=f"end process {redis_server.pid}"):
        Redis(redis_server.data).start()
    redis_server.thaw()


def test_a_directory_with_quotes_and_spaces_works(server_directory: Path) -> None:
    server = Redis(server_directory / 'a "desk" \\ here')
    server.start()
    try:
        server.flush()
    finally:
        server.stop()


def test_a_long_log_starts_anew(redis_server: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.embedded.server.LOG_BYTES", 1)
    redis_server.stop()
    redis_server.log.write_text("old lines\n")
    redis_server.start()
    assert "old lines" not in redis_server.log.read_text()


def test_a_process_that_is_gone_takes_no_signal(redis_server: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: int) -> None:
        raise ProcessLookupError

    with monkeypatch.context() as patch:
        patch.setattr("services.embedded.server.os.killpg", gone)
        redis_server.thaw()
    assert redis_server.is_running


def test_an_unwritten_log_has_no_tail(tmp_path: Path) -> None:
    class Absent(Server):
        def start(self) -> None:
            self.launch(["false"], directory=tmp_path)
            self.log.unlink()
            self.wait_until(lambda: False)

    with pytest.raises(ServerError, match="Absent ended"):
        Absent("Absent", tmp_path / "log", stop_signal=signal.SIGTERM).start()


class Stranger(socketserver.BaseRequestHandler):
    """Answers whatever it is asked, in a language of its own."""

    def handle(self) -> None:
        self.request.recv(1000)
        self.request.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


@pytest.mark.parametrize("mark", ["{pid}", "?"])
def test_a_stranger_on_the_port_of_an_earlier_run_is_left_alone(server_directory: Path, mark: str) -> None:
    data = server_directory / f"earlier-{mark}"
    data.mkdir()
    with socketserver.TCPServer(("127.0.0.1", 0), Stranger) as stranger:
        thread = threading.Thread(target=stranger.serve_forever, args=(0.01,))
        thread.start()
        (data / "redis.conf").write_text(f"port {stranger.server_address[1]}\nrequirepass secret\n")
        (data / "redis.pid").write_text(mark.format(pid=os.getpid()))
        server = Redis(data)
        try:
            server.start()
            assert server.is_running
        finally:
            server.stop()
            stranger.shutdown()
            thread.join()
