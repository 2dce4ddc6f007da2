import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cli import captures
from services.cli.captures import CaptureError

TOKEN = st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True)
VALUE = st.from_regex(r"[!-~]([ -~]{0,30}[!-~])?", fullmatch=True)


@given(headers=st.dictionaries(TOKEN, VALUE, min_size=1, max_size=8), body=st.binary(max_size=200))
def test_what_was_saved_is_read_as_it_came(
    tmp_path_factory: pytest.TempPathFactory, headers: dict[str, str], body: bytes
) -> None:
    path = captures.save(tmp_path_factory.mktemp("saved"), 1, headers, body)
    read = captures.read(path.read_bytes())
    assert (read.headers, read.body) == (headers, body)


def test_a_file_bears_the_webhook_id_unless_that_could_lead_elsewhere(tmp_path: Path) -> None:
    assert captures.save(tmp_path, 1, {"webhook-id": "01a2-b"}, b"").name == "0001-01a2-b.http"
    for hostile in ("../../etc/passwd", "a/b", "", "x" * 100, "a\0b"):
        assert captures.save(tmp_path, 2, {"webhook-id": hostile}, b"").name == "0002-request.http"


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(CaptureError, match="taken"):
        captures.save(tmp_path / "taken", 1, {}, b"")


def test_a_request_line_is_passed_over() -> None:
    read = captures.read(b"POST /hook HTTP/1.1\r\nWebhook-Id: 1\r\n\r\n{}\n")
    assert read.headers == {"webhook-id": "1"}
    assert read.body == b"{}\n"


@pytest.mark.parametrize("data", [b"", b"{}", b"webhook-id: 1", b"no header here\n\nbody", b"\0" * 1000])
def test_what_is_no_request_is_refused(data: bytes) -> None:
    with pytest.raises(CaptureError):
        captures.read(data)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_request_or_refused(data: bytes) -> None:
    with contextlib.suppress(CaptureError):
        assert captures.read(data).body in data


def test_a_secret_is_for_its_owner_alone_and_the_newest_counts(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    folder.mkdir()
    (folder / "secret").write_text("whsec_old")
    (folder / "secret").chmod(0o644)
    path = captures.save_secret(folder, "whsec_new")
    assert path.stat().st_mode & 0o777 == 0o600
    assert captures.secret_beside(folder / "0001-one.http") == "whsec_new"


def test_a_secret_does_not_follow_a_link(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("kept")
    (tmp_path / "secret").symlink_to(other)
    captures.save_secret(tmp_path, "whsec_new")
    assert other.read_text() == "kept"


def test_a_secret_that_cannot_be_written_or_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    for use in (lambda: captures.save_secret(tmp_path, "x"), lambda: captures.secret_beside(tmp_path / "a")):
        with pytest.raises(CaptureError, match=r"secret cannot be (written|read)"):
            use()


@pytest.mark.parametrize("data", [b"\xff", b"x" * (captures.MAX_SECRET_BYTES + 1)])
def test_a_file_that_is_no_secret_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "secret").write_bytes(data)
    with pytest.raises(CaptureError, match="is no secret"):
        captures.secret_beside(tmp_path / "0001-one.http")


def test_a_folder_without_a_secret_has_none(tmp_path: Path) -> None:
    assert captures.secret_beside(tmp_path / "0001-one.http") is None
