import socket
import sys
from pathlib import Path

import pytest

from copydesk.errors import SettingError
from services.embedded.commands import METRICS, Options, check_settings, choose_port, commands, local_url
from services.embedded.ports import is_free
from services.embedded.server import ServerError

URLS = {"DATABASE_URL": "postgresql://localhost/x", "BROKER_URL": "redis://localhost"}


def test_every_process_of_production_is_there_in_the_order_of_stopping() -> None:
    made = commands(Options(Path("/data")), URLS)
    assert [(command.name, command.argv) for command in made] == [
        ("ingest", (sys.executable, "-m", "services.ingest")),
        ("enrich", (sys.executable, "-m", "services.enrich")),
        ("sweep", (sys.executable, "-m", "services.enrich.sweep")),
        ("publish", (sys.executable, "-m", "services.publish")),
        ("dispatcher", (sys.executable, "-m", "services.publish.dispatcher")),
    ]
    assert [command.heartbeat for command in made if command.heartbeat] == [
        "http://127.0.0.1:8000/__heartbeat__",
        "http://127.0.0.1:8001/__heartbeat__",
    ]


def test_settings_travel_by_environment_and_the_key_stays_here() -> None:
    given = {**URLS, "COPYDESK_API_KEY": "cdk_secret", "COPYDESK_LOG_LEVEL": "debug"}
    ingest = commands(Options(Path("/data"), ingest_port=9000, publish_port=9001), given)[0]
    assert ingest.environment["COPYDESK_INGEST_PORT"] == "9000"
    assert ingest.environment["COPYDESK_PUBLISH_PORT"] == "9001"
    assert ingest.environment["COPYDESK_LOG_LEVEL"] == "debug"
    assert ingest.environment["COPYDESK_LOG_FORMAT"] == "text"
    assert "COPYDESK_API_KEY" not in ingest.environment
    assert "secret" not in repr(ingest)


def test_subscriptions_may_name_this_machine_and_what_the_person_opens() -> None:
    given = {**URLS, "COPYDESK_ALLOW_CIDR": "10.1.0.0/16", "COPYDESK_ALLOW_PORTS": "444"}
    made = commands(Options(Path("/data"), allow_cidr=("10.2.0.0/16", "fd00::/8")), given)
    for command in made:
        read = {name.lower(): value for name, value in command.environment.items() if "_ALLOW_" in name}
        assert read == {
            "copydesk_allow_cidr": "10.2.0.0/16,fd00::/8,10.1.0.0/16,127.0.0.0/8,::1/128",
            "copydesk_allow_ports": "444,1024-65535",
            "copydesk_allow_http": "true",
        }
    shut = commands(Options(Path("/data")), {**URLS, "COPYDESK_ALLOW_HTTP": "false"})
    assert shut[0].environment["COPYDESK_ALLOW_HTTP"] == "false"


def test_several_of_a_kind_have_numbers_and_one_metrics_port() -> None:
    made = commands(Options(Path("/data"), workers=2, dispatchers=2), URLS)
    ports = {
        command.name: (command.environment[variable], command.spare)
        for command in made
        for kind, (variable, _) in METRICS.items()
        if command.name.startswith(kind)
    }
    assert ports == {
        "enrich-1": ("9101", ("COPYDESK_WORKER_METRICS_PORT",)),
        "enrich-2": ("0", ("COPYDESK_WORKER_METRICS_PORT",)),
        "sweep": ("9102", ("COPYDESK_SWEEP_METRICS_PORT",)),
        "dispatcher-1": ("9103", ("COPYDESK_DISPATCHER_METRICS_PORT",)),
        "dispatcher-2": ("0", ("COPYDESK_DISPATCHER_METRICS_PORT",)),
    }


def test_a_metrics_port_that_was_chosen_is_kept() -> None:
    made = commands(Options(Path("/data")), {**URLS, "COPYDESK_SWEEP_METRICS_PORT": "9999"})
    assert made[2].environment["COPYDESK_SWEEP_METRICS_PORT"] == "9999"
    assert made[2].spare == ()


def test_a_taken_port_is_named_with_the_option_that_changes_it() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ServerError, match=rf"Port {port} is taken .* --ingest-port"):
            choose_port(port, "--ingest-port")
    assert choose_port(port, "--ingest-port") == port
    assert is_free(choose_port(0, "--ingest-port"))


def test_an_address_that_is_not_ours_is_not_free_and_is_named_with_its_setting() -> None:
    assert not is_free(0, "2001:db8::1")
    with pytest.raises(ServerError, match=r"Port 8000 cannot be used on nowhere.invalid .*COPYDESK_HOST"):
        choose_port(8000, "--ingest-port", "nowhere.invalid")


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),  # noqa: S104
        ("::", "http://[::1]:8000"),
        ("fe80::1", "http://[fe80::1]:8000"),
        ("desk.example", "http://desk.example:8000"),
    ],
)
def test_what_listens_anywhere_is_reached_on_loopback(host: str, url: str) -> None:
    assert local_url(host, 8000) == url


def test_settings_are_checked_without_the_urls_that_will_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    check_settings({})
    monkeypatch.setenv("COPYDESK_SWEEP_SECONDS", "-1")
    with pytest.raises(SettingError, match=r"COPYDESK_SWEEP_SECONDS: .* Example: COPYDESK_SWEEP_SECONDS=5"):
        check_settings()


def test_a_wrong_url_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://localhost/x")
    with pytest.raises(SettingError, match="DATABASE_URL: must begin with postgresql://"):
        check_settings()
