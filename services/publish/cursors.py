"""Where a reader of events stands: a cursor, which says no more to the reader than where to go on."""

import base64
import re
import struct
from dataclasses import dataclass
from typing import Final, Self

_SHAPE: Final = re.compile(r"[A-Za-z0-9_-]{23}")
_LAYOUT: Final = struct.Struct(">BQQ")
_VERSION: Final = 1
_MOST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Cursor:
    """What a reader has seen.

    Args:
        position: of the last event that it has looked at; 0 for none.
        forgiven: up to which position it knows that events were removed, and goes on without them.
    """

    position: int = 0
    forgiven: int = 0

    def __str__(self) -> str:
        packed = _LAYOUT.pack(_VERSION, self.position, self.forgiven)
        return base64.urlsafe_b64encode(packed).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads what `str` wrote.

        Raises:
            ValueError: it did not.
        """
        if not _SHAPE.fullmatch(text):
            raise ValueError("a cursor is 23 letters, digits, - or _, as a reply gives it in `next`")
        version, position, forgiven = _LAYOUT.unpack(base64.urlsafe_b64decode(f"{text}="))
        made = cls(position, forgiven)
        if version != _VERSION or max(position, forgiven) > _MOST or str(made) != text:
            raise ValueError("this is no cursor of copydesk's: take `next` of a reply as it is")
        return made

    def at(self, position: int) -> Self:
        """Returns the cursor of a reader that has gone on to a position."""
        return type(self)(position, self.forgiven if self.forgiven > position else 0)

    def misses(self, removed: int) -> bool:
        """Whether something after it was removed that its reader does not know of.

        Args:
            removed: the highest position whose event was ever removed.
        """
        return removed > max(self.position, self.forgiven)
