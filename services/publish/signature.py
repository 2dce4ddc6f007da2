"""Signing and verifying webhooks. Source: Standard Webhooks 1.0: `v1` is HMAC-SHA256, `v1a` ed25519."""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping, Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from copydesk.errors import CopydeskError

PREFIX, PUBLIC_PREFIX, PRIVATE_PREFIX = "whsec_", "whpk_", "whsk_"
SECRET_BYTES = 32
Secret = bytes | Ed25519PrivateKey  # what signs
Verifier = bytes | Ed25519PublicKey  # what verifies: of `v1` the same


class SignatureError(CopydeskError):
    """A webhook that is not what it claims to be; the message says in what."""


def new_secret() -> bytes:
    """Returns a fresh secret, 32 random bytes."""
    return secrets.token_bytes(SECRET_BYTES)


def shown(secret: bytes) -> str:
    """Returns a secret as its receiver is given it: `whsec_` and base64."""
    return PREFIX + base64.b64encode(secret).decode()


def new_private_key() -> Ed25519PrivateKey:
    """Returns a fresh key of the scheme `v1a`."""
    return Ed25519PrivateKey.generate()


def public(secret: Ed25519PrivateKey) -> str:
    """Returns the public key as its receiver is given it: `whpk_` and base64."""
    return PUBLIC_PREFIX + base64.b64encode(secret.public_key().public_bytes_raw()).decode()


def dump(secret: Secret) -> bytes:
    """Returns what is sealed of a secret; `load` reads it."""
    return secret if isinstance(secret, bytes) else PRIVATE_PREFIX.encode() + secret.private_bytes_raw()


def load(dumped: bytes) -> Secret:
    """Returns the secret that `dump` wrote. One of `v1` is never as long as that of `v1a` with its prefix."""
    prefix = PRIVATE_PREFIX.encode()
    if len(dumped) == len(prefix) + SECRET_BYTES and dumped.startswith(prefix):
        return Ed25519PrivateKey.from_private_bytes(dumped.removeprefix(prefix))
    return dumped


def jwk(public_key: str) -> dict[str, str]:
    """Returns a public key, as `public` writes it, as a JSON Web Key. Source: RFC 8037."""
    raw = base64.b64decode(public_key.removeprefix(PUBLIC_PREFIX))
    x = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    return {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": x, "use": "sig", "alg": "EdDSA"}


def parse(shown_secret: str) -> Verifier:
    """Returns what verifies: a secret as `shown` writes it, or a public key as `public` does.

    Raises:
        SignatureError: it is neither.
    """
    try:
        if shown_secret.startswith(PUBLIC_PREFIX):
            raw = base64.b64decode(shown_secret.removeprefix(PUBLIC_PREFIX), validate=True)
            return Ed25519PublicKey.from_public_bytes(raw)
        return base64.b64decode(shown_secret.removeprefix(PREFIX), validate=True)
    except ValueError:
        raise SignatureError(
            "the secret is not whsec_ and base64, nor a public key, whpk_ and base64"
        ) from None


def sign(secret: Secret, webhook_id: str, timestamp: int, body: bytes) -> str:
    """Returns the value of `webhook-signature` for one attempt.

    Args:
        secret: the subscription's.
        webhook_id: the event's id; holds no dot.
        timestamp: of the attempt, in seconds since 1970.
        body: exactly the bytes that are sent.
    """
    content = _content(webhook_id, timestamp, body)
    if isinstance(secret, bytes):
        return f"v1,{base64.b64encode(hmac.digest(secret, content, hashlib.sha256)).decode()}"
    return f"v1a,{base64.b64encode(secret.sign(content)).decode()}"


def _content(webhook_id: str, timestamp: int, body: bytes) -> bytes:
    return f"{webhook_id}.{timestamp}.".encode() + body


def fits(key: Verifier, signatures: str, webhook_id: str, timestamp: int, body: bytes) -> bool:
    """Whether one of the signatures in a `webhook-signature` is made with the key's secret."""
    given = signatures.split(" ")
    if isinstance(key, bytes):
        expected = sign(key, webhook_id, timestamp, body).encode()
        # Every signature is compared, each in constant time.
        return bool(sum(hmac.compare_digest(expected, each.encode(errors="replace")) for each in given))
    content = _content(webhook_id, timestamp, body)
    return any(_is_signed(key, each, content) for each in given)


def _is_signed(key: Ed25519PublicKey, signature: str, content: bytes) -> bool:
    scheme, _, encoded = signature.partition(",")
    if scheme != "v1a":
        return False
    try:
        key.verify(base64.b64decode(encoded, validate=True), content)
    except (InvalidSignature, ValueError):
        return False
    return True


def headers(
    secret: Secret, webhook_id: str, timestamp: int, body: bytes, *, former: Sequence[Secret] = ()
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
        secret: the secret or public key, as the subscription's reply showed it.
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
    if not fits(parse(secret), signatures, webhook_id, int(stamp), body):
        raise SignatureError("no signature fits: another secret, or the body was changed")
