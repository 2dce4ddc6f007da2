"""What to try once copydesk is up."""

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from services.embedded.home import default_directory

TIPS = """\
Next, in another terminal:
  {prefix}{command} listen
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
    command = shlex.quote(_command())
    return TIPS.format(
        prefix=prefix, command=command, ingest=ingest_url, publish=publish_url, key=key, data=data
    )


def _command() -> str:
    """Returns how this installation's command is called from here."""
    mine = Path(sys.executable).with_name("copydesk")
    on_path = shutil.which("copydesk")
    if on_path and Path(on_path).exists() and Path(on_path).samefile(mine):
        return "copydesk"
    here = Path.cwd()
    return str(mine.relative_to(here)) if mine.is_relative_to(here) else str(mine)
