"""`python -m services.ingest`: the HTTP API that takes stories.

It answers 202 to POST /v1/stories once the story is committed to PostgreSQL, then tells the workers over
the broker. It is told everything by the environment: DATABASE_URL, BROKER_URL and the COPYDESK_* settings
that `copydesk settings` lists. SIGTERM lets it finish the requests in hand. What it offers is at /docs.
"""

import sys

from copydesk import process
from copydesk.settings import IngestSettings


def main() -> int:
    """Serves until it is told to stop."""
    settings = process.begin("python -m services.ingest", __doc__, IngestSettings, "ingest")
    from copydesk.web import server
    from services.ingest.app import SERVICE, create_app

    server.serve(create_app(settings), settings.host, settings.ingest_port, settings, service=SERVICE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
