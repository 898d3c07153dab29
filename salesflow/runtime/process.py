"""Child processes that do not outlive their parent, and telling a process from a later one with the same number."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from salesflow.runtime.embedded.account import Account

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(number: int = signal.SIGTERM) -> None:
    """Ask the kernel to send us `number` when our parent ends, however it ends."""
    _libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)


def _before_exec(death_signal: int, parent: int) -> None:
    """In the child: no signal may get lost in our handlers, no death of the parent go unnoticed."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    die_with_parent(death_signal)
    if os.getppid() != parent:  # it ended before we asked
        os._exit(1)


def spawn(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    log: Path,
    cwd: Path | str = "/",
    account: Account | None = None,
    death_signal: int = signal.SIGTERM,
    pass_fds: Sequence[int] = (),
    stdout: int | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own, writing to `log`, that gets `death_signal` should we die.

    `stdout` (such as PIPE) takes its standard output elsewhere.
    """
    parent = os.getpid()
    with log.open("ab") as out:
        return subprocess.Popen(
            list(argv),
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=out if stdout is None else stdout,
            stderr=out,
            start_new_session=True,
            pass_fds=tuple(pass_fds),
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            # after the change of user, which would clear it; the supervisor has no other thread
            preexec_fn=lambda: _before_exec(death_signal, parent),
        )


def birth(pid: int) -> str | None:
    """When the process started, in the kernel's ticks: with the number it names one process; None if it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat[stat.rindex(")") + 2 :].split()
    return None if fields[0] in "ZX" else fields[19]


def alive(pid: int, born: str) -> bool:
    """Whether that very process (not a later one with its number) is running."""
    return birth(pid) == born


def end(pid: int, born: str, signals: Sequence[tuple[int, float]]) -> int | None:
    """Send each signal and wait up to its seconds until the process is gone; gives the signal that it took."""
    for number, seconds in signals:
        if not alive(pid, born):
            return None
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not alive(pid, born):
                return number
            time.sleep(0.02)
    return None
