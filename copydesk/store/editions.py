"""Editions: what orders the records of one story, as they are owed to one subscription.

An edition is one number: the version, then the generation. What tells of no record has none.
"""

from copydesk.store.tables import FIRST_EDITION

LEFT_JOIN_RECORD = "LEFT JOIN revisions r ON r.id = e.revision_id AND e.type = ANY(:of_records)"
"""The SQL that finds the revision `r` of an event `e`, where it tells of a record."""
EDITION = "CAST(r.version AS bigint) << 32 | e.generation"
"""The SQL of its edition; NULL where it tells of none."""


def overtaken(delivery: str) -> str:
    """Returns the SQL condition that a newer edition of a delivery's story is to be sent, or was tried.

    Asks the index deliveries_story, and that has nothing of stories with one version.

    Args:
        delivery: the alias of `deliveries` in the statement.
    """
    return f"""EXISTS (
        SELECT FROM deliveries n
        WHERE n.subscription_id = {delivery}.subscription_id AND n.story_id = {delivery}.story_id
          AND n.edition > {delivery}.edition AND n.edition > {FIRST_EDITION}
          AND (n.state IN ('due', 'sending') OR n.attempts > 0))"""
