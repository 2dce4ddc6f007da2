"""A subscriber's endpoint that verifies what it gets with the packages `standardwebhooks` and `svix`."""

import threading
from collections import Counter
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
from standardwebhooks import Webhook
from svix.webhooks import Webhook as SvixWebhook

from copydesk import contracts


class Receiver:
    """Listens on loopback; `hang` makes it take requests and never answer, else it answers `status`."""

    def __init__(
        self, *, hang: bool = False, status: int = 204, headers: Mapping[str, str] | None = None
    ) -> None:
        self.secret = ""
        self.ids: Counter[str] = Counter()  # webhook-id → how often it came
        self.events: dict[str, dict[str, Any]] = {}  # webhook-id → the event
        self.faults: list[str] = []
        self.bodies: dict[str, bytes] = {}
        self.sequences: dict[str, str] = {}  # webhook-id → its number
        self._release = threading.Event()
        self._hang = hang
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if outer._hang:
                    outer._release.wait(60)
                    return
                outer._take({name.lower(): value for name, value in self.headers.items()}, body)
                self.send_response(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_: object) -> None:
                pass  # a sender that was killed leaves a broken connection

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def _take(self, headers: dict[str, str], body: bytes) -> None:
        webhook_id = headers["webhook-id"]
        try:
            for library in (Webhook, SvixWebhook):
                library(self.secret).verify(body, headers)
            event = orjson.loads(body)
            wrong = contracts.violations("event", event)
            assert not wrong, wrong
            assert body == self.bodies.setdefault(webhook_id, body), "a retry sent another body"
            sequence = headers["copydesk-sequence"]
            assert sequence == self.sequences.setdefault(webhook_id, sequence), "a retry has another number"
        except Exception as error:  # noqa: BLE001 - whatever it is, the test must hear of it
            self.faults.append(repr(error))
        else:
            self.events[webhook_id] = event
        self.ids[webhook_id] += 1

    def stories(self) -> dict[str, list[str]]:
        """Returns story id → the webhook-ids that told of it."""
        told: dict[str, list[str]] = {}
        for webhook_id, event in list(self.events.items()):
            told.setdefault(event["data"]["id"], []).append(webhook_id)
        return told

    def close(self) -> None:
        """Stops listening and lets go of whoever hangs."""
        self._release.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
