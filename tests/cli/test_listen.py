import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from copydesk.model import new_id
from services.cli import faults
from services.cli import receiver as receiver_module
from services.publish import signature

Run = Callable[..., Result]
SECONDS = 20.0
RECORD = {"uri": "urn:test:1", "version": 1, "title": "A visit", "source": "desk", "id": "x"}


class Sender(threading.Thread):
    """Waits for a subscription and then does what the test says."""

    def __init__(self, desk: Any, act: Callable[[str], None]) -> None:
        super().__init__()
        self._desk = desk
        self._act = act
        self.error: BaseException | None = None

    def run(self) -> None:
        deadline = time.monotonic() + SECONDS
        while not self._desk.subscriptions and time.monotonic() < deadline:
            time.sleep(0.01)
        try:
            self._act(self._desk.subscriptions[0]["url"])
        except BaseException as error:
            self.error = error
            os.kill(os.getpid(), signal.SIGINT)
            raise


@pytest.fixture
def once_subscribed(desk: Any) -> Iterator[Callable[[Callable[[str], None]], None]]:
    senders: list[Sender] = []

    def start(act: Callable[[str], None]) -> None:
        senders.append(Sender(desk, act))
        senders[-1].start()

    yield start
    for sender in senders:
        sender.join(SECONDS)
        assert sender.error is None


def test_a_record_is_shown_for_a_person_and_the_subscription_ends(
    run: Run, desk: Any, once_subscribed: Any
) -> None:
    once_subscribed(lambda url: desk.deliver(url, RECORD))
    answer = run("listen", "--count", "1")
    assert answer.exit_code == 0
    assert "A visit" in answer.stdout
    assert "1 verified, 0 with a bad signature." in answer.stderr
    assert desk.subscriptions == []
    assert desk.requests[0][2]["description"] == "copydesk listen"


def test_what_to_hear_of_is_part_of_the_subscription(run: Run, desk: Any, once_subscribed: Any) -> None:
    once_subscribed(lambda url: desk.deliver(url, RECORD))
    run("listen", "--count", "1", "--source", "reuters", "--event-type", "story.updated", "--keep")
    assert len(desk.subscriptions) == 1
    assert desk.subscriptions[0]["filter"] == {"sources": ["reuters"]}
    assert desk.subscriptions[0]["event_types"] == ["story.updated"]


def test_a_private_key_may_sign_in_place_of_a_secret(run: Run, desk: Any, once_subscribed: Any) -> None:
    once_subscribed(lambda url: desk.deliver(url, RECORD))
    answer = run("listen", "--count", "1", "--scheme", "v1a")
    assert "1 verified, 0 with a bad signature." in answer.stderr


def test_json_is_a_line_an_event_and_a_retry_is_shown_once(run: Run, desk: Any, once_subscribed: Any) -> None:
    def act(url: str) -> None:
        for _ in range(2):
            assert desk.deliver(url, RECORD, id="one") == 204
        desk.deliver(url, {**RECORD, "title": "Ünd noch eins"}, id="two")

    once_subscribed(act)
    answer = run("listen", "--json", "--count", "2")
    events = [json.loads(line) for line in answer.stdout.splitlines()]
    assert [event["data"]["title"] for event in events] == ["A visit", "Ünd noch eins"]
    assert "3 verified" in answer.stderr


def test_a_challenge_is_echoed_and_is_no_event(run: Run, desk: Any, once_subscribed: Any) -> None:
    def act(url: str) -> None:
        assert desk.deliver(url, {"challenge": "abc"}, kind="endpoint.challenge") == 200
        assert desk.deliver(url, RECORD) == 204

    once_subscribed(act)
    (event,) = map(json.loads, run("listen", "--json", "--count", "1").stdout.splitlines())
    assert event["type"] == "story.published"


