"""Which schemas of the database this code knows: one for each migration that lies beside it.

What applies migrations is heavy: who only asks whether one is missing reads the names of their files.
"""

import functools
from pathlib import Path
from typing import Final

from copydesk.errors import OutageError

_MIGRATIONS: Final = Path(__file__).parent / "migrations" / "versions"


@functools.cache
def known() -> tuple[str, ...]:
    """Returns the numbers of the migrations, the oldest first: the name of each one's file begins with its.

    Raises:
        OutageError: this installation of copydesk has none.
    """
    found = tuple(sorted(path.name.partition("_")[0] for path in _MIGRATIONS.glob("[0-9]*_*.py")))
    if not found:
        raise OutageError("this installation of copydesk has no migrations")
    return found


def head() -> str:
    """Returns the number of the schema that this code needs."""
    return known()[-1]


def is_old(found: str | None) -> bool:
    """Whether a database waits to be migrated.

    One that this code does not know was migrated by a newer version: old processes work on there.

    Args:
        found: the number that the database has; `None` for none.
    """
    return found is None or found in known()[:-1]
