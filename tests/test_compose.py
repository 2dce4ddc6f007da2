"""docker-compose.yml and the Dockerfile, read as files: they start what `copydesk up` starts."""

import os
import re
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from copydesk import settings
from copydesk.settings import (
    DispatcherSettings,
    EnrichSettings,
    IngestSettings,
    PublishSettings,
    SecretSettings,
    Settings,
)
from services.embedded.child import Command
from services.embedded.commands import METRICS, Options, commands

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docker-compose.yml").read_text()
DOCKERFILE = (ROOT / "Dockerfile").read_text()
FILE = yaml.safe_load(TEXT)
SERVICES: dict[str, Any] = FILE["services"]
OWN = {name: service for name, service in SERVICES.items() if "build" in service or "pull_policy" in service}
LASTING = {name: service for name, service in OWN.items() if name != "migrate"}
URLS = {"DATABASE_URL": "postgresql://localhost/x", "BROKER_URL": "redis://localhost"}
VARIABLE = re.compile(r"\$\{(\w+)(:[-?])?([^}]*)\}")
# What differs between the laptop and a container: where things are, whom log lines are for, and that on the
# laptop webhooks may be tried out: there subscriptions may name the machine itself, without TLS.
REACH = {"COPYDESK_ALLOW_CIDR", "COPYDESK_ALLOW_HTTP", "COPYDESK_ALLOW_PORTS"}
PLACES = {"COPYDESK_INGEST_PORT", "COPYDESK_PUBLISH_PORT", *(variable for variable, _ in METRICS.values())}


def _up() -> dict[str, Command]:
    return {command.name: command for command in commands(Options(Path("/data")), URLS)}


def _seconds(duration: str) -> float:
    assert duration.endswith("s")
    return float(duration[:-1])


def _default(group: type[Settings], field: str) -> Any:
    return group.model_fields[field].default


def test_the_processes_are_those_of_copydesk_up() -> None:
    assert {name: service["command"] for name, service in LASTING.items()} == {
        name: ["python", *command.argv[1:]] for name, command in _up().items()
    }


def test_the_settings_are_those_of_copydesk_up() -> None:
    secret = {name: {"COPYDESK_SECRETS_KEY"} if name in {"publish", "dispatcher"} else set() for name in OWN}
    for name, service in OWN.items():
        assert service["environment"].keys() == {*URLS, "COPYDESK_HOST", *secret[name]}
    for name, command in _up().items():
        ours = {name for name in command.environment if name.startswith("COPYDESK_")}
        assert ours - PLACES == {"COPYDESK_LOG_FORMAT", *REACH, *secret[name]}
        python = {name: value for name, value in command.environment.items() if name.startswith("PYTHON")}
        assert python.items() <= dict(re.findall(r"(PYTHON\w+)=(\S+)", DOCKERFILE)).items()


def test_production_calls_public_addresses_only_and_the_laptop_itself_besides() -> None:
    assert not any(variable in TEXT + DOCKERFILE for variable in REACH)
    assert {_default(DispatcherSettings, name.removeprefix("COPYDESK_").lower()) for name in REACH} == {
        (),
        False,
    }
    environment = _up()["dispatcher"].environment
    assert {name: environment[name] for name in REACH} == {
        "COPYDESK_ALLOW_CIDR": "127.0.0.0/8,::1/128",
        "COPYDESK_ALLOW_HTTP": "true",
        "COPYDESK_ALLOW_PORTS": "1024-65535",
    }


def test_every_setting_that_is_named_is_one() -> None:
    settings.check_names(dict.fromkeys(re.findall(r"COPYDESK_\w+", TEXT + DOCKERFILE), ""))


def test_a_process_has_longer_to_stop_than_its_work_in_hand_takes() -> None:
    work = {
        "ingest": _default(IngestSettings, "shutdown_seconds"),
        "publish": _default(PublishSettings, "shutdown_seconds"),
        "enrich": _default(EnrichSettings, "hard_limit_seconds"),
        "sweep": 15,  # the longest statement
        "dispatcher": _default(DispatcherSettings, "send_timeout_seconds")
        + _default(DispatcherSettings, "delivery_lease_seconds"),
    }
    for name, command in _up().items():
        grace = _seconds(LASTING[name]["stop_grace_period"])
        assert grace > work[name]
        assert grace >= command.grace_seconds


def test_no_secret_has_a_default_and_what_has_one_is_harmless() -> None:
    variables = set(VARIABLE.findall(TEXT))
    assert {(name, kind) for name, kind, _ in variables if "PASSWORD" in name or "KEY" in name} == {
        ("POSTGRES_PASSWORD", ":?"),
        ("REDIS_PASSWORD", ":?"),
        ("COPYDESK_SECRETS_KEY", ":?"),
    }
    assert all("make env" in message for _, kind, message in variables if kind == ":?")
    assert {(name, value) for name, kind, value in variables if kind != ":?"} == {
        ("IMAGE", "copydesk"),
        ("BIND_ADDRESS", "127.0.0.1"),
        ("INGEST_PORT", "8000"),
        ("PUBLISH_PORT", "8001"),
    }


