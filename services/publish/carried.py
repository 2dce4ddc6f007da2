"""What requests carry for their endpoint's sake: headers of its owner's, and a name with a password.

They are secrets: sealed where they are stored, sent, and never shown again.
"""

import base64
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Self
from uuid import UUID

import orjson

from copydesk.contracts import Violation
from copydesk.contracts.violation import HIDDEN, pointer
from copydesk.model import Attempt
from services.publish.exchange import STRUCK
from services.publish.vault import Vault, VaultError

MEMBERS: Final = ("headers", "basic_auth")
LEAST: Final = 4  # characters: what is shorter would be found everywhere, and hides nothing
ECHO: Final = '{"challenge": "'  # what is a part of it must stay, or no challenge could be read
# Who must set them, in lower case; what ends in - stands for all that begin so.
RESERVED: Final = {
    "copydesk": (
        "accept", "accept-encoding", "content-encoding", "content-length", "content-type", "copydesk-",
        "host", "user-agent", "webhook-",
    ),
    "HTTP": (
        "connection", "expect", "http2-settings", "keep-alive", "proxy-", "te", "trailer",
        "transfer-encoding", "upgrade",
    ),
    "a proxy on the way": ("forwarded", "via", "x-forwarded-", "x-real-ip"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, repr=False)
class Carried:
    """What the owner of a subscription has sent along. It has no text form: that might be logged.

    Args:
        headers: by name, as they are sent.
        basic_auth: `username` and `password`.
    """

    headers: Mapping[str, str] | None = None
    basic_auth: Mapping[str, str] | None = None

    def changed(self, document: Mapping[str, Any]) -> Self:
        """Returns what is carried once a valid document has replaced what it names."""
        return replace(self, **{name: document[name] or None for name in MEMBERS if name in document})

    def fault(self) -> Violation | None:
        """Returns what no schema can refuse; never shows a value."""
        return next(self._faults(), None)

    def _faults(self) -> Iterator[Violation]:
        names = Counter(name.lower() for name in self.headers or ())
        for name in self.headers or ():
            if by := reserved_by(name):
                said = f"{by} sets the header {name} itself: leave it out."
                yield _violation(name, "reserved", f"a header that {by} does not set", said)
            if names[name.lower()] > 1:
                said = f"The header {name} is there twice: upper and lower case make no difference."
                yield _violation(name, "unique", "each header once", said)
            if name.lower() == "authorization" and self.basic_auth:
                said = "basic_auth makes the header authorization: give one of them, and null for the other."
                yield _violation(name, "either", "basic_auth or this header", said)

    def sent(self) -> dict[str, str]:
        """Returns the headers of a request."""
        found = dict(self.headers or {})
        if self.basic_auth:
            pair = f"{self.basic_auth['username']}:{self.basic_auth['password']}"
            found["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        return found

    def shown(self) -> dict[str, Any]:
        """Returns the members of a reply: names, and a mark for each value."""
        return {
            "headers": dict.fromkeys(self.headers, STRUCK) if self.headers else None,
            "basic_auth": {**self.basic_auth, "password": STRUCK} if self.basic_auth else None,
        }

    def struck(self, attempt: Attempt) -> Attempt:
        """Returns an attempt without what its endpoint repeated of this, as it was sent or within JSON."""
        if self == NOTHING:
            return attempt
        secrets = self._secrets()
        line = attempt.exchange
        received = [(name, _strike(value, secrets)) for name, value in line.received or ()]
        return replace(
            attempt,
            detail=attempt.detail and _strike(attempt.detail, secrets),
            response=attempt.response and _strike(attempt.response, secrets),
            exchange=replace(line, received=received) if received else line,
        )

    def _secrets(self) -> list[str]:
        """The longest first: one may be a part of another."""
        values = list(self.sent().values())
        found = {*values, *(value.partition(" ")[2] for value in values)}
        found |= {self.basic_auth["password"]} if self.basic_auth else set()
        found |= {json.dumps(each)[1:-1] for each in found}
        told = [each for each in found if len(each) >= LEAST and each not in ECHO]
        return sorted(told, key=len, reverse=True)


NOTHING: Final = Carried()


def reserved_by(name: str) -> str | None:
    """Returns who sets a header, so that a subscription must not; `None` for what is free."""
    wanted = name.lower()
    for by, names in RESERVED.items():
        if any(wanted == each or (each[-1] == "-" and wanted.startswith(each)) for each in names):
            return by
    return None


def sealed(vault: Vault, subscription_id: UUID, carried: Carried) -> bytes | None:
    """Returns what to store; `None` where nothing is carried."""
    if carried == NOTHING:
        return None
    return vault.seal(subscription_id, orjson.dumps({name: getattr(carried, name) for name in MEMBERS}))


def opened(vault: Vault, subscription_id: UUID, stored: bytes | None) -> Carried:
    """Returns what was stored.

    Raises:
        VaultError: it cannot be opened.
    """
    if stored is None:
        return NOTHING
    try:
        return Carried(**orjson.loads(vault.open(subscription_id, stored)))
    except (orjson.JSONDecodeError, TypeError):
        raise VaultError("headers were changed where they are stored: give them anew") from None


def _violation(name: str, keyword: str, expected: str, said: str) -> Violation:
    return Violation(pointer(["headers", name]), keyword, expected, HIDDEN, said)


def _strike(text: str, secrets: list[str]) -> str:
    """Also at the end, where a text was cut within a secret."""
    for each in secrets:
        text = text.replace(each, STRUCK)
    cut = text.removesuffix(STRUCK)
    for each in secrets:
        for size in range(min(len(each) - 1, len(cut)), LEAST - 1, -1):
            if cut.endswith(each[:size]):
                return cut[:-size] + STRUCK
    return text
