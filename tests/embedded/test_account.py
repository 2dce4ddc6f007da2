import os
import pwd
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from services.embedded import account
from services.embedded.server import ServerError


@pytest.fixture
def as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)


def test_a_user_runs_postgres_as_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert account.server_user() is None


@pytest.mark.usefixtures("as_root")
def test_root_runs_it_as_the_system_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pwd, "getpwnam", lambda name: name)
    assert account.server_user() == "copydesk"


@pytest.mark.usefixtures("as_root")
def test_a_missing_system_user_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[list[str]] = []

    def getpwnam(name: str) -> str:
        if not made:
            raise KeyError(name)
        return name

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        made.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(pwd, "getpwnam", getpwnam)
    monkeypatch.setattr(subprocess, "run", run)
    assert account.server_user() == "copydesk"
    assert made[0][:3] == ["useradd", "--system", "--no-create-home"]


@pytest.mark.usefixtures("as_root")
def test_where_no_user_can_be_made_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def getpwnam(name: str) -> str:
        raise KeyError(name)

    monkeypatch.setattr(pwd, "getpwnam", getpwnam)
    monkeypatch.setattr(account, "RACE_SECONDS", 0.0)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ServerError, match="run copydesk as another user"):
        account.server_user()


def test_owning_closes_a_directory(tmp_path: Path) -> None:
    account.own(tmp_path, None)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


def test_owning_for_a_user_hands_it_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "chown", lambda _, uid, gid: given.append((uid, gid)))
    account.own(tmp_path, "root")
    assert given == [(0, 0)]


def test_a_directory_behind_closed_doors_is_refused(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "data").mkdir()
    with pytest.raises(ServerError, match="cannot enter"):
        account.check_entry(closed / "data", "copydesk")
    account.check_entry(closed / "data", None)
