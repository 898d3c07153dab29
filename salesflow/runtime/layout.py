"""Where an instance keeps what, and that only one supervisor at a time has it."""

import errno
import fcntl
import hashlib
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import IO

from salesflow.runtime import instance
from salesflow.runtime.embedded.account import Account
from salesflow.runtime.embedded.binaries import STATE, open_folder
from salesflow.runtime.errors import StartError

MEGABYTE = 1024 * 1024
FIRST_START_NEEDS = 250 * MEGABYTE
LATER_START_NEEDS = 50 * MEGABYTE
#: A socket's whole path may have 107 bytes; the longest name in the folder is `.s.PGSQL.5432.lock`.
LONGEST_SOCKET_FOLDER = 85


class Layout:
    """The folders of one instance: `data` is ours, `state` also open to the user PostgreSQL runs as."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.logs = data / "logs"
        self.ledger = data / "processes.json"
        self.state = data
        self.sockets = data / "run"
        self._lock: IO[str] | None = None

    def make(self, *, private: bool) -> None:
        """Make the data folder (mode 0711 for root, whose database user must pass; 0700 otherwise)."""
        try:
            if not self.data.is_dir():
                self.data.mkdir(parents=True)
                self.data.chmod(0o700 if private else 0o711)
            self.logs.mkdir(mode=0o700, exist_ok=True)
            (self.data / "files").mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise StartError(f"The data folder {self.data} cannot be made: {error.strerror}.") from None

    def lock(self) -> None:
        """Take the instance for ourselves; StartError when it is taken."""
        self._lock = (self.data / "up.lock").open("a")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            address = instance.read(self.data).get("address", "")
            raise StartError(f"SalesFlow already runs with the data folder {self.data}: {address}") from None

    def check_space(self) -> None:
        """StartError when the disk is full or nearly so."""
        first = not instance.read(self.data)
        needed = FIRST_START_NEEDS if first else LATER_START_NEEDS
        free = shutil.disk_usage(self.data).free
        if free < needed:
            raise StartError(
                f"The disk of {self.data} is full: {free // MEGABYTE} MB are free, {needed // MEGABYTE} MB are needed."
            )

    def place(self, account: Account | None, known: dict[str, str]) -> None:
        """Choose where the servers keep their files and sockets; `known` is what an earlier start chose."""
        if "state" in known:
            self.state = Path(known["state"])
        elif account and not account.can_enter(self.data):
            self.state = STATE / hashlib.sha256(os.urandom(16)).hexdigest()[:12]
        if self.state != self.data:
            open_folder(STATE)
            open_folder(self.state)
        self._remove_sockets(Path(known["sockets"]) if "sockets" in known else None)
        self.sockets = self.state / "run"
        if not self._fits(self.sockets):
            self.sockets = Path(tempfile.mkdtemp(prefix="salesflow-", dir=_run_folder(account)))

    def _fits(self, folder: Path) -> bool:
        """Socket paths are short, and several programs would each need their own way of quoting odd ones."""
        return (
            bool(re.fullmatch(r"[A-Za-z0-9/._-]+", str(folder))) and len(str(folder)) <= LONGEST_SOCKET_FOLDER
        )

    def _remove_sockets(self, folder: Path | None) -> None:
        """What an earlier start that was killed left in a temporary folder."""
        ours = folder and folder.name.startswith("salesflow-") and folder.is_dir() and not folder.is_symlink()
        if folder and ours and folder.stat().st_uid in (os.geteuid(), self.state.stat().st_uid):
            shutil.rmtree(folder, ignore_errors=True)

    def clear(self) -> None:
        """Remove what only a running instance needs."""
        self.ledger.unlink(missing_ok=True)
        if not self._is_under_state():
            shutil.rmtree(self.sockets, ignore_errors=True)

    def _is_under_state(self) -> bool:
        return self.sockets.parent == self.state


def _run_folder(account: Account | None) -> str:
    """A short folder for sockets: the user's own if the system has made one, else the one for temporary files."""
    own = os.environ.get("XDG_RUNTIME_DIR", "")
    if account is None and own and os.access(own, os.W_OK) and len(own) <= 40:
        return own
    for folder in ("/run", "/tmp"):  # noqa: S108  # mkdtemp makes a folder that is ours alone
        if os.access(folder, os.W_OK) and (account is None or account.can_enter(Path(folder))):
            return folder
    return tempfile.gettempdir()


def disk_is_full(error: OSError) -> bool:
    return error.errno in (errno.ENOSPC, errno.EDQUOT)
