import os
import stat
import subprocess
from pathlib import Path

import pytest

from services.embedded import binaries
from services.embedded.server import ServerError


def test_postgres_comes_from_the_wheel() -> None:
    assert (binaries.postgres_directory() / "bin" / "initdb").exists()


def test_without_the_wheel_the_error_names_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "package_directory", lambda _: None)
    with pytest.raises(ServerError, match="set DATABASE_URL"):
        binaries.postgres_directory()


def test_redis_comes_from_the_wheel() -> None:
    assert binaries.redis_binary().name == "valkey-server"


def test_redis_may_come_from_the_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    server = tmp_path / "redis-server"
    server.touch(mode=0o755)
    monkeypatch.setattr(binaries, "package_directory", lambda _: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert binaries.redis_binary() == server


def test_a_wheel_for_another_machine_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServerError, match="set BROKER_URL"):
        binaries.redis_binary()


def test_a_package_that_is_missing_is_none() -> None:
    assert binaries.package_directory("no_such_package_here") is None


def test_a_directory_is_reachable_when_all_its_parents_are(tmp_path: Path) -> None:
    assert binaries.is_reachable(Path("/usr/bin/env"))
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    inner = closed / "inner"
    inner.mkdir(mode=0o755)
    assert not binaries.is_reachable(inner)


def test_reachable_binaries_are_used_where_they_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(binaries, "is_reachable", lambda _: True)
    assert binaries.reachable_postgres_directory(tmp_path) == binaries.postgres_directory()
    assert list(tmp_path.iterdir()) == []


def test_unreachable_binaries_are_copied_once_and_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(binaries, "is_reachable", lambda _: False)
    mask = os.umask(0o077)
    try:
        copy = binaries.reachable_postgres_directory(tmp_path)
    finally:
        os.umask(mask)
    assert all(stat.S_IMODE(path.stat().st_mode) & 0o044 == 0o044 for path in tmp_path.rglob("*"))
    for program in ("postgres", "initdb", "pg_ctl"):
        done = subprocess.run(
            [copy / "bin" / program, "--version"], capture_output=True, text=True, check=True
        )
        assert "(PostgreSQL) 18." in done.stdout
    before = copy.stat().st_mtime_ns
    assert binaries.reachable_postgres_directory(tmp_path) == copy
    assert copy.stat().st_mtime_ns == before
    assert len(list(tmp_path.iterdir())) == 1


def test_of_two_copies_at_once_the_first_wins(tmp_path: Path) -> None:
    source = tmp_path / "wheel" / "package" / "pginstall18"
    (source / "bin").mkdir(parents=True)
    (source / "bin" / "postgres").touch(mode=0o755)
    target = tmp_path / "copies" / "postgres-1"
    binaries.copy(source, target)
    binaries.copy(source, target)
    assert [path.name for path in target.parent.iterdir()] == ["postgres-1"]
    assert (target / "package" / "pginstall18" / "bin" / "postgres").exists()
