"""Ties a child to its parent, then becomes the child: run as a script, it keeps its process id.

`python leash.py PARENT SIGNAL USER COMMAND…` becomes USER unless that is `-`, has SIGNAL sent to itself when
PARENT dies, by the kernel on Linux and by a small watcher elsewhere, and executes COMMAND. Reading nothing
but the standard library, it starts in about 20 ms.
"""

import ctypes
import os
import pwd
import sys
import time

PR_SET_PDEATHSIG = 1  # source: prctl(2)
WATCH_SECONDS = 0.5


def command(argv: list[str], *, death_signal: int, user: str | None = None) -> list[str]:
    """Returns the command line that runs `argv` on this process's leash.

    Start it from the main thread: the kernel counts the end of the starting *thread* as the parent's death.
    """
    leash = [sys.executable, "-I", "-S", __file__, str(os.getpid()), str(int(death_signal)), user or "-"]
    return [*leash, *argv]


def become(user: str) -> None:
    """Gives up root for good: this process goes on as `user`."""
    entry = pwd.getpwnam(user)
    os.initgroups(user, entry.pw_gid)
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


def die_with_parent(parent: int, death_signal: int) -> None:
    """Ends this process when `parent` ends, at once if it already has."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    else:
        leave_watcher(parent, os.getpid(), death_signal)
    if os.getppid() != parent:
        raise SystemExit(1)


def leave_watcher(parent: int, child: int, death_signal: int) -> None:
    """Leaves a process behind that belongs to nobody: it ends `child` when `parent` ends."""
    if between := os.fork():
        os.waitpid(between, 0)
    elif os.fork():
        os._exit(0)
    else:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for descriptor in range(3):  # the pipe of the child's words must close with the child
            os.dup2(nowhere, descriptor)
        watch(parent, child, death_signal)
        os._exit(0)


def watch(parent: int, child: int, death_signal: int) -> None:
    """Returns once one of the two has ended; ends `child` if it was `parent`."""
    while is_alive(parent) and is_alive(child):
        time.sleep(WATCH_SECONDS)
    if is_alive(child):
        os.kill(child, death_signal)


def is_alive(pid: int) -> bool:
    """Whether there is such a process, ours or not."""
    try:
        os.kill(pid, 0)
    except PermissionError:  # somebody else's
        return True
    except ProcessLookupError:
        return False
    return True


def main(argv: list[str]) -> None:
    """Becomes the command in `argv`; returns only by raising."""
    parent, death_signal, user, *child = argv
    if user != "-":
        become(user)
    die_with_parent(int(parent), int(death_signal))  # after `become`: a change of user clears it
    os.execvp(child[0], child)  # noqa: S606 - our own command line


if __name__ == "__main__":
    main(sys.argv[1:])
