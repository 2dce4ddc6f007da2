"""Large pages of memory for what a process has loaded.

A processor looks up where each page of memory lies, and forgets it again while the process rests: after a
second without work, a request that touches thousands of pages of 4 KB may spend most of its time on that. In
pages of 2 MB the same memory is some twenty.
"""

import ctypes
from collections.abc import Iterator
from pathlib import Path
from typing import Final

LARGE: Final = 2 << 20
"""Bytes of a large page: of x86-64, and of 64-bit ARM with small pages of 4 KB."""
ADVICE: Final = 25
"""MADV_COLLAPSE, of Linux 6.1. Source: madvise(2)."""
ALLOWED: Final = Path("/sys/kernel/mm/transparent_hugepage/enabled")
"""Where Linux says who has large pages: `always`, `madvise`, or `never`; the one in brackets holds."""
_MAPPED: Final = Path("/proc/self/maps")


def gather(allowed: Path = ALLOWED) -> int:
    """Moves what this process has in memory of its own into large pages, as far as the system lets it.

    Args:
        allowed: where the system says whether it has large pages; nothing is moved where that is `[never]`.

    Returns:
        How many large pages hold it now: 0 on a system without them, or with a kernel before 6.1.
    """
    try:
        if "[never]" in allowed.read_text():
            return 0
        mapped = _MAPPED.read_text()
    except OSError:  # no Linux, or one without large pages
        return 0
    advise = ctypes.CDLL(None).madvise
    return sum(
        advise(ctypes.c_void_p(start), ctypes.c_size_t(LARGE), ADVICE) == 0 for start in _starts(mapped)
    )


def _starts(mapped: str) -> Iterator[int]:
    """Gives the address of each whole large page of memory that is written to and belongs to no file."""
    for line in mapped.splitlines():
        addresses, rights, _, _, inode, *name = line.split(maxsplit=5)
        if inode == "0" and rights.startswith("rw-p") and name in ([], ["[heap]"]):
            first, end = (int(each, 16) for each in addresses.split("-"))
            yield from range(-(-first // LARGE) * LARGE, end - LARGE + 1, LARGE)
