"""Ports of this machine: which are free."""

import socket

HOST = "127.0.0.1"


def free_port() -> int:
    """Returns a loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def is_free(port: int, host: str = HOST) -> bool:
    """Whether a server could listen on the port now."""
    return fault(port, host) is None


def fault(port: int, host: str = HOST) -> OSError | None:
    """Returns why no server could listen on the port now; `None` where one could."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error
    return None
