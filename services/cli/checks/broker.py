"""Checks of the broker: that it answers, and on Redis what it does when memory runs out."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from copydesk.errors import SettingError
from services.cli import target
from services.cli.checks.finding import Finding, Result

ANSWER_SECONDS = 3.0
ROOM_WARN, ROOM_FAIL = 0.8, 0.95  # taken, of the whole
AWAY = "Start it, or correct BROKER_URL. Meanwhile stories are accepted and wait."


def broker() -> Iterator[Finding]:
    """Checks the broker of BROKER_URL, or of the `copydesk up` that runs here."""
    try:
        url = target.broker_url()
    except SettingError:
        return  # the check of the settings says so
    if url is None:
        mend = "Set BROKER_URL (for example redis://localhost:6379/0), or run `copydesk up` on this machine."
        yield Finding("broker", Result.FAIL, "no URL is known", mend)
    elif urlsplit(url).scheme.startswith("redis"):
        yield from _redis(url)
    else:
        yield _other(url)


def _redis(url: str) -> Iterator[Finding]:
    import redis

    client = redis.Redis.from_url(
        url.replace("redis+socket://", "unix://", 1),
        socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=ANSWER_SECONDS,
    )
    try:
        said = client.info()
    except redis.AuthenticationError:
        mend = "Correct them in BROKER_URL. Meanwhile stories are accepted and wait."
        yield Finding("broker", Result.FAIL, "it refuses the user or the password", mend)
    except (redis.RedisError, OSError) as error:
        yield Finding("broker", Result.FAIL, f"it does not answer: {type(error).__name__}", AWAY)
    else:
        yield from redis_policy(said)
        yield from redis_state(said)
    finally:
        client.close()


def redis_policy(said: Mapping[str, Any]) -> Iterator[Finding]:
    """Judges what Redis, or a server that speaks like it, says of itself (INFO)."""
    valkey = said.get("valkey_version")
    yield Finding("broker", Result.OK, f"Valkey {valkey}" if valkey else f"Redis {said['redis_version']}")
    policy = said.get("maxmemory_policy", "unknown")
    if policy == "noeviction":
        yield Finding("broker policy", Result.OK, "noeviction")
    else:
        mend = "Set maxmemory-policy noeviction: a full Redis must refuse ids, not drop them."
        yield Finding("broker policy", Result.FAIL, f"maxmemory-policy is {policy}", mend)
    if said.get("aof_enabled"):
        yield Finding("broker persistence", Result.OK, "append-only file")
    else:
        mend = "Set appendonly yes; without it the sweep enqueues everything again after a restart."
        yield Finding("broker persistence", Result.WARN, "appendonly is off", mend)


def redis_state(said: Mapping[str, Any]) -> Iterator[Finding]:
    """Judges whether Redis takes ids now, as INFO shows it; says nothing where it does."""
    if said.get("role", "master") != "master":
        mend = "Point BROKER_URL at the primary. Meanwhile stories are accepted and wait."
        yield Finding("broker role", Result.FAIL, "it is a replica, which takes no ids", mend)
    most, taken = said.get("maxmemory", 0), said.get("used_memory", 0)
    if most and taken >= ROOM_WARN * most:
        result = Result.FAIL if taken >= ROOM_FAIL * most else Result.WARN
        mend = "Raise maxmemory, or move away what else is there: a full Redis takes no ids, stories wait."
        yield Finding("broker room", result, f"{taken >> 20} of {most >> 20} MiB are taken", mend)


def _other(url: str) -> Finding:
    from copydesk.queue import Producer

    producer = Producer(url)
    try:
        producer.check()
    except Exception as error:  # noqa: BLE001 - whatever the broker's library raises, it is not there
        return Finding("broker", Result.FAIL, f"it does not answer: {type(error).__name__}", AWAY)
    finally:
        producer.close()
    mend = "Use Redis where the order of the lanes matters."
    return Finding("broker", Result.WARN, "it answers, but copydesk is tested on Redis only", mend)
