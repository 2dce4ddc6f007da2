"""What an endpoint is asked before it is sent anything, and what is an answer."""

import orjson

CHALLENGE = "endpoint.challenge"
"""The `type` of the body that asks. It is no event: nobody subscribes to it."""


def echoes(response: str, challenge: str) -> bool:
    """Whether a reply is the challenge: as it is, or as the member `challenge` of a JSON object."""
    if response.strip() == challenge:
        return True
    try:
        parsed = orjson.loads(response)
    except orjson.JSONDecodeError:
        return False
    return isinstance(parsed, dict) and parsed.get("challenge") == challenge
