"""Where the services, the database and the key are, for a command that was not told."""

import os

import click

from services.embedded.home import SECRETS_KEY, Home, default_directory

ADDRESSES = {
    "COPYDESK_INGEST_URL": "http://127.0.0.1:8000",
    "COPYDESK_PUBLISH_URL": "http://127.0.0.1:8001",
}


def address(variable: str, given: str | None) -> str:
    """Returns a service's URL: as given, from the environment, of the running `copydesk up`, or the usual."""
    return given or os.environ.get(variable) or _home().environment().get(variable) or ADDRESSES[variable]


def api_key(given: str | None) -> str:
    """Returns the API key: as given, from the environment, or the one of this machine.

    Raises:
        click.UsageError: there is none, or it can be none.
    """
    if key := (given or os.environ.get("COPYDESK_API_KEY") or _home().key() or "").strip():
        if not (key.isascii() and key.isprintable()):
            raise click.UsageError(
                "The API key holds what no key does: copy it as `copydesk keys create` said it."
            )
        return key
    raise click.UsageError(
        "No API key: give --key, set COPYDESK_API_KEY, or run `copydesk up` here, which makes one."
        " On a server: `copydesk keys create --source NAME --scopes stories:write`."
    )


def database_url() -> str:
    """Returns the database's URL: DATABASE_URL, or that of the running `copydesk up`.

    Raises:
        click.UsageError: there is neither.
        SettingError: the URL is malformed, or there is an unknown setting.
    """
    from copydesk import settings

    running = _home().environment()
    url = os.environ.get("DATABASE_URL") or running.get("DATABASE_URL")
    if not url:
        raise click.UsageError(
            "No database: set DATABASE_URL (for example postgresql://copydesk:secret@localhost:5432/copydesk),"
            " or run `copydesk up` on this machine."
        )
    broker = os.environ.get("BROKER_URL") or "redis://localhost"  # not used here, and may be unset
    return settings.load(settings.Settings, database_url=url, broker_url=broker).database_url


def secrets_key() -> tuple[bytes, ...]:
    """Returns the keys of secrets: COPYDESK_SECRETS_KEY, or the one that `copydesk up` made on this machine.

    Raises:
        SettingError: there is none, or it is malformed.
    """
    from copydesk import settings

    home = _home()
    given = os.environ.get(SECRETS_KEY) or home.environment().get(SECRETS_KEY) or home.secrets_key()
    stand_in = {"database_url": "postgresql://localhost", "broker_url": "redis://localhost"}
    found = {"secrets_key": given} if given else {}
    return settings.load(settings.SecretSettings, **stand_in, **found).secrets_key


def broker_url() -> str | None:
    """Returns the broker's URL: BROKER_URL, or that of the running `copydesk up`, if there is either.

    Raises:
        SettingError: the URL is malformed, or there is an unknown setting.
    """
    from copydesk import settings

    url = os.environ.get("BROKER_URL") or _home().environment().get("BROKER_URL")
    if not url:
        return None
    return settings.load(settings.Settings, database_url="postgresql://localhost", broker_url=url).broker_url


def _home() -> Home:
    return Home(default_directory())
