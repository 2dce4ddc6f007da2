"""The machine and the versions that a figure was measured with: nothing that names a host."""

import platform
import re
from pathlib import Path

import psutil

_MULTIPLIERS = {
    "amx_int8": "AMX",
    "avx512_vnni": "AVX-512 VNNI",
    "avx_vnni": "AVX VNNI",
    "avx2": "AVX2, without VNNI: the tagger is several times slower than with it",
    "asimddp": "NEON's dot products",
}
"""What a processor may have, by its flag in /proc/cpuinfo, the fastest first."""


def describe(postgres: str, broker: str) -> dict[str, str]:
    """Returns the machine as name → value.

    Args:
        postgres: the server's version.
        broker: name and version of the server that speaks the Redis protocol.
    """
    memory = psutil.virtual_memory().total / (1 << 30)
    return {
        "cores": str(psutil.cpu_count()),
        "CPU": processor(_read("/proc/cpuinfo")) or platform.machine(),
        "memory": f"{memory:.0f} GiB",
        "kernel": f"{platform.system()} {release(platform.release())}",
        "Python": platform.python_version(),
        "PostgreSQL": postgres,
        "broker": broker,
    }


def load() -> float:
    """Returns how many processes wanted a core in the last minute, on average: what else the machine does."""
    return psutil.getloadavg()[0]


def is_busy(found: float) -> bool:
    """Whether a load leaves too little of the machine for figures worth quoting."""
    return found > (psutil.cpu_count() or 1) / 4


def processor(cpuinfo: str) -> str | None:
    """Returns the model's name out of /proc/cpuinfo."""
    found = re.search(r"^model name\s*:\s*(.+)$", cpuinfo, re.MULTILINE)
    return found[1].strip() if found else None


def vectors() -> str:
    """Returns a sentence on what this processor multiplies eight-bit integers with, as the model does."""
    return multiplies(_read("/proc/cpuinfo"))


def multiplies(cpuinfo: str) -> str:
    """Returns that sentence for a /proc/cpuinfo."""
    found = re.search(r"^flags\s*:\s*(.+)$", cpuinfo, re.MULTILINE)
    flags = set(found[1].split()) if found else set()
    name = next((name for flag, name in _MULTIPLIERS.items() if flag in flags), None)
    return f"Eight-bit integers are multiplied with {name or 'instructions that are not known'} here."


def release(kernel: str) -> str:
    """Returns a kernel's version without what its builder added."""
    found = re.match(r"\d+(\.\d+)*", kernel)
    return found[0] if found else "unknown"


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""