def test_what_is_not_signed_is_refused_and_counted(run: Run, desk: Any, once_subscribed: Any) -> None:
    def act(url: str) -> None:
        forged = signature.headers(b"x" * 32, "one", int(time.time()), b"")["webhook-signature"]
        assert desk.deliver(url, RECORD, **{"webhook-signature": forged}) == 401
        assert desk.deliver(url, RECORD, **{"webhook-timestamp": "1"}) == 401
        desk.deliver(url, RECORD)

    once_subscribed(act)
    answer = run("listen", "--count", "1")
    assert "1 verified, 2 with a bad signature." in answer.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_it_and_the_subscription(
    run: Run, desk: Any, once_subscribed: Any, number: signal.Signals
) -> None:
    def act(url: str) -> None:
        desk.deliver(url, RECORD)
        os.kill(os.getpid(), number)

    once_subscribed(act)
    answer = run("listen")
    assert answer.exit_code == 0
    assert desk.subscriptions == []


def test_a_quarantined_story_is_shown_with_its_reason(run: Run, desk: Any, once_subscribed: Any) -> None:
    data = {"uri": "urn:test:1", "version": 2, "stage": "enrich", "reason": "time_limit"}
    once_subscribed(lambda url: desk.deliver(url, data, kind="story.quarantined"))
    answer = run("listen", "--count", "1")
    assert "urn:test:1 version 2" in answer.stdout
    assert "reason: time_limit" in answer.stdout
    assert "detail" not in answer.stdout


def test_an_operational_event_is_shown_with_what_it_is_about(
    run: Run, desk: Any, once_subscribed: Any
) -> None:
    data = {"subscription_id": str(new_id()), "source": "desk", "percent": 70, "error_class": "dns"}
    once_subscribed(lambda url: desk.deliver(url, data, kind="delivery.failing"))
    answer = run("listen", "--count", "1")
    assert f"subscription {data['subscription_id']}" in answer.stdout
    assert "percent: 70" in answer.stdout
    assert "error_class: dns" in answer.stdout


