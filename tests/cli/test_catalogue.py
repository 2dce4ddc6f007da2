"""`copydesk catalogue`."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from services.enrich.catalogue import load

Run = Callable[..., Result]
OWN = (
    b'{"catalogue": "mine-1", "entries": [{"id": "%b", "name": "%b", "type": "organization",'
    b' "country": "KEN", "sectors": ["BUS"], "aliases": [], "source": "made up"}]}'
)


def test_what_is_built_in_is_counted_and_clean(run: Run) -> None:
    answer = run("catalogue", "check")
    assert answer.exit_code == 0
    assert f"version {load().version}" in answer.stdout
    assert f"actors in all         {len(load().entries):>5}" in answer.stdout
    assert answer.stdout.endswith("no clashes\n")


@pytest.mark.parametrize("way", ["argument", "environment"])
def test_a_file_of_ones_own_is_checked_with_it(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    file = tmp_path / "mine.json"
    file.write_bytes(OWN % (b"hamas", b"Quuxcorp"))
    if way == "environment":
        monkeypatch.setenv("COPYDESK_CATALOGUE", str(file))
    answer = run("catalogue", "check", *([str(file)] if way == "argument" else []))
    assert answer.exit_code == 0
    assert "+mine-1" in answer.stdout
    assert "replaces 1 built-in: hamas" in answer.stdout


def test_a_clash_is_told_and_fails(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_bytes(OWN % (b"mine", b"Hizballah"))
    answer = run("catalogue", "check", str(tmp_path / "mine.json"))
    assert answer.exit_code == 1
    assert "The name Hezbollah or Hizballah means hezbollah and mine" in answer.stderr
    assert answer.stdout.endswith("clashes: 1\n")


def test_a_file_that_cannot_be_used_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_bytes(b"{}")
    answer = run("catalogue", "check", str(tmp_path / "mine.json"))
    assert answer.exit_code == 1
    assert "mine.json breaks its schema" in answer.stderr


def test_an_imported_dictionary_can_be_used_at_once(run: Run, tmp_path: Path) -> None:
    (tmp_path / "desk.txt").write_bytes(b"MARTA_VELL_ [KENGOV >20090120]\n+GOVERNOR_VELL\n")
    made = run("catalogue", "import", str(tmp_path / "desk.txt"), "-o", str(tmp_path / "mine.json"))
    assert (made.exit_code, made.stderr) == (0, "actors: 1, complaints: 0\n")
    assert "+desk" in run("catalogue", "check", str(tmp_path / "mine.json")).stdout
    assert "marta-vell" in {entry.id for entry in load(tmp_path / "mine.json").entries}


def test_the_import_goes_to_stdout_and_complaints_to_stderr(run: Run, tmp_path: Path) -> None:
    dictionary = tmp_path / "desk.txt"
    dictionary.write_bytes(b"VELL_GROUP [KENBUS]\nBAD [XXXGOV]\n" + b"A" * 10_000 + b"\nNEXT [KENQQQ]\n")
    answer = run("catalogue", "import", str(dictionary), "--label", "v7")
    assert answer.exit_code == 1
    assert '"catalogue": "v7"' in answer.stdout
    assert f"{dictionary}:2: the code XXXGOV begins with XXX" in answer.stderr
    assert f"{dictionary}:3: the line is longer" in answer.stderr
    assert f"{dictionary}:4: the code KENQQQ has the part QQQ" in answer.stderr


def test_a_dictionary_without_actors_makes_no_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "desk.txt").write_bytes(b"# nothing\n")
    answer = run("catalogue", "import", str(tmp_path / "desk.txt"), "-o", str(tmp_path / "mine.json"))
    assert answer.exit_code == 1
    assert not (tmp_path / "mine.json").exists()
