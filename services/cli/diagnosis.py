"""What is wrong with a webhook that does not verify: pure functions."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from services.publish import signature
from services.publish.signature import SignatureError, Verifier

_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: whether it is well, and what a person should know."""

    ok: bool
    text: str


def examine(
    secret: str, headers: Mapping[str, str], body: bytes, *, now: float, tolerance_seconds: float
) -> list[Finding]:
    """Returns what a receiver would find, and where the signature does not fit a guess at the cause.

    Args:
        secret: the secret or public key, as the subscription's reply showed it.
        headers: names in lower case.
        body: exactly the bytes that came.
        now: in seconds since 1970.
        tolerance_seconds: how far from now the timestamp may be.
    """
    missing = [name for name in _HEADERS if not headers.get(name)]
    if missing:
        return [Finding(ok=False, text=f"{name} is missing: was it dropped on the way?") for name in missing]
    stamp = headers["webhook-timestamp"]
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 16):  # noqa: PLR2004 - a date far ahead
        return [Finding(ok=False, text="webhook-timestamp is not a number of seconds since 1970")]
    try:
        key = signature.parse(secret)
    except SignatureError as error:
        return [Finding(ok=False, text=f"{error}: copy it as the subscription's reply showed it")]
    return [
        Finding(ok=True, text=f"webhook-id {headers['webhook-id']}"),
        _age(int(stamp), now, tolerance_seconds),
        _fit(key, headers, body),
    ]


def _age(stamp: int, now: float, tolerance_seconds: float) -> Finding:
    away = now - stamp
    said = f"the timestamp is {abs(away):.0f} s {'old' if away >= 0 else 'ahead'}"
    if abs(away) <= tolerance_seconds:
        return Finding(ok=True, text=said)
    limit = f"more than the {tolerance_seconds:g} s that receivers take"
    cause = "it was captured a while ago" if away > 0 else "a clock is off"
    return Finding(ok=False, text=f"{said}, {limit}: {cause}")


def _fit(key: Verifier, headers: Mapping[str, str], body: bytes) -> Finding:
    if _fits(key, headers, body):
        return Finding(ok=True, text="a signature fits the secret, the id, the timestamp and the body")
    for changed, cause in _guesses(body):
        if _fits(key, headers, changed):
            return Finding(ok=False, text=f"no signature fits these bytes, but {cause}")
    scheme = "v1" if isinstance(key, bytes) else "v1a"
    if not any(each.startswith(f"{scheme},") for each in headers["webhook-signature"].split(" ")):
        return Finding(ok=False, text=f"webhook-signature has no signature of the scheme {scheme}")
    return Finding(ok=False, text="no signature fits: another subscription's secret, or the body was changed")


def _fits(key: Verifier, headers: Mapping[str, str], body: bytes) -> bool:
    stamp = int(headers["webhook-timestamp"])
    return signature.fits(key, headers["webhook-signature"], headers["webhook-id"], stamp, body)


def _guesses(body: bytes) -> Iterator[tuple[bytes, str]]:
    """Yields bodies as they may have been before something changed them, and what that was."""
    yield body.rstrip(b"\r\n"), "one does without the line end at the end: something added it"
    yield body.replace(b"\r\n", b"\n"), "one does with LF in place of CRLF: it was saved as text"
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return
    for separators in ((",", ":"), (", ", ": ")):
        for readable in (False, True):
            text = json.dumps(document, ensure_ascii=readable, separators=separators)
            yield (
                text.encode(errors="replace"),
                "one does once the JSON is written anew: verify the bytes that came, before parsing them",
            )
