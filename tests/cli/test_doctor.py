import base64
import contextlib
import socket
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import redis
from click.testing import Result as Answer
from sqlalchemy import text

from copydesk.model import new_id
from copydesk.store import migrations, schema, subscriptions
from copydesk.store.database import Database
from services.cli.checks import broker, disk, installation, ports
from services.cli.checks import database as checks
from services.cli.checks.finding import Finding, Result
from services.embedded.ports import free_port
from services.enrich.actors import model
from services.publish.vault import Vault

Run = Callable[..., Answer]
GIB = 1 << 30


@pytest.fixture
def free_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ports that nobody has, whatever else runs on this machine."""
    for _, _, field in ports.PORTS:
        monkeypatch.setenv(f"COPYDESK_{field.upper()}", str(free_port()))


@pytest.fixture
def plenty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Room on the disk, whatever this machine has."""
    monkeypatch.setattr(disk, "room", lambda place, _total, _free: Finding("disk", Result.OK, str(place)))


def _lines(answer: Answer) -> dict[str, str]:
    """Returns check → result."""
    lines = [line for line in answer.stdout.splitlines() if not line.startswith(" ")]
    return {line[5:].partition(": ")[0]: line[:5].strip() for line in lines}


@pytest.mark.usefixtures("database", "free_ports", "plenty")
def test_where_all_is_well_every_line_says_so(
    run: Run, broker_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKER_URL", broker_url)
    answer = run("doctor")
    lines = _lines(answer)
    assert set(lines.values()) == {"ok"}
    assert {
        "Python",
        "settings",
        "catalogue",
        "model",
        "PostgreSQL",
        "encoding",
        "clock",
        "schema",
        "disk",
    } < lines.keys()
    assert {"broker", "broker policy", "broker persistence"} < lines.keys()
    assert answer.exit_code == 0
    assert answer.stderr == ""


def test_it_says_which_endpoints_are_called(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "endpoints: https to public addresses on ports 443, 8443\n" in run("doctor").stdout
    monkeypatch.setenv("COPYDESK_ALLOW_CIDR", "10.20.0.0/16,fd12::/32")
    monkeypatch.setenv("COPYDESK_ALLOW_HTTP", "true")
    monkeypatch.setenv("COPYDESK_ALLOW_PORTS", "444,9000-9999")
    where, ports = "public addresses, 10.20.0.0/16, fd12::/32", "443, 8443, 80, 8080, 444, 9000-9999"
    assert f"endpoints: https and http to {where} on ports {ports}\n" in run("doctor").stdout


def test_it_says_when_a_proxy_decides(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPYDESK_PROXY", "http://user:pa55word@proxy.internal:3128")
    said = run("doctor").stdout
    assert "443, 8443, through a proxy, which judges what names lead to" in said
    assert "pa55word" not in said


@pytest.mark.parametrize("block", ["0.0.0.0/0", "169.254.0.0/16", "fd00::/8", "100.64.0.0/10"])
def test_opening_the_metadata_of_clouds_is_warned_of(
    run: Run, monkeypatch: pytest.MonkeyPatch, block: str
) -> None:
    monkeypatch.setenv("COPYDESK_ALLOW_CIDR", block)
    answer = run("doctor")
    assert _lines(answer)["endpoints"] == "warn"
    assert "narrow COPYDESK_ALLOW_CIDR" in answer.stdout


def test_endpoints_are_not_judged_by_settings_that_are_wrong(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COPYDESK_ALLOW_CIDR", "desk.internal")
    lines = _lines(run("doctor"))
    assert lines["settings"] == "fail"
    assert "endpoints" not in lines


@pytest.mark.usefixtures("free_ports")
def test_where_nothing_is_known_it_says_what_to_set(run: Run) -> None:
    answer = run("doctor")
    assert answer.exit_code == 1
    assert answer.stderr == "Error: 2 of the checks failed.\n"
    assert "set DATABASE_URL" in answer.stdout
    assert "Set BROKER_URL" in answer.stdout


@pytest.mark.usefixtures("free_ports")
def test_what_does_not_answer_fails_without_showing_a_password(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://desk:pa55word@127.0.0.1:1/none")
    monkeypatch.setenv("BROKER_URL", "redis://:pa55word@127.0.0.1:1/0")
    answer = run("doctor")
    assert _lines(answer)["PostgreSQL"] == _lines(answer)["broker"] == "fail"
    assert "Start PostgreSQL" in answer.stdout
    assert "pa55word" not in answer.output


@pytest.mark.usefixtures("free_ports")
def test_every_wrong_setting_is_a_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://here")
    monkeypatch.setenv("COPYDESK_LEASE_SECONDS", "-1")
    answer = run("doctor")
    failed = [line for line in answer.stdout.splitlines() if line.startswith("fail settings")]
    assert len(failed) == 2
    assert "PostgreSQL" not in _lines(answer)
    assert not any("worker's metrics" in check for check in _lines(answer))


@pytest.mark.usefixtures("free_ports")
def test_a_broker_that_is_no_url_is_a_wrong_setting(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKER_URL", "redis://:pa/55word@queue:6379/0")
    answer = run("doctor")
    assert "fail settings: BROKER_URL: is no URL of a broker: the port must be a number" in answer.stdout
    assert "broker" not in _lines(answer)
    assert "55word" not in answer.output


def test_an_old_python_fails() -> None:
    assert installation.python((3, 10)).result is Result.FAIL


def test_a_model_that_is_not_there_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(model, "shipped", lambda: model.ModelTagger(tmp_path))
    found = installation.model()
    assert found.result is Result.FAIL
    assert "tokenizer.json" in found.said


def test_a_catalogue_that_is_not_there_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COPYDESK_CATALOGUE", str(tmp_path / "none.json"))
    found = installation.catalogue()
    assert found.result is Result.FAIL
    assert "COPYDESK_CATALOGUE" in found.mend


@pytest.mark.parametrize(
    ("major", "result"), [(15, Result.FAIL), (16, Result.OK), (18, Result.OK), (19, Result.WARN)]
)
def test_postgresql_16_to_18_are_known(major: int, result: Result) -> None:
    assert checks.version(major, f"{major}.1").result is result


def test_another_encoding_fails() -> None:
    assert checks.encoding("SQL_ASCII").result is Result.FAIL


@pytest.mark.parametrize(
    ("skew", "result"),
    [(0.2, Result.OK), (-0.2, Result.OK), (1.5, Result.WARN), (-8, Result.WARN), (31, Result.FAIL)],
)
def test_a_clock_may_be_a_little_off(skew: float, result: Result) -> None:
    found = checks.clock(skew)
    assert found.result is result
    assert ("ahead of" if skew > 0 else "behind") in found.said


@pytest.mark.usefixtures("free_ports", "plenty")
def test_a_database_without_the_schema_is_to_be_migrated(
    run: Run, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    answer = run("doctor")
    assert _lines(answer)["schema"] == "fail"
    assert "Run `copydesk migrate`." in answer.stdout
    migrations.upgrade(empty_database_url)
    assert _lines(run("doctor"))["schema"] == "ok"


def test_a_schema_of_another_version_is_told_apart() -> None:
    assert checks.schema(schema.head()).result is Result.OK
    assert "newer version" in checks.schema("9999").mend
    assert "migrate" in checks.schema(min(schema.known())).mend


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("postgresql://postgres@/copydesk?host=/data/postgres", True),
        ("postgresql://localhost/copydesk", True),
        ("postgresql:///copydesk", True),
        ("postgresql://copydesk:x@db.example:5432/copydesk", False),
        ("postgresql:///copydesk?host=db.example", False),
    ],
)
def test_a_database_is_on_this_machine_or_elsewhere(url: str, local: bool) -> None:
    assert checks.is_local(url) is local


def test_who_may_not_ask_where_the_data_lies_is_not_told(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(text("CREATE ROLE humble"))
        connection.execute(text("SET LOCAL ROLE humble"))
        assert checks._data_directory(connection) is None  # noqa: SLF001 - the part that asks
        connection.rollback()


@pytest.mark.parametrize(
    ("total", "free", "result"),
    [
        (100 * GIB, 50 * GIB, Result.OK),
        (100 * GIB, 12 * GIB, Result.WARN),
        (100 * GIB, 4 * GIB, Result.FAIL),
        (2 * GIB, GIB - 1, Result.FAIL),
    ],
)
def test_room_gets_short_before_it_is_gone(total: int, free: int, result: Result) -> None:
    assert disk.room(Path("/data"), total, free).result is result


def test_each_disk_is_looked_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPYDESK_DATA", str(tmp_path))
    assert len(list(disk.rooms(tmp_path))) == 1
    monkeypatch.setenv("COPYDESK_DATA", str(tmp_path / "none"))
    (found,) = disk.rooms(None)
    assert "watch the disk of PostgreSQL" in found.said


def test_a_broker_that_may_drop_ids_fails_and_one_that_forgets_warns() -> None:
    found = list(
        broker.redis_policy({"redis_version": "8.0", "maxmemory_policy": "allkeys-lru", "aof_enabled": 0})
    )
    assert [each.result for each in found] == [Result.OK, Result.FAIL, Result.WARN]
    assert found[0].said == "Redis 8.0"


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({}, []),
        ({"role": "master", "maxmemory": 0, "used_memory": 9 << 20}, []),
        ({"role": "master", "maxmemory": 100 << 20, "used_memory": 79 << 20}, []),
        ({"maxmemory": 100 << 20, "used_memory": 80 << 20}, [("broker room", Result.WARN)]),
        ({"maxmemory": 100 << 20, "used_memory": 95 << 20}, [("broker room", Result.FAIL)]),
        ({"role": "slave"}, [("broker role", Result.FAIL)]),
    ],
)
def test_a_broker_that_takes_no_ids_is_told_of(said: dict[str, Any], found: list[tuple[str, Result]]) -> None:
    assert [(each.check, each.result) for each in broker.redis_state(said)] == found


@pytest.mark.usefixtures("free_ports")
def test_a_broker_that_refuses_the_password_is_not_called_away(
    run: Run, broker_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = broker_url.rpartition("@")[2]
    for url in (f"redis://:pa55word@{there}", f"redis://{there}"):
        monkeypatch.setenv("BROKER_URL", url)
        answer = run("doctor")
        assert "fail broker: it refuses the user or the password\n" in answer.stdout
        assert "pa55word" not in answer.output


def test_a_real_server_that_is_full_or_a_replica_is_found(
    broker_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKER_URL", broker_url)
    with contextlib.closing(redis.Redis.from_url(broker_url)) as client:
        client.config_set("maxmemory", "1mb")
        client.replicaof("127.0.0.1", "1")
        try:
            found = {each.check: each.result for each in broker.broker()}
        finally:
            client.replicaof("no", "one")
            client.config_set("maxmemory", "0")
    assert found["broker role"] == found["broker room"] == Result.FAIL


def test_a_real_server_that_evicts_is_found(broker_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKER_URL", broker_url)
    with contextlib.closing(redis.Redis.from_url(broker_url)) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        try:
            results = {each.check: each.result for each in broker.broker()}
        finally:
            client.config_set("maxmemory-policy", "noeviction")
    assert results["broker policy"] is Result.FAIL


def test_another_broker_is_asked_whether_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKER_URL", "amqp://127.0.0.1:1//")
    (away,) = broker.broker()
    assert away.result is Result.FAIL
    monkeypatch.setattr("copydesk.queue.Producer.check", lambda _: None)
    (there,) = broker.broker()
    assert there.result is Result.WARN


class Replies(BaseHTTPRequestHandler):
    status, body = 200, b"something else"

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, int]]:
    """Another program on a port; what it answers can be chosen."""

    class Own(Replies):
        pass

    server = HTTPServer(("127.0.0.1", 0), Own)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    monkeypatch.delenv("COPYDESK_INGEST_URL", raising=False)
    yield Own, server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_port_is_free_ours_or_taken(program: tuple[Any, int]) -> None:
    replies, number = program
    taken = ports.port("ingest", "127.0.0.1", number, "COPYDESK_INGEST_PORT")
    assert taken.result is Result.FAIL
    assert "COPYDESK_INGEST_PORT" in taken.mend
    replies.body = b"copydesk_http_requests_total 1"
    assert ports.port("ingest", "127.0.0.1", number, "X").said == "copydesk answers"
    assert ports.port("ingest", "127.0.0.1", free_port(), "X").said == "free"
    assert ports.port("ingest", "127.0.0.1", 0, "X").said == "turned off"


def test_a_port_whose_program_says_nothing_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "ANSWER_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        found = ports.port("ingest", "127.0.0.1", silent.getsockname()[1], "X")
    assert found.result is Result.FAIL


def test_a_service_that_was_told_of_is_asked(
    program: tuple[Any, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    replies, number = program
    url = f"http://127.0.0.1:{number}"
    monkeypatch.setenv("COPYDESK_INGEST_URL", url)
    assert list(ports.ports())[-1] == Finding("ingest", Result.OK, f"answers at {url}")
    replies.status, replies.body = 503, b'{"down": ["database", "broker"]}'
    assert "database, broker" in ports.service("ingest", url).said
    replies.body = b"nonsense"
    assert "lacks something" in ports.service("ingest", url).said
    assert ports.service("ingest", f"http://127.0.0.1:{free_port()}").result is Result.FAIL
    assert ports.service("ingest", "nonsense").result is Result.FAIL


@pytest.mark.parametrize(
    ("key", "result", "words"),
    [
        (b"f" * 32, "ok", "1, encrypted with the first key"),
        (b"p" * 32, "fail", "of 1 the key is not in COPYDESK_SECRETS_KEY"),
        (None, "fail", "COPYDESK_SECRETS_KEY: is not set"),
    ],
)
def test_it_says_whether_the_key_of_secrets_is_there_and_fits(
    run: Run, database: Database, monkeypatch: pytest.MonkeyPatch, key: bytes | None, result: str, words: str
) -> None:
    made = new_id()
    document = {"url": "https://desk.example.org/", "event_types": ["story.published"]}
    with database.transaction() as connection:
        subscriptions.create(connection, "desk", Vault([b"f" * 32]).seal(made, b"s" * 32), document, made)
    if key:
        monkeypatch.setenv("COPYDESK_SECRETS_KEY", base64.b64encode(key).decode())
    else:
        monkeypatch.delenv("COPYDESK_SECRETS_KEY")
    answer = run("doctor")
    assert _lines(answer)["secrets"] == result
    assert words in answer.stdout


def test_secrets_from_before_there_was_a_key_are_to_be_encrypted(run: Run, database: Database) -> None:
    document = {"url": "https://desk.example.org/", "event_types": ["story.published"]}
    with database.transaction() as connection:
        subscriptions.create(connection, "desk", b"s" * 32, document)
    answer = run("doctor")
    assert _lines(answer)["secrets"] == "warn"
    assert "Run `copydesk secrets rotate`." in answer.stdout
