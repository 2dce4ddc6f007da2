import base64

import pytest

from copydesk import settings
from copydesk.errors import SettingError
from copydesk.model import Lane
from copydesk.settings import DispatcherSettings, EnrichSettings, IngestSettings, PublishSettings, Settings

URLS = {"DATABASE_URL": "postgresql://localhost/copydesk", "BROKER_URL": "redis://localhost"}
KEY = base64.b64encode(b"k" * 32).decode()


@pytest.fixture(autouse=True)
def urls(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in URLS.items():
        monkeypatch.setenv(name, value)


def test_two_urls_and_a_key_are_all_that_must_be_set() -> None:
    for group in settings.GROUPS:
        assert settings.load(group).database_url == URLS["DATABASE_URL"]


@pytest.mark.parametrize(
    ("name", "value", "group"),
    [
        ("COPYDESK_INGEST_PORT", "70000", IngestSettings),
        ("COPYDESK_INGEST_PORT", "eighty", IngestSettings),
        ("COPYDESK_MAX_BODY_BYTES", "0", IngestSettings),
        ("COPYDESK_LEASE_SECONDS", "-1", EnrichSettings),
        ("COPYDESK_LEASE_SECONDS", "nan", EnrichSettings),
        ("COPYDESK_LEASE_SECONDS", "inf", EnrichSettings),
        ("COPYDESK_RETRY_SCHEDULE_SECONDS", "", DispatcherSettings),
        ("COPYDESK_RETRY_SCHEDULE_SECONDS", "[5]", DispatcherSettings),
        ("COPYDESK_RETRY_SCHEDULE_SECONDS", "5,-1", DispatcherSettings),
        ("COPYDESK_LANES", "", EnrichSettings),
        ("COPYDESK_LANES", "urgent", EnrichSettings),
        ("COPYDESK_ALLOW_CIDR", "desk.internal", DispatcherSettings),
        ("COPYDESK_ALLOW_CIDR", "10.20.3.4/16", PublishSettings),
        ("COPYDESK_ALLOW_CIDR", "10.0.0.0/33", DispatcherSettings),
        ("COPYDESK_ALLOW_CIDR", "10.0.0.0/8,fe80::1%eth0", DispatcherSettings),
        ("COPYDESK_ALLOW_CIDR", "2130706433", DispatcherSettings),
        ("COPYDESK_ALLOW_CIDR", ",".join(f"10.{n}.0.0/16" for n in range(101)), DispatcherSettings),
        ("COPYDESK_ALLOW_HTTP", "perhaps", DispatcherSettings),
        ("COPYDESK_ALLOW_PORTS", "0", DispatcherSettings),
        ("COPYDESK_ALLOW_PORTS", "65536", DispatcherSettings),
        ("COPYDESK_ALLOW_PORTS", "1-65535", DispatcherSettings),
        ("COPYDESK_ALLOW_PORTS", "9000-8000", DispatcherSettings),
        ("COPYDESK_ALLOW_PORTS", "9000-", DispatcherSettings),
        ("COPYDESK_ALLOW_PORTS", "-9000", DispatcherSettings),
        ("COPYDESK_ALLOW_PORTS", "https", PublishSettings),
        ("COPYDESK_ALLOW_PORTS", ",".join(map(str, range(2000, 2101))), DispatcherSettings),
        ("COPYDESK_PROXY", "", DispatcherSettings),
        ("COPYDESK_PROXY", "proxy.internal:3128", DispatcherSettings),
        ("COPYDESK_PROXY", "http://proxy.internal", DispatcherSettings),
        ("COPYDESK_PROXY", "https://proxy.internal:3128", DispatcherSettings),
        ("COPYDESK_PROXY", "http://proxy.internal:3128/path", DispatcherSettings),
        ("COPYDESK_SECRETS_KEY", "", DispatcherSettings),
        ("COPYDESK_SECRETS_KEY", "secret!", PublishSettings),
        ("COPYDESK_SECRETS_KEY", "c2hvcnQ=", PublishSettings),
        ("COPYDESK_SECRETS_KEY", f"{KEY},{KEY[:-5]}", DispatcherSettings),
        ("COPYDESK_SECRETS_KEY", ",".join([KEY] * 101), DispatcherSettings),
        ("COPYDESK_LOG_FORMAT", "xml", Settings),
        ("DATABASE_URL", "mysql://localhost", Settings),
        ("DATABASE_URL", "", Settings),
        ("DATABASE_URL", "postgresql://localhost:port/copydesk", Settings),
        ("DATABASE_URL", "postgresql://localhost:70000/copydesk", Settings),
        ("DATABASE_URL", "postgresql://[::1/copydesk", Settings),
        ("DATABASE_URL", "postgresql://desk:se/cret@db/copydesk", Settings),
        ("DATABASE_URL", "postgresql://desk:se@cret@db/copydesk", Settings),
        ("DATABASE_URL", "postgresql://desk:se%cret@db/copydesk", Settings),
        ("DATABASE_URL", "postgresql://db/copydesk?cret@", Settings),
        ("BROKER_URL", "kafka://localhost", Settings),
        ("BROKER_URL", "redis://localhost:port/0", Settings),
        ("BROKER_URL", "redis://localhost:70000/0", Settings),
        ("BROKER_URL", "redis://[::1/0", Settings),
        ("BROKER_URL", "redis://:se/cret@queue:6379/0", Settings),
        ("BROKER_URL", "redis://localhost:6379/first", Settings),
        ("BROKER_URL", "amqp://desk:secret@localhost:port/copydesk", Settings),
    ],
)
def test_a_wrong_setting_is_named_with_its_fault_and_an_example(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, group: type[Settings]
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingError) as caught:
        settings.load(group)
    assert str(caught.value).startswith(f"{name}: ")
    assert f"Example: {name}=" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert "cret@" not in str(caught.value).replace("copydesk:secret@localhost", "")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgresql://desk:s%2Fe%40c@db:5432/copydesk?sslmode=require&connect_timeout=3"),
        ("DATABASE_URL", "postgres://postgres@/copydesk?host=/data/postgres"),
        ("DATABASE_URL", "postgresql://desk:s:e!?c#$&*@db/copydesk"),
        ("DATABASE_URL", "postgresql:///copydesk?user=desk&password=secret"),
        ("DATABASE_URL", "postgresql://[::1]:5432/copydesk"),
        ("BROKER_URL", "redis://:s%2Fe%40c@[::1]:6379/2"),
        ("BROKER_URL", "rediss://queue?ssl_cert_reqs=required"),
        ("BROKER_URL", "redis+socket:///data/redis.sock?virtual_host=1"),
        ("BROKER_URL", "amqp://desk:secret@one/copydesk;amqp://desk:secret@two:5672/copydesk"),
    ],
)
def test_urls_of_every_kind_are_taken(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    assert getattr(settings.load(Settings), name.lower()) == value


def test_a_schedule_is_a_list_of_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPYDESK_RETRY_SCHEDULE_SECONDS", "5, 0.5,60")
    assert settings.load(DispatcherSettings).retry_schedule_seconds == (5, 0.5, 60)


def test_keys_are_a_list_and_are_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    other = base64.b64encode(b"o" * 32).decode()
    monkeypatch.setenv("COPYDESK_SECRETS_KEY", f"{KEY}, {other}")
    found = settings.load(PublishSettings)
    assert found.secrets_key == (b"k" * 32, b"o" * 32)
    assert "kkkk" not in repr(found)
    monkeypatch.setenv("COPYDESK_SECRETS_KEY", f"{KEY},{KEY}{KEY}")
    with pytest.raises(SettingError) as caught:
        settings.load(PublishSettings)
    assert KEY[:8] not in str(caught.value)


def test_a_key_that_is_not_set_is_named_with_the_command_that_makes_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("COPYDESK_SECRETS_KEY")
    for group in (PublishSettings, DispatcherSettings):
        with pytest.raises(SettingError, match=r"COPYDESK_SECRETS_KEY: is not set.*copydesk secrets key"):
            settings.load(group)
        assert settings.load_partly(group, {}).database_url == "postgresql://localhost"
    assert settings.load(IngestSettings).ingest_port == 8000


def test_blocks_and_ports_are_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPYDESK_ALLOW_CIDR", "10.20.0.0/16, fd12::/32 ,192.0.2.7")
    monkeypatch.setenv("COPYDESK_ALLOW_PORTS", "444, 9000-9999,")
    for group in (PublishSettings, DispatcherSettings):
        found = settings.load(group)
        assert [str(network) for network in found.allow_cidr] == ["10.20.0.0/16", "fd12::/32", "192.0.2.7/32"]
        assert found.allow_ports == (range(444, 445), range(9000, 10_000))


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("COPYDESK_ALLOW_CIDR", "10.20.3.4/16", "did you mean 10.20.0.0/16?"),
        ("COPYDESK_ALLOW_CIDR", "fd12::1/32", "did you mean fd12::/32?"),
        ("COPYDESK_ALLOW_CIDR", "desk.internal", "write addresses, without names or zones"),
        ("COPYDESK_ALLOW_PORTS", "1-1023", "name each port there by itself"),
    ],
)
def test_what_was_probably_meant_is_told(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, hint: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingError) as caught:
        settings.load(DispatcherSettings)
    assert f"{name}: '{value}' " in str(caught.value)
    assert hint in str(caught.value)


