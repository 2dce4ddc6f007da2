import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import NoReturn

import pytest

from services.embedded import leash

PARENT = """
import subprocess, sys, time
from services.embedded import leash
argv = leash.command(["sleep", "300"], death_signal=9)
if sys.argv[1] != "linux":  # a child that believes to be elsewhere
    argv[1:4] = ["-c", f"import sys; sys.platform = {sys.argv[1]!r}; from services.embedded import leash;"
                 "leash.main(sys.argv[1:])"]
child = subprocess.Popen(argv, start_new_session=True, stdout=subprocess.PIPE)
print(child.pid, flush=True)
time.sleep(300)
"""


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_a_child_ends_when_its_parent_is_killed(
    eventually: Callable[..., None], is_alive: Callable[[int], bool], platform: str
) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, platform], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent, parent.stdout:
        child = int(parent.stdout.readline())
        eventually(lambda: "sleep" in _name(child))
        parent.kill()
    eventually(lambda: not is_alive(child))


def test_the_child_keeps_the_process_id() -> None:
    argv = leash.command(["sh", "-c", "echo $$"], death_signal=signal.SIGTERM)
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as child:
        output, _ = child.communicate()
    assert int(output) == child.pid


def test_a_child_whose_parent_is_gone_does_not_begin() -> None:
    argv = leash.command(["echo", "here"], death_signal=signal.SIGTERM)
    argv[4] = "1"  # the parent that it was meant for
    done = subprocess.run(argv, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (1, b"")


def test_it_becomes_the_user_before_it_ties_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    monkeypatch.setattr(leash, "become", lambda user: steps.append(f"become {user}"))
    monkeypatch.setattr(leash, "die_with_parent", lambda parent, number: steps.append(f"{parent} {number}"))
    monkeypatch.setattr(os, "execvp", lambda name, argv: steps.append(f"{name} {argv}"))
    leash.main(["7", "9", "copydesk", "true"])
    leash.main(["7", "9", "-", "true"])
    tied = ["7 9", "true ['true']"]
    assert steps == ["become copydesk", *tied, *tied]


def test_becoming_a_user_gives_up_groups_before_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[tuple[str, object]] = []
    for name in ("initgroups", "setgid", "setuid"):
        monkeypatch.setattr(os, name, lambda *a, name=name: steps.append((name, a[-1])))
    leash.become("root")
    assert steps == [("initgroups", 0), ("setgid", 0), ("setuid", 0)]


def test_a_watcher_ends_the_child_of_a_dead_parent_and_only_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leash, "WATCH_SECONDS", 0.01)
    with subprocess.Popen(["true"]) as dead:
        dead.wait()
    leash.watch(os.getpid(), dead.pid, signal.SIGKILL)
    with subprocess.Popen(["sleep", "300"]) as child:
        leash.watch(dead.pid, child.pid, signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL
    with subprocess.Popen(["sleep", "0.05"]) as child:
        reaper = threading.Thread(target=child.wait)  # until then it is there, as a zombie
        reaper.start()
        leash.watch(os.getpid(), child.pid, signal.SIGKILL)
        reaper.join()
        assert child.returncode == 0


@pytest.mark.parametrize("forks", [[7], [0, 7], [0, 0]], ids=["parent", "between", "watcher"])
def test_the_watcher_belongs_to_nobody(monkeypatch: pytest.MonkeyPatch, forks: list[int]) -> None:
    steps: list[str] = []

    def leave(status: int) -> NoReturn:
        raise SystemExit(status)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fork", lambda: forks.pop(0))
        patch.setattr(os, "waitpid", lambda *_: steps.append("waited"))
        patch.setattr(os, "dup2", lambda _, descriptor: steps.append(f"closed {descriptor}"))
        patch.setattr(os, "_exit", leave)
        patch.setattr(leash, "watch", lambda *_: steps.append("watched"))
        with contextlib.suppress(SystemExit):
            leash.leave_watcher(1, 2, 9)
    assert steps in (["waited"], [], ["closed 0", "closed 1", "closed 2", "watched"])


def test_elsewhere_a_watcher_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[tuple[int, ...]] = []
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(leash, "leave_watcher", lambda *given: left.append(given))
    leash.die_with_parent(os.getppid(), signal.SIGTERM)
    assert left == [(os.getppid(), os.getpid(), signal.SIGTERM)]


def test_a_process_of_somebody_else_is_alive_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: int) -> None:
        raise PermissionError

    with monkeypatch.context() as patch:
        patch.setattr(os, "kill", forbidden)
        assert leash.is_alive(1)


ASKING = """
import ctypes, os
from services.embedded import leash
leash.die_with_parent(os.getppid(), 10)
found = ctypes.c_int()
ctypes.CDLL(None).prctl(2, ctypes.byref(found), 0, 0, 0)  # PR_GET_PDEATHSIG
print(found.value)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="another kernel has no such thing")
def test_on_linux_it_asks_the_kernel() -> None:
    done = subprocess.run([sys.executable, "-c", ASKING], capture_output=True, text=True, check=True)
    assert done.stdout == "10\n"


def _name(pid: int) -> str:
    with open(f"/proc/{pid}/cmdline", encoding="utf-8") as file:  # noqa: PTH123 - proc
        return file.read()
