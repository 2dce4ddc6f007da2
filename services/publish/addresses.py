"""Which URLs may be subscribed."""

from urllib.parse import SplitResult, urlsplit

SCHEMES = frozenset({"http", "https"})


def fault(url: str) -> str | None:
    """Returns what is wrong with an endpoint's URL, in a sentence with the remedy; `None` where it will do.

    Args:
        url: valid against `schemas/subscription.schema.json`.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "The URL's host or port cannot be read: write https://host:port/path."
    if parts.scheme.lower() not in SCHEMES or not parts.hostname:
        return "An endpoint is an https:// or http:// URL with a host."
    if port == 0:
        return "Port 0 cannot be called: name the port on which the endpoint listens."
    return _secret_in(parts)


def _secret_in(parts: SplitResult) -> str | None:
    if parts.username is not None or parts.password is not None:
        return "A URL with a name or a password in it would be shown in logs: check the signature instead."
    if parts.fragment:
        return "A fragment (#…) is never sent: leave it out."
    return None
