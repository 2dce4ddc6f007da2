"""How the value of a setting is spelled: read from text, or refused with a sentence."""

import base64
import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from urllib.parse import urlsplit

from copydesk.model import Lane

FIRST_HIGH_PORT = 1024
MOST_PARTS = 100
LAST_PORT = 65_535
KEY_BYTES = 32
ENCODED = "each of / ? # @ [ ] and % must be written as %2F and so on"


def postgres_url(url: str) -> str:
    """Returns the URL of a database, if it is one to all who read it.

    Raises:
        ValueError: it is none; says what is wrong with it, and holds nothing of it.
    """
    if url.partition("://")[0] not in {"postgresql", "postgres"}:
        raise ValueError("must begin with postgresql://")
    found = _POSTGRES.fullmatch(url)
    if found is None or int(found["port"] or 0) > LAST_PORT:
        raise ValueError(
            f"is no URL of PostgreSQL: the port must be a number, and in a user or password {ENCODED}"
        )
    return url


# What SQLAlchemy and libpq read alike: of other URLs they find two hosts, or two passwords.
_WORD = r"(?:[^:/?#@\[\]%\s]|%[0-9A-Fa-f]{2})"
_AFTER_COLON = r"(?:[^/@\[\]%\s]|%[0-9A-Fa-f]{2})"
_POSTGRES = re.compile(
    rf"postgres(?:ql)?://(?:{_WORD}*(?::{_AFTER_COLON}*)?@)?"
    rf"(?:\[[0-9A-Fa-f:.]+\]|{_WORD}*)(?::(?P<port>[0-9]{{1,5}}))?"
    r"(?:/[^/?#@\s]*)?(?:\?[a-z_]+=[^&#\s]*(?:&[a-z_]+=[^&#\s]*)*)?"
)


def broker_url(url: str) -> str:
    """Returns the URL of a broker, if it is one.

    Raises:
        ValueError: it is none; says what is wrong with it, and holds nothing of it.
    """
    if url.partition("://")[0] not in {"redis", "rediss", "redis+socket", "amqp", "amqps", "pyamqp"}:
        raise ValueError("must begin with redis://, rediss://, redis+socket://, amqp:// or amqps://")
    if not all(map(_is_broker, url.split(";"))):  # RabbitMQ may be named several times
        raise ValueError(
            "is no URL of a broker: the port must be a number, Redis' database too, and in a password"
            f" {ENCODED}"
        )
    return url


def _is_broker(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises
    except ValueError:
        return False
    database = parts.path.strip("/")
    return parts.scheme not in {"redis", "rediss"} or not database or database.isdecimal()


def proxy_url(url: str | None) -> str | None:
    """Returns the URL of a proxy, if it is one, or none.

    Raises:
        ValueError: it is something else.
    """
    if url is not None and not re.fullmatch(r"http://(?:[^/?#@\s]+@)?[^/?#@\s]+:\d{1,5}/?", url, re.ASCII):
        raise ValueError("must be http://host:port")
    return url


def listed(value: object) -> object:
    """Reads `5,300,1800` as a list; an empty text has nothing in it."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def in_order(lanes: tuple[Lane, ...]) -> tuple[Lane, ...]:
    """Returns the lanes in the order in which workers empty them, each once."""
    return tuple(lane for lane in Lane if lane in lanes)


Network = IPv4Network | IPv6Network


def networks(value: object) -> tuple[Network, ...]:
    """Reads `10.20.0.0/16,fd12::/32`, or a sequence of such texts, as address blocks.

    Raises:
        ValueError: one is none; says which, and what was probably meant.
    """
    return tuple(_network(str(part).strip()) for part in _parts(value))


def _network(text: str) -> Network:
    try:
        found = ip_network(text, strict=False)
    except ValueError:
        found = None
    if found is None or "%" in text:
        raise ValueError(f"{text!r} is no address block: write addresses, without names or zones")
    try:
        return ip_network(text)
    except ValueError:
        raise ValueError(f"{text!r} has bits set beyond its prefix: did you mean {found}?") from None


def ports(value: object) -> tuple[range, ...]:
    """Reads `444,9000-9999`; a range begins at 1024, so that nobody opens the port of mail by accident.

    Raises:
        ValueError: a part is neither a port nor such a range; says which.
    """
    return tuple(_port_range(str(part).strip()) for part in _parts(value))


def _port_range(text: str) -> range:
    found = re.fullmatch(r"(\d{1,5})(?:-(\d{1,5}))?", text, re.ASCII)
    if not found:
        raise ValueError(f"{text!r} is neither a port nor a range of ports")
    first, last = int(found[1]), int(found[2] or found[1])
    if not 0 < first <= last < 1 << 16:
        raise ValueError(f"{text!r} is not between 1 and 65535, the lower first")
    if first < FIRST_HIGH_PORT and first != last:
        raise ValueError(f"{text!r} begins below {FIRST_HIGH_PORT}: name each port there by itself")
    return range(first, last + 1)


def _parts(value: object) -> tuple[object, ...]:
    found = listed(value)
    parts = tuple(found) if isinstance(found, list | tuple) else (found,)
    if len(parts) > MOST_PARTS:
        raise ValueError(f"holds {len(parts)}, and at the most {MOST_PARTS} may be listed")
    return parts


def keys(value: object) -> tuple[bytes, ...]:
    """Reads keys in base64, with commas between them.

    Raises:
        ValueError: one is none; says why, without showing it.
    """
    found = tuple(_key(part) for part in _parts(value))
    if not found:
        raise ValueError("is empty")
    return found


def _key(part: object) -> bytes:
    try:
        key = part if isinstance(part, bytes) else base64.b64decode(str(part).strip(), validate=True)
    except ValueError:
        raise ValueError("is not base64") from None
    if len(key) != KEY_BYTES:
        raise ValueError(f"is a key of {len(key)} bytes, not of {KEY_BYTES}")
    return key