def test_every_missing_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in URLS:
        monkeypatch.delenv(name)
    with pytest.raises(SettingError) as caught:
        settings.load(Settings)
    assert [line.split()[0] for line in str(caught.value).splitlines()] == ["DATABASE_URL:", "BROKER_URL:"]


def test_limits_that_do_not_fit_each_other_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPYDESK_HARD_LIMIT_SECONDS", "60")
    with pytest.raises(SettingError, match="must hold, got 20, 60 and 30"):
        settings.load(EnrichSettings)
    monkeypatch.setenv("COPYDESK_SEND_TIMEOUT_SECONDS", "60")
    with pytest.raises(SettingError, match="must hold, got 60 and 30"):
        settings.load(DispatcherSettings)


@pytest.mark.parametrize(
    ("attempts", "events", "stories", "fits"),
    [
        (0, 0, 0, True),
        (7, 30, 365, True),
        (7, 0, 7, True),
        (0, 30, 0, True),
        (31, 30, 0, False),
        (9, 0, 8, False),
    ],
)
def test_parts_of_a_story_are_kept_no_longer_than_the_story(
    monkeypatch: pytest.MonkeyPatch, attempts: int, events: int, stories: int, fits: bool
) -> None:
    for name, days in (("ATTEMPTS", attempts), ("EVENTS", events), ("STORIES", stories)):
        monkeypatch.setenv(f"COPYDESK_RETAIN_{name}_DAYS", str(days))
    if fits:
        assert settings.load(EnrichSettings).retain_stories_days == stories
        return
    with pytest.raises(SettingError, match=f"must hold .* got {attempts}, {events}, {stories}"):
        settings.load(EnrichSettings)


