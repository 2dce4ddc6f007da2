"""A real Redis (valkey-server) for one machine: loopback only, behind a password, on disk.

TCP rather than a unix socket: it is what production speaks, kombu and redis-py spell it alike, and kombu
drops the connection timeout of a socket URL. The password keeps other users of the machine out.
"""

import contextlib
import secrets
import signal
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from services.embedded.binaries import redis_binary
from services.embedded.leash import is_alive
from services.embedded.ports import HOST, free_port
from services.embedded.server import Server, ServerError

TIMEOUT_SECONDS = 2.0


class Redis(Server):
    """A Redis server whose data lies in one directory.

    Args:
        data: holds the append-only file, the configuration and the process id; mode 0700.
        port: where it listens; None picks a free one, kept over restarts of this object.
    """

    def __init__(self, data: Path, *, port: int | None = None) -> None:
        super().__init__("Redis", data / "redis.log", stop_signal=signal.SIGTERM)
        self.data = data.absolute()
        self.port = port or free_port()
        self._password = secrets.token_urlsafe(24)

    @property
    def url(self) -> str:
        """The broker URL; holds the password."""
        return f"redis://:{self._password}@{HOST}:{self.port}/0"

    def start(self) -> None:
        """Starts the server and returns once it answers; ends one left over from a killed run first.

        Raises:
            ServerError: there is no binary, or it did not start within 60 s; says what may be removed.
        """
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._end_leftover()
        configuration = self._configure()
        self.launch([str(redis_binary()), str(configuration)], directory=self.data)
        try:
            self.wait_until(self._answers)
        except ServerError as error:
            raise ServerError(
                f"{error}\nIf its data is damaged: it holds ids only, and those are found again,"
                f" so remove {self.data} and start again."
            ) from None

    def flush(self) -> None:
        """Removes every key."""
        with contextlib.closing(_client(self.port, self._password)) as client:
            client.flushall()

    def _configure(self) -> Path:
        settings = {
            "bind": HOST,
            "port": str(self.port),
            "protected-mode": "yes",
            "requirepass": self._password,
            "maxmemory-policy": "noeviction",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": '""',
            "daemonize": "no",
            "dir": _quoted(self.data),
            "pidfile": _quoted(self.data / "redis.pid"),
        }
        path = self.data / "redis.conf"
        path.touch(mode=0o600)
        path.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        return path

    def _end_leftover(self) -> None:
        """Ends a server that an earlier run left on this data: it alone accepts the password kept here.

        Raises:
            ServerError: it is there and does not go.
        """
        settings, pid = self._earlier_settings(), self._earlier_pid()
        if not settings or pid is None or not is_alive(pid) or self.is_running:
            return
        port, password = int(settings["port"]), settings["requirepass"]
        with contextlib.closing(_client(port, password)) as client:
            try:
                client.shutdown(nosave=True)
            except redis.TimeoutError:
                raise ServerError(
                    f"A Redis of an earlier run still holds {self.data} and does not answer:"
                    f" end process {pid} and start again."
                ) from None
            except redis.RedisError:
                return  # the process id is somebody else's by now, and so is the port

    def _earlier_settings(self) -> dict[str, str]:
        path = self.data / "redis.conf"
        lines = path.read_text().splitlines() if path.exists() else []
        pairs = (line.split(maxsplit=1) for line in lines)
        found = {pair[0]: pair[1] for pair in pairs if len(pair) == 2}  # noqa: PLR2004
        return found if {"port", "requirepass"} <= found.keys() else {}

    def _earlier_pid(self) -> int | None:
        path = self.data / "redis.pid"
        text = path.read_text().strip() if path.exists() else ""
        return int(text) if text.isdigit() else None

    def _answers(self) -> bool:
        try:
            with contextlib.closing(_client(self.port, self._password)) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


def _client(port: int, password: str) -> redis.Redis:
    """Returns a client that tries once and waits briefly."""
    once = Retry(NoBackoff(), 0)
    return redis.Redis(HOST, port, password=password, socket_timeout=TIMEOUT_SECONDS, retry=once)


def _quoted(path: Path) -> str:
    """Quotes a path for redis.conf, whose rules for double quotes are C's."""
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
