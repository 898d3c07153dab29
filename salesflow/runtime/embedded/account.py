"""The system user PostgreSQL and Redis run as: our own one, or a separate one when we are root.

PostgreSQL refuses to run as root. Permissions of existing folders are never loosened for that user: whatever it
cannot reach is placed or copied where it can.
"""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from salesflow.runtime.errors import StartError

NAME = "salesflow"
FALLBACK = "nobody"


@dataclass(frozen=True)
class Account:
    """A user to drop to."""

    name: str
    uid: int
    gid: int

    def can_enter(self, folder: Path) -> bool:
        """Whether this user may pass through `folder` and everything above it."""
        return self._test("-x", folder)

    def can_run(self, program: Path) -> bool:
        return self._test("-x", program) and self._test("-r", program)

    def _test(self, flag: str, path: Path) -> bool:
        done = subprocess.run(
            ["/bin/sh", "-c", f'test {flag} "$1"', "sh", str(path)],
            user=self.uid,
            group=self.gid,
            extra_groups=[],
            cwd="/",
            check=False,
        )
        return done.returncode == 0


def own_folder(folder: Path, account: Account | None) -> None:
    """Make `folder`, mode 0700, for `account` (None: for ourselves)."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if account and folder.stat().st_uid != account.uid:
        os.chown(folder, account.uid, account.gid)


def database_account() -> Account | None:
    """The user to drop to, made if need be; None when we are an ordinary user and stay who we are."""
    if os.geteuid() != 0:
        return None
    return _find(NAME) or _make() or _find(FALLBACK) or _refuse()


def _find(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(name, entry.pw_uid, entry.pw_gid) if entry.pw_uid else None


def _make() -> Account | None:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        return None
    subprocess.run(
        [useradd, "-r", "-U", "-M", "-d", "/nonexistent", "-s", "/bin/false", NAME],
        check=False,
        capture_output=True,
    )
    return _find(NAME)


def _refuse() -> Account:
    raise StartError(
        "PostgreSQL may not run as root and there is no ordinary system user: make one with "
        f"“useradd --system {NAME}”, or start as an ordinary user."
    )
