import os
from pathlib import Path

import click
import pytest

from copydesk.errors import SettingError
from services.cli.target import address, api_key, database_url
from services.embedded.home import Home


@pytest.fixture
def home() -> Home:
    return Home(Path(os.environ["COPYDESK_DATA"]))


def test_an_address_is_given_set_published_or_usual(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    assert address("COPYDESK_INGEST_URL", None) == "http://127.0.0.1:8000"
    home.keep_environment({"COPYDESK_INGEST_URL": "http://127.0.0.1:9000"})
    assert address("COPYDESK_INGEST_URL", None) == "http://127.0.0.1:9000"
    monkeypatch.setenv("COPYDESK_INGEST_URL", "https://desk.example")
    assert address("COPYDESK_INGEST_URL", None) == "https://desk.example"
    assert address("COPYDESK_INGEST_URL", "http://here") == "http://here"


def test_a_key_is_given_set_or_this_machines(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(click.UsageError, match="No API key"):
        api_key(None)
    home.keep_key("cdk_home")
    assert api_key(None) == "cdk_home"
    monkeypatch.setenv("COPYDESK_API_KEY", "cdk_set")
    assert api_key(None) == "cdk_set"
    assert api_key("cdk_given") == "cdk_given"
    assert api_key("cdk_given\r\n") == "cdk_given"


@pytest.mark.parametrize("key", ["cdk_a\ncdk_b", "cdk_\x00", "cdk_ä", "cdk_a\tb"])
def test_what_can_be_no_key_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(click.UsageError, match="as `copydesk keys create` said it") as caught:
        api_key(key)
    assert "cdk_" not in str(caught.value)


def test_the_database_is_set_or_the_running_ones(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(click.UsageError, match="set DATABASE_URL"):
        database_url()
    home.keep_environment({"DATABASE_URL": "postgresql://postgres@/copydesk?host=/data"})
    assert database_url() == "postgresql://postgres@/copydesk?host=/data"
    monkeypatch.setenv("DATABASE_URL", "mysql://localhost")
    with pytest.raises(SettingError, match="DATABASE_URL: must begin with postgresql://"):
        database_url()
