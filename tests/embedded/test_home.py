import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from services.embedded.home import Home, default_directory
from services.embedded.server import ServerError


def test_the_directory_is_the_one_that_was_named() -> None:
    assert default_directory({"COPYDESK_DATA": "/srv/desk"}) == Path("/srv/desk")


def test_a_user_has_it_among_their_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("HOME", "/home/ada")
    assert default_directory({}) == Path("/home/ada/.local/share/copydesk")
    assert default_directory({"XDG_DATA_HOME": "/data"}) == Path("/data/copydesk")


def test_root_has_it_outside_roots_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert default_directory({"XDG_DATA_HOME": "/data"}) == Path("/var/lib/copydesk")


def test_a_second_holder_is_told_who_the_first_is(tmp_path: Path) -> None:
    with (
        Home(tmp_path).hold(),
        pytest.raises(ServerError, match=f"as process {os.getpid()}."),
        Home(tmp_path).hold(),
    ):
        pass
    with Home(tmp_path).hold():
        pass


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    script = (
        "import os, pathlib, sys; from services.embedded.home import Home\n"
        "with Home(pathlib.Path(sys.argv[1])).hold(): os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    assert done.returncode == -9
    with Home(tmp_path).hold():
        pass


def test_a_directory_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(ServerError, match="Choose another place with --data"),
        Home(tmp_path / "file" / "x").hold(),
    ):
        pass


def test_the_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert home.key() is None
    path = home.keep_key("cdk_secret")
    home.keep_key("cdk_other")
    assert home.key() == "cdk_other"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_environment_is_there_while_it_is_held(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with home.hold():
        values = {
            "BROKER_URL": "redis://:a'b c@localhost",
            "DATABASE_URL": "postgresql://localhost/x?host=/a b",
        }
        path = home.keep_environment(values)
        assert Home(tmp_path).environment() == values
        shown = subprocess.run(
            ["sh", "-c", f'. {path}; echo "$BROKER_URL"'], capture_output=True, text=True, check=True
        )
        assert shown.stdout == "redis://:a'b c@localhost\n"
    assert home.environment() == {}


@pytest.mark.parametrize(("user", "mode"), [(0, 0o755), (1000, 0o700)])
def test_only_roots_directory_is_open_to_the_servers_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: int, mode: int
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    directory = tmp_path / "new" / "desk"
    mask = os.umask(0o077)
    try:
        for _ in range(2):
            with Home(directory).hold():
                assert stat.S_IMODE(directory.stat().st_mode) == mode
                assert stat.S_IMODE(directory.parent.stat().st_mode) == mode
    finally:
        os.umask(mask)
