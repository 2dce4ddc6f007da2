import shlex
import sys
from pathlib import Path

import pytest

from services.embedded.home import default_directory
from services.embedded.tips import next_lines


def test_the_lines_name_the_addresses_and_the_key() -> None:
    lines = next_lines(default_directory({}), "http://127.0.0.1:8000", "http://127.0.0.1:8001", {})
    assert "copydesk listen\n" in lines
    assert "curl -i http://127.0.0.1:8000/v1/stories" in lines
    assert "http://127.0.0.1:8001/docs" in lines


def test_another_terminal_is_told_of_another_directory() -> None:
    data = Path("/srv/a desk")
    lines = next_lines(data, "http://i", "http://p", {"COPYDESK_DATA": str(data)})
    assert "  COPYDESK_DATA='/srv/a desk' " in lines
    assert shlex.quote("/srv/a desk/key") in lines


def test_the_command_is_named_as_it_can_be_called_from_here(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def named() -> str:
        lines = next_lines(default_directory({}), "http://i", "http://p", {})
        return next(line for line in lines.splitlines() if line.endswith(" listen")).split()[0]

    binaries = tmp_path / "environment" / "bin"
    binaries.mkdir(parents=True)
    command = binaries / "copydesk"
    command.write_text("#!/bin/sh\n")
    command.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(binaries / "python"))
    monkeypatch.setenv("PATH", str(binaries))
    assert named() == "copydesk"
    monkeypatch.setenv("PATH", "/nowhere")
    assert named() == str(command)
    monkeypatch.chdir(tmp_path)
    assert named() == "environment/bin/copydesk"
