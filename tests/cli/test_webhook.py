import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from services.cli import captures
from services.publish import signature

Run = Callable[..., Result]
KEY = b"w" * 32
BODY = b'{"type":"story.published"}'


@pytest.fixture
def captured(tmp_path: Path) -> Path:
    headers = signature.headers(KEY, "one", int(time.time()), BODY)
    return captures.save(tmp_path, 1, headers, BODY)


def test_a_captured_request_verifies_with_its_secret(
    run: Run, captured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = run("webhook", "verify", str(captured), "--secret", signature.shown(KEY))
    assert answer.exit_code == 0
    assert answer.stdout.count("ok ") == 3
    monkeypatch.setenv("COPYDESK_WEBHOOK_SECRET", signature.shown(b"x" * 32))
    answer = run("webhook", "verify", str(captured))
    assert answer.exit_code == 1
    assert "WRONG  no signature fits" in answer.stdout
    assert "A receiver would refuse it." in answer.stderr


def test_what_is_no_request_or_too_large_is_explained(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "body.json"
    path.write_bytes(BODY)
    secret = signature.shown(KEY)
    assert "cannot be verified" in run("webhook", "verify", str(path), "--secret", secret).stderr
    monkeypatch.setattr(captures, "MAX_BYTES", 5)
    assert run("webhook", "verify", str(path), "--secret", secret).exit_code == 2


def test_a_request_signed_with_a_private_key_verifies_with_the_public_one(run: Run, tmp_path: Path) -> None:
    key = signature.new_private_key()
    path = captures.save(tmp_path, 1, signature.headers(key, "one", int(time.time()), BODY), BODY)
    assert run("webhook", "verify", str(path), "--secret", signature.public(key)).exit_code == 0
    answer = run("webhook", "verify", str(path), "--secret", signature.shown(KEY))
    assert answer.exit_code == 1
    assert "no signature of the scheme v1" in answer.stdout


def test_the_secret_beside_a_request_is_taken_unless_another_is_given(run: Run, captured: Path) -> None:
    assert "set COPYDESK_WEBHOOK_SECRET" in run("webhook", "verify", str(captured)).stderr
    captures.save_secret(captured.parent, signature.shown(KEY))
    assert run("webhook", "verify", str(captured)).exit_code == 0
    another = signature.shown(b"x" * 32)
    assert run("webhook", "verify", str(captured), "--secret", another).exit_code == 1
