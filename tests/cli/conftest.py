"""A stand-in for ingest and publish, scripted by a test, and a way to run commands against it."""

import base64
import json
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from click.testing import CliRunner, Result

from copydesk.store.database import Database
from services.cli import main
from services.publish import signature

SECRET = b"s" * 32
PRIVATE_KEY = signature.new_private_key()
RECORD = {
    "id": "01990b2e-8f7a-7cc1-9d53-2f6f3c1f0c11",
    "version": 1,
    "uri": "urn:test:1",
    "source": "desk",
    "title": "A visit",
    "body": "The European Union welcomed the visit to Kenya.",
    "highlights": [{"text": "The European Union welcomed\nthe visit."}],
    "actors": [
        {
            "id": "eu",
            "name": "European Union",
            "type": "intergovernmental",
            "country": None,
            "sectors": ["IGO"],
            "role": None,
            "mentions": [{"field": "body", "start": 4, "end": 18, "text": "European Union"}],
        }
    ],
    "places": [{"name": "Nairobi", "country": "KEN", "mentions": []}, {"name": "Lake", "country": None}],
    "opinions": [],
    "enrichment": {},
}

Reply = tuple[int, Any, dict[str, str]]


class Desk:
    """Answers like ingest and publish: stories as `replies` says, in order, and 202 from then on."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, Any, str]] = []
        self.replies: list[Reply] = []
        self.subscriptions: list[dict[str, Any]] = []
        self.story: dict[str, Any] = {"state": "accepted", "trace": [{"step": "accept", "outcome": "ok"}]}
        self.delivers = True
        self.state = threading.Lock()
        self._numbers = 0

    def answer(self, method: str, path: str, body: bytes, authorization: str) -> Reply:
        document = _parsed(body)
        with self.state:
            self.requests.append((method, path, document, authorization))
        if path.startswith("/v1/subscriptions"):
            return self._subscriptions(method, path, document)
        if method == "GET":
            return 200, self.story, {}
        if self.replies:
            return self.replies.pop(0)
        if not isinstance(document, dict):
            return 400, {"code": "bad_json", "detail": "That is no story."}, {}
        if self.delivers:
            for subscription in self.subscriptions:
                self.deliver(subscription["url"], {**RECORD, **document})
        state = {"id": RECORD["id"], "version": document.get("version", 1), "state": "accepted"}
        return 202, state, {}

    def _subscriptions(self, method: str, path: str, document: Any) -> Reply:
        if method == "GET":
            return 200, {"items": list(self.subscriptions), "next": None}, {}
        if method == "DELETE":
            self.subscriptions = [each for each in self.subscriptions if not path.endswith(each["id"])]
            return 204, None, {}
        self._numbers += 1
        made = {"id": f"sub-{self._numbers}", **document}
        self.subscriptions.append(made)
        if made.get("signature_scheme") == "v1a":
            return 201, {**made, "public_key": signature.public(PRIVATE_KEY)}, {}
        return 201, {**made, "secret": signature.shown(SECRET)}, {}

    def deliver(self, url: str, data: Any, *, kind: str = "story.published", **changes: str) -> int:
        """Sends a signed event and returns the receiver's status."""
        event = {"type": kind, "timestamp": "2026-11-22T12:00:00Z", "data": data}
        body = json.dumps(event).encode()
        webhook_id = changes.pop("id", base64.b32encode(json.dumps(data).encode()).decode()[-40:])
        secret = PRIVATE_KEY if self.subscriptions[0].get("signature_scheme") == "v1a" else SECRET
        headers = {**signature.headers(secret, webhook_id, int(time.time()), body), **changes}
        request = urllib.request.Request(url, body, headers, method="POST")  # noqa: S310 - loopback
        try:
            with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - loopback
                return int(response.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A desk that the commands of this test find by themselves."""
    desk = Desk()

    class Handler(BaseHTTPRequestHandler):
        def do(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            reply = desk.answer(self.command, self.path, body, self.headers.get("Authorization", ""))
            status, document, headers = reply
            payload = document if isinstance(document, bytes) else json.dumps(document).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if status != 204:
                self.wfile.write(payload)

        do_GET = do_POST = do_DELETE = do  # noqa: N815 - named by http.server

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    monkeypatch.setenv("COPYDESK_INGEST_URL", url)
    monkeypatch.setenv("COPYDESK_PUBLISH_URL", url)
    monkeypatch.setenv("COPYDESK_API_KEY", "cdk_test")
    yield desk
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def own_data(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No command finds a `copydesk up` that happens to run on this machine."""
    monkeypatch.setenv("COPYDESK_DATA", str(tmp_path_factory.mktemp("home")))


@pytest.fixture
def database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A migrated database that the commands of this test find by themselves."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def run() -> Callable[..., Result]:
    """Runs a command line in this process: `run("keys", "list")`."""

    def invoke(*arguments: str, stdin: bytes | None = None) -> Result:
        return CliRunner().invoke(main, arguments, input=stdin, catch_exceptions=False)

    return invoke
