"""How much a record holds of each thing, as its contract says: schemas/record.schema.json."""

from typing import Any, Final

from copydesk.contracts import documents

_RECORD: Final = documents.schema("record")


def _most(things: str) -> int:
    return int(_RECORD["properties"][things]["maxItems"])


def _of(part: str, member: str) -> dict[str, Any]:
    rules: dict[str, Any] = _RECORD["$defs"][part]["properties"][member]
    return rules


MAX_ACTORS: Final = _most("actors")
MAX_PLACES: Final = _most("places")
MAX_OPINIONS: Final = _most("opinions")

# Of one actor or place.
MAX_MENTIONS: Final[int] = _RECORD["$defs"]["mentions"]["maxItems"]
MAX_CANDIDATES: Final[int] = _of("actor", "candidates")["maxItems"]
MAX_EVIDENCE: Final[int] = _of("actor", "evidence")["maxItems"]

# In code points.
MAX_HIGHLIGHT: Final[int] = _of("highlight", "text")["maxLength"]
MAX_MENTION: Final[int] = _of("mention", "text")["maxLength"]
MAX_EVIDENCE_TEXT: Final[int] = _of("evidence", "text")["maxLength"]
MAX_OPINION: Final[int] = _of("opinion", "text")["maxLength"]
MAX_CUE: Final[int] = _of("opinion", "cue")["maxLength"]
MAX_UNNAMED: Final[int] = _of("opinion", "unnamed")["maxLength"]
MAX_SPEAKER: Final[int] = _of("speaker", "text")["maxLength"]