@pytest.mark.parametrize(
    ("name", "hint"),
    [("COPYDESK_LEASE_SECOND", "COPYDESK_LEASE_SECONDS"), ("COPYDESK_XYZ", "copydesk settings")],
)
def test_an_unknown_setting_is_refused_with_the_nearest_one(
    monkeypatch: pytest.MonkeyPatch, name: str, hint: str
) -> None:
    monkeypatch.setenv(name, "1")
    with pytest.raises(SettingError, match=hint) as caught:
        settings.load(Settings)
    assert name in str(caught.value)


def test_what_other_processes_and_the_command_line_read_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPYDESK_IN_FLIGHT", "5")
    monkeypatch.setenv("COPYDESK_API_KEY", "cdk_x")
    assert settings.load(IngestSettings).ingest_port == 8000


def test_every_setting_says_what_it_is_and_gives_an_example() -> None:
    for name, (group, field) in settings.known_variables().items():
        described = group.model_fields[field]
        assert described.description, name
        assert described.examples, name


def test_lanes_are_taken_in_their_order_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.load(EnrichSettings).lanes == tuple(Lane)
    monkeypatch.setenv("COPYDESK_LANES", "backfill, breaking,backfill")
    assert settings.load(EnrichSettings).lanes == (Lane.BREAKING, Lane.BACKFILL)
