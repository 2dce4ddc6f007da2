"""Secrets at rest: encrypted with a key of the environment, each bound to its subscription."""

import base64
import hashlib
import secrets
from collections.abc import Iterable, Sequence
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from copydesk.errors import CopydeskError
from copydesk.spelling import KEY_BYTES
from services.publish import signature
from services.publish.signature import Secret

PLAIN_BYTES = 32  # what was stored before there was a key is this long; what is sealed is longer
VERSION = b"\x01"  # of the layout: version, id of the key, nonce, ciphertext with its tag
_ID_BYTES, _NONCE_BYTES = 4, 12
_HEAD_BYTES = len(VERSION) + _ID_BYTES


class VaultError(CopydeskError):
    """A stored secret that cannot be opened; says why, and never shows anything of it."""


def new_key() -> str:
    """Returns a fresh key as COPYDESK_SECRETS_KEY takes it: 32 random bytes in base64."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


class Vault:
    """Seals and opens secrets, with AES-256 in GCM.

    Args:
        keys: the first seals, all open; 32 bytes each, one at least.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._ciphers = {VERSION + _id(key): AESGCM(key) for key in reversed(keys)}
        self._head = VERSION + _id(keys[0])

    def seal(self, subscription_id: UUID, secret: bytes) -> bytes:
        """Returns what to store: nobody can read it without the key, or open it for another subscription."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        cipher = self._ciphers[self._head]
        return self._head + nonce + cipher.encrypt(nonce, secret, subscription_id.bytes)

    def open(self, subscription_id: UUID, stored: bytes) -> bytes:
        """Returns the secret in what was stored, sealed or not.

        Raises:
            VaultError: its key is not here, or it was changed, or it is another subscription's.
        """
        if len(stored) <= PLAIN_BYTES:
            return stored
        cipher = self._ciphers.get(stored[:_HEAD_BYTES])
        if cipher is None:
            raise VaultError("a secret is encrypted with a key that is not in COPYDESK_SECRETS_KEY")
        rest = stored[_HEAD_BYTES:]
        try:
            return cipher.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], subscription_id.bytes)
        except InvalidTag:
            raise VaultError("a secret was changed where it is stored: rotate it") from None

    def signing(self, subscription_id: UUID, stored: Iterable[bytes]) -> list[Secret]:
        """Returns what signs, of all that is stored for a subscription and in its order.

        Raises:
            VaultError: see `open`.
        """
        return [signature.load(self.open(subscription_id, each)) for each in stored]

    def knows(self, stored: bytes) -> bool:
        """Whether the key of what was stored is here, or none is needed."""
        return len(stored) <= PLAIN_BYTES or stored[:_HEAD_BYTES] in self._ciphers

    def is_current(self, stored: bytes) -> bool:
        """Whether it is sealed with the first key."""
        return len(stored) > PLAIN_BYTES and stored.startswith(self._head)


def _id(key: bytes) -> bytes:
    """Tells keys apart without telling of them."""
    return hashlib.sha256(b"copydesk secrets key\0" + key).digest()[:_ID_BYTES]
