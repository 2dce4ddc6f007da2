from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from services.embedded import up
from services.embedded.commands import Options

Run = Callable[..., Result]


def test_options_reach_the_run(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: list[Options] = []
    monkeypatch.setattr(up, "main", seen.append)
    monkeypatch.setenv("COPYDESK_DATA", str(tmp_path))
    monkeypatch.setenv("COPYDESK_PUBLISH_PORT", "9001")
    assert run("up", "--workers", "2", "--no-sample", "--ingest-port", "9000").exit_code == 0
    assert run("up", "--data", str(tmp_path / "x"), "--once").exit_code == 0
    opened = ("--allow-cidr", "10.20.0.0/16", "--allow-cidr", "fd00::/8")
    assert run("up", *opened).exit_code == 0
    assert seen == [
        Options(tmp_path, 9000, 9001, workers=2, sample=False),
        Options(tmp_path / "x", 8000, 9001, once=True),
        Options(tmp_path, 8000, 9001, allow_cidr=("10.20.0.0/16", "fd00::/8")),
    ]


@pytest.mark.parametrize("block", ["desk.internal", "10.20.3.4/16", "10.20.0.0/33", "127.0.0.0-127.0.0.9"])
def test_what_is_no_address_block_is_refused_before_anything_starts(run: Run, block: str) -> None:
    answer = run("up", "--allow-cidr", block)
    assert answer.exit_code == 2
    assert "--allow-cidr" in answer.stderr
    assert block in answer.stderr


def test_once_needs_the_sample(run: Run) -> None:
    answer = run("up", "--once", "--no-sample")
    assert answer.exit_code == 2
    assert "--once waits for the sample" in answer.stderr
