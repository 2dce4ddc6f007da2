"""`python -m services.publish`: the HTTP API for those who want to be told.

It manages subscriptions and shows finished records and deliveries; `python -m services.publish.dispatcher`
does the sending. It is told everything by the environment: DATABASE_URL, BROKER_URL and the COPYDESK_*
settings that `copydesk settings` lists. SIGTERM lets it finish the requests in hand. See /docs.
"""

import sys

from copydesk import process
from copydesk.settings import PublishSettings


def main() -> int:
    """Serves until it is told to stop."""
    settings = process.begin("python -m services.publish", __doc__, PublishSettings, "publish")
    from copydesk.web import server
    from services.publish import sealing
    from services.publish.app import create_app

    sealing.refuse_unknown(settings)
    app = create_app(settings)
    server.serve(
        app,
        settings.host,
        settings.publish_port,
        settings,
        service="publish",
        on_stopping=app.state.feed.stop,  # whoever waits for events is answered
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
