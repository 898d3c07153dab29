"""A cluster whose database is migrated, made once and kept beside the environment until a migration changes.

To migrate takes far longer than to copy what came of it: the testbeds of `script/test` begin with a copy.
"""

import fcntl
import hashlib
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent
#: Where they are kept; `script/environment.sh` makes this environment anew when its lock file changes.
STORE = Path(sys.prefix) / "testbeds"
KEPT = 6
_IMPORT = re.compile(r"^(?:from|import) ([a-z_.]+)", re.M)


def fingerprint(checkout: Path = CHECKOUT) -> str:
    """Changes with every migration, and with the modules of ours that migrations take from."""
    digest = hashlib.sha256()
    for path in sorted(
        {each for migration in _migrations(checkout) for each in _read_by(migration, checkout)}
    ):
        digest.update(str(path.relative_to(checkout)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _migrations(checkout: Path) -> Iterator[Path]:
    for folder in ("*/migrations", "salesflow/*/migrations"):
        yield from checkout.glob(f"{folder}/*.py")


def _read_by(migration: Path, checkout: Path) -> Iterator[Path]:
    yield migration
    for name in _IMPORT.findall(migration.read_text()):
        place = checkout.joinpath(*name.split("."))
        yield from (path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file())


def ensure(make: Callable[[Path], None], store: Path = STORE) -> Path:
    """The kept cluster of today's migrations; where there is none, `make(folder)` leaves one in that folder.

    Whoever comes meanwhile waits for it. An attempt that broke off is thrown away, of older ones the newest stay.
    """
    store.mkdir(exist_ok=True)
    kept = store / fingerprint()
    with (store / "making").open("a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not kept.exists():
            draft = store / "draft"
            shutil.rmtree(draft, ignore_errors=True)
            make(draft)
            draft.rename(kept)
        kept.touch()
        _forget_older(store)
    return kept


def _forget_older(store: Path) -> None:
    folders = sorted(
        (each for each in store.iterdir() if each.is_dir()), key=lambda each: each.stat().st_mtime
    )
    for folder in folders[:-KEPT]:
        shutil.rmtree(folder)


def copy(kept: Path, cluster: Path) -> None:
    """Put a copy where a cluster of the same account is to be; the server must not have been started there."""
    cluster.parent.mkdir(mode=0o700, exist_ok=True)
    subprocess.run(["cp", "-a", str(kept), str(cluster)], check=True)
