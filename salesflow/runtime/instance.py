"""One instance: its data folder, and the file there by which every command finds its database and Redis.

Settings read it when DATABASE_URL or REDIS_URL are not given, so it knows nothing of Django.
"""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FILE = "instance.json"
KEY_FILE = "secret-key"


def read(data: Path) -> dict[str, Any]:
    """What the instance in `data` wrote about itself; empty when there is none, or we may not look."""
    try:
        found = json.loads((data / FILE).read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write(data: Path, facts: Mapping[str, Any]) -> None:
    """Replace what is written about the instance; for our eyes only, whole or not at all."""
    write_private(data / FILE, json.dumps(dict(facts), indent=1, ensure_ascii=False) + "\n")


def secret_key(data: Path) -> str | None:
    """The instance's own key; None when there is none."""
    try:
        return (data / KEY_FILE).read_text().strip() or None
    except OSError:
        return None


def ensure_secret_key(data: Path) -> None:
    """Give the instance a random key of its own at its first start."""
    if secret_key(data) is None:
        write_private(data / KEY_FILE, secrets.token_urlsafe(50) + "\n")


def write_private(path: Path, text: str) -> None:
    draft = path.with_name(path.name + ".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def note(data: Path, **facts: Any) -> None:
    """Add facts to what is written about the instance."""
    write(data, {**read(data), **facts})
