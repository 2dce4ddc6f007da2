"""API keys: how a token looks and how it is stored."""

import hashlib
import re
import secrets

PATTERN = re.compile(r"cdk_[A-Za-z0-9_-]{32,128}")
SOURCE = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
PREFIX_LENGTH = 10


def new_token() -> str:
    """Returns a fresh token, `cdk_` and 32 random bytes in base64url."""
    return f"cdk_{secrets.token_urlsafe(32)}"


def digest(token: str) -> bytes:
    """Returns what is stored of a token.

    A plain SHA-256 is enough: a token holds 256 random bits, so there is no dictionary to try.
    """
    return hashlib.sha256(token.encode()).digest()
