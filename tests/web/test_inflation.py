import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk.web.inflation import inflate
from copydesk.web.problems import ProblemError

PLAIN = b'{"title":"T","body":"B"}'
ZIPPED = gzip.compress(PLAIN, mtime=0)


def refusal(data: bytes, max_bytes: int = 1 << 20) -> ProblemError:
    with pytest.raises(ProblemError) as caught:
        inflate(data, max_bytes)
    return caught.value


@pytest.mark.parametrize(
    "data",
    [
        b"",
        PLAIN,
        b"\x1f\x8b",
        ZIPPED[:-1],
        ZIPPED[:12],
        ZIPPED[:-8] + bytes(8),
        ZIPPED + b"more",
        ZIPPED + b"\0\0\0\0",
        ZIPPED[:15] + bytes([ZIPPED[15] ^ 255]) + ZIPPED[16:],
        zlib.compress(PLAIN),
        gzip.compress(b"") * 300,
    ],
    ids=[
        "empty",
        "plain",
        "two bytes",
        "cut by one",
        "cut early",
        "checksum",
        "garbage",
        "zeros",
        "damaged",
        "zlib",
        "too many members",
    ],
)
def test_what_is_no_gzip_is_refused(data: bytes) -> None:
    assert refusal(data).code == "bad_gzip"


def test_one_member_and_several_are_inflated() -> None:
    assert inflate(ZIPPED, 1 << 20) == PLAIN
    assert inflate(gzip.compress(PLAIN[:5]) + gzip.compress(PLAIN[5:]), 1 << 20) == PLAIN
    assert inflate(gzip.compress(b""), 1 << 20) == b""


def test_the_limit_is_counted_after_inflating_over_all_members() -> None:
    assert len(inflate(gzip.compress(bytes(1000)), 1000)) == 1000
    assert len(inflate(gzip.compress(bytes(500)) * 2, 1000)) == 1000
    for data in (
        gzip.compress(bytes(1001)),
        gzip.compress(bytes(501)) * 2,
        gzip.compress(bytes(1000)) + ZIPPED,
    ):
        error = refusal(data, 1000)
        assert (error.code, error.members) == ("body_too_large", {"max_bytes": 1000})


def test_a_bomb_is_refused_before_it_goes_off() -> None:
    bomb = gzip.compress(bytes(64 << 20), compresslevel=1)
    tracemalloc.start()
    try:
        assert refusal(bomb).code == "body_too_large"
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 << 20


@settings(deadline=None)
@given(st.binary(max_size=2000), st.integers(1, 3000))
def test_inflating_undoes_compressing_within_the_limit(plain: bytes, max_bytes: int) -> None:
    if len(plain) <= max_bytes:
        assert inflate(gzip.compress(plain), max_bytes) == plain
    else:
        assert refusal(gzip.compress(plain), max_bytes).code == "body_too_large"


@settings(deadline=None)
@given(st.binary(max_size=300) | st.binary(max_size=100).map(lambda tail: ZIPPED[:20] + tail))
def test_arbitrary_bytes_raise_nothing_but_problems(data: bytes) -> None:
    codes = set()
    try:
        inflate(data, 1000)
    except ProblemError as error:
        codes.add(error.code)
    assert codes <= {"bad_gzip", "body_too_large"}
