"""What a request to a subscription is made with, as SQL: its secrets, and the shape of what it is told."""


def secrets(subscription: str) -> str:
    """Returns the SQL of all that its requests are signed with, the newest first.

    Args:
        subscription: the alias of `subscriptions` in the statement.
    """
    return f"""array_prepend({subscription}.secret, ARRAY(
               SELECT secret FROM former_secrets
               WHERE subscription_id = {subscription}.id AND expires_at > statement_timestamp()
               ORDER BY expires_at DESC))"""  # noqa: S608 - the alias is ours


def shape(subscription: str) -> str:
    """Returns the SQL of how it is told, an object.

    Args:
        subscription: the alias of `subscriptions` in the statement.
    """
    names = ("projection", "fields", "offsets", "max_bytes")
    members = ", ".join(f"'{name}', {subscription}.{name}" for name in names)
    return f"jsonb_build_object({members})"
