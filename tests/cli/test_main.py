import subprocess
import sys
from collections.abc import Callable

import click
import pytest
from click.testing import Result

from copydesk.errors import OutageError, SettingError
from services.cli import main

Run = Callable[..., Result]


def _commands(group: click.Group, prefix: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = []
    for name, command in group.commands.items():
        path = (*prefix, name)
        found += [path, *(_commands(command, path) if isinstance(command, click.Group) else [])]
    return found


@pytest.mark.parametrize("path", _commands(main), ids=" ".join)
def test_every_command_explains_itself(run: Run, path: tuple[str, ...]) -> None:
    answer = run(*path, "--help")
    assert answer.exit_code == 0
    assert len(answer.output.splitlines()) > 5
    for line in answer.output.splitlines():
        assert len(line) <= 110


def test_every_top_command_shows_an_example(run: Run) -> None:
    for name in main.commands:
        assert f"copydesk {name}" in run(name, "--help").output or name == "keys"


def test_help_loads_no_library_but_click() -> None:
    script = (
        "import sys; from services.cli import main\n"
        "main(['--help'], standalone_mode=False); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    heavy = {"aiohttp", "celery", "fastapi", "psycopg", "pydantic", "redis", "rich", "sqlalchemy"}
    assert not heavy & set(done.stdout.split())


def test_the_version_is_told(run: Run) -> None:
    assert run("--version").output.startswith("copydesk, version ")


@pytest.mark.parametrize(
    ("error", "status"), [(SettingError("COPYDESK_X: no"), 2), (OutageError("the database is away"), 1)]
)
def test_an_expected_error_is_a_sentence(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(main.commands["migrate"], "callback", fail)
    answer = run("migrate")
    assert (answer.exit_code, answer.stdout) == (status, "")
    assert answer.stderr.startswith(f"Error: {error}\n")