def test_only_the_two_apis_are_published_and_each_is_asked_where_it_listens() -> None:
    ports = {
        "ingest": _default(IngestSettings, "ingest_port"),
        "publish": _default(PublishSettings, "publish_port"),
    }
    shown = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert shown == {
        name: [f"${{BIND_ADDRESS:-127.0.0.1}}:${{{name.upper()}_PORT:-{port}}}:{port}"]
        for name, port in ports.items()
    }
    asked = {name: f":{port}/__lbheartbeat__'" for name, port in ports.items()}
    asked |= {name: f":{port}/metrics'" for name, (_, port) in METRICS.items()}
    for name, service in LASTING.items():
        assert asked[name] in service["healthcheck"]["test"][-1]


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_bounded_and_can_do_little(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory", "pids"}
    assert service["logging"] == {"driver": "local"}
    assert service["restart"] == ("no" if name == "migrate" else "unless-stopped")
    assert not {"privileged", "container_name", "network_mode", "entrypoint"} & service.keys()
    assert ("cap_add" in service) == (name == "postgres")  # which begins as root
    assert ("healthcheck" in service) == (name != "migrate")
    assert "start_interval" in service.get("healthcheck", {"start_interval": ""})


def test_nothing_starts_before_what_it_stands_on() -> None:
    healthy, done = {"condition": "service_healthy"}, {"condition": "service_completed_successfully"}
    assert OWN["migrate"]["depends_on"] == {"postgres": healthy}
    for service in LASTING.values():
        assert service["depends_on"] == {"migrate": done, "postgres": healthy, "redis": healthy}


def test_only_who_must_reaches_the_outside() -> None:
    assert FILE["networks"]["inside"] == {"internal": True}
    outside = {name for name, service in SERVICES.items() if "outside" in service["networks"]}
    assert outside == {"ingest", "publish", "dispatcher"}


def test_the_servers_are_set_up_as_those_of_copydesk_up() -> None:
    redis = SERVICES["redis"]["command"][-1]
    ours = (ROOT / "services/embedded/redis.py").read_text()
    for setting in ("maxmemory-policy", "appendonly", "appendfsync"):
        value = re.search(rf'"{setting}": "(\w+)"', ours)
        assert value is not None
        assert f"{setting} {value[1]}\n" in redis
    locale = re.search(r"locale = \[(.+?)\]", (ROOT / "services/embedded/postgres.py").read_text())
    assert locale is not None
    assert SERVICES["postgres"]["environment"]["POSTGRES_INITDB_ARGS"].split() == [
        "--encoding=UTF8",
        *re.findall(r'"([^"]+)"', locale[1]),
    ]


def test_one_image_is_built_once_from_one_base_and_runs_as_nobody() -> None:
    assert {service["image"] for service in OWN.values()} == {"${IMAGE:-copydesk}"}
    assert [name for name, service in SERVICES.items() if "build" in service] == ["migrate"]
    assert {SERVICES[name]["image"] for name in ("postgres", "redis")} == {"postgres:17", "redis:8"}
    assert "syntax=" not in DOCKERFILE
    assert {line.split()[1] for line in DOCKERFILE.splitlines() if line.startswith("FROM ")} == {
        "python:3.13-slim"
    }
    assert re.findall(r"^USER (.+)$", DOCKERFILE, re.MULTILINE) == ["10001:10001"]
    assert re.findall(r"^(?:HEALTHCHECK|ENTRYPOINT|ADD)\b", DOCKERFILE, re.MULTILINE) == []
    assert "--require-hashes" in DOCKERFILE


def test_nothing_enters_the_build_but_what_is_copied() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    assert lines[0] == "*"
    copies = re.findall(r"^COPY (?!--)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    assert {line[1:] for line in lines if line.startswith("!")} == {
        each for line in copies for each in line.split()
    }


def _make_env(directory: Path) -> subprocess.CompletedProcess[str]:
    command = ["make", "-f", str(ROOT / "Makefile"), "env"]
    environment = {"PATH": os.environ["PATH"]}
    return subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, check=False
    )


def test_make_env_writes_random_passwords_that_nobody_else_reads(tmp_path: Path) -> None:
    assert _make_env(tmp_path).returncode == 0
    made = tmp_path / ".env"
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    passwords = dict(line.split("=", 1) for line in made.read_text().splitlines())
    assert passwords.keys() == {name for name, kind, _ in VARIABLE.findall(TEXT) if kind == ":?"}
    assert len(set(passwords.values())) == len(passwords)
    key = {
        "database_url": URLS["DATABASE_URL"],
        "broker_url": "redis://x",
        "secrets_key": passwords.pop("COPYDESK_SECRETS_KEY"),
    }
    assert len(SecretSettings(**key).secrets_key[0]) == 32
    assert all(re.fullmatch(r"[0-9a-f]{48}", password) for password in passwords.values())


def test_make_env_never_writes_over_what_is_there(tmp_path: Path) -> None:
    there = tmp_path / ".env"
    there.write_text("POSTGRES_PASSWORD=kept\n")
    done = _make_env(tmp_path)
    assert done.returncode != 0
    assert "stays" in done.stdout
    assert there.read_text() == "POSTGRES_PASSWORD=kept\n"
