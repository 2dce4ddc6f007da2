"""Editions: what orders the records of one story, as they are owed to one subscription.

An edition is one number: the version, then the generation. What tells of no record has none.
"""

from copydesk.store.tables import FIRST_EDITION


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
