"""Signing and verifying webhooks. Source: Standard Webhooks 1.0, symmetric scheme `v1`."""

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping, Sequence

from copydesk.errors import CopydeskError

PREFIX = "whsec_"
SECRET_BYTES = 32


class SignatureError(CopydeskError):
    """A webhook that is not what it claims to be; the message says in what."""


def new_secret() -> bytes:
    """Returns a fresh secret, 32 random bytes."""
    return secrets.token_bytes(SECRET_BYTES)


def shown(secret: bytes) -> str:
    """Returns a secret as its receiver is given it: `whsec_` and base64."""
    return PREFIX + base64.b64encode(secret).decode()


def parse(shown_secret: str) -> bytes:
    """Returns the bytes of a secret as `shown` writes it.

    Raises:
        SignatureError: it is not such a secret.
    """
    try:
        return base64.b64decode(shown_secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise SignatureError("the secret is not whsec_ and base64") from None


def sign(secret: bytes, webhook_id: str, timestamp: int, body: bytes) -> str:
    """Returns the value of `webhook-signature` for one attempt.

    Args:
        secret: the subscription's.
        webhook_id: the event's id; holds no dot.
        timestamp: of the attempt, in seconds since 1970.
        body: exactly the bytes that are sent.
    """
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    return f"v1,{base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()}"


def headers(
    secret: bytes, webhook_id: str, timestamp: int, body: bytes, *, former: Sequence[bytes] = ()
) -> dict[str, str]:
    """Returns the three headers that a receiver verifies: one with any of the secrets can."""
    signatures = (sign(each, webhook_id, timestamp, body) for each in (secret, *former))
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


def verify(secret: str, received: Mapping[str, str], body: bytes, *, tolerance_seconds: float = 300) -> None:
    """Checks a received webhook, as its receiver does.

    Args:
        secret: as the subscription's reply showed it.
        received: the request's headers; names in lower case, or a case-insensitive mapping.
        body: exactly the bytes that came.
        tolerance_seconds: how old, or how far ahead, the timestamp may be.

    Raises:
        SignatureError: a header is missing or malformed, too old, or no signature fits.
    """
    webhook_id, signatures = received.get("webhook-id"), received.get("webhook-signature")
    stamp = received.get("webhook-timestamp", "")
    if not webhook_id or not signatures or not (stamp.isascii() and stamp.isdigit() and len(stamp) < 16):  # noqa: PLR2004 - a date far ahead
        raise SignatureError("a webhook needs webhook-id, webhook-timestamp and webhook-signature")
    if abs(time.time() - int(stamp)) > tolerance_seconds:
        raise SignatureError("the timestamp is too far from now: an old message, or a clock that is off")
    expected = sign(parse(secret), webhook_id, int(stamp), body).encode()
    # Every signature is compared, each in constant time.
    if not sum(hmac.compare_digest(expected, each.encode()) for each in signatures.split(" ")):
        raise SignatureError("no signature fits: another secret, or the body was changed")
