"""What a process has loaded lies in large pages, where the system has any."""

import subprocess
import sys
from pathlib import Path

import pytest

from copydesk import large_pages

HELD = """
import mmap
from pathlib import Path
from copydesk import large_pages

def in_large_pages():
    lines = Path("/proc/self/smaps").read_text().splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("AnonHugePages"))

def is_supported():
    with mmap.mmap(-1, 4 * large_pages.LARGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
        memory.write(bytes(len(memory)))
        try:
            memory.madvise(large_pages.ADVICE, mmap.PAGESIZE, 2 * large_pages.LARGE)
        except OSError:
            return False
    return "[never]" not in large_pages.ALLOWED.read_text()

supported = is_supported()
held = [str(number) * 20 for number in range(400_000)]
before = in_large_pages()
gathered = large_pages.gather()
after = in_large_pages()
same = held == [str(number) * 20 for number in range(400_000)]
print(supported, gathered, after - before, large_pages.gather() >= gathered, same)
"""


def test_what_is_loaded_lies_in_large_pages_and_stays_what_it_was() -> None:
    done = subprocess.run([sys.executable, "-c", HELD], capture_output=True, text=True, check=True)
    supported, gathered, moved, again, same = done.stdout.split()
    assert (again, same) == ("True", "True")
    assert (int(gathered) > 10) == (int(moved) > 10 * large_pages.LARGE) == (supported == "True")


@pytest.mark.parametrize("says", ["always madvise [never]\n", None])
def test_nothing_is_moved_where_the_system_has_no_large_pages_or_nobody_shall_use_them(
    says: str | None, tmp_path: Path
) -> None:
    allowed = tmp_path / "enabled"
    if says:
        allowed.write_text(says)
    assert large_pages.gather(allowed) == 0
