"""What to try once copydesk is up."""

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from services.embedded.home import default_directory

TIPS = """\
Next, in another terminal:
  {prefix}copydesk listen
  curl -i {ingest}/v1/stories -H "Authorization: Bearer $(cat {key})" \\
       -H 'Content-Type: application/json' \\
       -d '{{"title": "A visit", "body": "The European Union welcomed the visit, officials in Kenya said."}}'
The API:   {ingest}/docs and {publish}/docs
The data:  {data} (in it the key and the servers' logs)
Ctrl-C stops everything."""


def next_lines(
    data: Path, ingest_url: str, publish_url: str, environment: Mapping[str, str] = os.environ
) -> str:
    """Returns lines to copy into another terminal, which knows nothing of this one's COPYDESK_DATA."""
    bare = {name: value for name, value in environment.items() if name != "COPYDESK_DATA"}
    prefix = "" if data == default_directory(bare) else f"COPYDESK_DATA={shlex.quote(str(data))} "
    key = shlex.quote(str(data / "key"))
    return TIPS.format(prefix=prefix, ingest=ingest_url, publish=publish_url, key=key, data=data)
