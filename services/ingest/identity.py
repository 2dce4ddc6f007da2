"""What makes two posts the same story: pure functions."""

import functools
import hashlib
from typing import Any, Final

from copydesk import contracts

_NO_CONTENT: Final = frozenset({"uri", "priority"})


def content_sha256(document: dict[str, Any]) -> bytes:
    """Returns the SHA-256 of a valid story's content, 32 bytes.

    The content is canonical JSON (sorted keys, compact, UTF-8) without `uri` and `priority`, and without
    members that equal their default: leaving one out and spelling it out is the same story.
    """
    defaults = _defaults()
    content = {
        name: value
        for name, value in document.items()
        if name not in _NO_CONTENT and not (name in defaults and value == defaults[name])
    }
    return hashlib.sha256(contracts.canonical(content)).digest()


def content_uri(sha256: bytes) -> str:
    """Returns the uri of a story that came without one."""
    return f"urn:sha256:{sha256.hex()}"


@functools.cache
def _defaults() -> dict[str, Any]:
    members = contracts.schema("story")["properties"]
    return {name: rule["default"] for name, rule in members.items() if "default" in rule}