def test_a_delivery_that_is_faster_than_the_secret_waits_for_it(
    run: Run, desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    statuses: list[int] = []
    answer_to = desk.answer

    def answer(method: str, path: str, body: bytes, authorization: str) -> Any:
        reply = answer_to(method, path, body, authorization)
        if method == "POST":
            url = desk.subscriptions[0]["url"]
            early = threading.Thread(target=lambda: statuses.append(desk.deliver(url, RECORD)))
            early.start()
            threads.append(early)
            time.sleep(0.1)
        return reply

    threads: list[threading.Thread] = []
    monkeypatch.setattr(desk, "answer", answer)
    assert run("listen", "--count", "1").exit_code == 0
    for thread in threads:
        thread.join(SECONDS)
    assert statuses == [204]


def test_old_ids_are_forgotten(
    run: Run, desk: Any, once_subscribed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiver_module, "REMEMBERED", 1)

    def act(url: str) -> None:
        for webhook_id in ("one", "two", "one"):
            desk.deliver(url, RECORD, id=webhook_id)

    once_subscribed(act)
    assert len(run("listen", "--json", "--count", "3").stdout.splitlines()) == 3


def test_a_refused_subscription_is_explained(run: Run, desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = {"code": "forbidden", "detail": "The key lacks subscriptions:manage."}
    monkeypatch.setattr(desk, "answer", lambda *_: (403, refusal, {}))
    answer = run("listen")
    assert answer.exit_code == 1
    assert "publish refused: 403 forbidden The key lacks subscriptions:manage." in answer.stderr


def test_a_taken_port_is_named(run: Run, desk: Any) -> None:
    taken = os.environ["COPYDESK_INGEST_URL"].rpartition(":")[2]
    answer = run("listen", "--port", taken)
    assert answer.exit_code == 1
    assert f"Port {taken} cannot be listened on" in answer.stderr
    assert desk.subscriptions == []


class Endpoint:
    """An endpoint of somebody's own; answers as it is told, and keeps what came."""

    def __init__(self, status: int) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                endpoint.requests.append(({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def test_what_is_verified_is_handed_on_as_it_came_and_answered_alike(
    run: Run, desk: Any, once_subscribed: Any
) -> None:
    endpoint = Endpoint(418)
    once_subscribed(lambda url: statuses.append(desk.deliver(url, RECORD, id="one")))
    statuses: list[int] = []
    answer = run("listen", "--count", "1", "--forward", endpoint.url)
    endpoint.close()
    ((headers, body),) = endpoint.requests
    signature.verify(signature.shown(b"s" * 32), headers, body)
    assert json.loads(body)["data"] == RECORD
    assert f"{endpoint.url} answered 418" in answer.stderr


def test_an_endpoint_that_is_not_there_is_a_bad_gateway(run: Run, desk: Any, once_subscribed: Any) -> None:
    statuses: list[int] = []

    def act(url: str) -> None:
        statuses.append(desk.deliver(url, RECORD, id="one"))
        statuses.append(desk.deliver(url, {**RECORD, "title": "Another"}, id="two"))

    once_subscribed(act)
    answer = run("listen", "--count", "2", "--forward", "http://127.0.0.1:1/hook")
    assert statuses[0] == 502
    assert "did not answer: ClientConnectorError" in answer.stderr


@pytest.mark.parametrize("url", ["", "ftp://127.0.0.1/", "127.0.0.1:3000", "http://", "http://[::1"])
def test_what_is_no_place_to_forward_to_is_refused(run: Run, desk: Any, url: str) -> None:
    answer = run("listen", "--forward", url)
    assert answer.exit_code == 1
    assert "--forward takes a URL" in answer.stderr
    assert desk.requests == []


def test_the_first_requests_fail_as_wanted_and_all_are_kept(
    run: Run, desk: Any, once_subscribed: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faults, "SLOW_SECONDS", 0.01)
    statuses: list[int] = []

    def act(url: str) -> None:
        statuses.extend(desk.deliver(url, RECORD, id="one") for _ in range(2))
        desk.deliver(url, RECORD, id="one")

    once_subscribed(act)
    answer = run("listen", "--count", "1", "--fail", "503,429,slow", "--save", str(tmp_path / "kept"))
    assert statuses == [503, 429]
    saved = sorted((tmp_path / "kept").glob("*.http"))
    assert [path.name for path in saved] == [f"000{n}-one.http" for n in (1, 2, 3)]
    assert f"saved {saved[0]}" in answer.stderr
    assert signature.shown(b"s" * 32) not in answer.output
    assert run("webhook", "verify", str(saved[2])).exit_code == 0


def test_a_fault_that_is_none_is_refused_before_anything_else(run: Run, desk: Any) -> None:
    assert run("listen", "--fail", "200").exit_code == 1
    assert desk.requests == []


@pytest.mark.parametrize("is_terminal", [True, False])
def test_the_secret_is_shown_for_an_endpoint_on_a_terminal_only(
    desk: Any, once_subscribed: Any, tmp_path: Path, *, is_terminal: bool
) -> None:
    endpoint = Endpoint(204)
    once_subscribed(lambda url: desk.deliver(url, RECORD))
    command = [
        str(Path(sys.executable).parent / "copydesk"),
        "listen",
        "--count",
        "1",
        "--forward",
        endpoint.url,
    ]
    leader, terminal = pty.openpty()
    log = tmp_path / "log"
    with log.open("wb") as file:
        done = subprocess.run(
            command, stdout=file, stderr=terminal if is_terminal else file, timeout=SECONDS, check=False
        )
    said = os.read(leader, 9999).decode() if is_terminal else ""
    os.close(terminal)
    os.close(leader)
    endpoint.close()
    assert done.returncode == 0
    line = f"COPYDESK_WEBHOOK_SECRET={signature.shown(b's' * 32)}"
    assert (line in said) is is_terminal
    assert line not in log.read_text()
    assert "A visit" in log.read_text()


def test_a_folder_that_takes_no_secret_ends_it_and_the_subscription(
    run: Run, desk: Any, tmp_path: Path
) -> None:
    (tmp_path / "secret").mkdir()
    answer = run("listen", "--save", str(tmp_path))
    assert answer.exit_code == 1
    assert "secret cannot be written" in answer.stderr
    assert desk.subscriptions == []
